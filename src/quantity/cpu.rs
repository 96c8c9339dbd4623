//! CPU, in thousandths of a core.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::adds_up;
use super::measure::{Measure, QuantityError, Words};

/// An amount of CPU, in thousandths of a core. A file writes cores as a number (`4`, `0.5`) or
/// thousandths with an `m` (`"500m"`), as Kubernetes does.
///
/// ```
/// use cloudsched::quantity::Millicpu;
/// assert_eq!("500m".parse(), Ok(Millicpu::new(500)));
/// assert_eq!("4".parse(), Ok(Millicpu::new(4000)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millicpu(u64);

impl Millicpu {
    /// None.
    pub const ZERO: Self = Self(0);
    /// More than any host has; stands for "no limit".
    pub const MAX: Self = Self(u64::MAX);

    /// This many thousandths of a core.
    pub const fn new(millicpu: u64) -> Self {
        Self(millicpu)
    }

    /// The number of thousandths of a core.
    pub const fn get(self) -> u64 {
        self.0
    }
}

adds_up!(Millicpu);

impl fmt::Display for Millicpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1000) {
            f.pad(&(self.0 / 1000).to_string())
        } else {
            f.pad(&format!("{}m", self.0))
        }
    }
}

const CPU: Measure = Measure {
    words: Words { noun: "an amount of CPU", example: r#"4, 0.5 or "500m""# },
    units: &[("", 1000), ("m", 1)],
    finest: "a thousandth of a core",
    largest: (1_000_000_000_000, "a billion cores"),
};

/// Cores, or thousandths with an `m`; to the nearest thousandth.
impl FromStr for Millicpu {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        CPU.read(text).map(Self)
    }
}

impl<'de> Deserialize<'de> for Millicpu {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Cores)
    }
}

/// Reads a text or a number; a number through its shortest decimal, so that 0.1 is 100m exactly.
struct Cores;

impl de::Visitor<'_> for Cores {
    type Value = Millicpu;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        CPU.words.expecting(f)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Millicpu, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, cores: i64) -> Result<Millicpu, E> {
        self.visit_str(&cores.to_string())
    }

    fn visit_u64<E: de::Error>(self, cores: u64) -> Result<Millicpu, E> {
        self.visit_str(&cores.to_string())
    }

    fn visit_f64<E: de::Error>(self, cores: f64) -> Result<Millicpu, E> {
        self.visit_str(&cores.to_string())
    }
}

/// As text: cores, or thousandths with an `m`.
impl Serialize for Millicpu {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl JsonSchema for Millicpu {
    fn schema_name() -> Cow<'static, str> {
        "Cpu".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["number", "string"],
            "minimum": 0,
            "pattern": r"^[0-9]+(\.[0-9]+)?m?$",
            "description": "CPU: cores, or thousandths of a core with an m",
            "examples": [4, 0.5, "500m"],
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Result<u64, String> {
        let cpu: Result<Millicpu, _> = serde_json::from_str(json);
        cpu.map(Millicpu::get).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_cores_and_thousandths() {
        assert_eq!(read("4"), Ok(4000));
        assert_eq!(read("0.1"), Ok(100));
        assert_eq!(read("1.001"), Ok(1001));
        assert_eq!(read("0"), Ok(0));
        assert_eq!(read(r#""4""#), Ok(4000));
        assert_eq!(read(r#""0.5""#), Ok(500));
        assert_eq!(read(r#""500m""#), Ok(500));
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(
            read("-1").unwrap_err(),
            "an amount of CPU cannot be negative: `-1` at line 1 column 2"
        );
        let error = |text: &str| text.parse::<Millicpu>().unwrap_err().to_string();
        assert_eq!(error("2vcpu"), "`2vcpu` has the unknown unit `vcpu` (units: m)");
        assert_eq!(
            error("0.0001"),
            "`0.0001` is less than a thousandth of a core, the least there is"
        );
        assert_eq!(
            error("NaN"),
            r#"`NaN` is not an amount of CPU: it opens with no number; write 4, 0.5 or "500m""#
        );
        assert_eq!(error("1e13"), "`1e13` has the unknown unit `e` (units: m)");
        assert_eq!(
            error("10000000000"),
            "`10000000000` is too much: an amount of CPU is at most a billion cores"
        );
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(millicpu in 0_u64..1_000_000_000_000) {
            let cpu = Millicpu::new(millicpu);
            prop_assert_eq!(cpu.to_string().parse(), Ok(cpu));
        }
    }
}
