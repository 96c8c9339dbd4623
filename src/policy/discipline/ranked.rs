//! A line in order of a rank.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Line, Waiting};
use crate::kernel::Stream;
use crate::model::AttemptId;

/// Serves the lowest rank first, equals in order of arrival. A push and a pop cost O(log n).
#[derive(Debug)]
pub(super) struct Ranked {
    rank: fn(&Waiting) -> u64,
    heap: BinaryHeap<Reverse<(u64, u64, AttemptId)>>,
    /// How many have joined.
    arrivals: u64,
}

impl Ranked {
    /// An empty line in order of this rank.
    pub(super) fn by(rank: fn(&Waiting) -> u64) -> Self {
        Self { rank, heap: BinaryHeap::new(), arrivals: 0 }
    }
}

impl Line for Ranked {
    fn push(&mut self, waiting: Waiting) {
        self.heap.push(Reverse(((self.rank)(&waiting), self.arrivals, waiting.attempt)));
        self.arrivals += 1;
    }

    fn pop(&mut self, _stream: &mut Stream) -> Option<AttemptId> {
        self.heap.pop().map(|Reverse((_, _, attempt))| attempt)
    }

    fn len(&self) -> usize {
        self.heap.len()
    }

    fn retain(&mut self, stays: &mut dyn FnMut(AttemptId) -> bool) {
        self.heap.retain(|&Reverse((_, _, attempt))| stays(attempt));
    }
}
