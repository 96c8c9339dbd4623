//! What is due when: for many things one pending event.

use super::sorted::Sorted;
use crate::kernel::{Agenda, Class, Time, Timer};

/// Things that fall due, in order of time.
#[derive(Debug)]
pub(super) struct Due<T> {
    things: Sorted<(Time, T)>,
    timer: Timer,
}

impl<T> Default for Due<T> {
    fn default() -> Self {
        Self { things: Sorted::default(), timer: Timer::default() }
    }
}

impl<T: Ord + Copy> Due<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.things.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.things.len()
    }

    /// A thing falls due at `time`; `event` looks for it then.
    pub(super) fn add<E>(&mut self, time: Time, thing: T, event: E, agenda: &mut impl Agenda<E>) {
        self.things.insert((time, thing));
        self.timer.arm(agenda, time, Class::Control, event);
    }

    /// It does not, after all.
    pub(super) fn remove(&mut self, time: Time, thing: T) {
        self.things.remove((time, thing));
    }

    /// The event has fired: whether it is the one that was waited for.
    pub(super) fn fired(&mut self, now: Time) -> bool {
        self.timer.fired(now)
    }

    /// Takes the next thing that is due.
    pub(super) fn pop(&mut self, now: Time) -> Option<T> {
        let first = self.things.first().filter(|(time, _)| *time <= now)?;
        self.things.remove(first);
        Some(first.1)
    }

    /// Waits for the next, if there is one.
    pub(super) fn wait<E>(&mut self, event: E, agenda: &mut impl Agenda<E>) {
        if let Some((time, _)) = self.things.first() {
            self.timer.arm(agenda, time, Class::Control, event);
        }
    }
}
