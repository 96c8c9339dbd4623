//! Tariffs: what is charged for which amount. Flat prices and price sheets are both lists of rates.

use std::borrow::Cow;

use super::meter::round_up;
use super::{Counted, Line, Metering, Stretch, Usage};
use crate::kernel::Span;
use crate::quantity::Money;

/// Bytes times nanoseconds in a GiB-second.
pub const GIB_S: u128 = (1 << 30) * 1_000_000_000;
/// Nanoseconds in an hour.
pub const HOUR: u128 = 3_600_000_000_000;

/// What a platform charges by one price list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tariff {
    /// What is charged, line by line.
    pub rates: Vec<Rate>,
    /// How the time of instances has to be counted for that, if it has to.
    pub metering: Option<Metering>,
    /// Whether it is the sheet of a vendor, whose months are worth a look.
    pub monthly: bool,
}

/// The price of one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// What is charged for, in a word.
    pub item: &'static str,
    /// The unit that has a price.
    pub unit: Cow<'static, str>,
    /// How much of it there is.
    pub amount: Amount,
    /// How much of the amount is a unit.
    pub per: u128,
    /// The price of a unit.
    pub price: Money,
    /// Other prices, of what is beyond so many units in a month; in order.
    pub tiers: Vec<(u128, Money)>,
    /// How much of the amount costs nothing in a month.
    pub free_amount: u128,
}

/// How an amount comes about.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// So much for each request whose service began; a batch of messages is one.
    Requests(u128),
    /// So much for each request that came through a load balancer.
    Balanced(u128),
    /// So much for each request or message whose service began.
    Messages(u128),
    /// Bytes times nanoseconds of instances while they served, unrounded.
    BusyMemory,
    /// So much, for all of the measured time.
    Held {
        /// How much.
        weight: u128,
        /// The time is rounded up to a multiple of this.
        step: Span,
        /// And is at least so long.
        least: Span,
    },
    /// The time for which each host was there, times a weight for each make.
    Leased {
        /// How the time of a host is rounded.
        lease: Lease,
        /// By make.
        weights: Vec<u128>,
    },
    /// The counted time of instances, times a weight for each application.
    Counted {
        /// Of which instances.
        of: Provision,
        /// By application.
        weights: Vec<u128>,
        /// What the time without any instance weighs.
        empty: u128,
    },
    /// The time for which instances were wanted to be provisioned, times a weight for each
    /// application.
    Wanted(Vec<u128>),
    /// The part of that in which provisioned instances were not counted, times a weight for each
    /// application.
    Unused(Vec<u128>),
    /// So much for each start of an instance, by application.
    Starts(Vec<u128>),
}

/// How the time is rounded for which a host is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// It is rounded up to a multiple of this.
    pub step: Span,
    /// And is at least so long.
    pub least: Span,
}

impl Lease {
    /// To the nanosecond.
    pub const EXACT: Self = Self { step: Span::from_nanos(1), least: Span::ZERO };

    /// The rules of a meter whose instances are the hosts.
    pub fn metering(self) -> Metering {
        let Self { step, least } = self;
        Metering { of: Stretch::Alive, step, least, init: false, provisioned_step: step }
    }
}

/// Of which instances time is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provision {
    /// Of those that are not provisioned.
    OnDemand,
    /// Of those that are.
    Provisioned,
    /// Of both.
    All,
}

impl Amount {
    /// What is there for all of the measured time, to the nanosecond.
    pub const fn held(weight: u128) -> Self {
        Self::Held { weight, step: Span::from_nanos(1), least: Span::ZERO }
    }

    /// The counted time of instances, times a weight for each application.
    pub const fn counted(of: Provision, weights: Vec<u128>) -> Self {
        Self::Counted { of, weights, empty: 0 }
    }

    fn of(&self, usage: &Usage) -> u128 {
        let sum = |weights: &[u128], of: &dyn Fn(&Counted) -> u128| -> u128 {
            usage.counted.iter().zip(weights).map(|(counted, weight)| of(counted) * weight).sum()
        };
        match self {
            Self::Requests(weight) => weight * u128::from(usage.requests),
            Self::Balanced(weight) => weight * u128::from(usage.balanced),
            Self::Messages(weight) => weight * u128::from(usage.messages),
            Self::BusyMemory => usage.busy_memory,
            Self::Held { weight, step, least } => {
                weight * u128::from(round_up(usage.time, *step, *least).as_nanos())
            }
            Self::Leased { lease, weights } => {
                let leased = usage.leased.iter().find(|(rules, _)| rules == lease);
                let times = leased.map_or(&[][..], |(_, times)| times);
                times.iter().zip(weights).map(|(time, weight)| time * weight).sum()
            }
            Self::Counted { of, weights, empty } => {
                let counted = |counted: &Counted| match of {
                    Provision::OnDemand => counted.on_demand,
                    Provision::Provisioned => counted.provisioned,
                    Provision::All => counted.on_demand + counted.provisioned,
                };
                sum(weights, &counted) + empty * usage.empty
            }
            Self::Wanted(weights) => sum(weights, &|counted| counted.wanted + counted.wanted_rest),
            Self::Unused(weights) => {
                sum(weights, &|counted| counted.wanted.saturating_sub(counted.provisioned))
            }
            Self::Starts(weights) => sum(weights, &|counted| counted.starts.into()),
        }
    }
}

impl Rate {
    /// A rate with one price.
    pub fn new(
        item: &'static str,
        unit: impl Into<Cow<'static, str>>,
        (price, per): (Money, u128),
        amount: Amount,
    ) -> Self {
        Self { item, unit: unit.into(), amount, per, price, tiers: Vec::new(), free_amount: 0 }
    }

    /// The lines of a month: what is free, then tier by tier.
    fn month(&self, usage: &Usage) -> Vec<Line> {
        let amount = self.amount.of(usage);
        let free = self.free_amount.min(amount);
        // Vendors count their tiers from the first unit on, what is free included.
        let bounds = self.tiers.iter().map(|(beyond, _)| beyond * self.per).chain([u128::MAX]);
        let prices = [self.price].into_iter().chain(self.tiers.iter().map(|(_, price)| *price));
        let mut from = free;
        let mut lines: Vec<Line> =
            (free > 0).then(|| self.line(Money::ZERO, free)).into_iter().collect();
        for (number, (bound, price)) in bounds.zip(prices).enumerate() {
            let to = amount.min(bound);
            if to > from || (number == 0 && amount == 0) {
                lines.push(self.line(price, to.saturating_sub(from)));
                from = to;
            }
        }
        lines
    }

    fn line(&self, price: Money, amount: u128) -> Line {
        Line {
            item: self.item,
            unit: self.unit.clone(),
            amount,
            per: self.per,
            price,
            cost: charge(price, amount, self.per),
        }
    }
}

impl Tariff {
    /// The lines of the bill for what was used, at the prices of the first tier and with nothing
    /// free; what has no price has no line.
    pub fn bill(&self, usage: &Usage) -> Vec<Line> {
        self.priced().map(|rate| rate.line(rate.price, rate.amount.of(usage))).collect()
    }

    /// The lines of the bill for a month, in which tiers and what is free count.
    pub fn month(&self, usage: &Usage) -> Vec<Line> {
        self.priced().flat_map(|rate| rate.month(usage)).collect()
    }

    /// How the times of hosts have to be counted for it, each once; none if it does not depend on when they are
    /// there.
    pub fn leases(&self) -> Vec<Lease> {
        let mut leases = Vec::new();
        for rate in &self.rates {
            match rate.amount {
                Amount::Leased { lease, .. } if !leases.contains(&lease) => leases.push(lease),
                _ => {}
            }
        }
        leases
    }

    /// What it charges for an hour of a host of a make that is leased; `None` if nothing.
    pub fn hour_of(&self, make: usize) -> Option<Money> {
        let hour = |rate: &Rate| match &rate.amount {
            Amount::Leased { weights, .. } if weights[make] > 0 => {
                Some(charge(rate.price, weights[make] * HOUR, rate.per))
            }
            _ => None,
        };
        self.rates.iter().filter_map(hour).reduce(|a, b| a + b)
    }

    fn priced(&self) -> impl Iterator<Item = &Rate> {
        self.rates.iter().filter(|rate| rate.price > Money::ZERO)
    }
}

/// `price * amount / per`, rounded to the nearest picodollar; exact, also where the product is
/// wider than 128 bits.
fn charge(price: Money, amount: u128, per: u128) -> Money {
    let price = u128::try_from(price.as_picodollars()).expect("a price is not negative");
    let (whole, rest) = (amount / per, amount % per);
    // The rest by long division, 32 bits of the price at a time: as long as `per` has at most 95 bits, as
    // a GB for a month has 81, nothing is wider than 128.
    let (mut part, mut left) = (0, 0);
    for shift in [96, 64, 32, 0] {
        let dividend = (left << 32) + (price >> shift & u128::from(u32::MAX)) * rest;
        part = (part << 32) + dividend / per;
        left = dividend % per;
    }
    part += u128::from(2 * left >= per);
    let cost = price.checked_mul(whole).and_then(|cost| cost.checked_add(part));
    let cost = cost.and_then(|cost| i128::try_from(cost).ok());
    Money::from_picodollars(cost.unwrap_or(i128::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dear_things_by_the_large_unit_are_charged_exactly() {
        // 500 USD for a GB and month of 730 h, 0.75 of it: per has 81 bits, the product 128 and more.
        let per = (1_u128 << 30) * 730 * 3600 * 1_000_000_000;
        assert_eq!(charge(Money::from_usd(500.0), per / 4 * 3, per), Money::from_usd(375.0));
        let dear = Money::from_picodollars(10_i128.pow(24));
        let seven_quarters = Money::from_picodollars(10_i128.pow(24) / 4 * 7);
        assert_eq!(charge(dear, per / 4 * 7, per), seven_quarters);
        assert_eq!(charge(Money::from_usd(2e-12), 1, 4), Money::from_picodollars(1));
        assert_eq!(charge(dear, u128::MAX, 1).as_picodollars(), i128::MAX);
    }

    fn rate(tiers: Vec<(u128, Money)>, free: u128) -> Rate {
        let price = (Money::from_usd(3.0), 10);
        Rate {
            tiers,
            free_amount: free * 10,
            ..Rate::new("compute", "ten", price, Amount::Requests(1))
        }
    }

    fn lines(rate: &Rate, requests: u64) -> Vec<(f64, f64, f64)> {
        let usage = Usage { requests, ..Usage::default() };
        let line = |l: &Line| (l.quantity(), l.price.as_usd(), l.cost.as_usd());
        rate.month(&usage).iter().map(line).collect()
    }

    #[test]
    fn a_month_goes_through_tiers() {
        let tiers = vec![(6, Money::from_usd(2.0)), (15, Money::from_usd(1.0))];
        let tiered = rate(tiers.clone(), 0);
        assert_eq!(lines(&tiered, 0), [(0.0, 3.0, 0.0)]);
        assert_eq!(lines(&tiered, 60), [(6.0, 3.0, 18.0)]);
        assert_eq!(lines(&tiered, 65), [(6.0, 3.0, 18.0), (0.5, 2.0, 1.0)]);
        let all = [(6.0, 3.0, 18.0), (9.0, 2.0, 18.0), (5.0, 1.0, 5.0)];
        assert_eq!(lines(&tiered, 200), all);
        // What is free is the first of the first tier.
        let free = [(2.0, 0.0, 0.0), (4.0, 3.0, 12.0), (1.0, 2.0, 2.0)];
        assert_eq!(lines(&rate(tiers, 2), 70), free);
        assert_eq!(lines(&rate(Vec::new(), 9), 70), [(7.0, 0.0, 0.0)]);
    }

    #[test]
    fn wide_amounts_are_charged_exactly() {
        let cost = charge(Money::from_picodollars(7), u128::MAX / 2, u128::MAX / 4);
        assert_eq!(cost, Money::from_picodollars(14));
        let month =
            Usage { busy_memory: u128::MAX >> 24, time: Span::from_secs(1), ..Usage::default() };
        assert!(month.month().is_some_and(|month| month.busy_memory > 0));
    }
}
