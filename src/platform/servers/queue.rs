//! A line of jobs of which some were cancelled.

use crate::kernel::{Arena, Stream};
use crate::model::{Attempt, AttemptId, Stage};
use crate::policy::discipline::{Line, Waiting};

/// A line, in which those that were cancelled stand until their turn, or until they are the most.
#[derive(Debug)]
pub(super) struct Queue {
    line: Box<dyn Line>,
    /// Cancelled jobs that still stand in the line.
    dead: usize,
}

impl Queue {
    /// A line in which nobody stands.
    pub(super) fn new(line: Box<dyn Line>) -> Self {
        Self { line, dead: 0 }
    }

    /// Joins the line.
    #[inline(always)]
    pub(super) fn push(&mut self, waiting: Waiting) {
        self.line.push(waiting);
    }

    /// Takes who is next of those that were not cancelled; the rows of others on the way are freed.
    #[inline(always)]
    pub(super) fn pop(
        &mut self,
        stream: &mut Stream,
        attempts: &mut Arena<Attempt>,
    ) -> Option<AttemptId> {
        while let Some(id) = self.line.pop(stream) {
            if attempts[id].stage != Stage::Cancelled {
                return Some(id);
            }
            self.dead -= 1;
            attempts.remove(id);
        }
        None
    }

    /// Counts one more cancelled job in the line, and clears them out when they are the most: so a
    /// line holds at most twice the living.
    pub(super) fn bury(&mut self, attempts: &mut Arena<Attempt>) {
        self.dead += 1;
        if self.dead * 2 > self.line.len() {
            self.clear(attempts, |_| true);
        }
    }

    /// Lets all leave that were cancelled, and those for whom `stays` says no.
    pub(super) fn clear(
        &mut self,
        attempts: &mut Arena<Attempt>,
        stays: impl Fn(&Attempt) -> bool,
    ) {
        self.line.retain(&mut |id| {
            let cancelled = attempts[id].stage == Stage::Cancelled;
            if cancelled {
                attempts.remove(id);
            }
            !cancelled && stays(&attempts[id])
        });
        self.dead = 0;
    }

    /// Jobs in line that were not cancelled.
    pub(super) fn living(&self) -> u64 {
        (self.line.len() - self.dead) as u64
    }
}
