//! How long it takes until a failure is known, and until it is made good.

use super::Orchestrator;
use super::containers::State;
use super::pods::{NEVER, Work};
use super::spec::PodId;
use crate::kernel::Time;
use crate::model::ApplicationId;

impl Orchestrator {
    /// A replica serves nobody any more. If requests go to it, that is a failure which is to be found; if too few serve
    /// now, it is to be made good.
    pub(super) fn stops_serving(&mut self, pod: PodId, now: Time) {
        let application = self.rows.at(pod).application;
        let Some(replica) = self.rows.replica(pod).filter(|of| of.endpoint.is_some()) else {
            return;
        };
        if replica.containers.failed == NEVER {
            replica.containers.failed = now;
        }
        if self.lacks(application)
            && let Some(deployment) = &mut self.deployments[application.index()]
        {
            deployment.lacks_since = deployment.lacks_since.min(now);
        }
    }

    /// Requests to a replica are served again, before anybody knew that they were not.
    pub(super) fn serves_again(&mut self, pod: PodId, now: Time) {
        if let Some(replica) = self.rows.replica(pod) {
            replica.containers.failed = NEVER;
        }
        let application = self.rows.at(pod).application;
        self.look_whether_made_good(application, now);
    }

    /// No request goes to a replica any more: if it had failed, that is known now.
    pub(super) fn is_found(&mut self, pod: PodId, now: Time) {
        let Some(replica) = self.rows.replica(pod) else { return };
        let failed = std::mem::replace(&mut replica.containers.failed, NEVER);
        if failed < NEVER {
            self.of_cluster.detection.record(now - failed);
        }
    }

    /// No request goes any more to a replica whose node is or will be taken away: if too few serve without it, that is to be made good.
    pub(super) fn goes_with_its_node(&mut self, pod: PodId, now: Time) {
        let application = self.rows.at(pod).application;
        if self.is_doomed(pod)
            && self.lacks(application)
            && let Some(deployment) = &mut self.deployments[application.index()]
        {
            deployment.lacks_since = deployment.lacks_since.min(now);
        }
    }

    /// Looks whether as many replicas serve again as there shall be, if a failure left too few.
    pub(super) fn look_whether_made_good(&mut self, application: ApplicationId, now: Time) {
        let lacking = |of: &super::replicas::Deployment| of.lacks_since < NEVER;
        if !self.deployments[application.index()].as_ref().is_some_and(lacking)
            || self.lacks(application)
        {
            return;
        }
        if let Some(deployment) = &mut self.deployments[application.index()] {
            let since = std::mem::replace(&mut deployment.lacks_since, NEVER);
            // What others replace at the same instant is not missed.
            if since < now {
                self.of_cluster.recovery.record(now - since);
            }
        }
    }

    /// Whether fewer replicas serve than there shall be. Costs as much as there are.
    fn lacks(&self, application: ApplicationId) -> bool {
        let Some(deployment) = &self.deployments[application.index()] else { return false };
        let serves = |pod: &&PodId| {
            self.rows.get(**pod).is_some_and(|row| match &row.work {
                Work::Replica(replica) => {
                    let containers = &replica.containers;
                    containers.state == State::Working && containers.failed == NEVER
                }
                Work::Job { .. } => false,
            })
        };
        let serving = deployment.endpoints.iter().filter(serves).count();
        serving < deployment.desired as usize
    }
}
