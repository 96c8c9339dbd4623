//! Bandwidth: so many bytes a second.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::Bytes;
use super::measure::{QuantityError, Words, read_as_text};
use crate::kernel::Span;

/// So many bytes a second.
///
/// ```
/// use cloudsched::kernel::Span;
/// use cloudsched::quantity::{Bandwidth, Bytes};
/// let bandwidth: Bandwidth = "100MB/s".parse().unwrap();
/// assert_eq!(bandwidth.time(Bytes::new(25_000_000)), Span::from_millis(250));
/// assert_eq!("1GiB/s".parse::<Bandwidth>().unwrap().to_string(), "1GiB/s");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bandwidth(Bytes);

impl Bandwidth {
    /// Bytes in a second.
    pub const fn a_second(self) -> Bytes {
        self.0
    }

    /// How long `size` takes, to the nearest nanosecond; [`Span::MAX`] if nothing ever passes.
    pub fn time(self, size: Bytes) -> Span {
        let each = u128::from(self.0.get());
        if each == 0 {
            return Span::MAX;
        }
        let nanos = (u128::from(size.get()) * 1_000_000_000 + each / 2) / each;
        u64::try_from(nanos).map_or(Span::MAX, Span::from_nanos)
    }
}

const WORDS: Words = Words { noun: "a bandwidth", example: r#""90MB/s" or "1GiB/s""# };

impl FromStr for Bandwidth {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        match text.split_once('/') {
            Some((size, "s")) => size.parse().map(Self),
            Some((_, unit)) => Err(WORDS.unknown_unit(text, unit, &[("s", 1)])),
            None => Err(WORDS.without_unit(text)),
        }
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/s", self.0))
    }
}

read_as_text!(Bandwidth, WORDS);

impl JsonSchema for Bandwidth {
    fn schema_name() -> Cow<'static, str> {
        "Bandwidth".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)/s$",
            "description": "Bytes a second: a size and \"/s\"",
            "examples": ["90MB/s", "1GiB/s"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong() {
        let error = |text: &str| text.parse::<Bandwidth>().unwrap_err().to_string();
        assert_eq!(
            error("90MB"),
            r#"a bandwidth needs a unit: `90MB` has none; write "90MB/s" or "1GiB/s""#
        );
        assert_eq!(error("90MB/h"), "`90MB/h` has the unknown unit `h` (units: s)");
        assert!(error("90mb/s").contains("did you mean `MB`?"));
    }

    #[test]
    fn nothing_never_passes() {
        let none: Bandwidth = "0B/s".parse().unwrap();
        assert_eq!(none.time(Bytes::new(1)), Span::MAX);
        let slow: Bandwidth = "1B/s".parse().unwrap();
        assert_eq!(slow.time(Bytes::MAX), Span::MAX);
    }
}
