//! How a load balancer looks whether nodes work.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::{Span, Time};
use crate::variate::ParameterError;

/// How a load balancer looks whether a node works: at all of them at the same times, from time zero on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodeCheck {
    /// How often; more than no time.
    pub period: Span,
    /// How long it waits for an answer.
    pub timeout: Span,
    /// How many looks in a row must fail until no requests go there.
    pub failures: u32,
    /// How many looks in a row must be answered until requests go there again.
    pub successes: u32,
}

impl Default for NodeCheck {
    /// The defaults of a target group of an Application Load Balancer (documented: Elastic Load Balancing API, `CreateTargetGroup`,
    /// copy read 2026-11; period and timeout recalled, as for `ecs`).
    fn default() -> Self {
        Self { period: Span::from_secs(30), timeout: Span::from_secs(5), failures: 2, successes: 5 }
    }
}

/// What a load balancer has found of a node by all looks until the node failed or came back last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Whether it works, and since when.
    works: bool,
    since: Time,
    /// From when on it counts as failed, if it does.
    out: Option<Time>,
    /// How many of the last looks before that in a row have found the contrary of what it counts as.
    contrary: u32,
}

impl Found {
    /// Of a node that has always worked.
    pub const WELL: Self = Self { works: true, since: Time::ZERO, out: None, contrary: 0 };
}

impl NodeCheck {
    /// The first look at `at` or later.
    fn look(&self, at: Time) -> Time {
        let period = self.period.as_nanos().max(1);
        Time::ZERO.plus(Span::from_nanos(at.as_nanos().div_ceil(period).saturating_mul(period)))
    }

    /// What it has found by the looks before `until`.
    fn after(&self, found: Found, until: Time) -> Found {
        let period = self.period.as_nanos().max(1);
        let first = self.look(found.since);
        let looks = until.as_nanos().saturating_sub(first.as_nanos()).div_ceil(period);
        let mut found = Found { since: until.max(found.since), ..found };
        if looks == 0 {
            return found;
        }
        if found.works == found.out.is_none() {
            found.contrary = 0;
            return found;
        }
        let wanted = if found.works { self.successes } else { self.failures };
        let missing = wanted.max(1).saturating_sub(found.contrary).max(1);
        if looks < u64::from(missing) {
            found.contrary += looks as u32;
            return found;
        }
        let last = first.plus(Span::from_nanos(period.saturating_mul(u64::from(missing) - 1)));
        found.contrary = 0;
        found.out = (!found.works).then_some(last.plus(self.timeout));
        found
    }

    /// What it has found until now of a node that works from now on, or does not.
    #[must_use]
    pub fn turned(&self, found: Found, works: bool, now: Time) -> Found {
        Found { works, ..self.after(found, now) }
    }

    /// Whether a node counts as failed.
    pub fn is_out(&self, found: Found, now: Time) -> bool {
        let found = self.after(found, now.plus(Span::from_nanos(1)));
        found.out.is_some_and(|out| out <= now)
    }

    /// Whether a node counts as if it had always worked.
    pub fn is_well(&self, found: Found, now: Time) -> bool {
        Found { since: Time::ZERO, ..self.after(found, now) } == Found::WELL
    }

    /// Looks whether it ever looks.
    pub(super) fn check(&self) -> Result<(), ParameterError> {
        if self.period == Span::ZERO {
            return Err(ParameterError::new(
                "period",
                "there is time between two looks: write more than \"0s\"",
            )
            .under("health_check"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn check(successes: u32) -> NodeCheck {
        let secs = Span::from_secs;
        NodeCheck { period: secs(10), timeout: secs(2), failures: 3, successes }
    }

    /// What is found of a node that fails and works again in turns at these times.
    fn found(check: &NodeCheck, turns: &[u64]) -> Found {
        let turn = |(found, works): (Found, bool), &secs: &u64| {
            (check.turned(found, !works, at(secs)), !works)
        };
        turns.iter().fold((Found::WELL, true), turn).0
    }

    /// Of a node that failed at 11 the looks at 20, 30 and 40 fail, the last at 42. If it is back at 95, that at 100 finds it;
    /// if it was back at 40, nobody has noticed.
    #[test]
    fn a_node_is_out_from_the_last_of_its_failures_to_the_next_look() {
        let check = check(1);
        let out = |turns: &[u64], now: u64| check.is_out(found(&check, turns), at(now));
        assert!(!out(&[11], 41) && out(&[11], 42) && out(&[11], 9_000));
        assert!(out(&[11, 95], 99) && !out(&[11, 95], 100));
        assert!(!out(&[11, 40], 42) && !out(&[11, 40], 45));
        assert!(!out(&[], 9_000), "it never failed");
    }

    /// It is back at 95, and the looks at 100, 110 and 120 are answered. If it fails from 115 to 116, nobody sees that; if from 115 to
    /// 125, the look at 120 begins anew: 130, 140 and 150. If it fails at 155, three looks must fail again.
    #[test]
    fn a_node_is_back_after_so_many_successes_in_a_row() {
        let check = check(3);
        let out = |turns: &[u64], now: u64| check.is_out(found(&check, turns), at(now));
        assert!(out(&[11, 95], 119) && !out(&[11, 95], 120));
        assert!(out(&[11, 95, 115, 116], 119) && !out(&[11, 95, 115, 116], 120));
        assert!(out(&[11, 95, 115, 125], 149) && !out(&[11, 95, 115, 125], 150));
        assert!(!out(&[11, 95, 115, 125, 155], 181) && out(&[11, 95, 115, 125, 155], 182));
    }

    /// The looks at 20 and 30 fail, that at 40 is answered, and three more must fail, whoever asked meanwhile.
    #[test]
    fn failures_are_in_a_row_too() {
        let check = check(5);
        let out = |now: u64| check.is_out(found(&check, &[11, 35, 45]), at(now));
        assert!(!out(71) && out(72));
        assert!(!check.is_well(found(&check, &[11, 35]), at(36)), "two have failed");
        assert!(check.is_well(found(&check, &[11, 35]), at(41)));
        assert!(!check.is_well(found(&check, &[11, 95]), at(140)));
        assert!(check.is_well(found(&check, &[11, 95]), at(141)));
    }
}
