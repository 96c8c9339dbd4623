//! What is measured of a cluster.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::faults::{FaultKind, FaultSpec};
use super::spec::{NodeId, OrchestratorSpec, PodSpec};
use crate::kernel::Time;
use crate::policy::node_autoscaling::Group;
use crate::policy::orchestration::kubernetes::{Cluster, Node, Resource, WHOLE};
use crate::quantity::{Bytes, Millicpu};
use crate::stats::{Histogram, LastingLevel, Level, Moments};

/// What a cluster has, and what was measured since the start or the end of the warm-up.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each says whether something is told at all")]
pub struct ClusterFigures {
    /// Whether pods have machines of their own, so that there are no nodes to be measured.
    pub serverless: bool,
    /// Nodes that are always there.
    pub nodes: u64,
    /// CPU of these that pods can have.
    pub cpu: Millicpu,
    /// Memory of these that pods can have.
    pub memory: Bytes,
    /// GPUs of these, in thousandths.
    pub gpus: u64,
    /// Nodes that come and go, or may be taken away, if any do: how many are there, and what pods can have of them, as above.
    pub varying: Option<[Level; 4]>,
    /// Nodes ordered, and nodes that went or were not waited for any longer.
    pub node_starts: u64,
    /// See above.
    pub node_removals: u64,
    /// How long pods waited for a node.
    pub pod_waiting: Histogram,
    /// What pods have of them.
    pub busy_gpus: Level,
    /// CPU and memory that nobody has, on nodes where pods have no room: in millicpu and bytes.
    pub stranded: [Level; 2],
    /// What is stranded of each node.
    by_node: Vec<[u64; 2]>,
    /// The kinds of pods by what they ask for: CPU, memory, how many there are of them.
    kinds: Vec<([i64; 2], u64)>,
    /// Pods evicted for others.
    pub preemptions: u64,
    /// Nodes that failed.
    pub node_failures: u64,
    /// Containers that were started again after they had ended, or whose pod was replaced.
    pub restarts: u64,
    /// Replicas that were killed because they used more memory than they may.
    pub oom_kills: u64,
    /// Pods that had to leave their node because it was given up, taken away, let go or short of memory.
    pub evictions: u64,
    /// How long it took from each failure of a replica until no request went to it any more.
    pub detection: Moments,
    /// How long it took from each failure that left too few replicas of a service until enough served.
    pub recovery: Moments,
    /// Pods that have no node.
    pub pending: LastingLevel,
    /// One while no manager leads, if there are managers.
    pub leaderless: Level,
    /// Whether there are.
    pub has_managers: bool,
    /// Whether containers may have to be started again.
    pub containers_fail: bool,
    /// Whether nodes may fail.
    pub nodes_fail: bool,
    /// Whether pods may have to leave their nodes.
    pub pods_leave: bool,
    /// Whether replicas may be killed for their memory.
    pub counts_memory: bool,
}

/// What is stranded.
const RESOURCES: [Resource; 2] = [Resource::CPU, Resource::MEMORY];

/// So many kinds of pods are looked at, the most frequent ones: each change costs as many comparisons.
const MOST_KINDS: usize = 64;

/// The most frequent kinds of the pods of a cluster, by CPU and memory.
fn kinds(cluster: &Cluster) -> Vec<([i64; 2], u64)> {
    let mut counts: BTreeMap<[i64; 2], u64> = BTreeMap::new();
    for template in cluster.templates() {
        let asked = RESOURCES.map(|resource| template.request.get(resource));
        *counts.entry(asked).or_default() += template.weight;
    }
    let mut kinds: Vec<([i64; 2], u64)> = counts.into_iter().collect();
    kinds.sort_by_key(|&(asked, count)| (Reverse(count), asked));
    kinds.truncate(MOST_KINDS);
    kinds
}

/// What a node adds to: nodes, CPU, memory, GPUs.
fn amounts(node: &Node) -> [u64; 4] {
    let amount = |resource| u64::try_from(node.spec.allocatable.get(resource)).unwrap_or(0);
    let [cpu, memory] = RESOURCES.map(amount);
    [1, cpu, memory, u64::from(node.spec.gpus.count) * WHOLE.cast_unsigned()]
}

impl ClusterFigures {
    /// Of a cluster without pods, of which nodes in these groups come and go, and others may be taken away by these faults.
    pub(super) fn new(cluster: &Cluster, groups: &[Group], faults: &[FaultSpec]) -> Self {
        let spot = faults.iter().filter(|fault| fault.kind == FaultKind::Spot);
        let taken: BTreeSet<NodeId> = spot.flat_map(|fault| &fault.nodes).copied().collect();
        let varies = |node: &Node| {
            taken.contains(&node.id)
                || groups.iter().any(|group| group.slots.contains(&node.id.index()))
        };
        let mut fixed = [0; 4];
        for node in cluster.nodes().iter().filter(|node| !varies(node)) {
            for (sum, amount) in fixed.iter_mut().zip(amounts(node)) {
                *sum += amount;
            }
        }
        let [nodes, cpu, memory, gpus] = fixed;
        let mut figures = Self {
            nodes,
            cpu: Millicpu::new(cpu),
            memory: Bytes::new(memory),
            gpus,
            varying: (!groups.is_empty() || !taken.is_empty()).then(Default::default),
            by_node: vec![[0; 2]; cluster.nodes().len()],
            kinds: kinds(cluster),
            ..Self::default()
        };
        for node in cluster.present() {
            if varies(node) {
                figures.node_comes(node, Time::ZERO);
            } else {
                figures.changed(node, Time::ZERO);
            }
        }
        figures
    }

    /// Notes what may go wrong on a cluster.
    pub(super) fn may_fail(self, spec: &OrchestratorSpec) -> Self {
        let ends = |pod: &PodSpec| {
            let replicas = pod.replicas.as_ref();
            replicas.is_some_and(|of| {
                of.bad_start.is_some()
                    || of.liveness.is_some()
                    || of.startup.is_some()
                    || of.memory.is_some()
            })
        };
        let is_boundless = |pod: &PodSpec| {
            let memory = pod.replicas.as_ref().and_then(|of| of.memory);
            memory.is_some_and(|memory| memory.limit.is_none())
        };
        let nodes_fail = spec.faults.iter().any(|fault| !fault.nodes.is_empty());
        Self {
            pods_leave: nodes_fail
                || spec.provisioning.is_some()
                || spec.pressure.is_some() && spec.pods.iter().any(is_boundless),
            containers_fail: spec.pods.iter().any(ends)
                || spec.faults.iter().any(|fault| !fault.applications.is_empty()),
            counts_memory: spec.pods.iter().any(PodSpec::counts_memory),
            serverless: spec.serverless.is_some(),
            nodes_fail,
            has_managers: spec.quorum.is_some(),
            ..self
        }
    }

    /// Whether nodes have GPUs.
    pub fn has_gpus(&self) -> bool {
        self.gpus > 0 || self.varying.is_some_and(|[.., gpus]| gpus.max() > 0)
    }

    /// A node comes.
    pub(super) fn node_comes(&mut self, node: &Node, now: Time) {
        for (level, amount) in self.varying.iter_mut().flatten().zip(amounts(node)) {
            level.add(now, amount);
        }
        self.changed(node, now);
    }

    /// A node without pods goes.
    pub(super) fn node_goes(&mut self, node: &Node, now: Time) {
        for (level, amount) in self.varying.iter_mut().flatten().zip(amounts(node)) {
            level.sub(now, amount);
        }
        let before = std::mem::take(&mut self.by_node[node.id.index()]);
        for (level, before) in self.stranded.iter_mut().zip(before) {
            level.sub(now, before);
        }
    }

    /// A node is there, or a pod has come to it or left it: what is free there is stranded as far as pods of the workload have
    /// no room, by how many there are of each kind.
    pub(super) fn changed(&mut self, node: &Node, now: Time) {
        let free = RESOURCES.map(|resource| {
            node.spec.allocatable.get(resource) - node.load.requested().get(resource)
        });
        let full = node.load.pods().len() >= node.spec.most_pods;
        let without = |(asked, count): &([i64; 2], u64)| {
            let fits = !full && asked.iter().zip(free).all(|(asked, free)| *asked <= free);
            if fits { 0 } else { *count }
        };
        let all: u64 = self.kinds.iter().map(|(_, count)| count).sum();
        let without: u64 = self.kinds.iter().map(without).sum();
        let before = &mut self.by_node[node.id.index()];
        for ((level, before), free) in self.stranded.iter_mut().zip(before).zip(free) {
            let free = u128::from(u64::try_from(free).unwrap_or(0));
            let stranded = (free * u128::from(without) / u128::from(all.max(1))) as u64;
            level.set(now, level.value() - *before + stranded);
            *before = stranded;
        }
    }

    /// Forgets the past.
    pub(super) fn restart(&mut self, now: Time) {
        self.busy_gpus.restart(now);
        self.stranded.iter_mut().for_each(|level| level.restart(now));
        self.varying.iter_mut().flatten().for_each(|level| level.restart(now));
        (self.preemptions, self.node_failures) = (0, 0);
        (self.node_starts, self.node_removals) = (0, 0);
        self.pod_waiting = Histogram::default();
        (self.restarts, self.oom_kills, self.evictions) = (0, 0, 0);
        (self.detection, self.recovery) = (Moments::default(), Moments::default());
        self.pending.restart(now);
        self.leaderless.restart(now);
    }
}
