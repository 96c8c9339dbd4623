//! How many replicas of a service there shall be.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::policy::replica_autoscaling::ReplicaAutoscalingChoice;
use crate::quantity::Rate;

/// How many replicas there shall be by what they use, or by the clock. Of several targets the one counts that wants most.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AutoscalingForm {
    /// How many there are at least; 1 if it is left out.
    pub min_replicas: Option<u32>,
    /// How many there are at most. An autoscaler that follows no target says so itself.
    pub max_replicas: Option<u32>,
    /// How much of the `cpu` that they ask for they shall use on average: a share, which may be above 1.
    pub cpu_utilisation: Option<f64>,
    /// How much of the `memory` that they ask for they shall use on average: a share, which may be above 1.
    pub memory_utilisation: Option<f64>,
    /// How many requests each of them shall get on average.
    pub requests_per_replica: Option<Rate>,
    /// Who says it; that of the platform if it is left out.
    pub autoscaler: Option<ReplicaAutoscalingChoice>,
}
