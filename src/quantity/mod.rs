//! Quantities with units, as a scenario file writes them: spans of time, rates, bytes, CPU, money,
//! probabilities. All of them are read exactly: a decimal is never passed through a float.

mod bytes;
mod cpu;
mod measure;
mod money;
mod probability;
mod rate;
mod span;
pub mod suggest;

pub use bytes::Bytes;
pub use cpu::Millicpu;
pub use measure::QuantityError;
pub use money::Money;
pub use probability::Probability;
pub use rate::Rate;

/// Addition that stops at the largest amount, subtraction that asserts there is enough.
macro_rules! adds_up {
    ($($amount:ident),*) => {$(
        impl std::ops::Add for $amount {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }
        impl std::ops::AddAssign for $amount {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }
        impl std::ops::Sub for $amount {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                debug_assert!(self.0 >= other.0, "{self:?} less {other:?}");
                Self(self.0.wrapping_sub(other.0))
            }
        }
        impl std::ops::SubAssign for $amount {
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }
    )*};
}
use adds_up;
