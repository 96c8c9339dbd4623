//! What is observed of requests.

use std::sync::LazyLock;

use super::platform::{Area, either, since};
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
    /// Of messages, where there are any: kept apart, for most requests are none.
    pub messages: Option<Box<MessageFigures>>,
    /// Requests that took longer count as slow, if any do.
    pub slow: Option<Span>,
}

/// Observations of messages that event sources hold.
#[derive(Clone, Debug, Default)]
pub struct MessageFigures {
    /// Messages accepted.
    pub accepted: u64,
    /// Batches given to a service, each as often as it was tried.
    pub batches: u64,
    /// Messages in those batches.
    pub delivered: u64,
    /// Those of them that had been given to it before.
    pub redeliveries: u64,
    /// Messages that were given up.
    pub dead_letters: u64,
    /// From sent to processed.
    pub age: Histogram,
    /// Messages accepted and not at the service; `None` where that is not known of a part of them.
    pub backlog: Option<Area>,
}

impl MessageFigures {
    fn merge(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.batches += other.batches;
        self.delivered += other.delivered;
        self.redeliveries += other.redeliveries;
        self.dead_letters += other.dead_letters;
        self.age.merge(&other.age);
        self.add_backlog(other.backlog);
    }

    /// Takes in the backlog of one more source.
    pub fn add_backlog(&mut self, backlog: Option<Area>) {
        self.backlog = either(self.backlog, backlog, Area::plus);
    }

    fn since(&self, earlier: &Self) -> Self {
        Self {
            accepted: self.accepted - earlier.accepted,
            batches: self.batches - earlier.batches,
            delivered: self.delivered - earlier.delivered,
            redeliveries: self.redeliveries - earlier.redeliveries,
            dead_letters: self.dead_letters - earlier.dead_letters,
            age: self.age.since(&earlier.age),
            backlog: since(self.backlog, earlier.backlog, Area::since),
        }
    }
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

    /// Those of messages, from now on.
    pub fn of_messages(&mut self) -> &mut MessageFigures {
        self.messages.get_or_insert_default()
    }

    /// How old messages were when they were processed.
    pub fn message_age(&self) -> &Histogram {
        static NONE: LazyLock<Histogram> = LazyLock::new(Histogram::default);
        self.messages.as_ref().map_or(&NONE, |messages| &messages.age)
    }

    /// Requests that have not ended.
    pub fn in_flight(&self) -> u64 {
        self.requests - self.completed - self.refused - self.timed_out - self.failed
    }

    /// Requests that were answered and took longer than may be, to the resolution of the histogram; `None` if all may.
    pub fn slow_requests(&self) -> Option<u64> {
        self.slow.map(|slow| self.response.count() - self.response.at_most(slow))
    }

    /// Takes in the observations of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.slow = self.slow.or(other.slow);
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
        if let Some(messages) = &other.messages {
            self.of_messages().merge(messages);
        }
    }

    /// The observations since `earlier`, an earlier state of the same.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            slow: self.slow,
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
            messages: since(self.messages.clone(), earlier.messages.as_ref(), |now, earlier| {
                Box::new(now.since(earlier))
            }),
        }
    }
}
