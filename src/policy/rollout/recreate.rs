//! Kubernetes' `Recreate`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::controller::{Controller, ten_minutes};
use super::{Rollout, Step, View};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::Strategy;

/// Stops all old pods, and starts the new ones when these are gone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recreate {
    /// How long a pod must have been ready to count as available.
    #[serde(default)]
    pub min_ready: Span,
    /// After so long without any progress it is told that the rollout has failed; it goes on all the same.
    #[serde(default = "ten_minutes")]
    pub progress_deadline: Span,
    #[serde(skip)]
    controller: Controller,
}

impl Described for Recreate {
    const NAME: &'static str = "recreate";
    const SUMMARY: &'static str =
        "Kubernetes: all old pods stop, and the new ones start when these are gone.";
    const SOURCE: &'static str =
        "kubernetes v1.19.14, pkg/controller/deployment (recreate.go, sync.go, progress.go)";
}

impl Rollout for Recreate {
    fn min_ready(&self) -> Span {
        self.min_ready
    }

    fn progress_deadline(&self) -> Span {
        self.progress_deadline
    }

    fn begin(&mut self, view: &mut View<'_>, _back: bool) {
        self.controller.begin(view);
    }

    fn step(&mut self, view: &mut View<'_>) -> Step {
        self.controller.step(Strategy::Recreate, self.progress_deadline, view)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Service, at};
    use super::*;

    #[test]
    fn new_pods_wait_until_old_ones_are_gone() {
        let mut service = Service::of(3, serde_json::from_str::<Recreate>("{}").unwrap());
        assert_eq!(service.step(), Step::Changed);
        assert_eq!(service.replicas(), [0, 0]);
        service.versions[0].going = 3;
        assert_eq!(service.step(), Step::Waits(Some(at(600))));
        service.versions[0].going = 0;
        assert_eq!(service.step(), Step::Changed);
        assert_eq!(service.replicas(), [0, 3]);
        service.settle();
        assert_eq!(service.step(), Step::Done);
    }
}
