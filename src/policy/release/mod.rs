//! Releases: how a new version of a service comes to serve its users.

mod all_at_once;
mod blue_green;
mod canary;
mod gate;
mod linear;
mod rolling;
mod shadow;
mod windows;

use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::all_at_once::AllAtOnce;
pub use self::blue_green::BlueGreen;
pub use self::canary::{Canary, CanaryStep};
pub use self::gate::{Gate, Seen, Verdict};
pub use self::linear::Linear;
pub use self::rolling::Rolling;
pub use self::shadow::Shadow;
pub use self::windows::{Side, Windows};
use super::catalogue::catalogue;
use crate::kernel::Span;
use crate::variate::ParameterError;

/// What holds for a while of a release.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The share of requests that go to the new version, from 0 to 1.
    pub weight: f64,
    /// The share of requests of which the new version gets a copy, for whose answer nobody waits.
    pub copies: f64,
    /// How long, until the next step.
    pub hold: Span,
}

/// Says which share of requests goes to the new version when. The world draws for each request which version
/// serves it.
pub trait Strategy: DynClone + Debug + Send + Sync {
    /// Checks the parameters, when a scenario is read.
    ///
    /// # Errors
    /// A parameter out of its range, by its key.
    fn prepare(&mut self) -> Result<(), ParameterError> {
        Ok(())
    }

    /// Whether the new version is first brought up beside the old one, with as many instances.
    fn brings_up(&self) -> bool {
        false
    }

    /// Whether requests go to the new version only when the replicas that it needs for them are there.
    fn awaits_replicas(&self) -> bool {
        true
    }

    /// Whether the platform replaces instances, and requests go to whichever there are, instead of steps.
    fn replaces_instances(&self) -> bool {
        false
    }

    /// Step `number` of a release, from 0 on; after the last one, all requests go to the new version.
    fn step(&self, number: u32) -> Option<Step>;
}

dyn_clone::clone_trait_object!(Strategy);

catalogue! {
    /// A release strategy, chosen by name.
    pub struct StrategyChoice(Box<dyn Strategy>);
    /// The release strategies.
    pub static STRATEGIES: "release strategy";
    AllAtOnce,
    Canary,
    Linear,
    BlueGreen,
    Shadow,
    Rolling,
}
