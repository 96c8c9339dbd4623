//! Arrivals at even distances.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArrivalEntry, ProcessError, rate_above_zero};
use crate::kernel::{StreamKey, Time};
use crate::quantity::Rate;
use crate::workload::{Arrival, ArrivalProcess, Arrivals};

pub(super) const ENTRY: ArrivalEntry = ArrivalEntry {
    name: "constant",
    summary: "A clock: the first arrival at the start, then one every 1/rate.",
    source: "the D of Kendall's notation: Kleinrock, Queueing Systems, volume 1 (1975)",
    parameters: &[("rate", "arrivals per unit of time")],
};

/// The parameters of arrivals at even distances.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Constant {
    /// Arrivals per unit of time; the first is at the start.
    pub rate: Rate,
}

impl Constant {
    /// The process with these parameters. Arrival n is at n/rate, rounded down to a nanosecond,
    /// where the rate is the simplest fraction that its number stands for: `7/min` is 7/60 a
    /// second, so no error adds up.
    ///
    /// # Errors
    /// If the rate is zero or more than one a nanosecond.
    pub fn process(&self) -> Result<Box<dyn ArrivalProcess>, ProcessError> {
        Ok(Box::new(Process { per_sec: rate_above_zero("rate", self.rate)? }))
    }
}

#[derive(Debug)]
struct Process {
    per_sec: f64,
}

impl ArrivalProcess for Process {
    fn start(&self, _key: StreamKey) -> Box<dyn Arrivals> {
        Box::new(Run::new(self.per_sec))
    }

    fn mean_rate(&self) -> Option<f64> {
        Some(self.per_sec)
    }

    fn is_finite(&self) -> bool {
        false
    }

    fn is_stationary(&self) -> bool {
        true
    }
}

/// The next arrival is at `next + carried / parts` nanoseconds.
struct Run {
    next: u64,
    carried: u128,
    /// The distance of two arrivals: `step + step_rest / parts` nanoseconds.
    step: u64,
    step_rest: u128,
    parts: u128,
}

impl Run {
    fn new(per_sec: f64) -> Self {
        let (parts, secs) = fraction(per_sec);
        let nanos = secs * 1_000_000_000;
        let step = u64::try_from(nanos / parts).unwrap_or(u64::MAX);
        Self { next: 0, carried: 0, step, step_rest: nanos % parts, parts }
    }
}

impl Arrivals for Run {
    fn next(&mut self) -> Option<Arrival> {
        let at = self.next;
        if at > Time::MAX.as_nanos() {
            return None;
        }
        self.carried += self.step_rest;
        let carry = self.carried >= self.parts;
        if carry {
            self.carried -= self.parts;
        }
        self.next = at.saturating_add(self.step).saturating_add(u64::from(carry));
        Some(Arrival::plain(Time::from_nanos(at)))
    }
}

/// The first convergent p/q of the continued fraction of `number` that no other f64 is nearer to.
/// `number` is above 0 and at most 1e9; below 1e-10, of which no second arrival can come before
/// [`Time::MAX`], it counts as 1e-10.
fn fraction(number: f64) -> (u128, u128) {
    let number = number.max(1e-10);
    // Exactly over/under: a product with a power of two is exact, and 2^86 leaves no fraction.
    let (mut over, mut under) = ((number * (1_u128 << 86) as f64) as u128, 1_u128 << 86);
    let (mut p, mut q) = ((1, 0), (0, 1));
    loop {
        let whole = over / under;
        p = (whole * p.0 + p.1, p.0);
        q = (whole * q.0 + q.1, q.0);
        if p.0 as f64 / q.0 as f64 == number {
            return (p.0, q.0);
        }
        (over, under) = (under, over % under);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{rate, started, times};
    use super::*;

    fn process(per_sec: f64) -> Box<dyn ArrivalProcess> {
        Constant { rate: rate(per_sec) }.process().unwrap()
    }

    #[test]
    fn rates_are_read_as_simple_fractions() {
        assert_eq!(fraction(90.0), (90, 1));
        assert_eq!(fraction(5.0 / 60.0), (1, 12));
        assert_eq!(fraction(7.0 / 60.0), (7, 60));
        assert_eq!(fraction(0.1), (1, 10));
        assert_eq!(fraction(2.0 / 86_400.0), (1, 43_200));
        assert_eq!(fraction(1e9), (1_000_000_000, 1));
        let (p, q) = fraction(std::f64::consts::PI);
        assert_eq!(p as f64 / q as f64, std::f64::consts::PI);
    }

    #[test]
    fn ten_million_thirds_do_not_drift() {
        let mut arrivals = started(&*process(3.0), 0);
        let last = std::iter::from_fn(|| arrivals.next()).nth(9_999_999).unwrap();
        assert_eq!(last.at.as_nanos(), 9_999_999 * 1_000_000_000 / 3);
    }

    #[test]
    fn the_first_is_at_the_start_and_the_run_is_half_open() {
        assert_eq!(times(&*process(90.0), 0, 3600).len(), 90 * 3600);
        let secs: Vec<f64> = times(&*process(0.5), 0, 7).iter().map(|t| t.as_secs_f64()).collect();
        assert_eq!(secs, [0.0, 2.0, 4.0, 6.0]);
    }

    #[test]
    fn every_nanosecond_and_once_ever_both_work() {
        let mut arrivals = started(&*process(1e9), 0);
        let third = std::iter::from_fn(|| arrivals.next()).nth(2).unwrap();
        assert_eq!(third.at, Time::from_nanos(2));
        let mut arrivals = started(&*process(1e-300), 0);
        assert_eq!(arrivals.next(), Some(Arrival::plain(Time::ZERO)));
        assert_eq!(arrivals.next(), None);
        assert_eq!(arrivals.next(), None);
    }
}
