//! How a service's tasks are replaced when it changes (`manager/orchestrator/update/updater.go`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::{Span, Time};

/// What happens when too many new tasks have failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureAction {
    /// The update stands still.
    #[default]
    Pause,
    /// It goes on.
    Continue,
    /// The former version comes back.
    Rollback,
}

/// Whether the old task goes before the new one comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// It does.
    #[default]
    StopFirst,
    /// The new one runs first.
    StartFirst,
}

/// How tasks are replaced (`UpdateConfig`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateConfig {
    /// How many at once; 0 for all.
    pub parallelism: usize,
    /// How long each of the places at once rests after a task of it runs.
    pub delay: Span,
    /// How long after its start a task's failure counts.
    pub monitor: Span,
    /// What happens when too many have failed.
    pub failure_action: FailureAction,
    /// The part of the tasks to be replaced that may fail.
    pub most_failed: f32,
    /// Which of both tasks is first.
    pub order: Order,
}

impl Default for UpdateConfig {
    /// Those of `api/defaults/service.go`.
    fn default() -> Self {
        Self {
            parallelism: 1,
            delay: Span::ZERO,
            monitor: Span::from_secs(5),
            failure_action: FailureAction::Pause,
            most_failed: 0.0,
            order: Order::StopFirst,
        }
    }
}

/// An update that goes on.
#[derive(Clone, Debug)]
pub struct Update {
    config: UpdateConfig,
    /// The tasks to be replaced, and how many have been begun.
    total: usize,
    begun: usize,
    /// Until when each of the places at once rests; `Time::MAX` while it replaces a task.
    places: Vec<Time>,
    failed: usize,
    /// Whether this brings back a former version.
    is_rollback: bool,
    stopped: bool,
}

impl Update {
    /// So many tasks are to be replaced. An update that brings back a former version never does so itself.
    pub fn new(config: UpdateConfig, total: usize, is_rollback: bool) -> Self {
        let at_once = if config.parallelism == 0 { total } else { config.parallelism.min(total) };
        let places = vec![Time::ZERO; at_once];
        Self { config, total, begun: 0, places, failed: 0, is_rollback, stopped: false }
    }

    /// Begins as many tasks as may be replaced now, and says how many.
    pub fn begin(&mut self, now: Time) -> usize {
        if self.stopped {
            return 0;
        }
        let free = self.places.iter_mut().filter(|until| **until <= now);
        let mut begun = 0;
        for place in free.take(self.total - self.begun) {
            *place = Time::MAX;
            begun += 1;
        }
        self.begun += begun;
        begun
    }

    /// A new task runs, or has ended before it did: its place rests, and then replaces the next.
    pub fn runs(&mut self, now: Time) {
        if let Some(place) = self.places.iter_mut().find(|until| **until == Time::MAX) {
            *place = now.plus(self.config.delay);
        }
    }

    /// When the next place has rested; `None` if all replace a task, or none is left to be replaced.
    pub fn next(&self) -> Option<Time> {
        let resting = self.places.iter().copied().filter(|&until| until != Time::MAX);
        if self.stopped || self.begun == self.total { None } else { resting.min() }
    }

    /// When the last place has rested, once all tasks are replaced; `None` before, and if it has stopped.
    pub fn ends(&self) -> Option<Time> {
        let last = self.places.iter().copied().max().unwrap_or(Time::ZERO);
        (!self.stopped && self.begun == self.total && last != Time::MAX).then_some(last)
    }

    /// A new task has failed that started at `started`, if it did at all: what is done, if that is one
    /// too many. Each task is told of once.
    pub fn fails(&mut self, now: Time, started: Option<Time>) -> Option<FailureAction> {
        if self.stopped || started.is_some_and(|at| now.since(at) > self.config.monitor) {
            return None;
        }
        self.failed += 1;
        let too_many = self.failed as f32 / self.total as f32 > self.config.most_failed;
        if !too_many || self.config.failure_action == FailureAction::Continue {
            return None;
        }
        self.stopped = true;
        let again = self.is_rollback && self.config.failure_action == FailureAction::Rollback;
        Some(if again { FailureAction::Pause } else { self.config.failure_action })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Time {
        Time::ZERO.plus(Span::from_secs(seconds))
    }

    /// Five tasks, two at once, each place rests for 10 s: both at 0; one runs at 3 s, so the third begins
    /// at 13 s; the other runs at 4 s.
    #[test]
    fn places_rest_between_tasks() {
        let delay = Span::from_secs(10);
        let config = UpdateConfig { parallelism: 2, delay, ..UpdateConfig::default() };
        let mut update = Update::new(config, 5, false);
        assert_eq!(update.begin(seconds(0)), 2);
        assert_eq!(update.next(), None);
        update.runs(seconds(3));
        update.runs(seconds(4));
        assert_eq!(update.begin(seconds(12)), 0);
        assert_eq!(update.next(), Some(seconds(13)));
        assert_eq!(update.begin(seconds(13)), 1);
        assert_eq!(update.begin(seconds(14)), 1);
        update.runs(seconds(20));
        update.runs(seconds(20));
        assert_eq!(update.begin(seconds(30)), 1, "one is left");
        assert_eq!(update.next(), None);
        let all = UpdateConfig { parallelism: 0, ..config };
        assert_eq!(Update::new(all, 5, false).begin(seconds(0)), 5);
    }

    /// One of four may fail: 2 ÷ 4 is more than 0.25. A failure 6 s after the start does not count.
    #[test]
    fn too_many_failures_stop_an_update() {
        let config = |failure_action| UpdateConfig {
            failure_action,
            most_failed: 0.25,
            ..UpdateConfig::default()
        };
        for (action, is_rollback, expected) in [
            (FailureAction::Pause, false, Some(FailureAction::Pause)),
            (FailureAction::Continue, false, None),
            (FailureAction::Rollback, false, Some(FailureAction::Rollback)),
            (FailureAction::Rollback, true, Some(FailureAction::Pause)),
        ] {
            let mut update = Update::new(config(action), 4, is_rollback);
            assert_eq!(update.fails(seconds(10), None), None);
            assert_eq!(update.fails(seconds(10), Some(seconds(4))), None);
            assert_eq!(update.fails(seconds(10), Some(seconds(5))), expected);
            assert_eq!(update.begin(seconds(10)), usize::from(expected.is_none()));
        }
    }
}
