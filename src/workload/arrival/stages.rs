//! Load tests: a rate that goes from target to target.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArrivalEntry, NANOS_PER_SEC, ProcessError, rate_or_zero};
use crate::kernel::{Span, Stream, StreamKey, Time};
use crate::quantity::Rate;
use crate::variate::standard_exponential;
use crate::workload::{Arrival, ArrivalProcess, Arrivals};

pub(super) const ENTRY: ArrivalEntry = ArrivalEntry {
    name: "stages",
    summary: "A load test: Poisson arrivals whose rate goes evenly from target to target, at \
              first from 0, and which end after the last stage.",
    source: "k6, ramping-arrival-rate; inversion of the integrated rate: Law, Simulation Modeling \
             and Analysis, chapter 8",
    parameters: &[
        ("[].duration", "how long the stage lasts"),
        ("[].target", "the rate at its end, reached evenly from that of the stage before"),
    ],
};

/// The stages of a load test, in order: `arrivals.stages = [{ duration = "5m", target = "100/s" }]`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Stages(
    /// One or more.
    pub Vec<Stage>,
);

/// One stage of a load test.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// How long it lasts.
    pub duration: Span,
    /// The rate at its end, reached evenly from that of the stage before; from 0 in the first.
    pub target: Rate,
}

impl Stages {
    /// The process with these parameters.
    ///
    /// # Errors
    /// Without a stage, with one that lasts no time or has a rate over one a nanosecond, if all
    /// targets are zero, or if the stages together pass [`Time::MAX`].
    pub fn process(&self) -> Result<Box<dyn ArrivalProcess>, ProcessError> {
        let mut ramps = Vec::with_capacity(self.0.len());
        let (mut start, mut from) = (0_u64, 0.0);
        for (i, stage) in self.0.iter().enumerate() {
            let to = rate_or_zero(&format!("[{i}].target"), stage.target)?;
            let nanos = stage.duration.as_nanos();
            if nanos == 0 {
                let message = "a stage must last some time: for a jump write \"1ms\"";
                return Err(ProcessError::new(format!("[{i}].duration"), message));
            }
            ramps.push(Ramp::new(start, nanos, from, to));
            start = start.saturating_add(nanos);
            from = to;
        }
        if start > Time::MAX.as_nanos() {
            let message = "the stages together pass 73 years, the end of simulated time";
            return Err(ProcessError::new("", message));
        }
        if ramps.iter().all(|ramp| ramp.due == 0.0) {
            let message = "nothing would ever arrive: give one of the stages a target above zero, \
                           as in [{ duration = \"5m\", target = \"100/s\" }]";
            return Err(ProcessError::new("", message));
        }
        Ok(Box::new(Process { ramps, end: start }))
    }
}

/// A stage: the rate goes from `from` to `from + slope * secs` arrivals a second.
#[derive(Clone, Copy, Debug)]
struct Ramp {
    start: u64,
    nanos: u64,
    from: f64,
    slope: f64,
    /// Arrivals due in all of it: its integrated rate.
    due: f64,
}

impl Ramp {
    fn new(start: u64, nanos: u64, from: f64, to: f64) -> Self {
        let secs = nanos as f64 / NANOS_PER_SEC;
        Self { start, nanos, from, slope: (to - from) / secs, due: f64::midpoint(from, to) * secs }
    }

    /// When `due` arrivals, fewer than all of the ramp, have been due: the solution of
    /// from * x + slope * x^2 / 2 = due, in the form that loses no digits.
    fn time(&self, due: f64) -> u64 {
        let root = (self.from * self.from + 2.0 * due * self.slope).max(0.0).sqrt();
        let nanos = (2.0 * due / (self.from + root) * NANOS_PER_SEC) as u64;
        self.start + nanos.min(self.nanos - 1)
    }
}

#[derive(Debug)]
struct Process {
    ramps: Vec<Ramp>,
    end: u64,
}

impl ArrivalProcess for Process {
    fn start(&self, key: StreamKey) -> Box<dyn Arrivals> {
        Box::new(Run {
            ramps: self.ramps.clone(),
            stream: key.stream(),
            ramp: 0,
            used: 0.0,
            last: 0,
        })
    }

    fn mean_rate(&self) -> Option<f64> {
        let due: f64 = self.ramps.iter().map(|ramp| ramp.due).sum();
        Some(due / (self.end as f64 / NANOS_PER_SEC))
    }

    fn is_finite(&self) -> bool {
        true
    }
}

struct Run {
    ramps: Vec<Ramp>,
    stream: Stream,
    ramp: usize,
    /// How much of the ramp's integrated rate has been used up.
    used: f64,
    last: u64,
}

impl Arrivals for Run {
    fn next(&mut self) -> Option<Arrival> {
        let mut ramp = self.ramps.get(self.ramp)?;
        self.used += standard_exponential(&mut self.stream);
        while self.used >= ramp.due {
            self.used -= ramp.due;
            self.ramp += 1;
            ramp = self.ramps.get(self.ramp)?;
        }
        self.last = self.last.max(ramp.time(self.used));
        Some(Arrival::plain(Time::from_nanos(self.last)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{agrees, rate, started, times};
    use super::*;

    fn stages(stages: &[(u64, f64)]) -> Stages {
        let stage =
            |&(secs, target)| Stage { duration: Span::from_secs(secs), target: rate(target) };
        Stages(stages.iter().map(stage).collect())
    }

    #[test]
    fn every_part_gets_the_integral_of_its_rate() {
        let stages =
            stages(&[(100, 200.0), (100, 200.0), (50, 40.0), (10, 0.0), (10, 0.0), (10, 100.0)]);
        let process = stages.process().unwrap();
        let times = times(&*process, 0, 1_000_000);
        let between = |from: u64, to: u64| {
            times.iter().filter(|at| (from..to).contains(&(at.as_nanos() / 1_000_000_000))).count()
        };
        agrees(between(0, 50), 2500.0);
        agrees(between(50, 100), 7500.0);
        agrees(between(100, 200), 20_000.0);
        agrees(between(200, 225), 4000.0);
        agrees(between(225, 250), 2000.0);
        agrees(between(250, 260), 200.0);
        assert_eq!(between(260, 270), 0);
        agrees(between(270, 280), 500.0);
        assert_eq!(between(280, u64::MAX), 0);
        assert!(process.is_finite());
        let mean = process.mean_rate().unwrap();
        assert!((mean - 36_700.0 / 280.0).abs() < 1e-9, "{mean}");
    }

    #[test]
    fn it_ends_and_stays_ended() {
        let mut arrivals = started(&*stages(&[(1, 10.0)]).process().unwrap(), 0);
        while arrivals.next().is_some() {}
        assert_eq!(arrivals.next(), None);
    }

    #[test]
    fn the_same_key_gives_the_same_arrivals() {
        let process = stages(&[(100, 20.0)]).process().unwrap();
        assert_eq!(times(&*process, 3, 100), times(&*process, 3, 100));
        assert_ne!(times(&*process, 3, 100), times(&*process, 4, 100));
    }

    #[test]
    fn what_makes_no_process_is_an_error() {
        let error = |list: &[_]| stages(list).process().unwrap_err();
        let none = error(&[]);
        assert!(none.message.starts_with("nothing would ever arrive"), "{none}");
        assert_eq!(error(&[(5, 0.0), (5, 0.0)]), none);
        assert_eq!(
            error(&[(5, 1.0), (0, 2.0)]).to_string(),
            "[1].duration: a stage must last some time: for a jump write \"1ms\""
        );
        assert_eq!(error(&[(5, 2e9)]).key, "[0].target");
        let years = 2_000_000_000;
        assert!(error(&[(years, 1.0), (years, 1.0)]).message.contains("73 years"));
    }
}
