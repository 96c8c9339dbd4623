//! Poisson arrivals: independent exponential gaps.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArrivalEntry, Clock, NANOS_PER_SEC, ProcessError, rate_above_zero};
use crate::kernel::{Stream, StreamKey};
use crate::quantity::Rate;
use crate::variate::standard_exponential;
use crate::workload::{Arrival, ArrivalProcess, Arrivals};

pub(super) const ENTRY: ArrivalEntry = ArrivalEntry {
    name: "poisson",
    summary: "Many independent users: exponential gaps at one rate.",
    source: "Kleinrock, Queueing Systems, volume 1 (1975), chapter 2",
    parameters: &[("rate", "mean arrivals per unit of time")],
};

/// The parameters of Poisson arrivals.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Poisson {
    /// Mean arrivals per unit of time.
    pub rate: Rate,
}

impl Poisson {
    /// The process with these parameters.
    ///
    /// ```
    /// use cloudsched::kernel::Seed;
    /// use cloudsched::workload::arrival::Poisson;
    /// let process = Poisson { rate: "90/s".parse()? }.process()?;
    /// let mut arrivals = process.start(Seed::new(1).key("client.web.arrivals"));
    /// assert!(arrivals.next().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
    fn start(&self, key: StreamKey) -> Box<dyn Arrivals> {
        let gap_ns = NANOS_PER_SEC / self.per_sec;
        Box::new(Run { stream: key.stream(), clock: Clock::default(), gap_ns })
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

struct Run {
    stream: Stream,
    clock: Clock,
    /// The mean gap.
    gap_ns: f64,
}

impl Arrivals for Run {
    fn next(&mut self) -> Option<Arrival> {
        let gap = standard_exponential(&mut self.stream) * self.gap_ns;
        self.clock.advance(gap).map(Arrival::plain)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{agrees, rate, started, times};
    use super::*;

    fn process(per_sec: f64) -> Box<dyn ArrivalProcess> {
        Poisson { rate: rate(per_sec) }.process().unwrap()
    }

    #[test]
    fn the_mean_count_is_the_rate() {
        agrees(times(&*process(90.0), 0, 10_000).len(), 900_000.0);
    }

    #[test]
    fn gaps_are_exponential() {
        let times = times(&*process(1000.0), 1, 100);
        let mut gaps: Vec<f64> = times.windows(2).map(|w| (w[1] - w[0]).as_secs_f64()).collect();
        gaps.sort_unstable_by(f64::total_cmp);
        let n = gaps.len() as f64;
        // Kolmogorov-Smirnov: the distance times sqrt(n) exceeds 1.95 in 0.1 % of samples.
        let distance = gaps.iter().enumerate().fold(0.0_f64, |most, (i, gap)| {
            let cdf = 1.0 - libm::exp(-1000.0 * gap);
            most.max((cdf - i as f64 / n).abs()).max((cdf - (i + 1) as f64 / n).abs())
        });
        assert!(distance * n.sqrt() < 1.95, "distance {distance} over {n} gaps");
    }

    #[test]
    fn the_same_key_gives_the_same_arrivals() {
        let process = process(5.0);
        assert_eq!(times(&*process, 7, 100), times(&*process, 7, 100));
        assert_ne!(times(&*process, 7, 100), times(&*process, 8, 100));
    }

    #[test]
    fn what_is_rarer_than_all_time_never_arrives() {
        assert_eq!(started(&*process(1e-30), 0).next(), None);
    }

    #[test]
    fn rates_that_make_no_process_are_errors() {
        let error = |per_sec| Poisson { rate: rate(per_sec) }.process().unwrap_err().to_string();
        assert_eq!(
            error(0.0),
            "rate: nothing would ever arrive at 0/s: write a rate above zero, as in \"90/s\""
        );
        assert_eq!(
            error(2e9),
            "rate: 2000000000/s is more than one arrival a nanosecond, the finest step of time: \
             write at most \"1/ns\""
        );
    }
}
