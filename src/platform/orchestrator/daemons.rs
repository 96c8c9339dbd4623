//! Daemon sets: services of which one replica runs on each node that takes it.
//!
//! Such a replica is for its node and no other: no score has a say in it, and it waits for room there alone. It comes with the
//! node, before other pods do, and goes with it, after them. Room is no matter of whether a node takes it, taints and what the
//! pod asks of nodes are (`pkg/controller/daemon`, `NodeShouldRunDaemonPod`).

use super::Orchestrator;
use super::pods::Work;
use super::replicas::replica;
use super::spec::{Event, NodeId, PodId};
use crate::kernel::{Agenda, Time};
use crate::model::ApplicationId;
use crate::platform::Context;
use crate::policy::orchestration::kubernetes::filter::Verdict;
use crate::policy::orchestration::kubernetes::{Leaving, Names, Pod};

impl Orchestrator {
    /// Whether a pod is of a daemon set.
    pub(super) fn is_daemon(&self, pod: PodId) -> bool {
        self.cluster.template_of(pod).daemon
    }

    /// The only node that a pod is for, if it is of a daemon set.
    pub(super) fn pinned(&self, pod: PodId) -> Option<NodeId> {
        match &self.rows.get(pod)?.work {
            Work::Replica(replica) => replica.pinned,
            Work::Job { .. } => None,
        }
    }

    /// Daemons are on their nodes from the start, before other pods come.
    pub(super) fn start_daemons<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        for number in 0..self.deployments.len() {
            if self.deployments[number].as_ref().is_some_and(|of| of.daemons.is_some()) {
                self.reconcile_daemons(ApplicationId::from_index(number), ctx);
            }
        }
        self.turns(ctx);
    }

    /// A node may take pods: each daemon set has a replica there, before other pods come.
    pub(super) fn daemons_come<A: Agenda<Event>>(
        &mut self,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        if self.cluster.daemons().is_empty() || !self.is_led() {
            return;
        }
        for number in 0..self.deployments.len() {
            self.daemon_comes(ApplicationId::from_index(number), node, ctx);
        }
        self.turns(ctx);
    }

    /// A daemon set has a replica on each node that takes it. Costs as much as there are nodes.
    pub(super) fn reconcile_daemons<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        for node in 0..self.cluster.nodes().len() {
            self.daemon_comes(application, NodeId::from_index(node), ctx);
        }
    }

    /// An application has a replica on a node, if it is a daemon set and the node takes it.
    fn daemon_comes<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        let deployment = self.deployments[application.index()].as_ref();
        let Some(daemons) = deployment.and_then(|of| of.daemons.as_ref()) else { return };
        let of = self.cluster.at(node);
        if daemons.contains_key(&node) || !of.is_present() || of.spec.unschedulable {
            return;
        }
        let template = self.spec.pods[application.index()].template;
        let trial = self.cluster.add_pod(Pod::new(template, Names::EMPTY));
        let fits = self.scheduler.fits(&self.cluster, trial, node);
        self.cluster.remove(trial);
        if matches!(fits, Err(rejection) if matches!(rejection.verdict, Verdict::Unresolvable(_))) {
            return;
        }
        let pod = self.submit(application, Work::Replica(Box::new(replica(Some(node)))), ctx.now());
        if let Some(deployment) = &mut self.deployments[application.index()] {
            deployment.desired += 1;
            deployment.daemons.get_or_insert_default().insert(node, pod);
        }
        self.count_replica(application, pod, ctx);
    }

    /// A node takes no pods any more: daemons that wait for room there are not wanted.
    pub(super) fn withdraw_daemons(&mut self, node: NodeId, now: Time) {
        for number in 0..self.deployments.len() {
            let daemons = self.deployments[number].as_ref().and_then(|of| of.daemons.as_ref());
            let pod = daemons.and_then(|daemons| daemons.get(&node)).copied();
            if let Some(pod) = pod.filter(|pod| self.cluster.pod(*pod).node.is_none()) {
                self.forget_replica(ApplicationId::from_index(number), pod);
                self.withdraw(pod, now);
            }
        }
    }

    /// A node that is to go has no pods but daemons: these are told to stop.
    pub(super) fn daemons_go<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        if !self.cluster.is_unused(node) {
            return;
        }
        for pod in self.pods_on(node) {
            if !self.cluster.pod(pod).leaving.is_leaving() {
                self.stop_replica(pod, Leaving::Deleted, ctx);
            }
        }
    }
}
