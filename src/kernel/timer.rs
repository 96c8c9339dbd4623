//! Deadlines that move.

use super::{Agenda, Class, Time};

/// A deadline that moves: at most one pending event stands for it.
///
/// Moving the deadline later costs nothing; the pending event fires early, finds that nothing is
/// due, and is armed anew by its owner. Moving it earlier schedules one more event, and the stale
/// one is known by its time. Nothing is ever dug out of the calendar. One that moves earlier time and
/// again is a [`ShiftingTimer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    armed: Time,
}

impl Default for Timer {
    fn default() -> Self {
        Self { armed: Timer::UNARMED }
    }
}

impl Timer {
    const UNARMED: Time = Time::from_nanos(u64::MAX);

    /// Whether an event is pending.
    pub fn is_armed(&self) -> bool {
        self.armed != Self::UNARMED
    }

    /// Sees to it that `event` fires at `deadline` or before.
    #[inline(always)]
    pub fn arm<E>(&mut self, agenda: &mut impl Agenda<E>, deadline: Time, class: Class, event: E) {
        if self.armed <= deadline && agenda.rearms_lazily() {
            return;
        }
        self.armed = deadline;
        agenda.schedule(deadline, class, event);
    }

    /// Tells the timer that its event fired at `now`: true if it was the armed one (the timer is
    /// then free again), false if it was stale.
    pub fn fired(&mut self, now: Time) -> bool {
        let armed = self.armed == now;
        if armed {
            self.armed = Self::UNARMED;
        }
        armed
    }
}

/// A deadline that moves to and fro, as that of the next to end on a shared processor does: short work comes
/// and goes while long work computes.
///
/// It works as [`Timer`], but knows of all its pending events: when one has fired, the next stands for later
/// deadlines. So there is one for each time at most, where a [`Timer`] would schedule another for the
/// long work whenever short work has ended.
#[derive(Clone, Debug, Default)]
pub struct ShiftingTimer {
    /// When events are pending, from the last to the next.
    pending: Vec<Time>,
}

impl ShiftingTimer {
    /// Sees to it that `event` fires at `deadline` or before.
    #[inline(always)]
    pub fn arm<E>(&mut self, agenda: &mut impl Agenda<E>, deadline: Time, class: Class, event: E) {
        if !agenda.rearms_lazily() {
            self.pending.clear();
        }
        if self.pending.last().is_none_or(|next| *next > deadline) {
            self.pending.push(deadline);
            agenda.schedule(deadline, class, event);
        }
    }

    /// Tells the timer that its event fired at `now`: true if it was the next one, false if it was stale.
    pub fn fired(&mut self, now: Time) -> bool {
        self.pending.pop_if(|next| *next == now).is_some()
    }
}
