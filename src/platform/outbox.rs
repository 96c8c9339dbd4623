//! What is still to be told to the world.

use super::Signal;
use crate::model::AttemptId;

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

    /// Takes back that an attempt is served or has failed, if that is still to be told. Costs as much as is left to take.
    #[inline(never)]
    pub fn take_back(&mut self, id: AttemptId) {
        let is_of = |signal: &Signal| matches!(*signal, Signal::Served(of) | Signal::Failed(of) if of == id);
        self.signals.drain(..std::mem::take(&mut self.taken));
        self.signals.retain(|signal| !is_of(signal));
    }

    /// Whether nothing is left to take.
    pub fn is_empty(&self) -> bool {
        self.taken == self.signals.len()
    }
}
