//! What a platform charges: flat prices, and the bill.

use crate::kernel::Span;
use crate::quantity::Money;

/// Bytes times nanoseconds in a GiB-second.
const BYTE_NANOS_PER_GIB_S: u128 = (1 << 30) * 1_000_000_000;
/// Nanoseconds in an hour.
const NANOS_PER_HOUR: u128 = 3_600_000_000_000;

/// A flat price for each thing that a platform may charge for; what has no price costs nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// For each request served.
    pub request: Money,
    /// For each GiB-second of an instance while it serves.
    pub memory_gib_s: Money,
    /// For each hour of each server.
    pub server_hour: Money,
    /// For each hour of each host.
    pub host_hour: Money,
}

/// What was used of a platform in the measured time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests whose service began.
    pub requests: u64,
    /// Memory of instances while they served: bytes times nanoseconds.
    pub busy_memory: u128,
    /// Servers there are.
    pub servers: u64,
    /// Hosts there are.
    pub hosts: u64,
    /// The measured time.
    pub time: Span,
}

/// One line of a bill.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What was charged for, in a word.
    pub item: &'static str,
    /// How much of it, in `unit`.
    pub quantity: f64,
    /// The unit of the quantity.
    pub unit: &'static str,
    /// The price of one unit.
    pub price: Money,
    /// What it comes to, rounded to the nearest picodollar.
    pub cost: Money,
}

impl Prices {
    /// The lines of the bill for `usage`, those that have a price, in a fixed order.
    ///
    /// ```
    /// use cloudsched::pricing::{Prices, Usage};
    /// use cloudsched::quantity::Money;
    /// let prices = Prices { request: Money::from_usd(2e-7), ..Prices::default() };
    /// let bill = prices.bill(&Usage { requests: 5_000_000, ..Usage::default() });
    /// assert_eq!(bill[0].cost, Money::from_usd(1.0));
    /// ```
    pub fn bill(&self, usage: &Usage) -> Vec<Line> {
        let hours = |things: u64| u128::from(things) * u128::from(usage.time.as_nanos());
        let lines = [
            ("requests", "request", self.request, u128::from(usage.requests), 1),
            ("memory", "GiB-s", self.memory_gib_s, usage.busy_memory, BYTE_NANOS_PER_GIB_S),
            ("servers", "server-hour", self.server_hour, hours(usage.servers), NANOS_PER_HOUR),
            ("hosts", "host-hour", self.host_hour, hours(usage.hosts), NANOS_PER_HOUR),
        ];
        let line = |(item, unit, price, amount, per): (_, _, Money, u128, u128)| Line {
            item,
            quantity: amount as f64 / per as f64,
            unit,
            price,
            cost: charge(price, amount, per),
        };
        lines.into_iter().filter(|(_, _, price, ..)| *price > Money::ZERO).map(line).collect()
    }
}

/// `price * amount / per`, rounded to the nearest picodollar; exact, also where the product is
/// wider than 128 bits.
fn charge(price: Money, amount: u128, per: u128) -> Money {
    let price = u128::try_from(price.as_picodollars()).expect("a price is not negative");
    let (whole, rest) = (amount / per, amount % per);
    let part = (price * rest + per / 2) / per;
    Money::from_picodollars(i128::try_from(price * whole + part).unwrap_or(i128::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_worked_out_by_hand() {
        let prices = Prices {
            request: Money::from_usd(2e-7),
            memory_gib_s: Money::from_usd(1.66667e-5),
            server_hour: Money::from_usd(0.096),
            host_hour: Money::ZERO,
        };
        let usage = Usage {
            requests: 3_000_000,
            // 512 MiB for 400 s are 200 GiB-s.
            busy_memory: (512 << 20) * 400_000_000_000,
            servers: 4,
            hosts: 7,
            time: Span::from_secs(5400),
        };
        let bill = prices.bill(&usage);
        // 3e6 * 2e-7 = 0.6; 200 * 1.66667e-5 = 0.00333334; 4 * 1.5 h * 0.096 = 0.576.
        let costs: Vec<f64> = bill.iter().map(|line| line.cost.as_usd()).collect();
        assert_eq!(costs, [0.6, 0.003_333_34, 0.576]);
        let quantities: Vec<f64> = bill.iter().map(|line| line.quantity).collect();
        assert_eq!(quantities, [3e6, 200.0, 6.0]);
    }
}
