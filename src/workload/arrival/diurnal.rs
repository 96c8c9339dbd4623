//! The day and the night: a Poisson process whose rate follows a cosine.

use std::f64::consts::TAU;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArrivalEntry, Clock, NANOS_PER_SEC, ProcessError, rate_above_zero, rate_or_zero};
use crate::kernel::stream::uniform;
use crate::kernel::{Span, Stream, StreamKey, Time};
use crate::quantity::Rate;
use crate::variate::standard_exponential;
use crate::workload::{Arrival, ArrivalProcess, Arrivals};

pub(super) const ENTRY: ArrivalEntry = ArrivalEntry {
    name: "diurnal",
    summary: "Day and night: Poisson arrivals at mean * (1 + amplitude * cos(2 pi (t - peak) / \
              period)).",
    source: "Lewis and Shedler, Simulation of nonhomogeneous Poisson processes by thinning (1979)",
    parameters: &[
        ("mean", "mean arrivals per unit of time over a period"),
        ("amplitude", "how far the rate swings, as a share of the mean: 0 to 1 (0.5)"),
        ("period", "the length of a day (1d)"),
        ("peak", "when in the period the rate is highest (14h)"),
    ],
};

/// The parameters of arrivals that follow the time of day.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Diurnal {
    /// Mean arrivals per unit of time over a period.
    pub mean: Rate,
    /// How far the rate swings, as a share of the mean: 0 (not at all) to 1 (down to nothing).
    #[serde(default = "half")]
    pub amplitude: f64,
    /// The length of a day.
    #[serde(default = "day")]
    pub period: Span,
    /// When in the period the rate is highest; the run starts at time 0 of a period.
    #[serde(default = "two_in_the_afternoon")]
    pub peak: Span,
}

const fn half() -> f64 {
    0.5
}

const fn day() -> Span {
    Span::from_secs(86_400)
}

const fn two_in_the_afternoon() -> Span {
    Span::from_secs(14 * 3600)
}

impl Diurnal {
    /// The process with these parameters.
    ///
    /// # Errors
    /// If the mean is zero, the highest rate over one a nanosecond, the amplitude outside 0 to 1,
    /// or the period zero.
    pub fn process(&self) -> Result<Box<dyn ArrivalProcess>, ProcessError> {
        let mean = rate_above_zero("mean", self.mean)?;
        if !(0.0..=1.0).contains(&self.amplitude) {
            let message = format!(
                "{} is outside 0 to 1: a rate cannot fall below nothing; write a share of the \
                 mean, as in 0.5",
                self.amplitude
            );
            return Err(ProcessError::new("amplitude", message));
        }
        let highest = Rate::new(mean * (1.0 + self.amplitude)).unwrap_or(self.mean);
        rate_or_zero("mean", highest)?;
        if self.period == Span::ZERO {
            let message = "a period must last some time: write one above zero, as in \"1d\"";
            return Err(ProcessError::new("period", message));
        }
        let period = self.period.as_nanos();
        let peak = self.peak.as_nanos() % period;
        Ok(Box::new(Process { per_sec: mean, amplitude: self.amplitude, period, peak }))
    }
}

#[derive(Clone, Copy, Debug)]
struct Process {
    per_sec: f64,
    amplitude: f64,
    period: u64,
    /// Below `period`.
    peak: u64,
}

impl Process {
    /// The rate at `at`, as a share of the mean.
    fn share(&self, at: Time) -> f64 {
        let since_peak = at.as_nanos() % self.period + (self.period - self.peak);
        1.0 + self.amplitude * libm::cos(TAU * (since_peak as f64 / self.period as f64))
    }
}

impl ArrivalProcess for Process {
    fn start(&self, key: StreamKey) -> Box<dyn Arrivals> {
        let gap_ns = NANOS_PER_SEC / (self.per_sec * (1.0 + self.amplitude));
        Box::new(Run { process: *self, stream: key.stream(), clock: Clock::default(), gap_ns })
    }

    fn mean_rate(&self) -> Option<f64> {
        Some(self.per_sec)
    }

    fn is_finite(&self) -> bool {
        false
    }
}

struct Run {
    process: Process,
    stream: Stream,
    clock: Clock,
    /// The mean gap at the highest rate.
    gap_ns: f64,
}

impl Arrivals for Run {
    /// Thinning: candidates at the highest rate, each kept with the probability of its time. What
    /// is below the lowest rate is kept without asking for the time.
    fn next(&mut self) -> Option<Arrival> {
        let amplitude = self.process.amplitude;
        loop {
            let at = self.clock.advance(standard_exponential(&mut self.stream) * self.gap_ns)?;
            let level = uniform(&mut self.stream) * (1.0 + amplitude);
            if level < 1.0 - amplitude || level < self.process.share(at) {
                return Some(Arrival::plain(at));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{agrees, rate, times};
    use super::*;

    fn diurnal(mean: f64, amplitude: f64) -> Diurnal {
        Diurnal { mean: rate(mean), amplitude, period: day(), peak: two_in_the_afternoon() }
    }

    /// Arrivals due in hours `from..to` of `days` days at a mean of 1/s: the rate's integral.
    fn due(amplitude: f64, days: f64, from: f64, to: f64) -> f64 {
        let sine = |hour: f64| libm::sin(TAU * (hour - 14.0) / 24.0) / TAU * 24.0;
        days * 3600.0 * ((to - from) + amplitude * (sine(to) - sine(from)))
    }

    #[test]
    fn every_hour_of_the_day_gets_its_share() {
        for amplitude in [0.5, 1.0] {
            let process = diurnal(1.0, amplitude).process().unwrap();
            let mut hours = [0; 24];
            for at in times(&*process, 0, 20 * 86_400) {
                hours[(at.as_nanos() / 3_600_000_000_000 % 24) as usize] += 1;
            }
            for (hour, count) in hours.into_iter().enumerate() {
                agrees(count, due(amplitude, 20.0, hour as f64, hour as f64 + 1.0));
            }
            agrees(hours.iter().sum(), 20.0 * 86_400.0);
        }
    }

    #[test]
    fn without_amplitude_it_is_poisson() {
        let process = diurnal(50.0, 0.0).process().unwrap();
        agrees(times(&*process, 0, 10_000).len(), 500_000.0);
    }

    #[test]
    fn a_peak_past_the_period_wraps() {
        let short = |peak| Diurnal { period: Span::from_secs(60), peak, ..diurnal(10.0, 0.9) };
        let a = short(Span::from_secs(30)).process().unwrap();
        let b = short(Span::from_secs(630)).process().unwrap();
        assert_eq!(times(&*a, 0, 600), times(&*b, 0, 600));
        assert_ne!(times(&*a, 0, 600), times(&*a, 1, 600));
    }

    #[test]
    fn what_makes_no_process_is_an_error() {
        let error = |diurnal: Diurnal| diurnal.process().unwrap_err().to_string();
        assert_eq!(
            error(diurnal(1.0, 1.5)),
            "amplitude: 1.5 is outside 0 to 1: a rate cannot fall below nothing; write a share of \
             the mean, as in 0.5"
        );
        assert!(error(diurnal(1.0, f64::NAN)).starts_with("amplitude: NaN is outside 0 to 1"));
        assert!(error(diurnal(0.0, 0.5)).starts_with("mean: nothing would ever arrive"));
        assert!(error(diurnal(9e8, 0.5)).starts_with("mean: 1350000000/s is more than one"));
        assert_eq!(
            error(Diurnal { period: Span::ZERO, ..diurnal(1.0, 0.5) }),
            "period: a period must last some time: write one above zero, as in \"1d\""
        );
    }
}
