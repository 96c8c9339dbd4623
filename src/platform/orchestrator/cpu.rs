//! CPU of nodes: shared by weights when it is short.
//!
//! Each request that computes can use a core; a replica gets what its requests can use, up to its limit,
//! as long as its node has it. When a node has too little, its replicas share it by their weights, which are
//! the CPU that they ask for: max-min fair, as the Linux scheduler shares among cgroups (CPU shares
//! follow requests: kubelet, `cm/helpers_linux.go`, `MilliCPUToShares`). Jobs have what they ask for.

use super::Orchestrator;
use super::containers::State;
use super::pods::Work;
use super::spec::{Event, PodId};
use crate::kernel::{Agenda, Class, Span, Time};
use crate::model::{ApplicationId, Attempt, max_min};
use crate::platform::Context;
use crate::policy::orchestration::kubernetes::{Node, Resource};
use crate::quantity::Millicpu;

/// The least weight, of a pod that asks for no CPU. Source: kubelet, `MinShares` = 2 of 1,024 a core.
const LEAST_WEIGHT: u64 = 2;

/// What a request can use: a core.
const CORE: u64 = 1000;

/// The CPU of a node.
#[derive(Clone, Debug)]
pub(super) struct NodeCpu {
    /// What it has, in millicpu.
    capacity: u64,
    /// What jobs on it reserve, in millicpu.
    pub(super) reserved: u64,
    /// The replicas on it, in the order in which they came.
    pub(super) replicas: Vec<PodId>,
    /// What these want together, in millicpu.
    wanted: u64,
    /// What is used of it, as far as that is counted.
    counted: u64,
    /// When the images are there that are on their way to the node.
    pub(super) pulls_until: Time,
}

impl NodeCpu {
    /// Of a node without pods.
    pub(super) fn new(node: &Node) -> Self {
        let capacity = node.spec.allocatable.get(Resource::CPU);
        let capacity = u64::try_from(capacity).unwrap_or(0);
        let replicas = Vec::new();
        Self { capacity, reserved: 0, replicas, wanted: 0, counted: 0, pulls_until: Time::ZERO }
    }

    /// A pod is gone; it wants nothing any more.
    pub(super) fn forget(&mut self, pod: PodId) {
        self.replicas.retain(|other| *other != pod);
    }

    /// What replicas want together, in millicpu.
    pub(super) fn wanted(&self) -> u64 {
        self.wanted
    }

    /// What is used of it, in millicpu: jobs use what they reserve.
    fn used(&self) -> u64 {
        self.reserved + self.wanted.min(self.free())
    }

    /// What replicas can have, in millicpu.
    fn free(&self) -> u64 {
        self.capacity.saturating_sub(self.reserved)
    }
}

impl Orchestrator {
    /// Other requests compute in a replica than before: it may want more or less CPU, and so its node may
    /// share it otherwise.
    pub(super) fn cpu_changed<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let Some(node) = self.cluster.pod(pod).node else { return };
        let limit = self.limit(pod);
        let Some(replica) = self.rows.replica(pod) else { return };
        if replica.containers.state == State::Hanging {
            return;
        }
        replica.count_cpu(now);
        let wanted = (replica.processor.len() as u64 * CORE).min(limit);
        let before = std::mem::replace(&mut replica.wanted, wanted);
        let cpu = &mut self.cpus[node.index()];
        let was_short = cpu.wanted > cpu.free();
        cpu.wanted = cpu.wanted - before + wanted;
        let is_short = cpu.wanted > cpu.free();
        self.count_used(node.index(), now);
        if was_short || is_short {
            self.share_cpu(node.index(), ctx);
        } else {
            self.set_share(pod, limit, ctx);
        }
    }

    /// Counts what is used of the CPU of a node from now on.
    fn count_used(&mut self, node: usize, now: Time) {
        let cpu = &mut self.cpus[node];
        let used = cpu.used();
        let before = std::mem::replace(&mut cpu.counted, used);
        self.figures.busy_cpu.add(now, used.saturating_sub(before));
        self.figures.busy_cpu.sub(now, before.saturating_sub(used));
    }

    /// How long a request computes that has its replica for itself, and the replica all that it may use.
    pub(super) fn computes_alone(&self, attempt: &Attempt) -> Span {
        let most = self.limit_of(attempt.application).clamp(1, CORE);
        attempt.demand.scaled(CORE as f64 / most as f64)
    }

    /// The most CPU that a replica may use, in millicpu.
    fn limit(&self, pod: PodId) -> u64 {
        self.rows.get(pod).map_or(0, |row| self.limit_of(row.application))
    }

    /// The same of any replica of an application.
    fn limit_of(&self, application: ApplicationId) -> u64 {
        let application = application.index();
        let of = self.spec.pods[application].replicas.as_ref();
        // A machine of its own has the CPU that the pod asks for, whatever its limit.
        let machine = self.spec.serverless.as_ref().map(|_| self.spec.pods[application].cpu);
        let machine = machine.filter(|cpu| *cpu > Millicpu::ZERO);
        let limit = of.and_then(|of| of.cpu_limit).into_iter().chain(machine).min();
        let limit = limit.map_or(u64::MAX, Millicpu::get);
        // More than this is more than any node has.
        limit.min(1 << 30)
    }

    /// Shares the CPU of a node among its replicas.
    fn share_cpu<A: Agenda<Event>>(&mut self, node: usize, ctx: &mut Context<'_, A>) {
        let pods = self.cpus[node].replicas.clone();
        let want = |&pod: &PodId| {
            let Some(row) = self.rows.get(pod) else { return (0, LEAST_WEIGHT) };
            let wanted = match &row.work {
                Work::Replica(replica) => replica.wanted,
                Work::Job { .. } => 0,
            };
            let asked = self.spec.pods[row.application.index()].cpu.get();
            (wanted, asked.max(LEAST_WEIGHT))
        };
        let wants: Vec<(u64, u64)> = pods.iter().map(want).collect();
        let mut shares = Vec::new();
        max_min(self.cpus[node].free(), &wants, &mut shares);
        for ((pod, share), (wanted, _)) in pods.into_iter().zip(shares).zip(wants) {
            if wanted > 0 {
                self.set_share(pod, share.max(1), ctx);
            }
        }
    }

    /// A replica has so much CPU from now on.
    fn set_share<A: Agenda<Event>>(&mut self, pod: PodId, share: u64, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let Some(replica) = self.rows.replica(pod) else { return };
        replica.count_cpu(now);
        replica.share = share;
        replica.processor.set_millicores(now, share);
        if let Some(end) = replica.processor.next_end() {
            let event = Event::Computed(self.number, pod);
            replica.timer.arm(ctx.agenda, end, Class::Completion, event);
        }
    }

    /// A job has come to this node or left it: its replicas have more or less.
    pub(super) fn reserved_changed<A: Agenda<Event>>(
        &mut self,
        node: usize,
        ctx: &mut Context<'_, A>,
    ) {
        self.count_used(node, ctx.now());
        if self.cpus[node].wanted > 0 {
            self.share_cpu(node, ctx);
        }
    }

    /// A replica on this node has gone, and what it wanted with it.
    pub(super) fn cpu_freed<A: Agenda<Event>>(
        &mut self,
        node: usize,
        wanted: u64,
        ctx: &mut Context<'_, A>,
    ) {
        let cpu = &mut self.cpus[node];
        let was_short = cpu.wanted > cpu.free();
        cpu.wanted -= wanted;
        self.count_used(node, ctx.now());
        if was_short {
            self.share_cpu(node, ctx);
        }
    }
}
