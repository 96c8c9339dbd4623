//! The phases of starts, and what is observed of them.

use std::ops::{Index, IndexMut};

use crate::kernel::Span;
use crate::stats::Histogram;

/// A part of the start of an instance, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Finding a place for it.
    Placement,
    /// Booting its microVM or container.
    Sandbox,
    /// Fetching the code.
    Code,
    /// Starting the language runtime.
    Runtime,
    /// Loading the package, and what the function does itself before it can serve.
    Init,
    /// Restoring a snapshot, instead of all from the sandbox on.
    Restore,
}

impl Phase {
    /// How many there are.
    const COUNT: usize = 6;
}

/// By phase: how long it took in one start; `None` if the start had no such phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases([Option<Span>; Phase::COUNT]);

impl Phases {
    /// The whole start.
    pub fn total(&self) -> Span {
        self.0.iter().flatten().copied().sum()
    }
}

impl Index<Phase> for Phases {
    type Output = Option<Span>;
    fn index(&self, phase: Phase) -> &Option<Span> {
        &self.0[phase as usize]
    }
}

impl IndexMut<Phase> for Phases {
    fn index_mut(&mut self, phase: Phase) -> &mut Option<Span> {
        &mut self.0[phase as usize]
    }
}

/// By phase: how long it took in the starts that had it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhaseFigures([Histogram; Phase::COUNT]);

impl PhaseFigures {
    /// How long this phase took.
    pub fn of(&self, phase: Phase) -> &Histogram {
        &self.0[phase as usize]
    }

    /// An instance starts.
    pub(in crate::platform::faas) fn record(&mut self, phases: &Phases) {
        for (histogram, span) in self.0.iter_mut().zip(phases.0) {
            if let Some(span) = span {
                histogram.record(span);
            }
        }
    }

    /// Takes in the observations of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            own.merge(other);
        }
    }

    /// The observations since `earlier`, an earlier state of the same.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self(std::array::from_fn(|phase| self.0[phase].since(&earlier.0[phase])))
    }
}
