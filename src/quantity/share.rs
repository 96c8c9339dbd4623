//! A number of things, or a part of them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number of things, or a part of all that there are, as `IntOrString` of Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// So many.
    Count(i64),
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
            Self::Count(count) => to.serialize_i64(*count),
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
        f.write_str("a number, or a percentage like `\"25%\"`")
    }

    fn visit_i64<E: Error>(self, count: i64) -> Result<Share, E> {
        u32::try_from(count)
            .map(|count| Share::Count(count.into()))
            .map_err(|_| E::custom(format_args!("`{count}` is not between 0 and {}", u32::MAX)))
    }

    fn visit_u64<E: Error>(self, count: u64) -> Result<Share, E> {
        self.visit_i64(i64::try_from(count).unwrap_or(i64::MAX))
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
            "description": "A number, or a percentage",
            "examples": ["25%"],
        })
    }
}

impl Share {
    /// How many of `all` it is, rounded up.
    pub fn rounded_up(self, all: i64) -> i64 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => -(-percent * all).div_euclid(100),
        }
    }

    /// How many of `all` it is, rounded down.
    pub fn rounded_down(self, all: i64) -> i64 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => (percent * all).div_euclid(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 33 % of 10 are 3.3.
    #[test]
    fn a_percentage_is_whole_and_rounded_as_asked() {
        let third: Share = "33%".parse().unwrap();
        assert_eq!((third.rounded_up(10), third.rounded_down(10)), (4, 3));
        for text in ["10", "oops", "%", "1.5%", "10 %"] {
            assert_eq!(text.parse::<Share>(), Err(NotAPercentage(text.to_owned())));
        }
    }
}
