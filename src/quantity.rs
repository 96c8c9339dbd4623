//! Quantities with units: bytes, millicpu, money.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};

/// An amount of memory, in bytes.
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

/// An amount of CPU, in thousandths of a core.
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

macro_rules! adds_up {
    ($($amount:ident),*) => {$(
        impl Add for $amount {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }
        impl AddAssign for $amount {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }
        impl Sub for $amount {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                debug_assert!(self.0 >= other.0, "{self:?} less {other:?}");
                Self(self.0.wrapping_sub(other.0))
            }
        }
        impl SubAssign for $amount {
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }
    )*};
}
adds_up!(Bytes, Millicpu);

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

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 4] =
            [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
        let unit = UNITS.iter().find(|(unit, _)| self.0 >= *unit && self.0 % unit == 0);
        match unit {
            Some((unit, name)) => f.pad(&format!("{}{name}", self.0 / unit)),
            None => f.pad(&format!("{}B", self.0)),
        }
    }
}

impl fmt::Display for Millicpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1000) {
            f.pad(&(self.0 / 1000).to_string())
        } else {
            f.pad(&format!("{}m", self.0))
        }
    }
}
