//! A service with an old and a new version, for the tests of rollouts.

use super::{Rollout, Step, Version, View};
use crate::kernel::{Span, Time};

/// A time in seconds.
pub(super) fn at(seconds: u64) -> Time {
    Time::ZERO.plus(Span::from_secs(seconds))
}

pub(super) struct Service<R> {
    pub(super) policy: R,
    pub(super) now: Time,
    pub(super) wanted: u32,
    pub(super) versions: Vec<Version>,
}

impl<R: Rollout> Service<R> {
    /// All replicas are those of the old version, and a rollout begins.
    pub(super) fn of(replicas: u32, mut policy: R) -> Self {
        let old = Version { replicas, ready: replicas, available: replicas, going: 0 };
        let mut versions = vec![old, Version::default()];
        let mut view = View { now: Time::ZERO, replicas, versions: &mut versions, newest: 1 };
        policy.begin(&mut view, false);
        Self { policy, now: Time::ZERO, wanted: replicas, versions }
    }

    pub(super) fn step(&mut self) -> Step {
        let Self { now, wanted: replicas, .. } = *self;
        self.policy.step(&mut View { now, replicas, versions: &mut self.versions, newest: 1 })
    }

    /// Steps until nothing changes; replicas that go have gone at once.
    pub(super) fn run(&mut self) -> Step {
        loop {
            match self.step() {
                Step::Changed => self.cut(),
                other => return other,
            }
        }
    }

    /// No more are ready than there are.
    fn cut(&mut self) {
        for version in &mut self.versions {
            version.ready = version.ready.min(version.replicas);
            version.available = version.available.min(version.ready);
        }
    }

    /// All replicas are available.
    pub(super) fn settle(&mut self) {
        for version in &mut self.versions {
            (version.ready, version.available) = (version.replicas, version.replicas);
        }
    }

    pub(super) fn replicas(&self) -> [u32; 2] {
        [self.versions[0].replicas, self.versions[1].replicas]
    }
}
