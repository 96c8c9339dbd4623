//! How a span of simulated time is written: `250ms`, `1.5s`, `1h30m`.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::measure::{Measure, QuantityError, Words, read_as_text};
use crate::kernel::{Span, Time};

/// The units of time and their nanoseconds.
pub(super) const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

const WORDS: Words = Words { noun: "a time", example: r#""250ms", "1.5s", "10m", "2h" or "7d""# };

const SPAN: Measure = Measure {
    words: WORDS,
    units: &UNITS,
    finest: "a nanosecond",
    largest: (Time::MAX.as_nanos(), "73 years"),
};

/// One or more numbers with units, to the nearest nanosecond.
///
/// ```
/// use cloudsched::kernel::Span;
/// assert_eq!("1.5s".parse(), Ok(Span::from_millis(1500)));
/// assert_eq!("1h30m".parse(), Ok(Span::from_secs(5400)));
/// assert!("10".parse::<Span>().is_err());
/// ```
impl FromStr for Span {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        SPAN.read_sum(text).map(Self::from_nanos)
    }
}

read_as_text!(Span, WORDS);

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|min|h|d))+$",
            "description": "A length of time: a number with a unit (ns, us, ms, s, m or min, h, d)",
            "examples": ["250ms", "1.5s", "10m", "2h", "7d", "1h30m"],
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nanos(text: &str) -> u64 {
        text.parse::<Span>().unwrap().as_nanos()
    }

    fn error(text: &str) -> String {
        text.parse::<Span>().unwrap_err().to_string()
    }

    #[test]
    fn reads_every_unit_exactly() {
        assert_eq!(nanos("3ns"), 3);
        assert_eq!(nanos("0.3us"), 300);
        assert_eq!(nanos("250ms"), 250_000_000);
        assert_eq!(nanos("1.234567891s"), 1_234_567_891);
        assert_eq!(nanos("10m"), nanos("10min"));
        assert_eq!(nanos("1h30m"), 5_400_000_000_000);
        assert_eq!(nanos("7d"), 604_800_000_000_000);
        assert_eq!(nanos("0s"), 0);
        assert_eq!(nanos("0.33333333333333333333333s"), 333_333_333);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(
            error("10"),
            r#"a time needs a unit: `10` has none; write "250ms", "1.5s", "10m", "2h" or "7d""#
        );
        assert_eq!(
            error("5hours"),
            "`5hours` has the unknown unit `hours` (units: ns, us, ms, s, m, min, h, d)"
        );
        assert_eq!(
            error("5Min"),
            "`5Min` has the unknown unit `Min`; did you mean `min`? \
             (units: ns, us, ms, s, m, min, h, d)"
        );
        assert_eq!(error("-5s"), "a time cannot be negative: `-5s`");
        assert_eq!(error("100y").split(" (").next(), Some("`100y` has the unknown unit `y`"));
        assert_eq!(error("27000d"), "`27000d` is too much: a time is at most 73 years");
        assert_eq!(error("20000d20000d"), "`20000d20000d` is too much: a time is at most 73 years");
        assert_eq!(error("0.1ns"), "`0.1ns` is less than a nanosecond, the least there is");
        for text in ["soon", "", " 5s", ".5s", "∞", "1h-3m"] {
            error(text);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(nanos in 0..=Time::MAX.as_nanos()) {
            let span = Span::from_nanos(nanos);
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }

        #[test]
        fn no_text_panics(text in "[0-9.a-z-]{0,40}|\\PC*") {
            let _ = text.parse::<Span>();
        }
    }
}
