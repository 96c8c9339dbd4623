//! Pods at their own times.

use super::super::recorded::span;
use super::super::table::Table;
use super::super::{TraceError, mean_rate};
use super::Pod;
use crate::kernel::{Span, StreamKey, Time};
use crate::workload::{Arrival, ArrivalProcess, Arrivals};

/// When a pod comes, and how long it stays once it has a node.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    at: Time,
    /// `None` if it stays for ever.
    stays: Option<Span>,
}

impl Times {
    /// The times of a row. A pod runs from when it was scheduled, or if it never was from when it came,
    /// to when it was deleted. `early` counts those that are deleted before.
    pub(super) fn read(
        table: &Table,
        [created, scheduled, deleted]: [usize; 3],
        early: &mut u64,
    ) -> Result<Self, TraceError> {
        let at = table.nanos(created, 9)?;
        if at < 0 {
            return Err(table.unexpected(created, "a time of 0 or more"));
        }
        let known = |column: usize| match table.field(column) {
            b"" => Ok(None),
            _ => table.nanos(column, 9).map(Some),
        };
        let from = known(scheduled)?.unwrap_or(at);
        let stays = known(deleted)?.map(|to| {
            *early += u64::from(to < from);
            span(to - from)
        });
        Ok(Self { at: Time::ZERO + span(at), stays })
    }
}

/// The pods of a list in order of time.
#[derive(Debug)]
pub(super) struct Timed(Vec<Arrival>);

impl Timed {
    pub(super) fn new(pods: &[Pod]) -> Self {
        let arrival =
            |pod: &Pod| Arrival { at: pod.times.at, target: pod.kind, demand: pod.times.stays };
        let mut arrivals: Vec<Arrival> = pods.iter().map(arrival).collect();
        arrivals.sort_by_key(|arrival| arrival.at);
        Self(arrivals)
    }

    pub(super) fn last(&self) -> Time {
        self.0.last().map_or(Time::ZERO, |arrival| arrival.at)
    }
}

impl ArrivalProcess for Timed {
    fn start(&self, _key: StreamKey) -> Box<dyn Arrivals> {
        Box::new(Replay(self.0.clone().into_iter()))
    }

    fn mean_rate(&self) -> Option<f64> {
        mean_rate(self.0.len() as u64, self.last())
    }

    fn is_finite(&self) -> bool {
        true
    }
}

struct Replay(std::vec::IntoIter<Arrival>);

impl Arrivals for Replay {
    fn next(&mut self) -> Option<Arrival> {
        self.0.next()
    }
}
