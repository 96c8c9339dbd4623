//! Workloads: when requests arrive, and what they ask for.
//!
//! An [`ArrivalProcess`] is described once, from parameters ([`arrival`]) or from a recorded file
//! ([`trace`]), and started once per run and client with the key of that client's stream. What it
//! starts, [`Arrivals`], tells one request at a time, in order of time: arrivals are made as the
//! run reaches them and are never held as a whole. [`synthetic`] writes the files of such traces.

pub mod arrival;
pub mod synthetic;
pub mod trace;

use std::fmt::Debug;

use crate::kernel::{Span, StreamKey, Time};

/// One request of a client, as its arrival process tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it is sent.
    pub at: Time,
    /// Which of the process's own names it goes to (see [`trace::Loaded::names`]); 0 for a process
    /// without names.
    pub target: u32,
    /// Its work, where a trace tells it.
    pub demand: Option<Span>,
}

impl Arrival {
    /// An arrival of a process without names and demands.
    const fn plain(at: Time) -> Self {
        Self { at, target: 0, demand: None }
    }
}

/// A running arrival process.
pub trait Arrivals: Send {
    /// The next arrival, never before the last one; `None` when there are no more, and then for
    /// ever. Arrivals after [`Time::MAX`] do not exist. Costs no allocation once warm.
    fn next(&mut self) -> Option<Arrival>;
}

/// What a process is made from, once a run.
pub trait ArrivalProcess: Debug + Send + Sync {
    /// Starts the process at time zero. The same key gives the same arrivals.
    ///
    /// # Panics
    /// If the file of a trace is not what it was when it was checked.
    fn start(&self, key: StreamKey) -> Box<dyn Arrivals>;

    /// Arrivals per second in the long run; of a finite process, up to its end. `None` where that
    /// is not known.
    fn mean_rate(&self) -> Option<f64>;

    /// Whether the process ends by itself.
    fn is_finite(&self) -> bool;

    /// Whether it goes on for ever the same way, but for chance: with no time of day, no end. Only then
    /// a run can settle, and its parts say how sure its figures are.
    fn is_stationary(&self) -> bool {
        false
    }
}
