//! What is observed of requests.

use crate::kernel::Span;
use crate::model::Outcome;
use crate::stats::{Histogram, Moments};

/// Observations of the requests of one origin (a client, or calls) to one family of services, or of
/// several together. They add up in any order.
#[derive(Clone, Debug, Default)]
pub struct RequestFigures {
    /// Requests sent.
    pub requests: u64,
    /// Requests answered.
    pub completed: u64,
    /// Requests whose last attempt was refused.
    pub refused: u64,
    /// Requests whose last attempt timed out.
    pub timed_out: u64,
    /// Requests whose last attempt failed.
    pub failed: u64,
    /// Attempts sent, first ones and retries.
    pub attempts: u64,
    /// From the first sending to the answer, of completed requests.
    pub response: Histogram,
    /// From reaching the platform to the beginning of service, of attempts that were served.
    pub waiting: Histogram,
    /// From the beginning of service to its end, calls included.
    pub service: Moments,
    /// What cold attempts waited.
    pub cold_start: Histogram,
    /// Attempts served by an instance that was running when they began to wait for it.
    pub warm_starts: u64,
}

impl RequestFigures {
    /// A request has ended, `response` after it was sent.
    #[inline(always)]
    pub fn ended(&mut self, outcome: Outcome, response: Span) {
        match outcome {
            Outcome::Completed => {
                self.completed += 1;
                self.response.record(response);
            }
            Outcome::Refused => self.refused += 1,
            Outcome::TimedOut => self.timed_out += 1,
            Outcome::Failed => self.failed += 1,
        }
    }

    /// An attempt is or was served, after `waiting`; `cold` if the platform has instances.
    #[inline(always)]
    pub fn began(&mut self, waiting: Span, cold: Option<bool>) {
        self.waiting.record(waiting);
        match cold {
            Some(true) => self.cold_start.record(waiting),
            Some(false) => self.warm_starts += 1,
            None => {}
        }
    }

    /// Requests that have not ended.
    pub fn in_flight(&self) -> u64 {
        self.requests - self.completed - self.refused - self.timed_out - self.failed
    }

    /// Takes in the observations of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.completed += other.completed;
        self.refused += other.refused;
        self.timed_out += other.timed_out;
        self.failed += other.failed;
        self.attempts += other.attempts;
        self.response.merge(&other.response);
        self.waiting.merge(&other.waiting);
        self.service.merge(&other.service);
        self.cold_start.merge(&other.cold_start);
        self.warm_starts += other.warm_starts;
    }

    /// The observations since `earlier`, an earlier state of the same.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            requests: self.requests - earlier.requests,
            completed: self.completed - earlier.completed,
            refused: self.refused - earlier.refused,
            timed_out: self.timed_out - earlier.timed_out,
            failed: self.failed - earlier.failed,
            attempts: self.attempts - earlier.attempts,
            response: self.response.since(&earlier.response),
            waiting: self.waiting.since(&earlier.waiting),
            service: self.service.since(&earlier.service),
            cold_start: self.cold_start.since(&earlier.cold_start),
            warm_starts: self.warm_starts - earlier.warm_starts,
        }
    }
}
