//! Growth: so many bytes in a span of time.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::Bytes;
use super::measure::{QuantityError, Words, read_as_text};
use super::span::UNITS;
use crate::kernel::Span;

/// So many bytes in a unit of time.
///
/// ```
/// use cloudsched::kernel::Span;
/// use cloudsched::quantity::{Bytes, Growth};
/// let leak: Growth = "10MiB/h".parse().unwrap();
/// assert_eq!(leak.exceeds(Bytes::mib(5)), Span::from_secs(1800) + Span::from_nanos(1));
/// assert_eq!(leak.grown(Span::from_secs(1800)), Bytes::mib(5));
/// assert_eq!(leak.to_string(), "10MiB/h");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    bytes: Bytes,
    unit: &'static str,
    time: Span,
}

impl Growth {
    /// How much it is after a time, rounded down.
    pub fn grown(self, time: Span) -> Bytes {
        let bytes = u128::from(self.bytes.get()) * u128::from(time.as_nanos());
        let bytes = bytes / u128::from(self.time.as_nanos().max(1));
        Bytes::new(u64::try_from(bytes).unwrap_or(u64::MAX))
    }

    /// The first nanosecond after which it is more than `bytes`; [`Span::MAX`] if it never is.
    pub fn exceeds(self, bytes: Bytes) -> Span {
        let nanos = u128::from(bytes.get()) * u128::from(self.time.as_nanos());
        let nanos = nanos.checked_div(self.bytes.get().into()).map(|nanos| nanos + 1);
        nanos.and_then(|nanos| u64::try_from(nanos).ok()).map_or(Span::MAX, Span::from_nanos)
    }
}

const WORDS: Words = Words { noun: "a growth", example: r#""10MiB/h" or "1GiB/d""# };

impl FromStr for Growth {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let Some((size, unit)) = text.split_once('/') else {
            return Err(WORDS.without_unit(text));
        };
        let Some(&(unit, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(WORDS.unknown_unit(text, unit, &UNITS));
        };
        Ok(Self { bytes: size.parse()?, unit, time: Span::from_nanos(nanos) })
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.bytes, self.unit))
    }
}

read_as_text!(Growth, WORDS);

impl JsonSchema for Growth {
    fn schema_name() -> Cow<'static, str> {
        "Growth".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let units: Vec<&str> = UNITS.iter().map(|(unit, _)| *unit).collect();
        json_schema!({
            "type": "string",
            "pattern": format!(r"^[0-9]+(\.[0-9]+)?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)/({})$", units.join("|")),
            "description": "Bytes in a unit of time: a size, \"/\" and the unit",
            "examples": ["10MiB/h", "1GiB/d"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong() {
        let error = |text: &str| text.parse::<Growth>().unwrap_err().to_string();
        assert!(error("10MiB").contains("needs a unit"));
        assert!(error("10MiB/y").contains("unknown unit `y`"));
        assert!(error("10mib/h").contains("did you mean `MiB`?"));
    }

    #[test]
    fn nothing_never_exceeds() {
        let none: Growth = "0B/h".parse().unwrap();
        assert_eq!(none.exceeds(Bytes::ZERO), Span::MAX);
        let slow: Growth = "1B/d".parse().unwrap();
        assert_eq!(slow.exceeds(Bytes::MAX), Span::MAX);
    }
}
