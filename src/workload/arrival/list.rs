//! Arrivals at times that are written down.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ArrivalEntry, NANOS_PER_SEC, ProcessError};
use crate::kernel::{Span, StreamKey, Time};
use crate::workload::{Arrival, ArrivalProcess, Arrivals};

pub(super) const ENTRY: ArrivalEntry = ArrivalEntry {
    name: "list",
    summary: "An arrival at each time of a list, after which it ends.",
    source: "a timetable of one's own",
    parameters: &[(
        "at",
        "the times since the start, in ascending order; the same one may come again",
    )],
};

/// The parameters of arrivals at given times.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The times since the start, in ascending order; one or more, and the same may come again.
    pub at: Vec<Span>,
}

impl List {
    /// The process with these parameters.
    ///
    /// # Errors
    /// Without a time, if a time is earlier than the one before it, or past [`Time::MAX`].
    pub fn process(&self) -> Result<Box<dyn ArrivalProcess>, ProcessError> {
        if self.at.is_empty() {
            let message = "nothing would ever arrive: write times, as in [\"0s\", \"5s\", \"1m\"]";
            return Err(ProcessError::new("at", message));
        }
        let mut times = Vec::with_capacity(self.at.len());
        let mut before = Span::ZERO;
        for (i, &at) in self.at.iter().enumerate() {
            let error = |message| Err(ProcessError::new(format!("at[{i}]"), message));
            if at < before {
                return error(format!(
                    "{at} comes after {before}: write the times in ascending order"
                ));
            }
            if at.as_nanos() > Time::MAX.as_nanos() {
                return error(format!("{at} is past 73 years, the end of simulated time"));
            }
            times.push(Time::from_nanos(at.as_nanos()));
            before = at;
        }
        Ok(Box::new(Process { times }))
    }
}

#[derive(Debug)]
struct Process {
    times: Vec<Time>,
}

impl ArrivalProcess for Process {
    fn start(&self, _key: StreamKey) -> Box<dyn Arrivals> {
        Box::new(Run { times: self.times.clone().into_iter() })
    }

    fn mean_rate(&self) -> Option<f64> {
        let end = self.times.last().filter(|end| **end > Time::ZERO)?;
        Some(self.times.len() as f64 / (end.as_nanos() as f64 / NANOS_PER_SEC))
    }

    fn is_finite(&self) -> bool {
        true
    }
}

struct Run {
    times: std::vec::IntoIter<Time>,
}

impl Arrivals for Run {
    fn next(&mut self) -> Option<Arrival> {
        self.times.next().map(Arrival::plain)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{started, times};
    use super::*;

    fn list(seconds: &[u64]) -> Result<Box<dyn ArrivalProcess>, ProcessError> {
        List { at: seconds.iter().copied().map(Span::from_secs).collect() }.process()
    }

    #[test]
    fn each_time_has_its_arrival_and_then_it_ends() {
        let process = list(&[0, 5, 5, 60]).unwrap();
        let seconds: Vec<f64> = times(&*process, 0, 61).iter().map(|t| t.as_secs_f64()).collect();
        assert_eq!(seconds, [0.0, 5.0, 5.0, 60.0]);
        assert!(process.is_finite() && !process.is_stationary());
        // 4 arrivals in 60 s.
        assert!((process.mean_rate().unwrap() - 4.0 / 60.0).abs() < 1e-15);
        assert_eq!(list(&[0, 0]).unwrap().mean_rate(), None);
        let mut arrivals = started(&*process, 0);
        assert_eq!(std::iter::from_fn(|| arrivals.next()).count(), 4);
        assert_eq!(arrivals.next(), None);
    }

    #[test]
    fn what_makes_no_process_is_an_error() {
        let error = |list: &[u64]| super::tests::list(list).unwrap_err().to_string();
        assert!(error(&[]).starts_with("at: nothing would ever arrive"));
        assert_eq!(
            error(&[3, 7, 5]),
            "at[2]: 5s comes after 7s: write the times in ascending order"
        );
        // 80 years.
        assert!(error(&[0, 80 * 365 * 86_400]).contains("73 years"));
    }
}
