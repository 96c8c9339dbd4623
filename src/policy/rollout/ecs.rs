//! Amazon ECS: rolling deployments between two bounds.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{After, Failure, Rollout, Step, Version, View};
use crate::kernel::{Span, Time};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::ecs::control::{CircuitBreaker, rolling_bounds};
use crate::variate::ParameterError;

/// Starts new tasks as long as no more are there than may be, and stops old ones as long as enough are healthy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ecs {
    /// The fewest tasks that are healthy, in percent of the replicas, rounded up.
    #[serde(default = "all")]
    pub minimum_healthy_percent: u32,
    /// The most tasks that are there, in percent of the replicas, rounded down; those that stop do not count.
    #[serde(default = "twice")]
    pub maximum_percent: u32,
    /// Whether a deployment is given up when half as many tasks as there shall be, at least 3 and at most
    /// 200, have failed one after the other.
    #[serde(default)]
    pub circuit_breaker: bool,
    /// Whether the last version comes back then.
    #[serde(default = "yes")]
    pub rollback: bool,
    #[serde(skip)]
    breaker: CircuitBreaker,
    /// The most tasks of the newest version that were healthy.
    #[serde(skip)]
    healthy: u32,
    /// Whether it is given up, and whether that was told.
    #[serde(skip)]
    given_up: Option<bool>,
    /// Whether it brings a former version back.
    #[serde(skip)]
    back: bool,
}

/// ECS's default of `minimumHealthyPercent`.
fn all() -> u32 {
    100
}

/// ECS's default of `maximumPercent`.
fn twice() -> u32 {
    200
}

fn yes() -> bool {
    true
}

impl Described for Ecs {
    const NAME: &'static str = "ecs";
    const SUMMARY: &'static str =
        "Amazon ECS: tasks are replaced between a minimum healthy and a maximum percent.";
    const SOURCE: &'static str =
        "Amazon ECS developer guide and API reference, DeploymentConfiguration, 2026";
}

impl Ecs {
    /// The fewest tasks that are healthy, and the most that are there.
    fn bounds(&self, replicas: u32) -> [u32; 2] {
        let [least, most] = [self.minimum_healthy_percent, self.maximum_percent].map(u64::from);
        rolling_bounds(replicas.into(), least, most).map(|of| u32::try_from(of).unwrap_or(u32::MAX))
    }
}

impl Rollout for Ecs {
    fn check(&self, replicas: u32) -> Result<(), ParameterError> {
        if self.minimum_healthy_percent > 100 {
            let message =
                "more tasks than there are in the end cannot be healthy; write 100 or less";
            return Err(ParameterError::new("minimum_healthy_percent", message));
        }
        let [least, most] = self.bounds(replicas);
        if least < replicas || most > replicas || replicas == 0 {
            return Ok(());
        }
        let message = format!(
            "of {replicas} no task may be missing and none more may be there; write a lower \
             `minimum_healthy_percent` or a higher `maximum_percent`"
        );
        Err(ParameterError::new("maximum_percent", message))
    }

    /// `CodeDeploy` waits an hour for the replacement task set of a service to become healthy (recalled, from its message of
    /// that error).
    fn progress_deadline(&self) -> Span {
        Span::from_secs(3600)
    }

    /// Documented: Application Auto Scaling does not scale in while a deployment goes on.
    fn scales_in(&self) -> bool {
        false
    }

    /// Documented: container instance draining follows minimumHealthyPercent and maximumPercent of the service.
    fn drains_between(&self, replicas: u32) -> Option<[u32; 2]> {
        Some(self.bounds(replicas))
    }

    /// Documented: a deployment that is given up launches no more tasks.
    fn launches(&self) -> bool {
        self.given_up.is_none()
    }

    fn begin(&mut self, view: &mut View<'_>, back: bool) {
        self.breaker = CircuitBreaker::default();
        self.healthy = view.newest_version().available;
        (self.given_up, self.back) = (None, back);
    }

    fn step(&mut self, view: &mut View<'_>) -> Step {
        let Version { available, replicas: new, .. } = *view.newest_version();
        if available > self.healthy {
            self.healthy = available;
            self.breaker.healthy();
        }
        match self.given_up {
            Some(true) => return Step::Waits(None),
            Some(false) => {
                self.given_up = Some(true);
                let goes_back = self.rollback && !self.back;
                return Step::Failed(if goes_back { After::GoesBack } else { After::Stands });
            }
            None => {}
        }
        let [least, most] = self.bounds(view.replicas);
        let old = view.old(|version| version.replicas);
        let more = most.saturating_sub(old + new).min(view.replicas.saturating_sub(new));
        let healthy = available + view.old(|version| version.available);
        let spare = healthy.saturating_sub(least);
        let wanted = (new + more).min(view.replicas);
        view.newest_version().replicas = wanted;
        for version in view.old_mut() {
            // Those that are not healthy are missed by nobody.
            version.replicas = version.replicas.min(version.available);
        }
        view.take_old(spare);
        if wanted != new || view.old(|version| version.replicas) < old {
            Step::Changed
        } else if old == 0 && available == view.replicas && new == view.replicas {
            Step::Done
        } else {
            Step::Waits(None)
        }
    }

    fn failed(&mut self, _now: Time, replicas: u32, Failure { ready, found }: Failure) {
        // Documented: tasks that do not come to run count, and those that are replaced as a check of their health fails.
        let counts = ready.is_none() || found;
        if self.circuit_breaker && counts && self.given_up.is_none() {
            let tripped = self.breaker.failed(replicas.into());
            self.given_up = tripped.then_some(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Service;
    use super::*;

    fn service(replicas: u32, parameters: &str) -> Service<Ecs> {
        Service::of(replicas, serde_json::from_str(parameters).unwrap())
    }

    /// The examples of the documentation: of four tasks with at least 50 % and at most 100 %, two stop before
    /// two start; with 100 % and 200 %, four start before four stop.
    #[test]
    fn within_the_bounds() {
        for (parameters, expected) in [
            (
                r#"{"minimum_healthy_percent": 50, "maximum_percent": 100}"#,
                vec![[2, 0], [2, 2], [0, 2], [0, 4]],
            ),
            ("{}", vec![[4, 4], [0, 4]]),
        ] {
            let mut service = service(4, parameters);
            let mut steps = Vec::new();
            while service.step() == Step::Changed {
                steps.push(service.replicas());
                service.settle();
            }
            assert_eq!(steps, expected, "{parameters}");
            assert_eq!(service.step(), Step::Done);
        }
    }

    /// Of four, three in a row; one that becomes healthy in between begins the count anew.
    #[test]
    fn the_circuit_breaker_brings_the_last_version_back() {
        let mut service = service(4, r#"{"circuit_breaker": true}"#);
        assert_eq!(service.run(), Step::Waits(None));
        let fail = |service: &mut Service<Ecs>| {
            service.policy.failed(Time::ZERO, 4, Failure::default());
            service.step()
        };
        assert_eq!([0; 2].map(|_| fail(&mut service)), [Step::Waits(None); 2]);
        (service.versions[1].ready, service.versions[1].available) = (1, 1);
        service.run();
        assert_eq!(service.replicas(), [3, 4]);
        assert_eq!([0; 2].map(|_| fail(&mut service)), [Step::Waits(None); 2]);
        assert!(service.policy.launches());
        assert_eq!(fail(&mut service), Step::Failed(After::GoesBack));
        assert!(!service.policy.launches());
        assert_eq!(service.step(), Step::Waits(None), "no task is started or stopped any more");
    }

    /// A task that has run and ends is replaced, and no more; one that a check has found counts, whenever it ran.
    #[test]
    fn what_has_run_counts_if_a_check_finds_it() {
        for (found, expected) in [(false, true), (true, false)] {
            let mut service = service(4, r#"{"circuit_breaker": true}"#);
            let failure = Failure { ready: Some(Span::from_secs(60)), found };
            for _ in 0..3 {
                service.policy.failed(Time::ZERO, 4, failure);
            }
            assert_eq!(service.policy.launches(), expected);
        }
    }

    /// Of one task, 150 % are one, rounded down.
    #[test]
    fn a_rollout_that_could_never_go_on_is_refused() {
        let never = serde_json::from_str::<Ecs>(r#"{"minimum_healthy_percent": 101}"#).unwrap();
        assert_eq!(never.check(3).unwrap_err().key, ["minimum_healthy_percent"]);
        let check = |percent, replicas| {
            let text = format!(r#"{{"maximum_percent": {percent}}}"#);
            serde_json::from_str::<Ecs>(&text).unwrap().check(replicas).is_ok()
        };
        assert_eq!(
            [check(150, 1), check(150, 2), check(200, 1), check(100, 2)],
            [false, true, true, false]
        );
    }
}
