//! How many pods more may be there in a rollout, and how many may be missing.

use std::fmt;
use std::str::FromStr;

/// A number of pods, or a part of them (`IntOrString`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// So many.
    Pods(i64),
    /// So many percent.
    Percent(i64),
}

/// A text that is not a whole percentage like `25%`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAPercentage(pub String);

impl fmt::Display for NotAPercentage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` is no whole percentage like `25%`", self.0)
    }
}

impl std::error::Error for NotAPercentage {}

impl FromStr for Share {
    type Err = NotAPercentage;

    fn from_str(text: &str) -> Result<Self, NotAPercentage> {
        let percent = text.strip_suffix('%').and_then(|number| number.parse().ok());
        percent.map(Self::Percent).ok_or_else(|| NotAPercentage(text.to_owned()))
    }
}

impl Share {
    /// How many of `all` it is, rounded up.
    pub(super) fn rounded_up(self, all: i64) -> i64 {
        match self {
            Self::Pods(pods) => pods,
            Self::Percent(percent) => -(-percent * all).div_euclid(100),
        }
    }

    /// How many of `all` it is, rounded down.
    pub(super) fn rounded_down(self, all: i64) -> i64 {
        match self {
            Self::Pods(pods) => pods,
            Self::Percent(percent) => (percent * all).div_euclid(100),
        }
    }
}

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
        let none = Share::Pods(0);
        assert_eq!(Fenceposts::of(none, third, 2), Fenceposts { surge: 0, unavailable: 1 });
        for text in ["10", "oops", "%", "1.5%", "10 %"] {
            assert_eq!(text.parse::<Share>(), Err(NotAPercentage(text.to_owned())));
        }
    }
}
