//! Arrival processes from parameters, one file each.
//!
//! A process is a struct that is its own parameter schema; `process` checks the parameters and
//! makes the [`ArrivalProcess`]. A new process is one file and one line in [`ARRIVALS`].

mod constant;
mod cron;
mod diurnal;
mod list;
mod mmpp;
mod poisson;
mod stages;

use std::fmt;

pub use constant::Constant;
pub use cron::Cron;
pub use diurnal::Diurnal;
pub use list::List;
pub use mmpp::{Mmpp, MmppState};
pub use poisson::Poisson;
pub use stages::{Stage, Stages};

#[cfg(doc)]
use super::ArrivalProcess;
use crate::kernel::Time;
use crate::quantity::Rate;

/// What there is to know of an arrival process: an entry of [`ARRIVALS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrivalEntry {
    /// Its name in a scenario file.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Its parameters: key and meaning.
    pub parameters: &'static [(&'static str, &'static str)],
}

/// The arrival processes, in the order in which a reader should meet them.
pub static ARRIVALS: &[ArrivalEntry] = &[
    poisson::ENTRY,
    constant::ENTRY,
    cron::ENTRY,
    list::ENTRY,
    mmpp::ENTRY,
    diurnal::ENTRY,
    stages::ENTRY,
];

/// Why parameters make no arrival process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessError {
    /// The parameter at fault, as a path within the process: `rate`, `states[1].mean`; empty for the
    /// whole of it.
    pub key: String,
    /// What is wrong with it and how to mend it: a sentence for the user, with no full stop.
    pub message: String,
}

impl ProcessError {
    fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }
}

impl fmt::Display for ProcessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => f.write_str(&self.message),
            key => write!(f, "{key}: {}", self.message),
        }
    }
}

impl std::error::Error for ProcessError {}

/// Nanoseconds in a second.
const NANOS_PER_SEC: f64 = 1e9;

/// `rate` in arrivals a second, if it is at most one a nanosecond.
fn rate_or_zero(key: &str, rate: Rate) -> Result<f64, ProcessError> {
    if rate.per_sec() > NANOS_PER_SEC {
        let message = format!(
            "{rate} is more than one arrival a nanosecond, the finest step of time: \
             write at most \"1/ns\""
        );
        return Err(ProcessError::new(key, message));
    }
    Ok(rate.per_sec())
}

/// `rate` in arrivals a second, if it is above zero and at most one a nanosecond.
fn rate_above_zero(key: &str, rate: Rate) -> Result<f64, ProcessError> {
    match rate_or_zero(key, rate)? {
        0.0 => Err(ProcessError::new(
            key,
            "nothing would ever arrive at 0/s: write a rate above zero, as in \"90/s\"",
        )),
        per_sec => Ok(per_sec),
    }
}

/// A clock that adds up gaps that are not whole nanoseconds, without drift: what is below a
/// nanosecond is carried over.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    whole: u64,
    part: f64,
}

impl Clock {
    /// The time after a further gap; `None` past [`Time::MAX`], and then for ever.
    fn advance(&mut self, gap_ns: f64) -> Option<Time> {
        let sum = self.part + gap_ns;
        // Signed, as processors convert; what does not fit is past the end of time all the same.
        let whole = sum as i64;
        self.part = sum - whole as f64;
        self.whole = self.whole.saturating_add_signed(whole).min(Time::MAX.as_nanos() + 1);
        self.time()
    }

    /// The time now; `None` past [`Time::MAX`].
    fn time(self) -> Option<Time> {
        (self.whole <= Time::MAX.as_nanos()).then_some(Time::from_nanos(self.whole))
    }
}

#[cfg(test)]
mod testing {
    use crate::kernel::{Seed, Time};
    use crate::workload::{ArrivalProcess, Arrivals};

    /// A rate of this many per second.
    pub(super) fn rate(per_sec: f64) -> crate::quantity::Rate {
        crate::quantity::Rate::new(per_sec).unwrap()
    }

    /// `process`, started with a key of its own for each `number`.
    pub(super) fn started(process: &dyn ArrivalProcess, number: u64) -> Box<dyn Arrivals> {
        process.start(Seed::new(1).key("client.test.arrivals").part(number))
    }

    /// The times before `secs` seconds; checks their order.
    pub(super) fn times(process: &dyn ArrivalProcess, number: u64, secs: u64) -> Vec<Time> {
        let mut arrivals = started(process, number);
        let end = Time::from_nanos(secs * 1_000_000_000);
        let times: Vec<Time> = std::iter::from_fn(|| arrivals.next())
            .map(|a| a.at)
            .take_while(|at| *at < end)
            .collect();
        assert!(times.is_sorted());
        times
    }

    /// Asserts that a Poisson count agrees with its mean within four standard errors.
    #[track_caller]
    pub(super) fn agrees(count: usize, mean: f64) {
        let error = (count as f64 - mean) / mean.sqrt();
        assert!(
            error.abs() < 4.0,
            "{count} arrivals where {mean} were due: {error} standard errors"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_carries_what_is_below_a_nanosecond() {
        let mut clock = Clock::default();
        for _ in 0..1000 {
            clock.advance(0.125);
        }
        assert_eq!(clock.time(), Some(Time::from_nanos(125)));
    }

    #[test]
    fn the_clock_stops_past_the_end_of_time() {
        let mut clock = Clock::default();
        assert_eq!(clock.advance(f64::MAX), None);
        assert_eq!(clock.advance(1.0), None);
    }

    #[test]
    fn names_are_distinct_and_every_entry_speaks() {
        let mut names: Vec<_> = ARRIVALS.iter().map(|entry| entry.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ARRIVALS.len());
        for entry in ARRIVALS {
            assert!(!entry.summary.is_empty() && !entry.source.is_empty());
            assert!(!entry.parameters.is_empty());
        }
    }

    #[test]
    fn parameters_are_read_as_files_write_them() {
        let stages: Stages =
            serde_json::from_str(r#"[{ "duration": "5m", "target": "100/s" }]"#).unwrap();
        assert_eq!(stages.0[0].duration, crate::kernel::Span::from_secs(300));
        let diurnal: Diurnal = serde_json::from_str(r#"{ "mean": "100/s" }"#).unwrap();
        assert_eq!((diurnal.amplitude, diurnal.period.as_secs_f64()), (0.5, 86_400.0));
        let mmpp: Mmpp = serde_json::from_str(
            r#"{ "states": [{ "rate": "0/s", "mean": "1m" }, { "rate": "5/min", "mean": "3s" }] }"#,
        )
        .unwrap();
        let mean = mmpp.process().unwrap().mean_rate().unwrap();
        assert!((mean - 0.25 / 63.0).abs() < 1e-15, "{mean}");
        assert!(serde_json::from_str::<Poisson>(r#"{ "rate": "1/s", "burst": 2 }"#).is_err());
        assert!(serde_json::from_str::<Constant>(r#"{ "rate": 1 }"#).is_err());
    }
}
