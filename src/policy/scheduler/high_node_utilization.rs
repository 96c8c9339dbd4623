//! A profile of `OpenShift` that fills nodes.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Scheduler, SchedulerPolicy};
use crate::kernel::Stream;
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::score::{ResourceFit, Strategy};
use crate::policy::orchestration::kubernetes::{Cluster, Framework, Profile};

/// The weight of the fit of resources in the profile.
const FIT_WEIGHT: i64 = 5;

/// Kubernetes' filters; full nodes first, and no regard to balance between resources.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HighNodeUtilization {}

impl Described for HighNodeUtilization {
    const NAME: &'static str = "high-node-utilization";
    const SUMMARY: &'static str =
        "Kubernetes with full nodes first, so that as few as possible are used.";
    const SOURCE: &'static str = "openshift/cluster-kube-scheduler-operator 56fa3254, bindata/assets/config: HighNodeUtilization";
}

impl SchedulerPolicy for HighNodeUtilization {
    fn start(&self, _cluster: &mut Cluster, _stream: &mut Stream) -> Box<dyn Scheduler> {
        let mut profile = Profile::default();
        profile.scores.retain(|(score, _)| score.name() != "NodeResourcesBalancedAllocation");
        for (score, weight) in &mut profile.scores {
            if score.name() == "NodeResourcesFit" {
                *score = Box::new(ResourceFit::new(Strategy::MostAllocated));
                *weight = FIT_WEIGHT;
            }
        }
        Box::new(Framework::new(profile, true))
    }
}
