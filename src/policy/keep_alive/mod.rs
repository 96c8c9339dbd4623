//! Keep-alive: how long an idle instance is kept, and which are started ahead of requests.

mod at_once;
mod fixed;
mod forecast;
mod hybrid_histogram;
mod infinite;
mod least_instances;
mod observed;
mod prewarmed;
mod sampled;
mod scheduled;

use std::fmt::Debug;
use std::path::Path;

use dyn_clone::DynClone;

pub use self::at_once::AtOnce;
pub use self::fixed::Fixed;
pub use self::forecast::Forecast;
pub use self::hybrid_histogram::{HybridHistogram, TailFrom};
pub use self::infinite::Infinite;
pub use self::least_instances::LeastInstances;
pub use self::observed::{ObservedLifetimes, ObservedPlatform};
pub use self::prewarmed::Prewarmed;
pub use self::sampled::Sampled;
pub use self::scheduled::Scheduled;
use super::catalogue::catalogue;
use super::eviction::InstanceView;
use crate::kernel::{Span, StreamKey, Time};
use crate::model::ApplicationId;
use crate::quantity::Probability;
use crate::variate::ParameterError;

/// What a policy wants for an application, until it says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// So many instances at least, starting ones included: those that lack are started ahead of
    /// requests, and that many outlive their windows.
    pub least: u32,
    /// When the policy wants to be asked again, later than now; `None` is never.
    pub next: Option<Time>,
}

/// Chooses how long an instance that has become idle is kept, and how many instances an application
/// has at least.
///
/// A policy that looks at single instances gives windows and no more. One that plans for
/// applications is told of their requests where it [follows](Self::follows_requests) them, and
/// answers with a [`Plan`] whenever that changes.
pub trait KeepAlive: DynClone + Debug + Send + Sync {
    /// Checks the parameters and works out what they need; files are looked for under `base`. Called
    /// once, when a scenario is read.
    ///
    /// # Errors
    /// A parameter out of its range, by its key.
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        Ok(())
    }

    /// A run begins, with so many applications; `key` is that of chance of the policy's own.
    fn start(&mut self, _applications: usize, _key: StreamKey) {}

    /// The window from now after which the instance goes if no request came: zero is at once,
    /// [`Span::MAX`] never.
    fn window(&mut self, instance: &InstanceView) -> Span;

    /// Whether it follows the requests of applications: where it does not, it is not told.
    fn follows_requests(&self) -> bool {
        false
    }

    /// Whether its plans follow the clock, so that no run with it is the same at all times.
    fn follows_clock(&self) -> bool {
        false
    }

    /// Whether its plans are promises: eviction then takes no instance that one keeps.
    fn promises(&self) -> bool {
        false
    }

    /// What it wants for an application that begins: at the start of the run, or as the version of another.
    fn first(&mut self, _now: Time, _application: ApplicationId) -> Option<Plan> {
        None
    }

    /// A request has reached an application and was not refused. Those that are there now, waiting or
    /// served, fill `needed` instances. A plan, if it is another.
    fn arrived(&mut self, _now: Time, _application: ApplicationId, _needed: u32) -> Option<Plan> {
        None
    }

    /// The last request of an application is over; its instances have been given their windows. A
    /// plan, if it is another.
    fn idle(&mut self, _now: Time, _application: ApplicationId) -> Option<Plan> {
        None
    }

    /// The time has come that the last plan named. The requests that are there fill `needed`
    /// instances.
    fn due(&mut self, _now: Time, _application: ApplicationId, _needed: u32) -> Plan {
        Plan::default()
    }
}

dyn_clone::clone_trait_object!(KeepAlive);

/// A minute: the default of periods and bins.
fn minute() -> Span {
    Span::from_secs(60)
}

/// A constant that is a probability, as a default.
fn probability(number: f64) -> Probability {
    Probability::new(number).expect("it is one")
}

catalogue! {
    /// A keep-alive policy, chosen by name.
    pub struct KeepAliveChoice(Box<dyn KeepAlive>);
    /// The keep-alive policies.
    pub static KEEP_ALIVES: "keep-alive policy";
    AtOnce,
    Fixed,
    Infinite,
    HybridHistogram,
    Sampled,
    ObservedLifetimes,
    LeastInstances,
    Prewarmed,
    Scheduled,
    Forecast,
}
