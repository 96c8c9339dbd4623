//! What all quantities share: a decimal number and a unit, read in integers.

use std::fmt;

use super::suggest::did_you_mean;

/// Why a text or a number is not the quantity that was expected: a sentence for the user, with no
/// full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantityError(String);

impl QuantityError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for QuantityError {}

/// A decimal number: `mantissa` / 10^`decimals`.
#[derive(Clone, Copy, Debug)]
struct Decimal {
    mantissa: u128,
    decimals: u32,
}

impl Decimal {
    /// Digits past this place are below any resolution here and are passed over.
    const DECIMALS: u32 = 18;

    /// The number that opens `text`, and what follows it; `None` if no digit opens it.
    fn split(text: &str) -> Option<(Self, &str)> {
        let (whole, rest) = digits(text);
        if whole.is_empty() {
            return None;
        }
        let mut number = Self { mantissa: 0, decimals: 0 };
        number.push(whole);
        let fraction = rest.strip_prefix('.').map(digits);
        let Some((fraction, rest)) = fraction.filter(|(fraction, _)| !fraction.is_empty()) else {
            return Some((number, rest));
        };
        let kept = &fraction[..fraction.len().min(Self::DECIMALS as usize)];
        number.push(kept);
        number.decimals = kept.len() as u32;
        Some((number, rest))
    }

    fn push(&mut self, digits: &str) {
        for digit in digits.bytes() {
            let digit = u128::from(digit - b'0');
            self.mantissa = self.mantissa.saturating_mul(10).saturating_add(digit);
        }
    }

    /// This number times `unit`, rounded to the nearest whole; `None` past the range of `u64`.
    fn times(self, unit: u64) -> Option<u64> {
        let scale = 10_u128.pow(self.decimals);
        let product = self.mantissa.checked_mul(u128::from(unit))?;
        u64::try_from(product.checked_add(scale / 2)? / scale).ok()
    }
}

/// The ASCII digits that open `text`, and the rest.
fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// How the errors of a quantity call it.
#[derive(Clone, Copy)]
pub(super) struct Words {
    /// "a time".
    pub noun: &'static str,
    /// How to write one: `"250ms" or "10m"`.
    pub example: &'static str,
}

impl Words {
    /// What serde says it expected.
    pub(super) fn expecting(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, as in {}", self.noun, self.example)
    }

    pub(super) fn malformed(self, text: &str, why: &str) -> QuantityError {
        let Self { noun, example } = self;
        QuantityError::new(format!("`{text}` is not {noun}: {why}; write {example}"))
    }

    /// The error for a number where a unit is needed.
    pub(super) fn without_unit(self, number: impl fmt::Display) -> QuantityError {
        let Self { noun, example } = self;
        QuantityError::new(format!("{noun} needs a unit: `{number}` has none; write {example}"))
    }

    pub(super) fn negative(self, number: impl fmt::Display) -> QuantityError {
        QuantityError::new(format!("{} cannot be negative: `{number}`", self.noun))
    }

    /// The error for a unit that is not among `units`; none at all has a text of its own.
    pub(super) fn unknown_unit(
        self,
        text: &str,
        unit: &str,
        units: &[(&'static str, u64)],
    ) -> QuantityError {
        if unit.is_empty() {
            return self.without_unit(text);
        }
        let units: Vec<_> =
            units.iter().map(|(unit, _)| *unit).filter(|unit| !unit.is_empty()).collect();
        let meant = did_you_mean(unit, &units)
            .map_or_else(String::new, |unit| format!("; did you mean `{unit}`?"));
        let listed = units.join(", ");
        let message = format!("`{text}` has the unknown unit `{unit}`{meant} (units: {listed})");
        QuantityError::new(message)
    }
}

/// How an amount is written: its units and limits, and the words of its errors.
pub(super) struct Measure {
    pub words: Words,
    /// Each unit with its size in the smallest one; the unit "" allows a number without a unit.
    pub units: &'static [(&'static str, u64)],
    /// What no amount can be smaller than, but for zero: "a nanosecond".
    pub finest: &'static str,
    /// The largest amount, and how to call it.
    pub largest: (u64, &'static str),
}

impl Measure {
    /// The amount that `text` writes.
    pub(super) fn read(&self, text: &str) -> Result<u64, QuantityError> {
        match self.read_part(text, text)? {
            (amount, "") => Ok(amount),
            (_, rest) => Err(self.words.malformed(text, &format!("`{rest}` follows its unit"))),
        }
    }

    /// The amount that `text` writes as one or more numbers with units: `1h30m`.
    pub(super) fn read_sum(&self, text: &str) -> Result<u64, QuantityError> {
        let (mut sum, mut rest) = self.read_part(text, text)?;
        while !rest.is_empty() {
            let (amount, after) = self.read_part(text, rest)?;
            sum = self.bounded(sum.checked_add(amount), text)?;
            rest = after;
        }
        Ok(sum)
    }

    /// The number and unit that open `part`, which ends `text`; and what follows them.
    fn read_part<'a>(&self, text: &str, part: &'a str) -> Result<(u64, &'a str), QuantityError> {
        if text.starts_with('-') {
            return Err(self.words.negative(text));
        }
        let (number, rest) = Decimal::split(part)
            .ok_or_else(|| self.words.malformed(text, "it opens with no number"))?;
        let name_len = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(name_len);
        let Some(&(_, unit)) = self.units.iter().find(|(unit, _)| *unit == name) else {
            return Err(self.words.unknown_unit(text, name, self.units));
        };
        let amount = self.bounded(number.times(unit), text)?;
        if amount == 0 && number.mantissa > 0 {
            let message = format!("`{text}` is less than {}, the least there is", self.finest);
            return Err(QuantityError::new(message));
        }
        Ok((amount, rest))
    }

    fn bounded(&self, amount: Option<u64>, text: &str) -> Result<u64, QuantityError> {
        let (largest, name) = self.largest;
        amount.filter(|amount| *amount <= largest).ok_or_else(|| {
            QuantityError::new(format!(
                "`{text}` is too much: {} is at most {name}",
                self.words.noun
            ))
        })
    }
}

/// `Deserialize` and `Serialize` for a quantity that is always a text with a unit: through
/// `FromStr` and `Display`. A number is an error that asks for the unit.
macro_rules! read_as_text {
    ($quantity:ty, $words:expr) => {
        impl<'de> serde::Deserialize<'de> for $quantity {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $quantity;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        $words.expecting(f)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$quantity, E> {
                        text.parse().map_err(E::custom)
                    }
                    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<$quantity, E> {
                        Err(E::custom($words.without_unit(number)))
                    }
                    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<$quantity, E> {
                        Err(E::custom($words.without_unit(number)))
                    }
                    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<$quantity, E> {
                        Err(E::custom($words.without_unit(number)))
                    }
                }
                from.deserialize_any(Text)
            }
        }

        impl serde::Serialize for $quantity {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }
    };
}
pub(super) use read_as_text;
