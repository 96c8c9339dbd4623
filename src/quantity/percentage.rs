//! Parts of something, in percent.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::measure::{Measure, QuantityError, Words, read_as_text};

/// So much of something, in billionths of it. It may be more than all.
///
/// ```
/// use cloudsched::quantity::Percentage;
/// let little: Percentage = "0.05%".parse().unwrap();
/// assert_eq!(little.billionths(), 500_000);
/// assert_eq!(little.to_string(), "0.05%");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percentage(u64);

impl Percentage {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All of it, in billionths.
    pub const WHOLE: u64 = 1_000_000_000;

    /// So many billionths.
    pub const fn of_billionths(billionths: u64) -> Self {
        Self(billionths)
    }

    /// How many billionths it is.
    pub const fn billionths(self) -> u64 {
        self.0
    }
}

/// Billionths in a hundredth.
const PERCENT: u64 = Percentage::WHOLE / 100;

const WORDS: Words = Words { noun: "a percentage", example: r#""10%" or "0.05%""# };

const PARTS: Measure = Measure {
    words: WORDS,
    units: &[("%", PERCENT)],
    finest: "a billionth",
    largest: (u64::MAX - 1, "about 1.8e12 %"),
};

/// A number and `%`, to the nearest billionth of the whole.
impl FromStr for Percentage {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        PARTS.read(text).map(Self)
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / PERCENT, self.0 % PERCENT);
        let decimals = format!("{rest:07}");
        match decimals.trim_end_matches('0') {
            "" => f.pad(&format!("{whole}%")),
            decimals => f.pad(&format!("{whole}.{decimals}%")),
        }
    }
}

read_as_text!(Percentage, WORDS);

impl JsonSchema for Percentage {
    fn schema_name() -> Cow<'static, str> {
        "Percentage".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)?%$",
            "description": "A percentage, which may be over 100",
            "examples": ["10%", "0.05%"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_back() {
        for text in ["0%", "10%", "0.05%", "250%", "0.0000001%", "33.3333333%"] {
            assert_eq!(text.parse::<Percentage>().unwrap().to_string(), text);
        }
        assert_eq!("12.5%".parse(), Ok(Percentage::of_billionths(125_000_000)));
    }
}
