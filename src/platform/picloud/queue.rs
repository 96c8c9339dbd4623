//! The queue: one order for all jobs, kept in a line for each group, so that who fits is found without a
//! scan.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::kernel::Arena;
use crate::model::{Attempt, AttemptId, Stage};

/// The place of a job in the queue: greater goes first, by priority and then by order of arrival.
pub(super) type Rank = (i32, Reverse<u64>);

/// The jobs of a group that wait.
#[derive(Debug, Default)]
pub(super) struct Line {
    heap: BinaryHeap<(Rank, AttemptId)>,
    /// How many of them were cancelled.
    dead: usize,
}

impl Line {
    pub(super) fn push(&mut self, rank: Rank, id: AttemptId) {
        self.heap.push((rank, id));
    }

    /// The rank of the first that was not cancelled; the cancelled before are dropped.
    pub(super) fn first(&mut self, attempts: &mut Arena<Attempt>) -> Option<Rank> {
        loop {
            let &(rank, id) = self.heap.peek()?;
            if attempts[id].stage != Stage::Cancelled {
                return Some(rank);
            }
            self.heap.pop();
            self.dead -= 1;
            attempts.remove(id);
        }
    }

    /// Takes the one that was found [first](Self::first).
    pub(super) fn pop(&mut self) -> Option<AttemptId> {
        self.heap.pop().map(|(_, id)| id)
    }

    /// Counts one more cancelled job, and clears them out when they are the most: so a line holds at
    /// most twice the living.
    pub(super) fn bury(&mut self, attempts: &mut Arena<Attempt>) {
        self.dead += 1;
        if self.dead * 2 <= self.heap.len() {
            return;
        }
        self.heap.retain(|&(_, id)| {
            let stays = attempts[id].stage != Stage::Cancelled;
            if !stays {
                attempts.remove(id);
            }
            stays
        });
        self.dead = 0;
    }

    /// How many wait.
    pub(super) fn living(&self) -> usize {
        self.heap.len() - self.dead
    }
}
