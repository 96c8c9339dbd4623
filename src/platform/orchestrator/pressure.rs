//! Memory of nodes that is too little for what their pods use.
//!
//! `memory` of a node is what pods can have of it. The kubelet of Kubernetes looks now and then, evicts one pod after the
//! other while they use more, and keeps pods away that ask for nothing. What uses up what it holds back beside that, too,
//! before it looks, meets the kernel, which kills one container after the other; so does all that is too much where there is
//! no kubelet.

use std::collections::BTreeSet;

use super::Orchestrator;
use super::chronicle::{Ended, What};
use super::containers::State;
use super::pods::{NEVER, Work};
use super::spec::{Event, NodeId, PodId, PodSpec};
use crate::kernel::{Agenda, Class, Span, Time};
use crate::platform::Context;
use crate::policy::orchestration::kubernetes::{Leaving, Resource, Taint};
use crate::quantity::{Bytes, Millicpu};

/// How the kubelet of a node meets a lack of memory.
#[derive(Clone, Copy, Debug)]
pub struct PressureSpec {
    /// Less than this must be left of all memory that a pod is evicted at once: what is held back beside the memory
    /// for pods (`eviction-hard`).
    pub hard: Bytes,
    /// Less than this must be left for so long that one is (`eviction-soft` and its grace period).
    pub soft: Option<(Bytes, Span)>,
    /// How often it looks.
    pub period: Span,
    /// How long after it has last seen a lack the node is free of its taint (`eviction-pressure-transition-period`).
    pub transition: Span,
    /// That taint.
    pub taint: Taint,
}

/// How often what will be used until then is looked at where no kubelet looks.
const AHEAD: Span = Span::from_secs(10);

/// How long the kernel leaves a node alone after it has killed containers, which may be back at once: a guess.
const PAUSE: Span = Span::from_secs(1);

/// What is known of the memory of a node. A time is [`NEVER`] if nothing is due or was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct NodeMemory {
    /// When it is looked at next.
    looked: Time,
    /// When all of it is used, if it is before that.
    full: Time,
    /// Before that no container is killed.
    spared: Time,
    /// Since when it is less than the soft threshold.
    soft_since: Time,
    /// When it was too little last, while the node has the taint.
    pressed: Time,
}

impl NodeMemory {
    /// Nobody uses any.
    pub(super) const UNUSED: Self =
        Self { looked: NEVER, full: NEVER, spared: Time::ZERO, soft_since: NEVER, pressed: NEVER };
}

/// How ready the kernel is to kill a container, in thousandths of all memory beside what it uses (`oom_score_adj`;
/// kubernetes, `pkg/kubelet/qos/policy.go`).
fn score_adjustment(pod: &PodSpec, capacity: u64) -> i64 {
    let of = pod.replicas.as_ref();
    let limit = of.and_then(|of| of.memory?.limit);
    let cpu_limit = of.and_then(|of| of.cpu_limit);
    let asks = pod.memory > Bytes::ZERO && pod.cpu > Millicpu::ZERO;
    if asks && limit == Some(pod.memory) && cpu_limit == Some(pod.cpu) {
        return -997;
    }
    if pod.memory == Bytes::ZERO
        && pod.cpu == Millicpu::ZERO
        && limit.is_none()
        && cpu_limit.is_none()
    {
        return 1000;
    }
    let share = u128::from(pod.memory.get()) * 1000 / u128::from(capacity.max(1));
    (1000 - i64::try_from(share).unwrap_or(i64::MAX)).clamp(2, 999)
}

impl Orchestrator {
    /// The memory of a node for pods, and that with what is held back beside it.
    fn memory_for_pods(&self, node: NodeId) -> (u64, u64) {
        let memory = self.cluster.node(node).allocatable.get(Resource::MEMORY).cast_unsigned();
        let held_back = self.spec.pressure.map_or(0, |pressure| pressure.hard.get());
        (memory, memory.saturating_add(held_back))
    }

    /// What a pod uses at a time if nothing changes before: what it asks for while it runs, where its use is not told.
    fn memory_used_by(&self, pod: PodId, at: Time) -> u64 {
        let Some(row) = self.rows.get(pod) else { return 0 };
        let of = &self.spec.pods[row.application.index()];
        match (&row.work, of.replicas.as_ref().and_then(|of| of.memory)) {
            (Work::Replica(replica), Some(memory)) => replica.memory_used(&memory, at),
            (Work::Replica(replica), None) if !of.reserves || !replica.has_begun(at) => 0,
            _ => of.memory.get(),
        }
    }

    /// What all pods of a node use together at a time if nothing changes before.
    fn memory_used_on(&self, node: NodeId, at: Time) -> u64 {
        let pods = self.cluster.at(node).load.pods().iter();
        pods.fold(0, |sum, &pod| sum.saturating_add(self.memory_used_by(pod, at)))
    }

    /// Whether the pods of a node may ever use so much that it is looked at.
    fn may_lack_memory(&self, node: NodeId) -> bool {
        let most = |&pod: &PodId| {
            let of = &self.spec.pods[self.rows.get(pod)?.application.index()];
            match of.replicas.as_ref().and_then(|of| of.memory) {
                Some(memory) => memory.limit.map_or(Some(u64::MAX), |limit| Some(limit.get())),
                None if of.replicas.is_some() && !of.reserves => Some(0),
                None => Some(of.memory.get()),
            }
        };
        let pods = self.cluster.at(node).load.pods().iter().filter_map(most);
        let (memory, all) = self.memory_for_pods(node);
        let soft = self.spec.pressure.and_then(|pressure| pressure.soft);
        let least = soft.map_or(memory, |(soft, _)| memory.min(all.saturating_sub(soft.get())));
        pods.fold(0, u64::saturating_add) > least
    }

    /// The memory that the pods of a node use has changed: it is looked at from now on, if it may be too little.
    pub(super) fn node_memory_changed<A: Agenda<Event>>(
        &mut self,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let looked = self.healths[node.index()].memory.looked;
        if looked == NEVER && !self.may_lack_memory(node) {
            return;
        }
        if looked == NEVER {
            self.look_at_node_memory_next(node, ctx);
        }
        let (looked, all) =
            (self.healths[node.index()].memory.looked, self.memory_for_pods(node).1);
        if self.memory_used_on(node, looked) <= all {
            return;
        }
        // It grows with time unless something changes: the first time at which it is too much, between now and the next look.
        let (mut before, mut after) = (now.as_nanos(), looked.as_nanos());
        if self.memory_used_on(node, now) > all {
            after = before;
        }
        while before < after {
            let middle = before + (after - before) / 2;
            if self.memory_used_on(node, Time::from_nanos(middle)) > all {
                after = middle;
            } else {
                before = middle + 1;
            }
        }
        let full = Time::from_nanos(after).max(self.healths[node.index()].memory.spared);
        if full < self.healths[node.index()].memory.full {
            self.healths[node.index()].memory.full = full;
            ctx.agenda.schedule(full, Class::Control, Event::Memory(self.number, node));
        }
    }

    /// The memory of a node is looked at next at a multiple of the period since time zero.
    fn look_at_node_memory_next<A: Agenda<Event>>(
        &mut self,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        let period = self.spec.pressure.map_or(AHEAD, |pressure| pressure.period).as_nanos().max(1);
        let next = (ctx.now().as_nanos() / period + 1).saturating_mul(period);
        let looked = Time::from_nanos(next);
        self.healths[node.index()].memory.looked = looked;
        ctx.agenda.schedule(looked, Class::Control, Event::Memory(self.number, node));
    }

    /// The memory of a node may be used up, or it is time to look at it.
    pub(super) fn look_at_node_memory<A: Agenda<Event>>(
        &mut self,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        if self.healths[node.index()].memory.full == now {
            self.healths[node.index()].memory.full = NEVER;
            self.kill_for_memory(node, ctx);
            self.node_memory_changed(node, ctx);
        }
        if self.healths[node.index()].memory.looked != now {
            return;
        }
        self.healths[node.index()].memory.looked = NEVER;
        if self.spec.pressure.is_some() && self.is_up(node) {
            self.keep_house(node, ctx);
        }
        let memory = &self.healths[node.index()].memory;
        if memory.looked == NEVER && (memory.pressed < NEVER || self.may_lack_memory(node)) {
            self.look_at_node_memory_next(node, ctx);
        }
        self.node_memory_changed(node, ctx);
    }

    /// The kernel kills containers of a node until what the others use is there: each time the one of the highest score.
    fn kill_for_memory<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        let (now, all) = (ctx.now(), self.memory_for_pods(node).1);
        self.healths[node.index()].memory.spared = now.plus(PAUSE);
        // Jobs that are still there when they have been killed, and what they used.
        let (mut dead, mut freed) = (BTreeSet::new(), 0);
        while self.memory_used_on(node, now) > all.saturating_add(freed) {
            let score = |&pod: &PodId| {
                let row = self.rows.get(pod)?;
                let of = &self.spec.pods[row.application.index()];
                let used = self.memory_used_by(pod, now);
                let adjusted = self.spec.pressure.map_or(0, |_| score_adjustment(of, all));
                let score = i128::from(used) + i128::from(adjusted) * i128::from(all) / 1000;
                (used > 0).then_some((score, std::cmp::Reverse(row.came), pod))
            };
            let pods = self.cluster.at(node).load.pods().iter();
            let worst = pods.filter(|pod| !dead.contains(*pod)).filter_map(score).max();
            let Some((.., pod)) = worst else { break };
            self.of_cluster.oom_kills += 1;
            let used = self.memory_used_by(pod, now);
            if let Work::Job { .. } = self.rows.at(pod).work {
                self.tell_end(pod, Ended::Memory, now);
            }
            if let Work::Replica(_) = self.rows.at(pod).work {
                self.end_containers(pod, Ended::Memory, ctx);
            } else if !self.kill_job(pod, ctx) {
                dead.insert(pod);
                freed += used;
            }
        }
        self.settle(ctx);
    }

    /// The kubelet of a node looks how much memory is left, taints the node if it is too little, and evicts a pod if it
    /// has been for long enough (`pkg/kubelet/eviction/eviction_manager.go`, `synchronize`).
    fn keep_house<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        let (now, used) = (ctx.now(), self.memory_used_on(node, ctx.now()));
        let Some(spec) = self.spec.pressure else { return };
        let (memory, all) = self.memory_for_pods(node);
        let hard = used > memory;
        let soft = spec.soft.filter(|(soft, _)| used.saturating_add(soft.get()) > all);
        let state = &mut self.healths[node.index()].memory;
        state.soft_since = if soft.is_some() { state.soft_since.min(now) } else { NEVER };
        let lasts = soft.is_some_and(|(_, grace)| now - state.soft_since >= grace);
        if hard || soft.is_some() {
            let is_new = state.pressed == NEVER;
            state.pressed = now;
            if is_new {
                self.cluster.taint(node, spec.taint);
            }
        } else if state.pressed < NEVER && now - state.pressed >= spec.transition {
            self.forget_pressure(node);
            self.news.room_on(node);
            self.settle(ctx);
        }
        if (hard || lasts)
            && let Some(pod) = self.first_to_evict(node, now)
        {
            self.evict_for_memory(pod, ctx);
        }
    }

    /// A node has no taint of a lack of memory any more, if it had.
    pub(super) fn forget_pressure(&mut self, node: NodeId) {
        self.healths[node.index()].memory.pressed = NEVER;
        if let Some(spec) = self.spec.pressure {
            self.cluster.untaint(node, spec.taint);
        }
    }

    /// The pod that the kubelet evicts first: one that uses more than it asks for before others, the lowest priority
    /// first, then who uses most beyond what it asks for (`helpers.go`, `rankMemoryPressure`).
    fn first_to_evict(&self, node: NodeId, now: Time) -> Option<PodId> {
        let rank = |&pod: &PodId| {
            let row = self.rows.get(pod)?;
            let of = &self.spec.pods[row.application.index()];
            let leaves = self.cluster.pod(pod).leaving.is_leaving();
            let used = self.memory_used_by(pod, now);
            let beyond = i128::from(used) - i128::from(of.memory.get());
            let rank = (beyond > 0, std::cmp::Reverse(of.priority), beyond);
            (!leaves && used > 0).then_some((rank, std::cmp::Reverse(row.came), pod))
        };
        let worst = self.cluster.at(node).load.pods().iter().filter_map(rank).max();
        worst.map(|(.., pod)| pod)
    }

    /// A pod is killed at once, and another takes its place, on this node or another; that of a daemon is on this one.
    fn evict_for_memory<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let application = self.rows.at(pod).application;
        self.of_cluster.evictions += 1;
        self.tell_pod(pod, What::PodEvicted, "memory pressure", ctx.now());
        if !self.has_replicas(application) {
            self.kill_job(pod, ctx);
            self.settle(ctx);
            return;
        }
        self.crash_replica(pod, ctx);
        self.set_state(pod, State::Ended);
        self.replica_failed(pod, false, ctx);
        self.stop_replica(pod, Leaving::Deleted, ctx);
        self.make_anew(application, ctx.now(), ctx);
        self.settle(ctx);
    }
}
