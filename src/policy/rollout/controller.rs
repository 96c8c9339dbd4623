//! The loop of the controller of Kubernetes' Deployments: what its strategies have in common.

use super::{After, Step, View};
use crate::kernel::{Span, Time};
use crate::policy::orchestration::kubernetes::{Deployment, ReplicaSet, Strategy};

/// Kubernetes' default of `progressDeadlineSeconds`.
pub(super) fn ten_minutes() -> Span {
    Span::from_secs(600)
}

/// How far a rollout has come (`DeploymentProgressing` in `util/deployment_util.go`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Progress {
    new: u32,
    old: u32,
    ready: u32,
    available: u32,
}

impl Progress {
    fn of(view: &View<'_>) -> Self {
        let new = view.versions[view.newest];
        Self {
            new: new.replicas,
            old: view.old(|version| version.replicas),
            ready: new.ready + view.old(|version| version.ready),
            available: new.available + view.old(|version| version.available),
        }
    }

    fn is_beyond(self, before: Self) -> bool {
        self.new > before.new
            || self.old < before.old
            || self.ready > before.ready
            || self.available > before.available
    }
}

/// A Deployment, with a `ReplicaSet` for each version.
#[derive(Clone, Debug, Default)]
pub(super) struct Controller {
    sets: Vec<ReplicaSet>,
    progress: Progress,
    /// When there was some last.
    since: Time,
    /// Whether it was told that there has been none for too long.
    overdue: bool,
}

impl Controller {
    /// Its template changes: versions that are new to it have no replicas.
    pub(super) fn begin(&mut self, view: &View<'_>) {
        let versions = view.versions.iter().enumerate();
        for (number, version) in versions.skip(self.sets.len()) {
            // Older by number.
            let created = Time::from_nanos(number as u64);
            let replicas = version.replicas.into();
            self.sets.push(ReplicaSet { replicas, ..ReplicaSet::new(created) });
        }
        (self.progress, self.since, self.overdue) = (Progress::of(view), view.now, false);
    }

    /// What `syncDeployment` does.
    pub(super) fn step(&mut self, strategy: Strategy, deadline: Span, view: &mut View<'_>) -> Step {
        let deployment = Deployment { replicas: view.replicas.into(), strategy };
        for (set, version) in self.sets.iter_mut().zip(view.versions.iter()) {
            (set.replicas, set.available) = (version.replicas.into(), version.available.into());
            if set.scaled_for.is_none() {
                set.scaled_for =
                    Some((deployment.replicas, deployment.replicas + deployment.surge()));
            }
        }
        let progress = Progress::of(view);
        if progress.is_beyond(self.progress) {
            (self.since, self.overdue) = (view.now, false);
        }
        self.progress = progress;
        if self.moves(deployment, view) {
            for (version, set) in view.versions.iter_mut().zip(&self.sets) {
                version.replicas = u32::try_from(set.replicas).unwrap_or(0);
            }
            return Step::Changed;
        }
        let new = *view.newest_version();
        let all = new.replicas == view.replicas && new.available == view.replicas;
        if all && view.old(|version| version.replicas) == 0 {
            return Step::Done;
        }
        let due = self.since.plus(deadline);
        if self.overdue {
            return Step::Waits(None);
        }
        if view.now < due {
            return Step::Waits(Some(due));
        }
        self.overdue = true;
        Step::Failed(After::GoesOn)
    }

    /// Whether sets shall have other numbers of replicas than before.
    fn moves(&mut self, deployment: Deployment, view: &View<'_>) -> bool {
        let replicas =
            |sets: &[ReplicaSet]| -> Vec<i64> { sets.iter().map(|set| set.replicas).collect() };
        let before = replicas(&self.sets);
        if deployment.was_scaled(&self.sets) {
            deployment.scale(&mut self.sets, view.newest, before.iter().sum());
            if replicas(&self.sets) != before {
                return true;
            }
        }
        let old = view.old(|version| version.replicas);
        if deployment.strategy == Strategy::Recreate
            && old == 0
            && view.old(|version| version.going) > 0
        {
            // Pods of old templates still run (`oldPodsRunning`).
            return false;
        }
        deployment.roll(&mut self.sets, view.newest) && replicas(&self.sets) != before
    }
}
