//! Rates: so many per span of time.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::measure::{QuantityError, Words, read_as_text};
use super::span::UNITS;

/// So many per second; finite, zero or more.
///
/// ```
/// use cloudsched::quantity::Rate;
/// assert_eq!("90/s".parse::<Rate>().unwrap().per_sec(), 90.0);
/// assert_eq!("30/min".parse::<Rate>().unwrap().to_string(), "0.5/s");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Rate(f64);

impl Rate {
    /// None at all.
    pub const ZERO: Self = Self(0.0);

    /// This many per second; `None` if that is negative, infinite or not a number.
    pub fn new(per_sec: f64) -> Option<Self> {
        (per_sec.is_finite() && per_sec >= 0.0).then_some(Self(per_sec))
    }

    /// How many per second.
    pub const fn per_sec(self) -> f64 {
        self.0
    }
}

const WORDS: Words = Words { noun: "a rate", example: r#""90/s", "5/min", "2/h" or "1/d""# };

impl FromStr for Rate {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        const NANOS_PER_SEC: u64 = 1_000_000_000;
        if text.starts_with('-') {
            return Err(WORDS.negative(text));
        }
        let (number, unit) = text.split_once('/').unwrap_or_else(|| {
            let digits = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
            text.split_at(digits)
        });
        let unit_has_no_slash = !text.contains('/') && !number.is_empty() && !unit.is_empty();
        if unit_has_no_slash {
            return Err(WORDS.malformed(text, "it has no `/` before a unit of time"));
        }
        let is_decimal = number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && number.starts_with(|c: char| c.is_ascii_digit())
            && !number.ends_with('.');
        let number: f64 = Some(number)
            .filter(|_| is_decimal)
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| {
                let digit = number.starts_with(|c: char| c.is_ascii_digit());
                let why = match number.bytes().any(|b| b.eq_ignore_ascii_case(&b'e')) {
                    _ if !digit => "it opens with no number",
                    true => "its number has an exponent, and is to be written out",
                    false => "its number is not a decimal",
                };
                WORDS.malformed(text, why)
            })?;
        let Some(&(_, nanos)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(WORDS.unknown_unit(text, unit, &UNITS));
        };
        // Both factors are whole, so that a whole number a second stays exact.
        let per_sec = if nanos < NANOS_PER_SEC {
            number * (NANOS_PER_SEC / nanos) as f64
        } else {
            number / (nanos / NANOS_PER_SEC) as f64
        };
        Self::new(per_sec).ok_or_else(|| QuantityError::new(format!("`{text}` is too much")))
    }
}

/// Per second, with as many digits as read back to the same rate.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/s", self.0))
    }
}

read_as_text!(Rate, WORDS);

impl JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)?/(ns|us|ms|s|m|min|h|d)$",
            "description": "So many per unit of time (ns, us, ms, s, m or min, h, d)",
            "examples": ["90/s", "5/min", "2/h", "1/d"],
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn per_sec(text: &str) -> f64 {
        text.parse::<Rate>().unwrap().per_sec()
    }

    fn error(text: &str) -> String {
        text.parse::<Rate>().unwrap_err().to_string()
    }

    #[test]
    fn reads_every_unit() {
        assert_eq!(per_sec("90/s"), 90.0);
        assert_eq!(per_sec("0.1/s"), 0.1);
        assert_eq!(per_sec("2/ms"), 2000.0);
        assert_eq!(per_sec("5/min"), 5.0 / 60.0);
        assert_eq!(per_sec("2/h"), 2.0 / 3600.0);
        assert_eq!(per_sec("1/d"), 1.0 / 86400.0);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(
            error("90"),
            r#"a rate needs a unit: `90` has none; write "90/s", "5/min", "2/h" or "1/d""#
        );
        assert_eq!(
            error("90/sec"),
            "`90/sec` has the unknown unit `sec` (units: ns, us, ms, s, m, min, h, d)"
        );
        assert_eq!(error("-1/s"), "a rate cannot be negative: `-1/s`");
        assert_eq!(
            error("inf/s"),
            "`inf/s` is not a rate: it opens with no number; \
             write \"90/s\", \"5/min\", \"2/h\" or \"1/d\""
        );
        let why = |text: &str, why: &str| assert!(error(text).contains(why), "{}", error(text));
        why("40rps", "it has no `/` before a unit of time");
        why("1e12/s", "its number has an exponent");
        why("1.2.3/s", "its number is not a decimal");
        let digits = "9".repeat(400);
        assert!(error(&format!("{digits}/s")).ends_with("is too much"));
        for text in ["", "/s", "1e3/s", "1./s", ".5/s", "1.2.3/s", "5 /s", "5/s/s"] {
            error(text);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(per_sec in 0.0..f64::MAX, bits: u64) {
            for rate in [Rate::new(per_sec), Rate::new(f64::from_bits(bits >> 1))] {
                let Some(rate) = rate else { continue };
                prop_assert_eq!(rate.to_string().parse(), Ok(rate));
            }
        }

        #[test]
        fn no_text_panics(text in "[0-9./a-z-]{0,20}|\\PC*") {
            let _ = text.parse::<Rate>();
        }
    }
}
