//! What is told of a cluster while a run goes on: what was decided and what happened on it, and how its services and
//! nodes stand. Where nobody listens, a decision costs one comparison.

use std::collections::BTreeSet;

use super::pods::Work;
use super::spec::{NodeId, PodId};
use super::watch::node_name;
use super::{Context, Event, Orchestrator};
use crate::kernel::{Agenda, Time};
use crate::model::ApplicationId;

/// Something that was decided or happened on a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterEvent {
    /// When.
    pub time: Time,
    /// What.
    pub what: What,
    /// The service, or version of it, whose pods it is about.
    pub service: Option<String>,
    /// The pod that it is about, `SERVICE-N` with N from 0 on.
    pub pod: Option<String>,
    /// The node that it is about, or that of the pod.
    pub node: Option<String>,
    /// How many replicas there were to be until now, and how many there shall be, if that is what was decided.
    pub replicas: Option<[u32; 2]>,
    /// Why, in a word or a few; empty if that goes without saying.
    pub why: &'static str,
}

/// What was decided or happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// An autoscaler has changed how many replicas there shall be.
    Scaled,
    /// A node was ordered.
    NodeOrdered,
    /// A node that was ordered is there.
    NodeReady,
    /// A node that was ordered is not waited for any longer.
    NodeWithdrawn,
    /// A node is to go as soon as its pods have gone.
    NodeDrained,
    /// A node is gone.
    NodeRemoved,
    /// There is notice that a node will be taken away.
    NodeNoticed,
    /// A node has failed, of which nobody knows yet.
    NodeFailed,
    /// It was found that a node has failed.
    NodeLost,
    /// A node works and is heard of again.
    NodeBack,
    /// Fewer managers are reached than have to agree.
    QuorumLost,
    /// Enough of them are reached again.
    QuorumBack,
    /// A manager leads that did not before.
    LeaderElected,
    /// A replica has found no node when it came.
    PodPending,
    /// A pod has to leave its node.
    PodEvicted,
    /// Another pod takes the place of a replica whose containers have failed.
    PodReplaced,
    /// The containers of a replica have ended, or could not be started.
    ContainerEnded,
    /// The containers of a replica start again in their pod.
    ContainerRestarted,
}

impl What {
    /// What it is called in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scaled => "scaled",
            Self::NodeOrdered => "node_ordered",
            Self::NodeReady => "node_ready",
            Self::NodeWithdrawn => "node_withdrawn",
            Self::NodeDrained => "node_drained",
            Self::NodeRemoved => "node_removed",
            Self::NodeNoticed => "node_noticed",
            Self::NodeFailed => "node_failed",
            Self::NodeLost => "node_lost",
            Self::NodeBack => "node_back",
            Self::QuorumLost => "quorum_lost",
            Self::QuorumBack => "quorum_back",
            Self::LeaderElected => "leader_elected",
            Self::PodPending => "pod_pending",
            Self::PodEvicted => "pod_evicted",
            Self::PodReplaced => "pod_replaced",
            Self::ContainerEnded => "container_ended",
            Self::ContainerRestarted => "container_restarted",
        }
    }
}

/// Why the containers of a replica have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// They have done their work.
    Done,
    /// They have crashed.
    Crashed,
    /// They could not start.
    BadStart,
    /// They used more memory than there is for them.
    Memory,
    /// A check has found that they must be started again.
    Unhealthy,
}

impl Ended {
    fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Crashed => "crashed",
            Self::BadStart => "start failed",
            Self::Memory => "out of memory",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// How a service with replicas, or a version of it, stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLevels {
    /// Its name.
    pub service: String,
    /// How many replicas there shall be.
    pub wanted: u64,
    /// Of those that stay: how many are ready.
    pub ready: u64,
    /// How many are on a node and not ready.
    pub unready: u64,
    /// How many have no node.
    pub pending: u64,
    /// How many are to go and have not gone yet.
    pub stopping: u64,
    /// What happened to them since they were told last.
    pub counts: Counts,
}

/// What happened to the pods of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Their containers were started again, or they were replaced for those.
    pub restarts: u64,
    /// Their containers have failed.
    pub failures: u64,
    /// They had to leave their nodes.
    pub evictions: u64,
}

/// How the nodes of a cluster stand, and the pods that have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClusterLevels {
    /// Nodes that are there, whether they work or not; `None` where pods have machines of their own.
    pub nodes: Option<u64>,
    /// Nodes that were ordered and are not there yet.
    pub booting: Option<u64>,
    /// Of those that are there, how many do not work or are not heard of.
    pub failed: Option<u64>,
    /// Pods that have no node.
    pub pending: u64,
}

/// What has not been told yet.
#[derive(Debug)]
pub(super) struct Chronicle {
    events: Vec<ClusterEvent>,
    /// By application.
    counts: Vec<Counts>,
    /// Of which pods it was told at which time that they have found no node, by their numbers among all.
    pending: (Time, BTreeSet<u64>),
}

impl Orchestrator {
    /// From now on keeps what is decided and happens, until it is taken.
    pub fn keep_events(&mut self) {
        let counts = vec![Counts::default(); self.spec.pods.len()];
        let pending = (Time::ZERO, BTreeSet::new());
        self.chronicle = Some(Box::new(Chronicle { events: Vec::new(), counts, pending }));
    }

    /// Takes what was decided and happened since this was asked last.
    pub fn take_events(&mut self) -> Vec<ClusterEvent> {
        self.chronicle.as_mut().map_or_else(Vec::new, |kept| std::mem::take(&mut kept.events))
    }

    /// How its nodes stand.
    pub fn levels(&self) -> ClusterLevels {
        let pending = self.of_cluster.pending.value();
        if self.of_cluster.serverless {
            return ClusterLevels { pending, ..ClusterLevels::default() };
        }
        let there = || self.cluster.present().filter(|node| !self.is_taken(node.id));
        let failed = there().filter(|node| !self.is_up(node.id)).count();
        ClusterLevels {
            nodes: Some(there().count() as u64),
            booting: Some(self.nodes_ordered() as u64),
            failed: Some(failed as u64),
            pending,
        }
    }

    /// How its services stand that have replicas, but for versions that nobody has seen yet; what happened since this was
    /// asked last.
    pub fn take_services(&mut self, now: Time) -> Vec<ServiceLevels> {
        let Some(mut kept) = self.chronicle.take() else { return Vec::new() };
        let numbers = 0..self.spec.pods.len();
        let seen = numbers.filter(|&of| !self.spec.pods[of].waits || self.numbers[of] > 0);
        let levels = |of: usize| self.service_levels(of, std::mem::take(&mut kept.counts[of]), now);
        let levels = seen.filter_map(levels).collect();
        self.chronicle = Some(kept);
        levels
    }

    fn service_levels(&self, number: usize, counts: Counts, now: Time) -> Option<ServiceLevels> {
        let deployment = self.deployments[number].as_ref()?;
        let pods = &deployment.pods;
        let pending = pods.iter().filter(|pod| self.cluster.pod(**pod).node.is_none()).count();
        let ready = pods.iter().filter(|pod| self.ready_since(**pod) <= now).count();
        let is_daemon = deployment.daemons.is_some();
        Some(ServiceLevels {
            service: self.spec.pods[number].name.clone(),
            wanted: if is_daemon { pods.len() as u64 } else { deployment.desired.into() },
            ready: ready as u64,
            unready: (pods.len() - ready - pending) as u64,
            pending: pending as u64,
            stopping: deployment.going.into(),
            counts,
        })
    }

    /// The autoscaler of a service has changed how many replicas there shall be.
    pub(super) fn tell_scaling(
        &mut self,
        application: ApplicationId,
        replicas: [u32; 2],
        (why, time): (&'static str, Time),
    ) {
        if let Some(kept) = &mut self.chronicle {
            let service = Some(self.spec.pods[application.index()].name.clone());
            let (what, replicas) = (What::Scaled, Some(replicas));
            kept.events.push(ClusterEvent {
                time,
                what,
                service,
                pod: None,
                node: None,
                replicas,
                why,
            });
        }
    }

    /// Something has happened to a node, or was decided of it.
    pub(super) fn tell_node(&mut self, node: NodeId, what: What, why: &'static str, time: Time) {
        if self.chronicle.is_some() {
            let node = Some(node_name(&self.cluster, node));
            self.tell_of_cluster(node, what, why, time);
        }
    }

    /// Something has happened to the cluster as a whole, or to a node.
    pub(super) fn tell_of_cluster(
        &mut self,
        node: Option<String>,
        what: What,
        why: &'static str,
        time: Time,
    ) {
        if let Some(kept) = &mut self.chronicle {
            kept.events.push(ClusterEvent {
                time,
                what,
                service: None,
                pod: None,
                node,
                replicas: None,
                why,
            });
        }
    }

    /// Something has happened to a pod, or was decided of it.
    #[inline(never)]
    pub(super) fn tell_pod(&mut self, pod: PodId, what: What, why: &'static str, time: Time) {
        let (Some(kept), Some(row)) = (&mut self.chronicle, self.rows.get(pod)) else { return };
        let counts = &mut kept.counts[row.application.index()];
        match what {
            What::ContainerRestarted | What::PodReplaced => counts.restarts += 1,
            What::ContainerEnded if why != Ended::Done.word() => counts.failures += 1,
            What::PodEvicted => counts.evictions += 1,
            _ => {}
        }
        let name = &self.spec.pods[row.application.index()].name;
        let node = self.cluster.pod(pod).node.filter(|_| self.spec.serverless.is_none());
        kept.events.push(ClusterEvent {
            time,
            what,
            service: Some(name.clone()),
            pod: Some(format!("{name}-{}", row.number)),
            node: node.map(|node| node_name(&self.cluster, node)),
            replicas: None,
            why,
        });
    }

    /// The containers of a replica have ended.
    pub(super) fn tell_end(&mut self, pod: PodId, ended: Ended, time: Time) {
        self.tell_pod(pod, What::ContainerEnded, ended.word(), time);
    }

    /// A pod has found no node: that is told once of a replica that has just come.
    pub(super) fn tell_pending<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &Context<'_, A>) {
        let now = ctx.now();
        let (Some(kept), Some(row)) = (&mut self.chronicle, self.rows.get(pod)) else { return };
        if row.since != now || !matches!(row.work, Work::Replica(_)) {
            return;
        }
        if kept.pending.0 != now {
            kept.pending = (now, BTreeSet::new());
        }
        if kept.pending.1.insert(row.came) {
            self.tell_pod(pod, What::PodPending, "no node takes it", now);
        }
    }
}
