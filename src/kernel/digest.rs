//! A running hash of everything that happened.

use std::fmt;

/// Two runs with the same digest handled the same events at the same times in the same order.
///
/// The hash is a multiply-and-fold chain over 64-bit words (as in wyhash); it is made to tell runs
/// apart, not to withstand an adversary.
///
/// ```
/// use cloudsched::kernel::Digest;
/// let (mut a, mut b) = (Digest::default(), Digest::default());
/// a.fold(1, 2);
/// b.fold(2, 1);
/// assert_ne!(a.value(), b.value());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    state: u64,
    folded: u64,
}

impl Default for Digest {
    fn default() -> Self {
        Self { state: 0x9e37_79b9_7f4a_7c15, folded: 0 }
    }
}

impl Digest {
    /// Takes in one event: its key (time and class) and its content.
    #[inline(always)]
    pub fn fold(&mut self, key: u64, content: u64) {
        let left = u128::from(self.state ^ key);
        let right = u128::from(content ^ 0xa076_1d64_78bd_642f);
        let product = left.wrapping_mul(right);
        self.state = (product as u64) ^ ((product >> 64) as u64) ^ key.rotate_left(29);
        self.folded += 1;
    }

    /// The hash so far.
    pub fn value(&self) -> u64 {
        self.state
    }

    /// How many events were folded in.
    pub fn events(&self) -> u64 {
        self.folded
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.state)
    }
}
