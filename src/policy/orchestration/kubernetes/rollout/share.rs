//! How many pods more may be there in a rollout, and how many may be missing.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

/// The number, or the text of the percentage.
impl Serialize for Share {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Pods(pods) => to.serialize_i64(*pods),
            Self::Percent(percent) => to.collect_str(&format_args!("{percent}%")),
        }
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ShareVisitor)
    }
}

struct ShareVisitor;

impl Visitor<'_> for ShareVisitor {
    type Value = Share;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of pods, or a percentage like `\"25%\"`")
    }

    fn visit_i64<E: Error>(self, pods: i64) -> Result<Share, E> {
        u32::try_from(pods).map(|pods| Share::Pods(pods.into())).map_err(|_| {
            E::custom(format_args!("`{pods}` is no number of pods, which is 0 or more"))
        })
    }

    fn visit_u64<E: Error>(self, pods: u64) -> Result<Share, E> {
        self.visit_i64(i64::try_from(pods).unwrap_or(i64::MAX))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Share, E> {
        let share: Share = text.parse().map_err(E::custom)?;
        match share {
            Share::Percent(0..=MOST_PERCENT) => Ok(share),
            _ => {
                Err(E::custom(format_args!("`{text}` is not between 0 and {MOST_PERCENT} percent")))
            }
        }
    }
}

/// More percent than this are taken for a slip.
const MOST_PERCENT: i64 = 100_000;

impl JsonSchema for Share {
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 0 },
                { "type": "string", "pattern": "^[0-9]+%$" },
            ],
            "description": "A number of pods, or a percentage of them",
            "examples": ["25%"],
        })
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
