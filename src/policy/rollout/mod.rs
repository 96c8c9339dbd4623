//! Rollouts: how the replicas of a new version of a service take the place of those of others, a file each.

mod controller;
mod ecs;
mod recreate;
mod rolling_update;
mod swarm;
#[cfg(test)]
mod testing;

use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::ecs::Ecs;
pub use self::recreate::Recreate;
pub use self::rolling_update::RollingUpdate;
pub use self::swarm::{Rollback, Swarm};
use super::catalogue::catalogue;
use crate::kernel::{Span, Time};
use crate::variate::ParameterError;

/// The replicas of one version of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// How many there shall be, and are but for those that wait for a node: what a rollout changes. Those
    /// that are to go are not among them.
    pub replicas: u32,
    /// How many of them are ready.
    pub ready: u32,
    /// How many of them have been ready for [`Rollout::min_ready`].
    pub available: u32,
    /// Those that are to go, and have not gone yet.
    pub going: u32,
}

/// A service whose versions change.
#[derive(Debug)]
pub struct View<'a> {
    /// The present instant.
    pub now: Time,
    /// How many replicas the service shall have.
    pub replicas: u32,
    /// Its versions, in the order in which they came.
    pub versions: &'a mut [Version],
    /// The number of the version whose replicas shall take the place of all others'.
    pub newest: usize,
}

impl View<'_> {
    /// The sum of `what` over all versions but the newest.
    pub fn old(&self, what: impl Fn(&Version) -> u32) -> u32 {
        let old = self.versions.iter().enumerate().filter(|(number, _)| *number != self.newest);
        old.map(|(_, version)| what(version)).sum()
    }

    /// The newest version.
    pub fn newest_version(&mut self) -> &mut Version {
        &mut self.versions[self.newest]
    }

    /// All versions but the newest.
    fn old_mut(&mut self) -> impl Iterator<Item = &mut Version> {
        let newest = self.newest;
        let old = self.versions.iter_mut().enumerate();
        old.filter(move |(number, _)| *number != newest).map(|(_, version)| version)
    }

    /// Takes so many replicas away from old versions, from the first on.
    fn take_old(&mut self, mut count: u32) {
        for version in self.old_mut() {
            let gone = count.min(version.replicas);
            version.replicas -= gone;
            count -= gone;
        }
    }
}

/// What a step of a rollout has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Versions shall have other numbers of replicas than before; the next step may follow at once.
    Changed,
    /// Nothing is to be done until something changes, or at the latest until then.
    Waits(Option<Time>),
    /// All replicas are those of the newest version, and nothing more is done.
    Done,
    /// It has failed, which is told once.
    Failed(After),
}

/// What happens after a rollout has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It goes on.
    GoesOn,
    /// It stands still.
    Stands,
    /// The version from which it began comes back.
    GoesBack,
}

/// How a replica has failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// How long ago it became ready; `None` if it never did.
    pub ready: Option<Span>,
    /// Whether a check of its health has found it, and another one takes its place.
    pub found: bool,
}

/// Decides how many replicas each version of a service shall have, step by step.
pub trait Rollout: DynClone + Debug + Send + Sync {
    /// Looks whether its parameters make sense for a service of so many replicas.
    ///
    /// # Errors
    /// If a rollout could never go on, by the key of a parameter.
    fn check(&self, _replicas: u32) -> Result<(), ParameterError> {
        Ok(())
    }

    /// How long a replica must have been ready to count as available.
    fn min_ready(&self) -> Span {
        Span::ZERO
    }

    /// After how long without progress it counts as failed that replicas of a new version come beside those of the old one,
    /// which another controller than this orders. Kubernetes' default, where an orchestrator has none: a guess.
    fn progress_deadline(&self) -> Span {
        controller::ten_minutes()
    }

    /// Whether autoscaling may take replicas away while it goes on.
    fn scales_in(&self) -> bool {
        true
    }

    /// Whether replicas of the newest version are made, also for those that have failed or gone with their node.
    fn launches(&self) -> bool {
        true
    }

    /// Of a service of so many replicas, how many must be healthy before one goes whose node is drained, and how many there may be
    /// so that others come first; `None` if that is no matter of rollouts.
    fn drains_between(&self, _replicas: u32) -> Option<[u32; 2]> {
        None
    }

    /// A rollout begins, whatever was before; `back` if it brings a former version back after a failure.
    fn begin(&mut self, view: &mut View<'_>, back: bool);

    /// Changes how many replicas versions shall have. It is asked whenever a replica has become ready or
    /// available, is so no longer, or has gone, and when the service shall have another number.
    fn step(&mut self, view: &mut View<'_>) -> Step;

    /// A replica of the newest version, of a service of so many, has failed; the next step says what follows. One that is lost with
    /// its node is not told: that says nothing of its version.
    fn failed(&mut self, _now: Time, _replicas: u32, _failure: Failure) {}
}

dyn_clone::clone_trait_object!(Rollout);

catalogue! {
    /// A rollout, chosen by name.
    pub struct RolloutChoice(Box<dyn Rollout>);
    /// The rollouts.
    pub static ROLLOUTS: "rollout";
    RollingUpdate,
    Recreate,
    Ecs,
    Swarm,
}
