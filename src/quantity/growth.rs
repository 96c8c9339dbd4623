//! Growth: so much in a span of time.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::measure::{QuantityError, Words, read_as_text};
use super::span::UNITS;
use super::{Bytes, Percentage};
use crate::kernel::Span;

/// What can grow, counted in whole parts.
pub trait Grows: Copy + fmt::Display + FromStr<Err = QuantityError> {
    /// How the schema calls its growth.
    const NAME: &str;
    /// How that is written, in the schema.
    const DESCRIPTION: &str;
    /// Its units, as a regular expression.
    const PATTERN: &str;
    /// Examples of its growth, as an error shows them.
    const EXAMPLES: &str;

    /// How many parts it is.
    fn parts(self) -> u64;

    /// So many parts.
    fn of_parts(parts: u64) -> Self;
}

impl Grows for Bytes {
    const NAME: &str = "Growth";
    const DESCRIPTION: &str = "Bytes in a unit of time: a size, \"/\" and the unit";
    const PATTERN: &str = "(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)";
    const EXAMPLES: &str = r#""10MiB/h" or "1GiB/d""#;

    fn parts(self) -> u64 {
        self.get()
    }

    fn of_parts(parts: u64) -> Self {
        Self::new(parts)
    }
}

impl Grows for Percentage {
    const NAME: &str = "PercentageGrowth";
    const DESCRIPTION: &str = "Percent in a unit of time: a percentage, \"/\" and the unit";
    const PATTERN: &str = "%";
    const EXAMPLES: &str = r#""10%/h" or "0.5%/min""#;

    fn parts(self) -> u64 {
        self.billionths()
    }

    fn of_parts(parts: u64) -> Self {
        Self::of_billionths(parts)
    }
}

/// So much in a unit of time.
///
/// ```
/// use cloudsched::kernel::Span;
/// use cloudsched::quantity::{Bytes, Growth, Percentage};
/// let leak: Growth<Bytes> = "10MiB/h".parse().unwrap();
/// assert_eq!(leak.exceeds(Bytes::mib(5)), Span::from_secs(1800) + Span::from_nanos(1));
/// assert_eq!(leak.grown(Span::from_secs(1800)), Bytes::mib(5));
/// assert_eq!(leak.to_string(), "10MiB/h");
/// let slower: Growth<Percentage> = "10%/h".parse().unwrap();
/// assert_eq!(slower.grown(Span::from_secs(1800)), "5%".parse().unwrap());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth<A> {
    amount: A,
    unit: &'static str,
    time: Span,
}

impl<A: Grows> Growth<A> {
    /// How much it is after a time, rounded down.
    pub fn grown(self, time: Span) -> A {
        let parts = u128::from(self.amount.parts()) * u128::from(time.as_nanos());
        let parts = parts / u128::from(self.time.as_nanos().max(1));
        A::of_parts(u64::try_from(parts).unwrap_or(u64::MAX))
    }

    /// The first nanosecond after which it is more than `amount`; [`Span::MAX`] if it never is.
    pub fn exceeds(self, amount: A) -> Span {
        let nanos = u128::from(amount.parts()) * u128::from(self.time.as_nanos());
        let nanos = nanos.checked_div(self.amount.parts().into()).map(|nanos| nanos + 1);
        nanos.and_then(|nanos| u64::try_from(nanos).ok()).map_or(Span::MAX, Span::from_nanos)
    }
}

/// How errors call a growth.
const fn words<A: Grows>() -> Words {
    Words { noun: "a growth", example: A::EXAMPLES }
}

impl<A: Grows> FromStr for Growth<A> {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let Some((amount, unit)) = text.split_once('/') else {
            return Err(words::<A>().without_unit(text));
        };
        let Some(&(unit, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(words::<A>().unknown_unit(text, unit, &UNITS));
        };
        Ok(Self { amount: amount.parse()?, unit, time: Span::from_nanos(nanos) })
    }
}

impl<A: Grows> fmt::Display for Growth<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.amount, self.unit))
    }
}

read_as_text!(Growth<Bytes>, words::<Bytes>());
read_as_text!(Growth<Percentage>, words::<Percentage>());

impl<A: Grows> JsonSchema for Growth<A> {
    fn schema_name() -> Cow<'static, str> {
        A::NAME.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let units: Vec<&str> = UNITS.iter().map(|(unit, _)| *unit).collect();
        let examples: Vec<&str> = A::EXAMPLES.split('"').skip(1).step_by(2).collect();
        json_schema!({
            "type": "string",
            "pattern": format!(r"^[0-9]+(\.[0-9]+)?{}/({})$", A::PATTERN, units.join("|")),
            "description": A::DESCRIPTION,
            "examples": examples,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong() {
        let error = |text: &str| text.parse::<Growth<Bytes>>().unwrap_err().to_string();
        assert!(error("10MiB").contains("needs a unit"));
        assert!(error("10MiB/y").contains("unknown unit `y`"));
        assert!(error("10mib/h").contains("did you mean `MiB`?"));
        let error = |text: &str| text.parse::<Growth<Percentage>>().unwrap_err().to_string();
        assert!(error("10/h").contains("a percentage needs a unit"), "{}", error("10/h"));
    }

    #[test]
    fn nothing_never_exceeds() {
        let none: Growth<Bytes> = "0B/h".parse().unwrap();
        assert_eq!(none.exceeds(Bytes::ZERO), Span::MAX);
        let slow: Growth<Bytes> = "1B/d".parse().unwrap();
        assert_eq!(slow.exceeds(Bytes::MAX), Span::MAX);
    }
}
