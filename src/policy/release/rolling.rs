//! Instance by instance.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Step, Strategy};
use crate::policy::catalogue::Described;

/// The platform replaces the replicas of the service by those of the new version by its own rules; requests go
/// to whichever replicas there are.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rolling {}

impl Described for Rolling {
    const NAME: &'static str = "rolling";
    const SUMMARY: &'static str =
        "An orchestrator replaces replicas by those of the new version, as it does by itself.";
    const SOURCE: &'static str =
        "Deployments of Kubernetes, services of Amazon ECS and Docker Swarm: their documentation";
}

impl Strategy for Rolling {
    fn replaces_instances(&self) -> bool {
        true
    }

    fn step(&self, _number: u32) -> Option<Step> {
        None
    }
}
