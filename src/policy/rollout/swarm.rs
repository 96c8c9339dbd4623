//! Docker Swarm: tasks are replaced place by place.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{After, Failure, Rollout, Step, View};
use crate::kernel::{Span, Time};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::swarm::{FailureAction, Order, Update, UpdateConfig};
use crate::quantity::Probability;

/// Replaces tasks one by one, or several at once, each place of these resting between two.
///
/// A task that takes the place of one that stops first is made when that has gone; in Swarm it is made at once, and
/// its image comes meanwhile.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Swarm {
    /// How many tasks are replaced at once; 0 for all.
    #[serde(default = "one")]
    pub parallelism: u32,
    /// How long a place rests when its task runs, before it replaces the next.
    #[serde(default)]
    pub delay: Span,
    /// How long after a task runs its failure counts, and how long the update goes on after the last.
    #[serde(default = "five_seconds")]
    pub monitor: Span,
    /// What happens when too many tasks have failed.
    #[serde(default)]
    pub failure_action: FailureAction,
    /// The share of the tasks that may fail.
    #[serde(default = "none")]
    pub max_failure_ratio: Probability,
    /// Whether the old task stops before the new one starts.
    #[serde(default)]
    pub order: Order,
    /// The same of a rollback, which has parameters of its own.
    #[serde(default)]
    pub rollback: Rollback,
    #[serde(skip)]
    course: Option<Course>,
}

/// How the tasks of a former version come back (`Rollback` of a service, `rollback_config` of a Compose file). The defaults are
/// those of an update.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rollback {
    /// How many tasks are replaced at once; 0 for all.
    pub parallelism: u32,
    /// How long a place rests when its task runs, before it replaces the next.
    pub delay: Span,
    /// How long after a task runs its failure counts, and how long the rollback goes on after the last.
    pub monitor: Span,
    /// What happens when too many tasks have failed; a rollback that is to go back itself stands still.
    pub failure_action: FailureAction,
    /// The share of the tasks that may fail.
    pub max_failure_ratio: Probability,
    /// Whether the task that is there stops before the other starts.
    pub order: Order,
}

impl Default for Rollback {
    fn default() -> Self {
        Self {
            parallelism: one(),
            delay: Span::ZERO,
            monitor: five_seconds(),
            failure_action: FailureAction::default(),
            max_failure_ratio: none(),
            order: Order::default(),
        }
    }
}

impl Rollback {
    fn config(&self) -> UpdateConfig {
        UpdateConfig {
            parallelism: self.parallelism as usize,
            delay: self.delay,
            monitor: self.monitor,
            failure_action: self.failure_action,
            most_failed: self.max_failure_ratio.get() as f32,
            order: self.order,
        }
    }
}

/// An update that goes on.
#[derive(Clone, Debug)]
struct Course {
    update: Update,
    config: UpdateConfig,
    /// How many replicas the service shall have.
    replicas: u32,
    /// Replicas of the newest version before, and of others.
    new: u32,
    old: u32,
    /// Tasks whose replacement has begun, those of them that have run, and those that have failed before.
    begun: u32,
    ran: u32,
    failed: u32,
    /// Places that rest again after one of these.
    freed: u32,
    is_rollback: bool,
    /// What is to be done after too many have failed.
    then: Option<FailureAction>,
}

/// Swarm's default of `Parallelism`.
fn one() -> u32 {
    1
}

/// Swarm's default of `Monitor`.
fn five_seconds() -> Span {
    Span::from_secs(5)
}

fn none() -> Probability {
    Probability::ZERO
}

impl Described for Swarm {
    const NAME: &'static str = "swarm";
    const SUMMARY: &'static str =
        "Docker Swarm: tasks are replaced one by one, the old one stopping first.";
    const SOURCE: &'static str =
        "moby/swarmkit 3e72cb64, manager/orchestrator/update and api/defaults";
}

impl Course {
    fn new(config: UpdateConfig, is_rollback: bool, view: &mut View<'_>) -> Self {
        // Replicas that are too many are old ones: where a place has a task of either version, that of the newest is used
        // (`useExistingTask`). Those that lack come at once.
        let all = view.old(|version| version.replicas);
        let old = all.min(view.replicas.saturating_sub(view.newest_version().replicas));
        view.take_old(all - old);
        view.newest_version().replicas = view.replicas - old;
        Self {
            update: Update::new(config, old as usize, is_rollback),
            config,
            replicas: view.replicas,
            new: view.replicas - old,
            old,
            begun: 0,
            ran: 0,
            failed: 0,
            freed: 0,
            is_rollback,
            then: None,
        }
    }

    fn step(&mut self, view: &mut View<'_>) -> Step {
        if let Some(action) = self.then.take() {
            let goes_back = action == FailureAction::Rollback;
            return Step::Failed(if goes_back { After::GoesBack } else { After::Stands });
        }
        let before: Vec<u32> = view.versions.iter().map(|version| version.replicas).collect();
        self.ran =
            self.ran.max(view.newest_version().ready.saturating_sub(self.new)).min(self.begun);
        while self.freed < self.ran.max(self.failed).min(self.begun) {
            self.freed += 1;
            self.update.runs(view.now);
        }
        self.begun += self.update.begin(view.now) as u32;
        let stopped = match self.config.order {
            Order::StopFirst => self.begun,
            Order::StartFirst => self.ran,
        };
        let started = match self.config.order {
            Order::StartFirst => self.begun,
            Order::StopFirst => {
                let there = view.old(|version| version.replicas + version.going);
                self.begun.min(self.old.saturating_sub(there))
            }
        };
        let old = view.old(|version| version.replicas);
        view.take_old((old + stopped).saturating_sub(self.old));
        let new = view.newest_version();
        new.replicas = new.replicas.max(self.new + started);
        let after = view.versions.iter().map(|version| version.replicas);
        if after.ne(before) {
            return Step::Changed;
        }
        match self.update.ends() {
            Some(end) if self.ran == self.begun => {
                let end = end.plus(self.config.monitor);
                if view.now < end { Step::Waits(Some(end)) } else { Step::Done }
            }
            _ => Step::Waits(self.update.next()),
        }
    }
}

impl Swarm {
    fn config(&self) -> UpdateConfig {
        UpdateConfig {
            parallelism: self.parallelism as usize,
            delay: self.delay,
            monitor: self.monitor,
            failure_action: self.failure_action,
            most_failed: self.max_failure_ratio.get() as f32,
            order: self.order,
        }
    }
}

impl Rollout for Swarm {
    fn begin(&mut self, view: &mut View<'_>, back: bool) {
        let config = if back { self.rollback.config() } else { self.config() };
        self.course = Some(Course::new(config, back, view));
    }

    fn step(&mut self, view: &mut View<'_>) -> Step {
        let Some(course) = &mut self.course else { return Step::Waits(None) };
        if course.replicas != view.replicas {
            // The service is another one: an update begins anew with the tasks that are left.
            *course = Course::new(course.config, course.is_rollback, view);
            return Step::Changed;
        }
        course.step(view)
    }

    fn failed(&mut self, now: Time, _replicas: u32, Failure { ready, .. }: Failure) {
        let Some(course) = &mut self.course else { return };
        course.failed += u32::from(ready.is_none());
        let started = ready.map(|ago| Time::from_nanos(now.as_nanos() - ago.as_nanos()));
        if let Some(action) = course.update.fails(now, started) {
            course.then = Some(action);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Service, at};
    use super::*;

    fn service(replicas: u32, parameters: &str) -> Service<Swarm> {
        Service::of(replicas, serde_json::from_str(parameters).unwrap())
    }

    /// Two tasks. The first stops, and when it has gone the new one comes; it runs at 3 s and its place rests until 13.
    /// The second runs at 15 s; its place rests until 25, and for 5 s more failures would count.
    #[test]
    fn the_old_task_stops_first() {
        let mut service = service(2, r#"{"delay": "10s"}"#);
        assert_eq!(service.step(), Step::Changed);
        assert_eq!(service.replicas(), [1, 0]);
        service.versions[0].going = 1;
        assert_eq!(service.step(), Step::Waits(None));
        service.versions[0].going = 0;
        assert_eq!(service.run(), Step::Waits(None));
        assert_eq!(service.replicas(), [1, 1]);
        service.now = at(3);
        service.settle();
        assert_eq!(service.run(), Step::Waits(Some(at(13))));
        service.now = at(13);
        assert_eq!(service.run(), Step::Waits(None));
        assert_eq!(service.replicas(), [0, 2]);
        service.now = at(15);
        service.settle();
        assert_eq!(service.run(), Step::Waits(Some(at(30))));
        service.now = at(30);
        assert_eq!(service.run(), Step::Done);
    }

    /// All three at once: three new ones come, and each old one stops when one runs.
    #[test]
    fn the_new_task_starts_first() {
        let mut service = service(3, r#"{"parallelism": 0, "order": "start-first"}"#);
        service.run();
        assert_eq!(service.replicas(), [3, 3]);
        service.versions[1].ready = 1;
        service.run();
        assert_eq!(service.replicas(), [2, 3]);
        service.settle();
        assert_eq!(service.run(), Step::Waits(Some(at(5))));
        assert_eq!(service.replicas(), [0, 3]);
    }

    /// Of three tasks one has been replaced, and the second place has both its tasks, when the update goes back: the new task there
    /// stops at once, and the two old ones go on. In the first place the new one stops first, or when an old one runs again.
    #[test]
    fn a_rollback_keeps_what_serves() {
        for (rollback, expected) in [("{}", [2, 0]), (r#"{"order": "start-first"}"#, [3, 1])] {
            let parameters = format!(r#"{{"order": "start-first", "rollback": {rollback}}}"#);
            let mut service = service(3, &parameters);
            service.run();
            service.versions[1].ready = 1;
            service.run();
            assert_eq!(service.replicas(), [2, 2]);
            service.versions.swap(0, 1);
            let versions = &mut service.versions;
            let mut view = View { now: Time::ZERO, replicas: 3, versions, newest: 1 };
            service.policy.begin(&mut view, true);
            assert_eq!(service.replicas(), [1, 2], "{rollback}");
            service.versions[0].going = 1;
            service.step();
            assert_eq!(service.replicas(), [expected[1], expected[0]], "{rollback}");
            service.versions[0].going = 0;
            service.run();
            service.settle();
            service.run();
            assert_eq!(service.replicas(), [0, 3], "{rollback}");
        }
    }

    /// None may fail: the update stands still after the first, or the former version comes back; a rollback that fails
    /// stands still.
    #[test]
    fn one_too_many_failures() {
        for (action, back, expected) in [
            ("pause", false, After::Stands),
            ("rollback", false, After::GoesBack),
            ("rollback", true, After::Stands),
        ] {
            let mut service = service(4, &format!(r#"{{"failure_action": "{action}"}}"#));
            let versions = &mut service.versions;
            let mut view = View { now: Time::ZERO, replicas: 4, versions, newest: 1 };
            service.policy.begin(&mut view, back);
            service.run();
            service.policy.failed(at(1), 4, Failure::default());
            assert_eq!(service.step(), Step::Failed(expected));
            assert_eq!(service.step(), Step::Waits(None));
            assert_eq!(service.replicas(), [3, 1]);
        }
        let mut service = service(4, r#"{"failure_action": "continue"}"#);
        service.run();
        service.policy.failed(at(1), 4, Failure::default());
        service.run();
        assert_eq!(service.replicas(), [2, 2], "its place goes on");
    }
}
