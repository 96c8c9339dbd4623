//! What is observed of hosts, and of the nodes of clusters.

use super::platform::{Area, either, since};
use crate::kernel::{Span, Time};
use crate::platform::fleet::Fleet;
use crate::platform::orchestrator::ClusterFigures;
use crate::stats::Histogram;

/// The hosts of a platform: those that are always there, and those that come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostFigures {
    /// How many are always there.
    pub hosts: u64,
    /// Their memory together, in bytes.
    pub memory: u64,
    /// Their CPU together, in millicpu.
    pub cpu: u64,
    /// Their GPUs together, in thousandths.
    pub gpus: u64,
    /// Those that come and go.
    pub varying: Option<VaryingHosts>,
}

/// Hosts that come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VaryingHosts {
    /// How many there are.
    pub hosts: Area,
    /// Their memory together, in bytes.
    pub memory: Area,
    /// Their CPU together, in millicpu.
    pub cpu: Area,
    /// Their GPUs together, in thousandths.
    pub gpus: Area,
    /// These at the end.
    pub gpus_at_end: u64,
}

impl VaryingHosts {
    fn since(self, earlier: Self) -> Self {
        Self {
            hosts: self.hosts.since(earlier.hosts),
            memory: self.memory.since(earlier.memory),
            cpu: self.cpu.since(earlier.cpu),
            gpus: self.gpus.since(earlier.gpus),
            gpus_at_end: self.gpus_at_end,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            hosts: self.hosts.plus(other.hosts),
            memory: self.memory.plus(other.memory),
            cpu: self.cpu.plus(other.cpu),
            gpus: self.gpus.plus(other.gpus),
            gpus_at_end: self.gpus_at_end + other.gpus_at_end,
        }
    }
}

impl HostFigures {
    /// The hosts of a fleet, if they are limited.
    pub(super) fn of(fleet: &Fleet) -> Option<Self> {
        fleet.capacity().map(|(memory, cpu)| Self {
            hosts: fleet.host_count() as u64,
            memory: memory.get(),
            cpu: cpu.get(),
            gpus: 0,
            varying: None,
        })
    }

    /// The nodes of a cluster.
    pub(super) fn of_nodes(cluster: &ClusterFigures, end: Time) -> Self {
        let varying = |[hosts, cpu, memory, gpus]: &[crate::stats::Level; 4]| VaryingHosts {
            hosts: Area::of(hosts, end),
            memory: Area::of(memory, end),
            cpu: Area::of(cpu, end),
            gpus: Area::of(gpus, end),
            gpus_at_end: gpus.value(),
        };
        let &ClusterFigures { nodes, cpu, memory, gpus, .. } = cluster;
        let varying = cluster.varying.as_ref().map(varying);
        Self { hosts: nodes, memory: memory.get(), cpu: cpu.get(), gpus, varying }
    }

    /// The mean of what is always there and what comes and goes.
    fn mean(&self, fixed: u64, of: fn(&VaryingHosts) -> Area, time: Span) -> Option<f64> {
        match &self.varying {
            None => Some(fixed as f64),
            Some(varying) => Some(fixed as f64 + of(varying).mean(time)?),
        }
    }

    /// Hosts, on average over `time`; `None` over no time if they come and go.
    pub fn hosts_mean(&self, time: Span) -> Option<f64> {
        self.mean(self.hosts, |varying| varying.hosts, time)
    }

    /// The most hosts at once; `None` for several platforms together whose hosts come and go.
    pub fn hosts_max(&self) -> Option<u64> {
        self.varying.as_ref().map_or(Some(0), |varying| varying.hosts.max).map(|n| n + self.hosts)
    }

    /// Their memory in bytes, on average.
    pub fn memory_mean(&self, time: Span) -> Option<f64> {
        self.mean(self.memory, |varying| varying.memory, time)
    }

    /// Their CPU in millicpu, on average.
    pub fn cpu_mean(&self, time: Span) -> Option<f64> {
        self.mean(self.cpu, |varying| varying.cpu, time)
    }

    /// Their GPUs in thousandths, on average.
    pub fn gpus_mean(&self, time: Span) -> Option<f64> {
        self.mean(self.gpus, |varying| varying.gpus, time)
    }

    /// Their GPUs in thousandths, at the end.
    pub fn gpus_at_end(&self) -> u64 {
        self.gpus + self.varying.map_or(0, |varying| varying.gpus_at_end)
    }

    pub(super) fn since(self, earlier: Self) -> Self {
        Self { varying: since(self.varying, earlier.varying, VaryingHosts::since), ..self }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            hosts: self.hosts + other.hosts,
            memory: self.memory + other.memory,
            cpu: self.cpu + other.cpu,
            gpus: self.gpus + other.gpus,
            varying: either(self.varying, other.varying, VaryingHosts::plus),
        }
    }
}

/// Nodes that came and went, and who waited for them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeFigures {
    /// Nodes ordered.
    pub starts: u64,
    /// Nodes that went, or were not waited for any longer.
    pub removals: u64,
    /// How long pods waited for a node.
    pub pod_waiting: Histogram,
}

impl NodeFigures {
    pub(super) fn of(cluster: &ClusterFigures) -> Self {
        Self {
            starts: cluster.node_starts,
            removals: cluster.node_removals,
            pod_waiting: cluster.pod_waiting.clone(),
        }
    }

    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self {
            starts: self.starts - earlier.starts,
            removals: self.removals - earlier.removals,
            pod_waiting: self.pod_waiting.since(&earlier.pod_waiting),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.starts += other.starts;
        self.removals += other.removals;
        self.pod_waiting.merge(&other.pod_waiting);
    }
}
