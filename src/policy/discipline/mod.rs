//! Discipline: in which order a line of waiting requests is served.

mod fifo;
mod lifo;
mod priority;
mod processor_sharing;
mod random;
mod ranked;
mod shortest_job;
#[cfg(test)]
mod testing;

use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::fifo::Fifo;
pub use self::lifo::Lifo;
pub use self::priority::Priority;
pub use self::processor_sharing::ProcessorSharing;
pub use self::random::Random;
pub use self::shortest_job::ShortestJob;
use super::catalogue::catalogue;
use crate::kernel::{Span, Stream};
use crate::model::AttemptId;

/// What waits in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The attempt that waits.
    pub attempt: AttemptId,
    /// Its work, in service time on a server of speed 1.
    pub demand: Span,
    /// How urgent it is: higher goes first, under a discipline that looks at it.
    pub priority: i32,
}

/// A line of waiting requests.
pub trait Line: Debug + Send {
    /// Joins the line.
    fn push(&mut self, waiting: Waiting);

    /// Takes who is next.
    fn pop(&mut self, stream: &mut Stream) -> Option<AttemptId>;

    /// How many stand in the line.
    fn len(&self) -> usize;

    /// Whether nobody waits.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lets all leave for whom `stays` says no; the order of the others is kept.
    fn retain(&mut self, stays: &mut dyn FnMut(AttemptId) -> bool);
}

/// Chooses the order of service at a station.
pub trait Discipline: DynClone + Debug + Send + Sync {
    /// An empty line with this order; `None` for processor sharing, under which nobody waits.
    fn line(&self) -> Option<Box<dyn Line>>;
}

dyn_clone::clone_trait_object!(Discipline);

catalogue! {
    /// A queueing discipline, chosen by name.
    pub struct DisciplineChoice(Box<dyn Discipline>);
    /// The queueing disciplines.
    pub static DISCIPLINES: "queueing discipline";
    Fifo,
    Lifo,
    Random,
    Priority,
    ShortestJob,
    ProcessorSharing,
}
