//! Memory and other sizes.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::adds_up;
use super::measure::{Measure, QuantityError, Words, read_as_text};

/// An amount of memory, in bytes.
///
/// ```
/// use cloudsched::quantity::Bytes;
/// assert_eq!("512MiB".parse(), Ok(Bytes::mib(512)));
/// assert_eq!("14MB".parse(), Ok(Bytes::new(14_000_000)));
/// assert_eq!(Bytes::mib(2048).to_string(), "2GiB");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(u64);

impl Bytes {
    /// None.
    pub const ZERO: Self = Self(0);
    /// More than any host has; stands for "no limit".
    pub const MAX: Self = Self(u64::MAX);

    /// This many bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// This many mebibytes (2^20 bytes).
    pub const fn mib(mebibytes: u64) -> Self {
        Self(mebibytes << 20)
    }

    /// The number of bytes.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// This amount less `other`; zero if `other` is more.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

adds_up!(Bytes);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 4] =
            [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        let unit = UNITS.iter().find(|(unit, _)| self.0 >= *unit && self.0.is_multiple_of(*unit));
        match unit {
            Some((unit, name)) => f.pad(&format!("{}{name}", self.0 / unit)),
            None => f.pad(&format!("{}B", self.0)),
        }
    }
}

const WORDS: Words = Words { noun: "a size", example: r#""512MiB", "14MB" or "1.5GiB""# };

const SIZE: Measure = Measure {
    words: WORDS,
    units: &[
        ("B", 1),
        ("kB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
    ],
    finest: "a byte",
    largest: (u64::MAX - 1, "16 EiB"),
};

/// A number with a unit, to the nearest byte.
impl FromStr for Bytes {
    type Err = QuantityError;
    fn from_str(text: &str) -> Result<Self, QuantityError> {
        SIZE.read(text).map(Self)
    }
}

read_as_text!(Bytes, WORDS);

impl JsonSchema for Bytes {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$",
            "description":
                "A size: a number with a unit (B; kB, MB, GB, TB of 1000; KiB, MiB, GiB, TiB of 1024)",
            "examples": ["512MiB", "14MB", "1.5GiB"],
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(text: &str) -> u64 {
        text.parse::<Bytes>().unwrap().get()
    }

    fn error(text: &str) -> String {
        text.parse::<Bytes>().unwrap_err().to_string()
    }

    #[test]
    fn reads_every_unit_exactly() {
        assert_eq!(bytes("64B"), 64);
        assert_eq!(bytes("100kB"), 100_000);
        assert_eq!(bytes("14MB"), 14_000_000);
        assert_eq!(bytes("1GiB"), 1 << 30);
        assert_eq!(bytes("1.5GiB"), 3 << 29);
        assert_eq!(bytes("2TiB"), 2 << 40);
        assert_eq!(bytes("0.3KiB"), 307);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(
            error("512"),
            r#"a size needs a unit: `512` has none; write "512MiB", "14MB" or "1.5GiB""#
        );
        assert_eq!(
            error("512mb"),
            "`512mb` has the unknown unit `mb`; did you mean `MB`? \
             (units: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB)"
        );
        assert_eq!(
            error("1GB2"),
            "`1GB2` is not a size: `2` follows its unit; write \"512MiB\", \"14MB\" or \"1.5GiB\""
        );
        assert_eq!(error("20000000TiB"), "`20000000TiB` is too much: a size is at most 16 EiB");
        assert_eq!(error("0.1B"), "`0.1B` is less than a byte, the least there is");
        assert_eq!(error("-1B"), "a size cannot be negative: `-1B`");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(bytes in 0..u64::MAX, shift in 0_u32..64) {
            for size in [Bytes::new(bytes), Bytes::new(bytes >> shift << (shift / 2))] {
                prop_assert_eq!(size.to_string().parse(), Ok(size));
            }
        }

        #[test]
        fn no_text_panics(text in "[0-9.kMGTiB-]{0,40}|\\PC*") {
            let _ = text.parse::<Bytes>();
        }
    }
}
