//! Releases: how a new version of a service comes to serve its users.

mod alarm;
mod all_at_once;
mod blue_green;
mod canary;
mod gate;
mod immutable;
mod in_place;
mod linear;
mod rolling;
mod shadow;
mod windows;

use std::fmt::Debug;
use std::path::Path;

use dyn_clone::DynClone;

pub use self::alarm::{Alarm, Watch};
pub use self::all_at_once::AllAtOnce;
pub use self::blue_green::BlueGreen;
pub use self::canary::{Canary, CanaryStep};
pub use self::gate::{Gate, Seen, Verdict};
pub use self::immutable::Immutable;
pub use self::in_place::InPlace;
pub use self::linear::Linear;
pub use self::rolling::Rolling;
pub use self::shadow::Shadow;
pub use self::windows::{Side, Windows};
use super::catalogue::catalogue;
use crate::kernel::Span;
use crate::variate::{ParameterError, Variate};

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

/// The servers of a platform while a version of a service comes to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Servers {
    /// How many there shall be.
    pub desired: u32,
    /// How many more there shall be for the time being, as the strategy has had them started.
    pub extra: u32,
    /// Those that have another version.
    pub old: Holders,
    /// Those that have the version, and those that are to be started and will have it.
    pub new: Holders,
}

/// Servers that have a version; those that are to go are not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// Those that get requests.
    pub serving: u32,
    /// Those that get none and are to get some, again or for the first time: they are taken for a version, boot, or are
    /// dead.
    pub away: u32,
}

/// What is done next to bring a version to servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// So many that serve with another version leave the rotation, and have it installed.
    Take(u32),
    /// So many are started with it, beside the others.
    Start(u32),
    /// So many with another version go, first those that do not serve; no more are there beside the others.
    Retire(u32),
}

/// How servers come to have a new version of a service: what the strategy decides, and the platform does.
pub trait Deployment {
    /// What is done next; `None` until something has changed. It is asked whenever a server has come to serve, or does so no
    /// longer.
    fn next(&self, servers: &Servers) -> Option<Move>;

    /// Whether a server that is taken first ends the requests that it has, as far as the platform gives it time for that.
    fn drains(&self) -> bool {
        true
    }

    /// How long a server that was taken then is away.
    fn install(&self) -> Option<&Variate> {
        None
    }
}

/// Says which share of requests goes to the new version when. The world draws for each request which version
/// serves it.
pub trait Strategy: DynClone + Debug + Send + Sync {
    /// Checks the parameters, when a scenario is read; `base` is the folder of its file.
    ///
    /// # Errors
    /// A parameter out of its range, by its key.
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
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
        self.deployment().is_some()
    }

    /// How servers come to have the new version, if it replaces that of each of them.
    fn deployment(&self) -> Option<&dyn Deployment> {
        None
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
    InPlace,
    Immutable,
}
