//! How many pods more may be there in a rollout, and how many may be missing.

use crate::quantity::Share;

/// How pods are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// All old ones go before the first new one comes.
    Recreate,
    /// Old ones go as new ones come.
    Rolling {
        /// How many more than the replicas may be there (`maxSurge`).
        surge: Share,
        /// How many of them may be missing (`maxUnavailable`).
        unavailable: Share,
    },
}

impl Default for Strategy {
    /// Upstream's (`apis/apps/v1/defaults.go`).
    fn default() -> Self {
        Self::Rolling { surge: Share::Percent(25), unavailable: Share::Percent(25) }
    }
}

/// How many pods more may be there, and how many may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fenceposts {
    /// More.
    pub surge: i64,
    /// Missing.
    pub unavailable: i64,
}

impl Fenceposts {
    /// Of so many replicas: more is rounded up, missing is rounded down; if both are none, one may be
    /// missing, or nothing could ever happen (`ResolveFenceposts`).
    pub fn of(surge: Share, unavailable: Share, replicas: i64) -> Self {
        let (surge, unavailable) = (surge.rounded_up(replicas), unavailable.rounded_down(replicas));
        let stuck = surge == 0 && unavailable == 0;
        Self { surge, unavailable: if stuck { 1 } else { unavailable } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 33 % of 10 are 3.3: four more, three missing. None of both: one missing.
    #[test]
    fn more_is_rounded_up_and_missing_down() {
        let third = "33%".parse().unwrap();
        let expected = Fenceposts { surge: 4, unavailable: 3 };
        assert_eq!(Fenceposts::of(third, third, 10), expected);
        let none = Share::Count(0);
        assert_eq!(Fenceposts::of(none, third, 2), Fenceposts { surge: 0, unavailable: 1 });
    }
}
