//! Probabilities.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A number between 0 and 1, both included.
///
/// ```
/// use cloudsched::quantity::Probability;
/// assert_eq!(Probability::new(0.25).map(Probability::get), Some(0.25));
/// assert_eq!(Probability::new(1.5), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Probability(f64);

impl Probability {
    /// Never.
    pub const ZERO: Self = Self(0.0);
    /// Always.
    pub const ONE: Self = Self(1.0);

    /// This probability; `None` unless it is between 0 and 1.
    pub fn new(probability: f64) -> Option<Self> {
        (0.0..=1.0).contains(&probability).then_some(Self(probability))
    }

    /// The number between 0 and 1.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Probability {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(from)?;
        Self::new(number).ok_or_else(|| {
            de::Error::custom(format_args!("a probability is between 0 and 1, not `{number}`"))
        })
    }
}

impl Serialize for Probability {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(self.0)
    }
}

impl JsonSchema for Probability {
    fn schema_name() -> Cow<'static, str> {
        "Probability".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "A probability, between 0 and 1",
            "examples": [0.1],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lies_between_0_and_1() {
        let read = |json| serde_json::from_str::<Probability>(json);
        assert_eq!(read("0.1").unwrap().get(), 0.1);
        assert_eq!(read("1").unwrap(), Probability::ONE);
        assert_eq!(read("0").unwrap(), Probability::ZERO);
        let error = read("1.5").unwrap_err().to_string();
        assert!(error.starts_with("a probability is between 0 and 1, not `1.5`"), "{error}");
        assert!(read("-0.1").is_err());
        assert_eq!(Probability::new(f64::NAN), None);
    }
}
