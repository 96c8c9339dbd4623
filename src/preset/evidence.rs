//! How well a value is known.

use serde::Deserialize;

/// How well a value is known, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Read in the source code or data of the thing itself.
    Source,
    /// The vendor's own documentation or price page.
    Documented,
    /// Measured by somebody, not promised by the vendor.
    Measured,
    /// Repeated by somebody else; the vendor's page was not seen.
    SecondHand,
    /// Remembered, and not confirmed.
    Recalled,
    /// Not published or not found: a value that stands here is a guess.
    Unknown,
}

impl Evidence {
    /// In a word or two, as a reader is told.
    pub fn words(self) -> &'static str {
        match self {
            Self::Source => "from source",
            Self::Documented => "documented",
            Self::Measured => "measured",
            Self::SecondHand => "second-hand",
            Self::Recalled => "recalled, not confirmed",
            Self::Unknown => "unknown, a guess",
        }
    }
}
