//! Platforms: the mechanisms that run requests and ask policies.
//!
//! A platform is offered attempts, serves them by its own rules, and says through [`Signal`]s what
//! happened; the world answers by calling [`release`](Servers::release) when the attempt, its
//! calls included, is over. A platform schedules its own kind of event and knows no other.

pub mod faas;
pub mod fleet;
pub mod servers;

pub use faas::Faas;
pub use servers::Servers;

use crate::kernel::{Arena, Clock, Time};
use crate::model::{Attempt, AttemptId};

/// What a platform tells the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// What an attempt waited for is done: its own demand, which a platform tells, or the calls of a
    /// step, which the world tells itself. It holds its server or instance until released.
    Served(AttemptId),
    /// An attempt is turned away.
    Refused(AttemptId),
}

/// What platforms, and the ends of calls, have to say, in order, until the world takes it.
///
/// ```
/// use cloudsched::model::AttemptId;
/// use cloudsched::platform::{Outbox, Signal};
/// let mut outbox = Outbox::default();
/// outbox.push(Signal::Served(AttemptId::new(0)));
/// outbox.push(Signal::Refused(AttemptId::new(1)));
/// assert_eq!(outbox.pop(), Some(Signal::Served(AttemptId::new(0))));
/// ```
#[derive(Debug, Default)]
pub struct Outbox {
    signals: Vec<Signal>,
    /// How many of them are taken.
    taken: usize,
}

impl Outbox {
    /// Puts a signal behind all others.
    #[inline]
    pub fn push(&mut self, signal: Signal) {
        self.signals.push(signal);
    }

    /// Takes the first signal.
    #[inline]
    pub fn pop(&mut self) -> Option<Signal> {
        let signal = self.signals.get(self.taken).copied()?;
        self.taken += 1;
        if self.is_empty() {
            self.signals.clear();
            self.taken = 0;
        }
        Some(signal)
    }

    /// Whether nothing is left to take.
    pub fn is_empty(&self) -> bool {
        self.taken == self.signals.len()
    }
}

/// What a platform works with: when it is, the attempts in flight, and a box for what it has to
/// say. The world empties the box in a loop, so nothing recurses.
pub struct Context<'a, A> {
    /// Where events are put.
    pub agenda: &'a mut A,
    /// All attempts in flight.
    pub attempts: &'a mut Arena<Attempt>,
    /// What happened, in order.
    pub outbox: &'a mut Outbox,
}

impl<A: Clock> Context<'_, A> {
    /// The present instant.
    pub fn now(&self) -> Time {
        self.agenda.now()
    }
}
