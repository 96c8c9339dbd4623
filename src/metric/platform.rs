//! What is observed of platforms.

use super::hosts::{HostFigures, NodeFigures};
use super::{PodFigures, ServerFigures};
use crate::kernel::{Span, Time};
use crate::platform::Platform;
use crate::platform::faas::PhaseFigures;
use crate::platform::fleet::{Fleet, FleetFigures};
use crate::platform::orchestrator::ClusterFigures;
use crate::stats::Level;

/// The mean and the greatest value of something over the measured time, in parts that add up:
/// the area under it (value times nanoseconds) and its maximum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Value times nanoseconds.
    pub area: u128,
    /// The greatest value; `None` for a sum of several, whose maxima need not coincide.
    pub max: Option<u64>,
}

impl Area {
    /// Of a level at `end`.
    pub fn of(level: &Level, end: Time) -> Self {
        Self { area: level.area(end), max: Some(level.max()) }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { area: self.area + other.area, max: None }
    }

    /// The area since `earlier`; of the maximum nothing more is known than that of all.
    pub(super) fn since(self, earlier: Self) -> Self {
        Self { area: self.area - earlier.area, max: self.max }
    }

    /// The mean over `time`; `None` over no time.
    pub fn mean(&self, time: Span) -> Option<f64> {
        (time > Span::ZERO).then(|| self.area as f64 / time.as_nanos() as f64)
    }
}

/// Observations of the cores of machines that are rented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreFigures {
    /// Cores.
    pub cores: Area,
    /// Cores at work or held.
    pub busy: Area,
}

/// Observations of the instances of a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceFigures {
    /// Instances.
    pub instances: Area,
    /// Instances that were starting.
    pub starting: Area,
    /// Instances that served.
    pub busy: Area,
    /// Instances that were paused, and how often one resumed; `None` if none is ever paused.
    pub paused: Option<(Area, u64)>,
    /// Memory of all instances, in bytes.
    pub memory: Area,
    /// Memory of instances that were starting, in bytes.
    pub starting_memory: Area,
    /// Memory of instances that served, in bytes.
    pub busy_memory: Area,
    /// CPU reserved by instances that served, or used where they share it, in millicpu; `None` if neither is counted.
    pub busy_cpu: Option<Area>,
    /// What pods have of GPUs, in thousandths, where there are GPUs.
    pub busy_gpus: Option<Area>,
    /// Provisioned instances, if any application has them.
    pub provisioned: Option<ProvisionedFigures>,
    /// Instances started.
    pub starts: u64,
    /// Idle instances evicted.
    pub evictions: u64,
    /// Idle instances whose window ran out.
    pub expirations: u64,
    /// Idle instances that had lived for as long as they may.
    pub recycled: u64,
    /// Instances that went with their hosts; `None` where no host fails.
    pub lost: Option<u64>,
    /// Instances started ahead of requests.
    pub pre_warms: u64,
    /// Of those, the ones that went without having served.
    pub pre_warms_unused: u64,
    /// Requests for which no instance could be started when they came.
    pub unplaced: u64,
    /// Hosts, if they are limited.
    pub hosts: Option<HostFigures>,
}

/// Observations of provisioned instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvisionedFigures {
    /// Those that had started.
    pub instances: Area,
    /// Those of them that served.
    pub busy: Area,
    /// Requests that found none of them with room.
    pub spillover: u64,
}

impl ProvisionedFigures {
    fn since(self, earlier: Self) -> Self {
        Self {
            instances: self.instances.since(earlier.instances),
            busy: self.busy.since(earlier.busy),
            spillover: self.spillover - earlier.spillover,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            instances: self.instances.plus(other.instances),
            busy: self.busy.plus(other.busy),
            spillover: self.spillover + other.spillover,
        }
    }
}

/// Observations of one platform, or of several together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlatformFigures {
    /// Requests that waited.
    pub waiting: Area,
    /// Attempts whose service began.
    pub begun: u64,
    /// Its servers, if it has servers.
    pub servers: Option<ServerFigures>,
    /// Its cores, if its machines are rented.
    pub cores: Option<CoreFigures>,
    /// Its instances, if it has instances; rented machines are instances.
    pub instances: Option<InstanceFigures>,
    /// The phases of starts, if they have phases.
    pub phases: Option<Box<PhaseFigures>>,
    /// Its pods, if it is a cluster under an orchestrator.
    pub pods: Option<PodFigures>,
    /// Pods evicted for others, if it is a cluster under an orchestrator.
    pub preemptions: Option<u64>,
    /// Nodes of a cluster that failed, or servers, if these can.
    pub node_failures: Option<u64>,
    /// Hosts that failed, where any may.
    pub host_failures: Option<u64>,
    /// Instances, replicas and servers that were killed for their memory, where that is counted.
    pub oom_kills: Option<u64>,
    /// Nodes that came and went, and who waited for them, if it is one.
    pub nodes: Option<Box<NodeFigures>>,
    /// CPU and memory that are stranded there, in millicpu and bytes.
    pub stranded: Option<[Area; 2]>,
    /// What pods have of GPUs at the end, in thousandths, where there are GPUs.
    pub gpus_at_end: Option<u64>,
    /// The GPUs that lie idle in vain at the end, in thousandths, where there are GPUs.
    pub gpu_fragmentation: Option<f64>,
}

impl PlatformFigures {
    /// Of a platform at `end`.
    pub fn of(platform: &dyn Platform, end: Time) -> Self {
        Self {
            waiting: Area::of(platform.waiting(), end),
            begun: platform.begun(),
            servers: ServerFigures::of(platform, end),
            cores: platform.cores().map(|(cores, busy)| CoreFigures {
                cores: Area::of(cores, end),
                busy: Area::of(busy, end),
            }),
            instances: platform.figures().map(|figures| match platform.cluster() {
                Some(cluster) => InstanceFigures::of_pods(figures, cluster, end),
                None => InstanceFigures::of(figures, platform.fleet(), end),
            }),
            pods: platform.cluster().map(|cluster| PodFigures::of(cluster, end)),
            preemptions: platform.cluster().map(|cluster| cluster.preemptions),
            node_failures: platform
                .cluster()
                .map(|cluster| cluster.node_failures)
                .or(platform.group().map(|group| group.failures)),
            host_failures: platform
                .fleet()
                .filter(|fleet| fleet.faults())
                .map(|fleet| fleet.figures.host_failures),
            oom_kills: platform.oom_kills(),
            nodes: platform.cluster().map(|cluster| Box::new(NodeFigures::of(cluster))),
            stranded: platform
                .cluster()
                .map(|cluster| [0, 1].map(|which: usize| Area::of(&cluster.stranded[which], end))),
            gpus_at_end: platform
                .cluster()
                .filter(|cluster| cluster.has_gpus())
                .map(|cluster| cluster.busy_gpus.value()),
            gpu_fragmentation: platform.gpu_fragmentation(),
            phases: platform.phases().cloned().map(Box::new),
        }
    }

    /// Several platforms together.
    pub fn together(platforms: &[Self]) -> Self {
        platforms.iter().cloned().reduce(Self::plus).unwrap_or_default()
    }

    /// The observations since `earlier`, an earlier state of the same.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            waiting: self.waiting.since(earlier.waiting),
            begun: self.begun - earlier.begun,
            servers: since(self.servers, earlier.servers, ServerFigures::since),
            cores: since(self.cores, earlier.cores, |a, b| CoreFigures {
                cores: a.cores.since(b.cores),
                busy: a.busy.since(b.busy),
            }),
            instances: since(self.instances, earlier.instances, |a, b| a.since(&b)),
            phases: since(self.phases.clone(), earlier.phases.as_ref(), |a, b| {
                Box::new(a.since(b))
            }),
            pods: since(self.pods, earlier.pods, PodFigures::since),
            preemptions: since(self.preemptions, earlier.preemptions, |a, b| a - b),
            node_failures: since(self.node_failures, earlier.node_failures, |a, b| a - b),
            host_failures: since(self.host_failures, earlier.host_failures, |a, b| a - b),
            oom_kills: since(self.oom_kills, earlier.oom_kills, |a, b| a - b),
            nodes: since(self.nodes.clone(), earlier.nodes.as_ref(), |a, b| Box::new(a.since(b))),
            stranded: since(self.stranded, earlier.stranded, |[a, b], [c, d]| {
                [a.since(c), b.since(d)]
            }),
            gpus_at_end: self.gpus_at_end,
            gpu_fragmentation: self.gpu_fragmentation,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            waiting: self.waiting.plus(other.waiting),
            begun: self.begun + other.begun,
            servers: either(self.servers, other.servers, ServerFigures::plus),
            cores: either(self.cores, other.cores, |a, b| CoreFigures {
                cores: a.cores.plus(b.cores),
                busy: a.busy.plus(b.busy),
            }),
            instances: either(self.instances, other.instances, InstanceFigures::plus),
            phases: either(self.phases, other.phases, |mut a, b| {
                a.merge(&b);
                a
            }),
            pods: either(self.pods, other.pods, PodFigures::plus),
            preemptions: either(self.preemptions, other.preemptions, |a, b| a + b),
            node_failures: either(self.node_failures, other.node_failures, |a, b| a + b),
            host_failures: either(self.host_failures, other.host_failures, |a, b| a + b),
            oom_kills: either(self.oom_kills, other.oom_kills, |a, b| a + b),
            nodes: either(self.nodes, other.nodes, |mut a, b| {
                a.merge(&b);
                a
            }),
            stranded: either(self.stranded, other.stranded, |[a, b], [c, d]| {
                [a.plus(c), b.plus(d)]
            }),
            gpus_at_end: either(self.gpus_at_end, other.gpus_at_end, |a, b| a + b),
            gpu_fragmentation: either(self.gpu_fragmentation, other.gpu_fragmentation, |a, b| {
                a + b
            }),
        }
    }
}

impl InstanceFigures {
    /// Of instances; what only those of a `fleet` do is `None` for others.
    fn of(figures: &FleetFigures, fleet: Option<&Fleet>, end: Time) -> Self {
        let ever = |does: fn(&Fleet) -> bool| fleet.is_some_and(does);
        Self {
            instances: Area::of(&figures.instances, end),
            starting: Area::of(&figures.starting, end),
            busy: Area::of(&figures.busy, end),
            paused: ever(Fleet::pauses).then(|| (Area::of(&figures.paused, end), figures.resumes)),
            memory: Area::of(&figures.memory, end),
            starting_memory: Area::of(&figures.starting_memory, end),
            busy_memory: Area::of(&figures.busy_memory, end),
            busy_cpu: ever(Fleet::counts_cpu).then(|| Area::of(&figures.busy_cpu, end)),
            busy_gpus: None,
            provisioned: ever(Fleet::provisions).then(|| ProvisionedFigures {
                instances: Area::of(&figures.provisioned, end),
                busy: Area::of(&figures.busy_provisioned, end),
                spillover: figures.spillover,
            }),
            starts: figures.starts,
            evictions: figures.evictions,
            expirations: figures.expirations,
            recycled: figures.recycled,
            lost: fleet.filter(|fleet| fleet.faults()).map(|_| figures.lost),
            pre_warms: figures.pre_warms,
            pre_warms_unused: figures.pre_warms_unused,
            unplaced: figures.unplaced,
            hosts: fleet.and_then(HostFigures::of),
        }
    }

    /// Of pods, which are on the nodes of a cluster and share its CPU.
    fn of_pods(figures: &FleetFigures, cluster: &ClusterFigures, end: Time) -> Self {
        Self {
            busy_cpu: Some(Area::of(&figures.busy_cpu, end)),
            busy_gpus: cluster.has_gpus().then(|| Area::of(&cluster.busy_gpus, end)),
            hosts: (!cluster.serverless).then(|| HostFigures::of_nodes(cluster, end)),
            ..Self::of(figures, None, end)
        }
    }

    fn since(&self, earlier: &Self) -> Self {
        Self {
            instances: self.instances.since(earlier.instances),
            starting: self.starting.since(earlier.starting),
            busy: self.busy.since(earlier.busy),
            paused: since(self.paused, earlier.paused, |(a, m), (b, n)| (a.since(b), m - n)),
            memory: self.memory.since(earlier.memory),
            starting_memory: self.starting_memory.since(earlier.starting_memory),
            busy_memory: self.busy_memory.since(earlier.busy_memory),
            busy_cpu: since(self.busy_cpu, earlier.busy_cpu, Area::since),
            busy_gpus: since(self.busy_gpus, earlier.busy_gpus, Area::since),
            provisioned: since(self.provisioned, earlier.provisioned, ProvisionedFigures::since),
            starts: self.starts - earlier.starts,
            evictions: self.evictions - earlier.evictions,
            expirations: self.expirations - earlier.expirations,
            recycled: self.recycled - earlier.recycled,
            lost: since(self.lost, earlier.lost, |a, b| a - b),
            pre_warms: self.pre_warms - earlier.pre_warms,
            pre_warms_unused: self.pre_warms_unused - earlier.pre_warms_unused,
            unplaced: self.unplaced - earlier.unplaced,
            hosts: since(self.hosts, earlier.hosts, HostFigures::since),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            instances: self.instances.plus(other.instances),
            starting: self.starting.plus(other.starting),
            busy: self.busy.plus(other.busy),
            paused: either(self.paused, other.paused, |(a, m), (b, n)| (a.plus(b), m + n)),
            memory: self.memory.plus(other.memory),
            starting_memory: self.starting_memory.plus(other.starting_memory),
            busy_memory: self.busy_memory.plus(other.busy_memory),
            busy_cpu: either(self.busy_cpu, other.busy_cpu, Area::plus),
            busy_gpus: either(self.busy_gpus, other.busy_gpus, Area::plus),
            provisioned: either(self.provisioned, other.provisioned, ProvisionedFigures::plus),
            starts: self.starts + other.starts,
            evictions: self.evictions + other.evictions,
            expirations: self.expirations + other.expirations,
            recycled: self.recycled + other.recycled,
            lost: either(self.lost, other.lost, |a, b| a + b),
            pre_warms: self.pre_warms + other.pre_warms,
            pre_warms_unused: self.pre_warms_unused + other.pre_warms_unused,
            unplaced: self.unplaced + other.unplaced,
            // One platform without limit has no utilisation, so neither have both together.
            hosts: self.hosts.zip(other.hosts).map(|(a, b)| a.plus(b)),
        }
    }
}

/// All of `now` if there is no earlier state.
pub(super) fn since<T, E>(
    now: Option<T>,
    earlier: Option<E>,
    both: impl FnOnce(T, E) -> T,
) -> Option<T> {
    match (now, earlier) {
        (Some(now), Some(earlier)) => Some(both(now, earlier)),
        (now, _) => now,
    }
}

pub(super) fn either<T>(a: Option<T>, b: Option<T>, both: impl FnOnce(T, T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(both(a, b)),
        (a, b) => a.or(b),
    }
}
