//! What a rollout sees of the replicas of each version.

use super::Orchestrator;
use super::pods::{NEVER, Work};
use crate::kernel::Time;
use crate::model::ApplicationId;
use crate::platform::{Outbox, Signal};
use crate::policy::rollout::Version;

impl Orchestrator {
    /// What is seen of versions, and when something of it changes by itself.
    pub(super) fn seen(&self, number: usize, now: Time) -> (Vec<Version>, Time) {
        let versions = &self.versions[number];
        let min_ready = versions.policy.min_ready();
        let mut next = NEVER;
        let of = |application: &ApplicationId| {
            let Some(deployment) = &self.deployments[application.index()] else {
                return Version::default();
            };
            let mut version = Version {
                replicas: deployment.desired,
                going: deployment.going,
                ..Version::default()
            };
            for pod in &deployment.pods {
                let ready = self.ready_since(*pod);
                let available = ready.plus(min_ready);
                version.ready += u32::from(ready <= now);
                version.available += u32::from(available <= now);
                next = [ready, available].into_iter().filter(|at| *at > now).fold(next, Time::min);
            }
            version
        };
        (versions.applications.iter().map(of).collect(), next)
    }

    /// From when on requests go to replicas of the newest version that are ready now, and to none of the others, as far as
    /// that is known.
    pub(super) fn requests_follow(&self, number: usize, now: Time) -> Time {
        let versions = &self.versions[number];
        let newest = versions.applications[versions.newest];
        let all = versions.applications.iter().filter_map(|&of| {
            self.deployments[of.index()].as_ref().map(|deployment| (of == newest, deployment))
        });
        let times = all.flat_map(|(is_newest, deployment)| {
            let pods = if is_newest { &deployment.pods } else { &deployment.endpoints };
            pods.iter().filter_map(move |&pod| match &self.rows.get(pod)?.work {
                Work::Replica(of) => Some(if is_newest { of.joins } else { of.leaves }),
                Work::Job { .. } => None,
            })
        });
        times.filter(|at| *at < NEVER).fold(now, Time::max)
    }

    /// Requests go to other replicas of an application: where they go to those of the newest version only, and no more shall
    /// come of the others, that is told.
    pub(super) fn look_whether_shifted(&mut self, application: ApplicationId, outbox: &mut Outbox) {
        let Some(number) = self.rollout_of(application) else { return };
        let versions = &self.versions[number];
        let newest = versions.applications[versions.newest];
        let has_shifted = |of: &ApplicationId| {
            self.deployments[of.index()].as_ref().is_none_or(|deployment| {
                let has_none = deployment.endpoints.is_empty();
                if *of == newest { !has_none } else { has_none && deployment.desired == 0 }
            })
        };
        if versions.shifted || !versions.applications.iter().all(has_shifted) {
            return;
        }
        let new = versions.handover.new;
        outbox.push(if newest == new {
            Signal::Shifted(self.number, new)
        } else {
            Signal::ShiftedBack(self.number, new)
        });
        self.versions[number].shifted = true;
    }
}
