//! Kubernetes' `RollingUpdate`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::controller::{Controller, ten_minutes};
use super::{Rollout, Step, View};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::Strategy;
use crate::quantity::Share;
use crate::variate::ParameterError;

/// Replaces pods as the controller of Deployments does: new ones come as far as the surge allows, old ones
/// go as far as enough are available without them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollingUpdate {
    /// How many pods more than the replicas may be there: a number, or a percentage of them, rounded up.
    #[serde(default = "quarter")]
    pub max_surge: Share,
    /// How many of the replicas may be missing: a number, or a percentage of them, rounded down.
    #[serde(default = "quarter")]
    pub max_unavailable: Share,
    /// How long a pod must have been ready to count as available.
    #[serde(default)]
    pub min_ready: Span,
    /// After so long without any progress it is told that the rollout has failed; it goes on all the same.
    #[serde(default = "ten_minutes")]
    pub progress_deadline: Span,
    #[serde(skip)]
    controller: Controller,
}

/// Kubernetes' default of both.
fn quarter() -> Share {
    Share::Percent(25)
}

impl Default for RollingUpdate {
    fn default() -> Self {
        Self {
            max_surge: quarter(),
            max_unavailable: quarter(),
            min_ready: Span::ZERO,
            progress_deadline: ten_minutes(),
            controller: Controller::default(),
        }
    }
}

impl Described for RollingUpdate {
    const NAME: &'static str = "rolling-update";
    const SUMMARY: &'static str =
        "Kubernetes: new pods come within a surge, old ones go as new ones become available.";
    const SOURCE: &'static str =
        "kubernetes v1.19.14, pkg/controller/deployment (rolling.go, sync.go, progress.go)";
}

impl Rollout for RollingUpdate {
    fn check(&self, _replicas: u32) -> Result<(), ParameterError> {
        let none = |share: Share| matches!(share, Share::Count(0) | Share::Percent(0));
        if none(self.max_surge) && none(self.max_unavailable) {
            let message =
                "no pod may be missing and none more may be there; let one of both be 1 or more";
            return Err(ParameterError::new("max_surge", message));
        }
        if let Share::Percent(101..) = self.max_unavailable {
            let message = "no more than all pods can be missing; write `\"100%\"` or less";
            return Err(ParameterError::new("max_unavailable", message));
        }
        Ok(())
    }

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
        let strategy =
            Strategy::Rolling { surge: self.max_surge, unavailable: self.max_unavailable };
        self.controller.step(strategy, self.progress_deadline, view)
    }
}

#[cfg(test)]
mod tests {
    use super::super::After;
    use super::super::testing::{Service, at};
    use super::*;

    /// Ten replicas, two more may be there, none missing; all that are new are available at the next step.
    #[test]
    fn two_at_a_time() {
        let policy: RollingUpdate =
            serde_json::from_str(r#"{"max_surge": 2, "max_unavailable": 0}"#).unwrap();
        let mut service = Service::of(10, policy);
        let mut steps = Vec::new();
        while service.step() == Step::Changed {
            steps.push(service.replicas());
            service.settle();
        }
        let expected =
            [[10, 2], [8, 2], [8, 4], [6, 4], [6, 6], [4, 6], [4, 8], [2, 8], [2, 10], [0, 10]];
        assert_eq!(steps, expected);
        assert_eq!(service.step(), Step::Done);
    }

    /// 25 % of 4 is one: one more comes, one old goes, then one more may come; nothing becomes available.
    /// After 600 s that is told, once. When one is available, one old
    /// goes for it and one more comes.
    #[test]
    fn what_never_becomes_available_is_told_at_the_deadline() {
        let mut service = Service::of(4, RollingUpdate::default());
        assert_eq!(service.run(), Step::Waits(Some(at(600))));
        assert_eq!(service.replicas(), [3, 2]);
        service.now = at(600);
        assert_eq!(service.step(), Step::Failed(After::GoesOn));
        assert_eq!(service.step(), Step::Waits(None));
        (service.versions[1].ready, service.versions[1].available) = (1, 1);
        assert_eq!(service.run(), Step::Waits(Some(at(1200))));
        assert_eq!(service.replicas(), [2, 3]);
    }

    /// The example of the documentation: 8 old and 5 new of 10 with 3 more become 11 and 7 of 15.
    #[test]
    fn scaled_in_the_midst_in_proportion() {
        let policy: RollingUpdate =
            serde_json::from_str(r#"{"max_surge": 3, "max_unavailable": 2}"#).unwrap();
        let mut service = Service::of(10, policy);
        service.run();
        assert_eq!(service.replicas(), [8, 5]);
        service.wanted = 15;
        assert_eq!(service.step(), Step::Changed);
        assert_eq!(service.replicas(), [11, 7]);
        service.run();
        assert_eq!(service.replicas(), [11, 7], "eight of 13 that shall be there are available");
    }

    #[test]
    fn a_rollout_that_could_never_go_on_is_refused() {
        let check = |text| serde_json::from_str::<RollingUpdate>(text).unwrap().check(4);
        assert!(check(r#"{"max_surge": 0, "max_unavailable": "0%"}"#).is_err());
        assert!(check(r#"{"max_unavailable": "150%"}"#).is_err());
        assert!(check(r#"{"max_surge": "150%"}"#).is_ok());
    }
}
