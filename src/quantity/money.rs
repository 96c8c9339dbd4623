//! Money.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Add, AddAssign};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount of money: whole picodollars (1e-12 USD), so that the lines of a bill add up exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// This many picodollars.
    pub const fn from_picodollars(picodollars: i128) -> Self {
        Self(picodollars)
    }

    /// This many dollars, rounded to the nearest picodollar.
    pub fn from_usd(usd: f64) -> Self {
        Self((usd * 1e12).round() as i128)
    }

    /// The number of picodollars.
    pub const fn as_picodollars(self) -> i128 {
        self.0
    }

    /// Dollars.
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / 1e12
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, |total, amount| total + amount)
    }
}

/// The most that a file can say, in dollars; sums of many such amounts still fit.
const LARGEST_USD: f64 = 1e12;

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Usd)
    }
}

/// Reads a number of dollars.
struct Usd;

impl de::Visitor<'_> for Usd {
    type Value = Money;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount of money: a number, in USD")
    }

    fn visit_i64<E: de::Error>(self, usd: i64) -> Result<Money, E> {
        self.visit_f64(usd as f64)
    }

    fn visit_u64<E: de::Error>(self, usd: u64) -> Result<Money, E> {
        self.visit_f64(usd as f64)
    }

    fn visit_f64<E: de::Error>(self, usd: f64) -> Result<Money, E> {
        let money = Money::from_usd(usd);
        if usd < 0.0 {
            Err(E::custom(format_args!("an amount of money cannot be negative: `{usd}`")))
        } else if !usd.is_finite() || usd > LARGEST_USD {
            Err(E::custom(format_args!("an amount of money is at most 1e12 USD: `{usd}`")))
        } else if usd > 0.0 && money == Money::ZERO {
            Err(E::custom(format_args!("`{usd}` USD is less than a picodollar (1e-12 USD)")))
        } else {
            Ok(money)
        }
    }
}

/// As a number of dollars.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(self.as_usd())
    }
}

impl JsonSchema for Money {
    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "number",
            "minimum": 0,
            "maximum": LARGEST_USD,
            "description": "An amount of money, in USD",
            "examples": [0.096, 2e-7],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<i128, String> {
        let money: Result<Money, _> = serde_json::from_str(json);
        money
            .map(Money::as_picodollars)
            .map_err(|error| error.to_string().split(" at line").next().unwrap().into())
    }

    #[test]
    fn reads_dollars_into_picodollars() {
        assert_eq!(read("0"), Ok(0));
        assert_eq!(read("2"), Ok(2_000_000_000_000));
        assert_eq!(read("0.096"), Ok(96_000_000_000));
        assert_eq!(read("2e-7"), Ok(200_000));
        assert_eq!(read("1.66667e-5"), Ok(16_666_700));
    }

    #[test]
    fn says_what_is_wrong() {
        let error = |json| read(json).unwrap_err();
        assert_eq!(error("-0.5"), "an amount of money cannot be negative: `-0.5`");
        assert_eq!(error("1e13"), "an amount of money is at most 1e12 USD: `10000000000000`");
        assert_eq!(error("1e-13"), "`0.0000000000001` USD is less than a picodollar (1e-12 USD)");
        assert_eq!(
            error(r#""1 USD""#),
            r#"invalid type: string "1 USD", expected an amount of money: a number, in USD"#
        );
    }
}
