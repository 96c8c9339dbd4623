//! A profile of `OpenShift` that takes the first node that will do.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Scheduler, SchedulerPolicy};
use crate::kernel::Stream;
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::{Cluster, Framework, Profile};

/// Kubernetes' filters, and the first node found, from where the last search ended.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoScoring {}

impl Described for NoScoring {
    const NAME: &'static str = "no-scoring";
    const SUMMARY: &'static str =
        "Kubernetes without scores: the first node that will do, from where the last search ended.";
    const SOURCE: &'static str =
        "openshift/cluster-kube-scheduler-operator 56fa3254, bindata/assets/config: NoScoring";
}

impl SchedulerPolicy for NoScoring {
    fn start(&self, _cluster: &mut Cluster, _stream: &mut Stream) -> Box<dyn Scheduler> {
        let profile = Profile { scores: Vec::new(), ..Profile::default() };
        Box::new(Framework::new(profile, true))
    }
}
