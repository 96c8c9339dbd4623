//! The digest of a text.

use std::fmt;

/// The FNV-1a hash of 128 bits (Fowler, Noll, Vo; RFC 9923) of one text or several, each but the
/// first after a zero byte. It tells texts apart; it does not withstand an adversary.
///
/// ```
/// use cloudsched::report::TextDigest;
/// let digest = TextDigest::of(["foobar"]);
/// assert_eq!(digest.to_string(), "343e1662793c64bf6f0d3597ba446f18");
/// assert_ne!(TextDigest::of(["foo", "bar"]), digest);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextDigest(u128);

const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

impl TextDigest {
    /// The digest of these texts.
    pub fn of<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Self {
        let mut hash = BASIS;
        let mut fold = |byte: u8| hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        for (number, text) in texts.into_iter().enumerate() {
            if number > 0 {
                fold(0);
            }
            text.as_ref().bytes().for_each(&mut fold);
        }
        Self(hash)
    }
}

impl fmt::Display for TextDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
