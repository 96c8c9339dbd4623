//! Replica autoscaling: how many replicas of a service there shall be by what they use or by the clock, a file a policy.

mod horizontal;
mod of_servers;
mod target_tracking;

use std::any::Any;
use std::fmt::Debug;
use std::path::Path;

use dyn_clone::DynClone;

pub use self::horizontal::Horizontal;
pub use self::target_tracking::TargetTracking;
use super::autoscaling::{Scheduled, Step};
use super::orchestration::kubernetes::PodStatus;
use super::orchestration::kubernetes::autoscaling::{Bounds, Sample};
use crate::kernel::Time;
use crate::policy::catalogue::catalogue;
use crate::variate::ParameterError;

/// A larger share of what replicas ask for is taken for one in percent.
pub const MOST_UTILISATION: f64 = 10.0;

/// What a service is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// How many replicas there may be.
    pub bounds: Bounds,
    /// How much CPU they shall use on average, as a percentage of what they ask for.
    pub cpu_percentage: Option<i64>,
    /// The same of memory.
    pub memory_percentage: Option<i64>,
    /// How many requests each shall get on average, in thousandths of one a second.
    pub requests: Option<i64>,
}

/// The replicas of a service as they are seen.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// The present instant.
    pub now: Time,
    /// How many there shall be until now.
    pub wanted: i64,
    /// What each does.
    pub pods: &'a [PodStatus],
    /// The CPU that each asks for and has used on average since the last look, in millicpu.
    pub cpu: Resource<'a>,
    /// The memory that each asks for and uses, in bytes.
    pub memory: Resource<'a>,
    /// The requests that each has got since the last look, in thousandths of one a second; `None` if it does not run.
    pub requests: &'a [Option<Sample>],
}

impl Observed<'_> {
    /// How many requests those that run have got on average, in thousandths of one a second; `None` if none runs.
    fn rate(&self) -> Option<f64> {
        let rates = || self.requests.iter().flatten().map(|sample| sample.value as f64);
        let count = rates().count();
        (count > 0).then(|| rates().sum::<f64>() / count as f64)
    }
}

/// What replicas have of a resource.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// What each asks for; `None` for none.
    pub requested: &'a [Option<i64>],
    /// What each uses; `None` if it does not run.
    pub used: &'a [Option<Sample>],
}

impl Resource<'_> {
    /// What those that run use of what they ask for; `None` if that is nothing.
    fn share(&self) -> Option<f64> {
        let pairs = self.requested.iter().zip(self.used);
        let running = pairs.filter_map(|(requested, used)| Some(((*requested)?, used.as_ref()?)));
        let (mut all, mut of) = (0_i128, 0_i128);
        for (requested, used) in running {
            all += i128::from(requested);
            of += i128::from(used.value);
        }
        (all > 0).then(|| of as f64 / all as f64)
    }
}

/// A replica autoscaler that a scenario can choose.
pub trait ReplicaAutoscalingPolicy: Same + DynClone + Debug + Send + Sync {
    /// Checks the parameters, when a scenario is read.
    ///
    /// # Errors
    /// A parameter out of its range, by its key.
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        Ok(())
    }

    /// The fewest and the most replicas, where it says these itself and follows no target.
    fn own_bounds(&self) -> Option<(u32, u32)> {
        None
    }

    /// At the start of a run.
    fn start(&self, target: Target) -> Box<dyn ReplicaAutoscaler>;
}

dyn_clone::clone_trait_object!(ReplicaAutoscalingPolicy);

/// Says of two policies whether they are the same, with the same parameters. Each policy that can be compared does.
pub trait Same: Any {
    /// Whether this is `other`.
    fn is_same(&self, other: &dyn Any) -> bool;
}

impl<T: PartialEq + Any> Same for T {
    fn is_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }
}

impl PartialEq for dyn ReplicaAutoscalingPolicy {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
    }
}

/// How many replicas there shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// So many.
    pub replicas: i64,
    /// Why, in a few words.
    pub why: &'static str,
}

/// A replica autoscaler at work.
pub trait ReplicaAutoscaler: Debug + Send {
    /// How many replicas there are at the start, where a scenario says `given`.
    fn first(&mut self, given: u32) -> u32 {
        given
    }

    /// When it looks next, later than now; `None` is never.
    fn next(&self, now: Time) -> Option<Time>;

    /// How many replicas there shall be.
    fn decide(&mut self, observed: &Observed<'_>) -> Decided;
}

catalogue! {
    /// A replica autoscaler, chosen by name.
    pub struct ReplicaAutoscalingChoice(Box<dyn ReplicaAutoscalingPolicy>);
    /// The replica autoscalers.
    pub static REPLICA_AUTOSCALINGS: "replica autoscaler";
    Horizontal,
    TargetTracking,
    Step,
    Scheduled,
}
