//! Replica autoscaling: how many replicas of a service there shall be by what they use, a file a policy.

mod horizontal;
mod target_tracking;

use std::any::Any;
use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::horizontal::Horizontal;
pub use self::target_tracking::TargetTracking;
use super::orchestration::kubernetes::PodStatus;
use super::orchestration::kubernetes::autoscaling::{Bounds, Sample};
use crate::kernel::{Span, Time};
use crate::policy::catalogue::catalogue;

/// What a service is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// How many replicas there may be.
    pub bounds: Bounds,
    /// How much CPU they shall use on average, as a percentage of what they ask for.
    pub cpu_percentage: i64,
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
    /// The CPU that each asks for, in millicpu; `None` for none.
    pub requests: &'a [Option<i64>],
    /// The CPU that each has used on average since the last look, in millicpu; `None` if it does not run.
    pub samples: &'a [Option<Sample>],
}

/// A replica autoscaler that a scenario can choose.
pub trait ReplicaAutoscalingPolicy: Same + DynClone + Debug + Send + Sync {
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
    /// How often it looks.
    fn period(&self) -> Span;

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
}
