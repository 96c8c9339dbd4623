//! Placement: on which host a new instance goes.

mod best_fit;
mod first_fit;
mod hashed;
mod index;
mod least_allocated;
mod least_loaded;
mod random;
mod round_robin;
#[cfg(test)]
mod testing;
mod worst_fit;

use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::best_fit::BestFit;
pub use self::first_fit::FirstFit;
pub use self::hashed::Hashed;
pub use self::least_allocated::LeastAllocated;
pub use self::least_loaded::LeastLoaded;
pub use self::random::Random;
pub use self::round_robin::RoundRobin;
pub use self::worst_fit::WorstFit;
use super::catalogue::catalogue;
use crate::kernel::Stream;
use crate::model::HostId;
use crate::quantity::{Bytes, Millicpu};

/// What a placement policy sees of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostView {
    /// CPU that no instance has reserved.
    pub cpu: Millicpu,
    /// Memory that a new instance could have.
    pub memory: Bytes,
    /// CPU of the whole host.
    pub cpu_capacity: Millicpu,
    /// Memory of the whole host.
    pub memory_capacity: Bytes,
    /// Instances on it that are serving a request; 0 for policies that do not look at it, by
    /// [`Placement::looks_at_busy`].
    pub busy: u32,
}

/// What a new instance needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// CPU to reserve.
    pub cpu: Millicpu,
    /// Memory to reserve.
    pub memory: Bytes,
    /// A hash of the name of the application it belongs to, the same in every run.
    pub application: u64,
}

impl HostView {
    /// Whether an instance with this need fits.
    pub fn fits(&self, need: &Need) -> bool {
        self.cpu >= need.cpu && self.memory >= need.memory
    }
}

/// Chooses the host of a new instance.
pub trait Placement: DynClone + Debug + Send + Sync {
    /// Is told all hosts, once, before anything else.
    fn start(&mut self, hosts: &[HostView]);

    /// Whether it looks at [`HostView::busy`], which changes with every request: where it does not,
    /// it is not told of such changes.
    fn looks_at_busy(&self) -> bool {
        false
    }

    /// Is told what a host looks like now. Called for every host that has changed since the last
    /// verdict, before the next is asked for; a host that changed several times is told once.
    fn observe(&mut self, host: HostId, view: &HostView);

    /// The host for an instance with this need, one on which it [fits](HostView::fits); `None` if
    /// there is none. `hosts` are the views told before, in order of their ids.
    fn place(&mut self, need: &Need, hosts: &[HostView], stream: &mut Stream) -> Option<HostId>;
}

dyn_clone::clone_trait_object!(Placement);

catalogue! {
    /// A placement policy, chosen by name.
    pub struct PlacementChoice(Box<dyn Placement>);
    /// The placement policies.
    pub static PLACEMENTS: "placement policy";
    FirstFit,
    BestFit,
    WorstFit,
    RoundRobin,
    Random,
    LeastLoaded,
    LeastAllocated,
    Hashed,
}
