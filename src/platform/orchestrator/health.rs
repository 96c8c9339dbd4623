//! Checks of the health of containers: when they see what.
//!
//! A check that finds nothing new is no event. When something goes wrong, what its checks will say and when follows from
//! the time at which they began.

use crate::kernel::{Span, Time};

/// A check of containers: a probe of Kubernetes, a health check of Docker, of a task or a target of Amazon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckSpec {
    /// When it looks first, after the containers began to start.
    pub initial_delay: Span,
    /// How often it looks; more than zero.
    pub period: Span,
    /// How long it waits for an answer.
    pub timeout: Span,
    /// How many looks in a row must fail; at least one.
    pub failures: u32,
    /// For so long after the containers began to start, failures do not count.
    pub start_period: Span,
    /// Whether the period to the next look begins when one is over, and not when it begins.
    pub after_answer: bool,
}

impl CheckSpec {
    /// The first look at `at` or later, at containers that began to start at `began` and have answered at once until then.
    pub(super) fn look(&self, began: Time, at: Time) -> Time {
        let first = began.plus(self.initial_delay);
        first.plus(round_up(
            Span::from_nanos(at.as_nanos().saturating_sub(first.as_nanos())),
            self.period,
        ))
    }

    /// When so many looks in a row have failed that it says so, if all fail from `since` on, and each takes `each` to fail.
    fn fails(&self, began: Time, since: Time, each: Span) -> Time {
        let first = self.look(began, since.max(began.plus(self.start_period)));
        let step = if self.after_answer {
            self.period + each
        } else {
            round_up(each.max(self.period), self.period)
        };
        let steps = step.as_nanos().saturating_mul(u64::from(self.failures.max(1)) - 1);
        first.plus(Span::from_nanos(steps)).plus(each)
    }

    /// When it says that containers hang which answer nobody from `since` on: each look waits in vain.
    pub(super) fn finds_hanging(&self, began: Time, since: Time) -> Time {
        self.fails(began, since, self.timeout)
    }

    /// When it would say that containers have failed which cannot serve yet: each look is turned away at once.
    pub fn finds_unable(&self, began: Time) -> Time {
        self.fails(began, began, Span::ZERO)
    }
}

/// `span` rounded up to a multiple of `period`.
pub(super) fn round_up(span: Span, period: Span) -> Span {
    let period = period.as_nanos().max(1);
    Span::from_nanos(span.as_nanos().div_ceil(period).saturating_mul(period))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn check(after_answer: bool) -> CheckSpec {
        let secs = Span::from_secs;
        CheckSpec {
            initial_delay: secs(5),
            period: secs(10),
            timeout: secs(1),
            failures: 3,
            start_period: Span::ZERO,
            after_answer,
        }
    }

    /// Containers begin at 100: looks at 105, 115, 125 and so on. Of those that hang at 116 the looks at 125, 135 and 145
    /// fail, the last at 146. Who hangs at 125 fails that look already. If the pause counts from the end of a look, they are
    /// at 125, 136 and 147, the last over at 148.
    #[test]
    fn failures_in_a_row() {
        assert_eq!(check(false).look(at(100), at(100)), at(105));
        assert_eq!(check(false).look(at(100), at(116)), at(125));
        assert_eq!(check(false).finds_hanging(at(100), at(116)), at(146));
        assert_eq!(check(false).finds_hanging(at(100), at(125)), at(146));
        assert_eq!(check(true).finds_hanging(at(100), at(116)), at(148));
    }

    /// A look that waits for 12 s misses the one 10 s later: 125, 145, 165, the last over at 177.
    #[test]
    fn a_look_that_waits_for_longer_than_the_period_misses_the_next() {
        let slow = CheckSpec { timeout: Span::from_secs(12), ..check(false) };
        assert_eq!(slow.finds_hanging(at(100), at(116)), at(177));
    }

    /// Who is not able yet is turned away at 105, 115 and 125, at once. What fails in the first 20 s does not count: 125,
    /// 135, 145.
    #[test]
    fn those_that_start_are_turned_away() {
        assert_eq!(check(false).finds_unable(at(100)), at(125));
        let patient = CheckSpec { start_period: Span::from_secs(20), ..check(false) };
        assert_eq!(patient.finds_unable(at(100)), at(145));
    }
}
