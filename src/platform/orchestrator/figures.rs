//! What is measured of a cluster.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::kernel::Time;
use crate::policy::orchestration::kubernetes::{Cluster, Node, Resource, WHOLE};
use crate::quantity::{Bytes, Millicpu};
use crate::stats::Level;

/// What a cluster has, and what was measured since the start or the end of the warm-up.
#[derive(Clone, Debug, Default)]
pub struct ClusterFigures {
    /// Nodes.
    pub nodes: u64,
    /// CPU of all nodes that pods can have.
    pub cpu: Millicpu,
    /// Memory of all nodes that pods can have.
    pub memory: Bytes,
    /// GPUs of all nodes, in thousandths.
    pub gpus: u64,
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

impl ClusterFigures {
    /// Of a cluster without pods.
    pub(super) fn new(cluster: &Cluster) -> Self {
        let sum = |resource| {
            let of = cluster.nodes().iter().map(|node| node.spec.allocatable.get(resource));
            of.map(|amount| u64::try_from(amount).unwrap_or(0)).sum::<u64>()
        };
        let mut figures = Self {
            nodes: cluster.nodes().len() as u64,
            cpu: Millicpu::new(sum(Resource::CPU)),
            memory: Bytes::new(sum(Resource::MEMORY)),
            gpus: cluster.nodes().iter().map(|node| u64::from(node.spec.gpus.count)).sum::<u64>()
                * WHOLE.cast_unsigned(),
            busy_gpus: Level::default(),
            stranded: [Level::default(), Level::default()],
            by_node: vec![[0; 2]; cluster.nodes().len()],
            kinds: kinds(cluster),
            preemptions: 0,
            node_failures: 0,
        };
        for node in cluster.nodes() {
            figures.changed(node, Time::ZERO);
        }
        figures
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
        self.preemptions = 0;
        self.node_failures = 0;
    }
}
