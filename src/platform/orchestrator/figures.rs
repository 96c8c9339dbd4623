//! What is measured of a cluster.

use crate::kernel::Time;
use crate::policy::orchestration::kubernetes::{Cluster, Resource, WHOLE};
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
    /// Pods evicted for others.
    pub preemptions: u64,
    /// Nodes that failed.
    pub node_failures: u64,
}

impl ClusterFigures {
    /// Of a cluster without pods.
    pub(super) fn new(cluster: &Cluster) -> Self {
        let sum = |resource| {
            let of = cluster.nodes().iter().map(|node| node.spec.allocatable.get(resource));
            of.map(|amount| u64::try_from(amount).unwrap_or(0)).sum::<u64>()
        };
        Self {
            nodes: cluster.nodes().len() as u64,
            cpu: Millicpu::new(sum(Resource::CPU)),
            memory: Bytes::new(sum(Resource::MEMORY)),
            gpus: cluster.nodes().iter().map(|node| u64::from(node.spec.gpus.count)).sum::<u64>()
                * WHOLE.cast_unsigned(),
            busy_gpus: Level::default(),
            preemptions: 0,
            node_failures: 0,
        }
    }

    /// Forgets the past.
    pub(super) fn restart(&mut self, now: Time) {
        self.busy_gpus.restart(now);
        self.preemptions = 0;
        self.node_failures = 0;
    }
}
