//! Scaling: when an instance may be started for requests that have none, and how many are started
//! ahead of them.

mod on_demand;
mod target_based;
mod target_concurrency;
mod token_bucket;

use std::fmt::Debug;
use std::path::Path;

use dyn_clone::DynClone;

pub use self::on_demand::OnDemand;
pub use self::target_based::TargetBased;
pub use self::target_concurrency::TargetConcurrency;
pub use self::token_bucket::TokenBucket;
use super::catalogue::catalogue;
use crate::kernel::Time;
use crate::model::ApplicationId;
use crate::variate::ParameterError;

/// Whether an instance may be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// It may.
    Now,
    /// Not yet; then it may be asked again.
    At(Time),
}

/// What a policy wishes for an application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// So many instances now, starting ones included; those that lack are started ahead of requests.
    pub instances: u32,
    /// When it wants to look again, later than now; `None` is when it says so.
    pub next: Option<Time>,
}

/// Decides when instances are started for requests that find none with room, and which are started
/// ahead of them.
pub trait Scaling: DynClone + Debug + Send + Sync {
    /// Checks the parameters; files are looked for under `base`. Called once, when a scenario is read.
    ///
    /// # Errors
    /// A parameter out of its range, by its key.
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        Ok(())
    }

    /// Is told how many applications there are, once, before anything else.
    fn start(&mut self, applications: usize);

    /// Whether one more instance of `application` may be started now. Asked before room is looked
    /// for; that an instance was started is told apart.
    fn permit(&mut self, application: ApplicationId, now: Time) -> Permit;

    /// An instance of `application` was started.
    fn started(&mut self, application: ApplicationId, now: Time);

    /// Is told what part of the CPU of its instance a request uses on average while it is served, by application, once,
    /// after the start.
    fn know_cpu(&mut self, _uses: &[f64]) {}

    /// Whether an instance is started for a request that finds none with room; otherwise only those that it wishes for
    /// are, and those of plans.
    fn starts_on_demand(&self) -> bool {
        true
    }

    /// Whether it follows how many requests of an application are there: where it does not, it is
    /// not told.
    fn follows_requests(&self) -> bool {
        false
    }

    /// The requests of an application that are there, waiting or served, have become so many. When it
    /// wants to look, if it has not said so yet.
    fn changed(&mut self, _now: Time, _application: ApplicationId, _present: u32) -> Option<Time> {
        None
    }

    /// The time has come that it named; an instance serves so many requests at once, and so many `live`, starting ones
    /// included.
    fn due(
        &mut self,
        _now: Time,
        _application: ApplicationId,
        _concurrency: u32,
        _live: u32,
    ) -> Wish {
        Wish::default()
    }
}

dyn_clone::clone_trait_object!(Scaling);

catalogue! {
    /// A scaling policy, chosen by name.
    pub struct ScalingChoice(Box<dyn Scaling>);
    /// The scaling policies.
    pub static SCALINGS: "scaling policy";
    OnDemand,
    TokenBucket,
    TargetConcurrency,
    TargetBased,
}
