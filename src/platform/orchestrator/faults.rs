//! Nodes that fail, and what becomes of their pods.
//!
//! A node that fails takes what it serves with it. Nobody knows until its heartbeats have been missing for long
//! enough: then requests go elsewhere and no pod comes to it any more. Later its pods are given up, and others
//! take their place. If it comes back before, its pods start anew on it.

use super::pods::{NEVER, Work};
use super::spec::{Event, FaultSpec, NodeId, PodId};
use super::{Orchestrator, round_up};
use crate::kernel::stream::below;
use crate::kernel::{Agenda, Class, Id, Seed, Span, StreamKey, Time};
use crate::model::{AttemptId, Stage};
use crate::platform::{Context, drawn};

/// How long a pod that tolerates everything is at least on a node that was given up. A guess.
const LEAST_DELAY: Span = Span::from_secs(1);

/// Names the kind of an [`Id`]: a node under a fault.
#[derive(Debug)]
pub enum OutageKind {}
/// The number of a node under a fault.
pub type OutageId = Id<OutageKind>;

/// A node under a fault, which may fail again and again.
#[derive(Clone, Debug)]
pub(super) struct Outage {
    fault: usize,
    node: NodeId,
    /// How often it has failed by this fault.
    count: u64,
    /// Whether the node is there and under it.
    hits: bool,
    gaps: StreamKey,
    lengths: StreamKey,
}

/// Whether a node is there.
#[derive(Clone, Debug)]
pub(super) struct Health {
    /// How many faults it is under, and how many of them end.
    outages: u32,
    ending: u32,
    /// When it is known that it has failed, and when its pods are given up; [`NEVER`] if neither is due.
    known: Time,
    given_up: Time,
    /// When its first heartbeat was, less than a period after the start.
    phase: Span,
}

impl Health {
    /// Whether the node works.
    pub(super) fn is_up(&self) -> bool {
        self.outages == 0
    }
}

/// The nodes under each fault of a cluster, whose chance has the name of the fault and the number of the
/// node: the same for every scheduler.
pub(super) fn outages(faults: &[FaultSpec], seed: Seed) -> Vec<Outage> {
    let of = |(fault, spec): (usize, &FaultSpec)| {
        let outage = |&node: &NodeId| {
            let key = |what| seed.key(&format!("fault.{}.{}.{what}", spec.name, node.number()));
            Outage {
                fault,
                node,
                count: 0,
                hits: false,
                gaps: key("between"),
                lengths: key("lasts"),
            }
        };
        spec.nodes.iter().map(outage).collect::<Vec<_>>()
    };
    faults.iter().enumerate().flat_map(of).collect()
}

/// Nodes that are all there, with the phases of their heartbeats.
pub(super) fn healths(nodes: usize, period: Span, key: StreamKey) -> Vec<Health> {
    let health = |number: usize| {
        let phase = below(&mut key.draws(number as u64), period.as_nanos().max(1));
        let phase = Span::from_nanos(phase);
        Health { outages: 0, ending: 0, known: NEVER, given_up: NEVER, phase }
    };
    (0..nodes).map(health).collect()
}

impl Orchestrator {
    /// Whether a node works.
    pub(super) fn is_up(&self, node: NodeId) -> bool {
        self.healths[node.index()].is_up()
    }

    /// Whether it is known what becomes of a pod: its node works. On one that has failed even pods that were told to stop
    /// stay until it is there again or they are given up.
    pub(super) fn is_heard(&self, pod: PodId) -> bool {
        self.cluster.pod(pod).node.is_some_and(|node| self.is_up(node))
    }

    /// Whether any node that has failed comes back, or is yet to be given up.
    pub(super) fn is_any_changing(&self) -> bool {
        let changes =
            |health: &Health| health.ending > 0 || health.known < NEVER || health.given_up < NEVER;
        self.healths.iter().any(changes)
    }

    /// Whether it is known of a node that it has failed.
    pub(super) fn is_lost(&self, node: NodeId) -> bool {
        let health = &self.healths[node.index()];
        !health.is_up() && health.known == NEVER
    }

    /// A node has gone: the next one in its place is under no fault.
    pub(super) fn forget_faults(&mut self, node: NodeId) {
        let health = &mut self.healths[node.index()];
        let phase = health.phase;
        *health = Health { outages: 0, ending: 0, known: NEVER, given_up: NEVER, phase };
        for outage in self.outages.iter_mut().filter(|outage| outage.node == node) {
            outage.hits = false;
        }
    }

    /// All faults have their first time.
    pub(super) fn start_faults<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        for number in 0..self.outages.len() {
            self.next_failure(OutageId::from_index(number), ctx);
        }
    }

    /// When a fault hits a node next.
    fn next_failure<A: Agenda<Event>>(&mut self, id: OutageId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let outage = &mut self.outages[id.index()];
        let fault = &self.spec.faults[outage.fault];
        // What would have come while the node was under the last one is over with that.
        while fault.between.is_none()
            && fault.at.get(outage.count as usize).is_some_and(|at| *at < now)
        {
            outage.count += 1;
        }
        let at = match &fault.between {
            Some(_) => Some(now.plus(drawn(fault.between.as_ref(), outage.gaps, outage.count))),
            None => fault.at.get(outage.count as usize).copied(),
        };
        if let Some(at) = at.filter(|at| *at < NEVER) {
            ctx.agenda.schedule(at, Class::Control, Event::Fails(self.number, id));
        }
    }

    /// A fault hits a node.
    pub(super) fn fails<A: Agenda<Event>>(&mut self, id: OutageId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let outage = &mut self.outages[id.index()];
        let fault = &self.spec.faults[outage.fault];
        let lasts = drawn(fault.lasts.as_ref(), outage.lengths, outage.count);
        outage.count += 1;
        let node = outage.node;
        if fault.lasts.is_some() {
            ctx.agenda.schedule(now.plus(lasts), Class::Control, Event::Returns(self.number, id));
        }
        if !self.cluster.at(node).is_present() {
            return;
        }
        self.outages[id.index()].hits = true;
        let fault = &self.spec.faults[self.outages[id.index()].fault];
        let health = &mut self.healths[node.index()];
        health.outages += 1;
        health.ending += u32::from(fault.lasts.is_some());
        if health.outages > 1 {
            return;
        }
        self.of_cluster.node_failures += 1;
        let heartbeat = self.spec.heartbeat;
        let since = (now - Time::ZERO).minus(health.phase).as_nanos();
        let period = heartbeat.period.as_nanos().max(1);
        let last = health.phase + Span::from_nanos(since - since % period);
        let known = round_up(last + heartbeat.timeout, heartbeat.check);
        health.known = (Time::ZERO + known).max(now);
        ctx.agenda.schedule(health.known, Class::Control, Event::Lost(self.number, node));
        self.lose_pulls(node, now);
        for pod in self.pods_on(node) {
            self.crash(pod, ctx);
        }
    }

    /// The pods on a node, in the order in which they came.
    pub(super) fn pods_on(&self, node: NodeId) -> Vec<PodId> {
        self.cluster.at(node).load.pods().to_vec()
    }

    /// A pod stops working with its node.
    pub(super) fn crash<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let row = self.rows.at(pod);
        match &mut row.work {
            Work::Job { attempt, ends, again } => {
                (*ends, *again) = (NEVER, true);
                let id: AttemptId = *attempt;
                // Whoever waits for its calls hears nothing any more.
                if ctx.attempts[id].stage == Stage::Calling {
                    ctx.attempts[id].stage = Stage::Lost;
                    ctx.outbox.push(crate::platform::Signal::Failed(id));
                }
            }
            Work::Replica(_) => self.crash_replica(pod, ctx),
        }
    }

    /// The heartbeats of a node have been missing for long enough.
    pub(super) fn lost<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let health = &mut self.healths[node.index()];
        if health.known != now || health.is_up() {
            return;
        }
        health.known = NEVER;
        health.given_up = now.plus(self.spec.eviction_delay);
        ctx.agenda.schedule(health.given_up, Class::Control, Event::GivenUp(self.number, node));
        self.cordon(node);
        for pod in self.pods_on(node) {
            self.remove_endpoint(pod, now);
        }
        self.settle(ctx);
    }

    /// A pod has come to a node that has failed: to one that was given up already if it tolerates everything.
    pub(super) fn came_to_failed<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        self.crash(pod, ctx);
        let now = ctx.now();
        let health = &mut self.healths[node.index()];
        if health.known == NEVER && health.given_up == NEVER {
            // At once would put it there again and again at the same instant.
            health.given_up = now.plus(self.spec.eviction_delay.max(LEAST_DELAY));
            ctx.agenda.schedule(health.given_up, Class::Control, Event::GivenUp(self.number, node));
        }
    }

    /// The pods of a node that has been lost for long enough are given up.
    pub(super) fn given_up<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        let health = &mut self.healths[node.index()];
        if health.given_up != ctx.now() || health.is_up() {
            return;
        }
        health.given_up = NEVER;
        for pod in self.pods_on(node) {
            let Some(application) = self.rows.get(pod).map(|row| row.application) else { continue };
            match self.rows.at(pod).work {
                Work::Job { attempt, .. } => {
                    if ctx.attempts[attempt].stage != Stage::Serving {
                        continue;
                    }
                    self.leave_node(pod, ctx);
                    self.submit_job(attempt, true, ctx);
                }
                Work::Replica(_) => {
                    if let Some(deployment) = &mut self.deployments[application.index()] {
                        deployment.pods.retain(|other| *other != pod);
                    }
                    self.remove_replica(pod, ctx);
                    self.reconcile(application, ctx);
                }
            }
        }
        self.settle(ctx);
    }

    /// A node is no longer under a fault; when it is under none it works again, and its pods start anew.
    pub(super) fn returns<A: Agenda<Event>>(&mut self, id: OutageId, ctx: &mut Context<'_, A>) {
        self.next_failure(id, ctx);
        let outage = &mut self.outages[id.index()];
        let node = outage.node;
        if !std::mem::take(&mut outage.hits) {
            return;
        }
        let health = &mut self.healths[node.index()];
        (health.outages, health.ending) = (health.outages - 1, health.ending - 1);
        if !health.is_up() {
            return;
        }
        (health.known, health.given_up) = (NEVER, NEVER);
        self.cluster.cordon(node, self.is_going(node));
        for pod in self.pods_on(node) {
            self.remove_endpoint(pod, ctx.now());
            if self.cluster.pod(pod).leaving.is_leaving() {
                // What was to stop is not started again.
                self.stop(pod, ctx);
            } else if let Work::Replica(_) = self.rows.at(pod).work {
                let application = self.rows.at(pod).application;
                self.starting(application, ctx.now());
                self.start_replica(pod, node, ctx);
            } else {
                self.restart_job(pod, ctx);
            }
        }
        self.look_everywhere(ctx);
    }
}
