//! Pods of nodes that will be taken away: which is moved when.
//!
//! They are evicted one by one, as a node termination handler of Kubernetes does it: one that would leave too few of its disruption
//! budget stays, and is tried again until its node is gone. A service of ECS has replacements first, up to its maximum percent, and keeps
//! its minimum healthy percent.

use super::Orchestrator;
use super::chronicle::What;
use super::pods::Work;
use super::spec::{Event, NodeId, PodId};
use crate::kernel::{Agenda, Class, Span, Time};
use crate::model::ApplicationId;
use crate::platform::Context;
use crate::policy::orchestration::kubernetes::Leaving;

/// How long after a try those are tried again that had to stay. Of kubectl's drain and of node termination handlers from memory
/// (`kubectl drain`, evictions that are refused); of ECS it is not published, and a guess.
const AGAIN: Span = Span::from_secs(5);

impl Orchestrator {
    /// Moves the pods of a node that will be taken away, as far as they may be, but for daemons, which go with it.
    pub(super) fn drain<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        if self.healths[node.index()].noticed == 0 || self.is_taken(node) || !self.is_led() {
            return;
        }
        let mut pods = self.pods_on(node);
        pods.retain(|pod| !self.cluster.pod(*pod).leaving.is_leaving() && !self.is_daemon(*pod));
        let mut stays = false;
        for pod in pods {
            let application = self.rows.at(pod).application;
            if self.has_replicas(application) {
                // Others come first, where they do.
                self.reconcile(application, ctx);
            }
            if self.cluster.pod(pod).leaving.is_leaving() {
                continue;
            }
            if self.may_drain(pod, ctx.now()) {
                self.of_cluster.evictions += 1;
                self.tell_pod(pod, What::PodEvicted, "notice", ctx.now());
                self.move_away(pod, Leaving::Deleted, ctx);
            } else {
                stays = true;
            }
        }
        if stays {
            let again = ctx.now().plus(AGAIN);
            ctx.agenda.schedule(again, Class::Control, Event::Drains(self.number, node));
        }
        self.settle(ctx);
    }

    /// Whether a pod may go now whose node will be taken away: it serves nobody, or enough others do.
    fn may_drain(&self, pod: PodId, now: Time) -> bool {
        let Some(row) = self.rows.get(pod) else { return true };
        if !matches!(row.work, Work::Replica(_)) {
            return true;
        }
        let keeps_bounds = self.ready_since(pod) > now
            || self
                .drain_bounds(row.application)
                .is_none_or(|[least, _]| self.healthy(row.application, now) > u64::from(least));
        keeps_bounds && self.budgets_let_go(pod, now)
    }

    /// The fewest healthy replicas of an application while nodes are drained, and the most that there may be, where others come
    /// first; not in a rollout, which has its own.
    fn drain_bounds(&self, application: ApplicationId) -> Option<[u32; 2]> {
        let desired = self.deployments[application.index()].as_ref()?.desired;
        let of = self.spec.pods[application.index()].replicas.as_ref()?;
        let bounds = of.rollout.drains_between(desired)?;
        self.rollout_of(application).is_none().then_some(bounds)
    }

    /// How many replicas of an application there are to be now: for those on nodes that will be taken away others come first, where
    /// they do.
    pub(super) fn wanted(&self, application: ApplicationId) -> usize {
        let Some(deployment) = &self.deployments[application.index()] else { return 0 };
        let desired = deployment.desired as usize;
        let Some([_, most]) = self.drain_bounds(application) else { return desired };
        let doomed = deployment.pods.iter().filter(|pod| self.is_doomed(**pod)).count();
        (desired + doomed).min(desired.max(most as usize))
    }

    /// Whether the node of a pod will be taken away.
    pub(super) fn is_doomed(&self, pod: PodId) -> bool {
        let node = self.cluster.pod(pod).node;
        node.is_some_and(|node| self.healths[node.index()].noticed > 0)
    }
}
