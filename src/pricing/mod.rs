//! What a platform charges: price sheets, the meter that they need, and bills.
//!
//! A [`Sheet`](sheet::Sheet) is what a scenario chooses; for a given platform it makes a
//! [`Tariff`], a list of rates. The flat prices of a scenario are one sheet among others. What was
//! used comes as a [`Usage`], in whole numbers, so bills add up exactly.

mod meter;
pub mod sheet;
mod tariff;
mod usage;

pub use meter::{Account, Meter, Metering, Stretch};
pub use tariff::{Amount, GIB_S, HOUR, Lease, Provision, Rate, Tariff};
pub use usage::{Counted, MONTH, Usage};

use std::borrow::Cow;

use crate::quantity::Money;

/// One line of a bill.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What was charged for, in a word.
    pub item: &'static str,
    /// How much of it, `per` of which are a unit.
    pub amount: u128,
    /// How much a unit is.
    pub per: u128,
    /// The unit that has a price.
    pub unit: Cow<'static, str>,
    /// The price of one unit.
    pub price: Money,
    /// What it comes to, rounded to the nearest picodollar.
    pub cost: Money,
}

impl Line {
    /// How much, in units.
    pub fn quantity(&self) -> f64 {
        self.amount as f64 / self.per as f64
    }
}
