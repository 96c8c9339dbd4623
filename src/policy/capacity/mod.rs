//! Capacity: how many cores are rented for jobs in a queue.

mod fixed;
mod hour_ahead;
mod rhythm;

use std::fmt::Debug;
use std::path::Path;

use dyn_clone::DynClone;

pub use self::fixed::FixedNodes;
pub use self::hour_ahead::HourAhead;
use super::catalogue::catalogue;
use crate::kernel::{Span, Time};
use crate::model::{ApplicationId, CoreTypeId};
use crate::variate::ParameterError;

/// What a capacity policy knows of the jobs of a function before any has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobView {
    /// On which type of core they run.
    pub core_type: CoreTypeId,
    /// How many cores each takes.
    pub cores: u32,
}

/// Says how many cores of a type are wanted; the platform rents machines by the lease, a paid hour, and
/// gives them back at its end. It is told of the jobs in the shared queue.
pub trait Capacity: DynClone + Debug + Send + Sync {
    /// Checks the parameters, when a scenario is read.
    ///
    /// # Errors
    /// A parameter out of its range, by its key.
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        Ok(())
    }

    /// A run begins, with these functions; by type, a machine has so many cores.
    fn start(&mut self, functions: &[JobView], node_cores: &[u32], lease: Span);

    /// A job has come.
    fn came(&mut self, function: ApplicationId, now: Time);

    /// A job that had come is over, or nobody waits for it any more.
    fn left(&mut self, function: ApplicationId);

    /// A job has completed, and ran for so long; told also of those that never were in the shared queue.
    fn ran(&mut self, function: ApplicationId, time: Span);

    /// How many cores of a type the jobs want that are there now or are expected until `until`.
    fn wanted(&mut self, core_type: CoreTypeId, now: Time, until: Time) -> u64;

    /// When it may want more of a type with no job having come: later than now; `None` is never.
    fn next(&self, core_type: CoreTypeId, now: Time) -> Option<Time>;
}

dyn_clone::clone_trait_object!(Capacity);

catalogue! {
    /// A capacity policy, chosen by name.
    pub struct CapacityChoice(Box<dyn Capacity>);
    /// The capacity policies.
    pub static CAPACITIES: "capacity policy";
    HourAhead,
    FixedNodes,
}
