//! The gate of a release: whether the new version does as well as the old one.

use super::Alarm;
use crate::kernel::Span;
use crate::stats::{Differences, greater_share};
use crate::variate::Variate;

/// How attempts at a version fared whose start was not cold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Those that ended.
    pub ended: u64,
    /// Those of them that failed, were refused, or took longer than their callers wait.
    pub failed: u64,
}

impl Seen {
    /// What was seen since `earlier`, an earlier state of the same.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let ended = self.ended - earlier.ended;
        // What ended before may be found a failure later, when its answer does not come in time.
        Self { ended, failed: (self.failed - earlier.failed).min(ended) }
    }
}

/// When a release goes on, and when it goes back.
#[derive(Clone, Debug)]
pub struct Gate {
    /// How often the new version is looked at.
    pub every: Span,
    /// The probability that a version as good as the old one is taken back, over all looks, at most; as far as
    /// failures are independent of each other, and the times of one window of those of the next.
    pub significance: f64,
    /// So many attempts at each version have to have ended before anything is said.
    pub least_requests: u64,
    /// How long the new version is looked at when all requests go to it, before the release is over.
    pub bake: Span,
    /// How long somebody takes to approve that all requests go to it; `None` if nobody has to.
    pub approval: Option<Variate>,
    /// What takes it back beside the tests, whichever version is to blame.
    pub alarms: Vec<Alarm>,
}

/// What a look says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Too few attempts have ended.
    TooFew,
    /// Nothing speaks against it.
    Passes,
    /// The new version fails more often, or takes longer.
    Fails,
}

impl Gate {
    /// What look number `look`, from 1 on, says of two versions, of which `times` tells by how much longer the new one
    /// serves.
    ///
    /// Two tests, of the share that fails and of how long service takes, each one-sided. Many looks at one stream
    /// would find something by chance, so look k spends `significance` / (k (k + 1)), half of it on each test: over all k
    /// that adds up to `significance` (the bound of Bonferroni, spent as by Lan and `DeMets`, 1983).
    pub fn verdict(&self, look: u32, old: &Seen, new: &Seen, times: &Differences) -> Verdict {
        if old.ended.min(new.ended) < self.least_requests {
            return Verdict::TooFew;
        }
        let look = f64::from(look);
        let level = self.significance / (look * (look + 1.0)) / 2.0;
        let fails = greater_share((old.failed, old.ended), (new.failed, new.ended)) < level;
        if fails || times.above_zero() < level { Verdict::Fails } else { Verdict::Passes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Gate {
        Gate {
            every: Span::from_secs(60),
            significance: 0.05,
            least_requests: 100,
            bake: Span::ZERO,
            approval: None,
            alarms: Vec::new(),
        }
    }

    fn verdict(look: u32, old: (u64, u64), new: (u64, u64), times: &[f64]) -> Verdict {
        let seen = |(failed, ended)| Seen { ended, failed };
        let mut differences = Differences::default();
        for time in times {
            differences.record(*time);
        }
        gate().verdict(look, &seen(old), &seen(new), &differences)
    }

    #[test]
    fn too_few_say_nothing() {
        assert_eq!(verdict(1, (0, 1000), (99, 99), &[]), Verdict::TooFew);
        assert_eq!(verdict(1, (0, 99), (900, 1000), &[]), Verdict::TooFew);
    }

    /// Of 1000 each, 10 against 23, 24, 28 and 29 have p-values of 0.0168, 0.0116, 0.0023 and 0.0015. The level of a test is 0.0125
    /// at look 1 and 0.0021 at look 3.
    #[test]
    fn the_level_is_spent_by_looks() {
        let verdict = |look, failed| verdict(look, (10, 1000), (failed, 1000), &[]);
        assert_eq!((verdict(1, 23), verdict(1, 24)), (Verdict::Passes, Verdict::Fails));
        assert_eq!((verdict(3, 28), verdict(3, 29)), (Verdict::Passes, Verdict::Fails));
    }

    /// Of 1, 2 and 3 the mean is 2 and its standard error 0.577: t is 3.46, beyond which Student's distribution with two degrees
    /// of freedom has 0.0371. Of 9, 10 and 11 t is 17.3, and that 0.0017, below the 0.0021 of look 3.
    #[test]
    fn what_is_slower_fails_and_what_is_faster_passes() {
        let of = |times: &[f64]| verdict(3, (0, 500), (0, 500), times);
        assert_eq!(of(&[1.0, 2.0, 3.0]), Verdict::Passes);
        assert_eq!(of(&[9.0, 10.0, 11.0]), Verdict::Fails);
        assert_eq!(of(&[-9.0, -10.0, -11.0]), Verdict::Passes);
        assert_eq!(of(&[]), Verdict::Passes);
    }

    /// Nine of ten that ended before are found failures afterwards, with one that ended since.
    #[test]
    fn no_more_fail_than_end() {
        let (before, now) = (Seen { ended: 10, failed: 0 }, Seen { ended: 11, failed: 9 });
        assert_eq!(now.since(&before), Seen { ended: 1, failed: 1 });
    }
}
