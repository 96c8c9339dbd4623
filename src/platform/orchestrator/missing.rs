//! Nodes that crash, and what becomes of their pods.
//!
//! A node that crashes takes what it serves with it. Nobody knows until its heartbeats have been missing for long
//! enough: then requests go elsewhere and no pod comes to it any more. Later its pods are given up, and others
//! take their place. If it comes back before, its pods start anew on it.

use super::Orchestrator;
use super::chronicle::What;
use super::containers::State;
use super::faults::{FaultKind, Whom};
use super::health::round_up;
use super::jobs::has_work;
use super::pods::{NEVER, Work};
use super::pressure::NodeMemory;
use super::spec::{Event, NodeId, PodId};
use crate::kernel::stream::below;
use crate::kernel::{Agenda, Class, Span, StreamKey, Time};
use crate::model::{AttemptId, Stage};
use crate::platform::{Context, Signal};

/// How long a pod that tolerates everything is at least on a node that was given up. A guess.
const LEAST_DELAY: Span = Span::from_secs(1);

/// Whether a node is there.
#[derive(Clone, Debug)]
pub(super) struct Health {
    /// How many faults it is under by which it does not work.
    pub(super) crashed: u32,
    /// How many it is under by which nobody hears of it.
    pub(super) cut_off: u32,
    /// How many notices say that it is taken away.
    pub(super) noticed: u32,
    /// By how many it was taken away: its machine is not there, nor paid for.
    pub(super) taken: u32,
    /// When it failed last, or nobody heard of it any more; [`NEVER`] if it never did.
    pub(super) failed: Time,
    /// How many faults of it end.
    pub(super) ending: u32,
    /// When it is known that it has failed, and when its pods are given up; [`NEVER`] if neither is due.
    pub(super) known: Time,
    pub(super) given_up: Time,
    /// When its heartbeats will have been missing for long enough, so that requests go elsewhere, whoever decides; [`NEVER`] if that
    /// is not due.
    silent: Time,
    /// When its first heartbeat was, less than a period after the start.
    phase: Span,
    /// The speed of its CPU in thousandths.
    pub(super) speed: u32,
    /// What is known of its memory.
    pub(super) memory: NodeMemory,
}

impl Health {
    /// Of node `number`, which is there, with the phase of its heartbeats.
    pub(super) fn new(number: usize, period: Span, key: StreamKey) -> Self {
        let phase = below(&mut key.draws(number as u64), period.as_nanos().max(1));
        Self::with_phase(Span::from_nanos(phase))
    }

    /// Of a node that is there.
    fn with_phase(phase: Span) -> Self {
        Self {
            crashed: 0,
            cut_off: 0,
            noticed: 0,
            taken: 0,
            failed: NEVER,
            ending: 0,
            known: NEVER,
            given_up: NEVER,
            silent: NEVER,
            phase,
            speed: 1000,
            memory: NodeMemory::UNUSED,
        }
    }

    /// Whether the node works and can be reached.
    pub(super) fn is_up(&self) -> bool {
        self.crashed == 0 && self.cut_off == 0
    }

    /// Whether it comes back, or is yet to be given up, if anybody decides that.
    fn is_changing(&self, decided: bool) -> bool {
        self.ending > 0 || decided && (self.known < NEVER || self.given_up < NEVER)
    }
}

impl Orchestrator {
    /// Whether a node works and can be reached.
    pub(super) fn is_up(&self, node: NodeId) -> bool {
        self.healths[node.index()].is_up()
    }

    /// Whether it is known what becomes of a pod: its node works. On one that has failed even pods that were told to stop
    /// stay until it is there again or they are given up.
    pub(super) fn is_heard(&self, pod: PodId) -> bool {
        self.cluster.pod(pod).node.is_some_and(|node| self.is_up(node))
    }

    /// Whether it is known of a node that it has failed.
    pub(super) fn is_lost(&self, node: NodeId) -> bool {
        let health = &self.healths[node.index()];
        !health.is_up() && health.known == NEVER
    }

    /// A node has gone: the next one in its place is under no fault.
    pub(super) fn forget_faults(&mut self, node: NodeId) {
        let health = &mut self.healths[node.index()];
        *health = Health::with_phase(health.phase);
        self.forget_pressure(node);
        self.forget_target(node);
        self.spare(node);
        for outage in &mut self.outages {
            if matches!(outage.target.whom, Whom::Node(of) if of == node) {
                outage.target.is_on = false;
            }
        }
    }

    /// Whether any node that has failed comes back, or is yet to be given up.
    pub(super) fn is_any_changing(&self) -> bool {
        let decided = self.will_be_led();
        self.healths.iter().any(|health| health.is_changing(decided))
            || self.evictions.as_ref().is_some_and(|all| all.is_moving())
    }

    /// A node stops working.
    pub(super) fn crash_node<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        let health = &mut self.healths[node.index()];
        let was_up = health.is_up();
        health.crashed += 1;
        if health.crashed > 1 {
            return;
        }
        if was_up {
            self.goes_missing(node, ctx);
        }
        self.managers_changed(ctx);
        self.lose_pulls(node, ctx.now());
        for pod in self.pods_on(node) {
            self.crash(pod, ctx);
        }
    }

    /// Nobody hears of a node any more: when that is known.
    pub(super) fn goes_missing<A: Agenda<Event>>(
        &mut self,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        self.of_cluster.node_failures += 1;
        self.target_turned(node, false, now);
        self.tell_node(node, What::NodeFailed, "", now);
        let heartbeat = self.spec.heartbeat;
        let health = &mut self.healths[node.index()];
        let since = (now - Time::ZERO).minus(health.phase).as_nanos();
        let period = heartbeat.period.as_nanos().max(1);
        let last = health.phase + Span::from_nanos(since - since % period);
        let known = round_up(last + heartbeat.timeout, heartbeat.check);
        health.known = (Time::ZERO + known).max(now);
        health.silent = health.known;
        health.failed = now;
        ctx.agenda.schedule(health.known, Class::Control, Event::Lost(self.number, node));
    }

    /// The pods on a node, in the order in which they came.
    pub(super) fn pods_on(&self, node: NodeId) -> Vec<PodId> {
        self.cluster.at(node).load.pods().to_vec()
    }

    /// A pod stops working with its node.
    pub(super) fn crash<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        match &mut self.rows.at(pod).work {
            Work::Job { attempt, ends, again, .. } => {
                (*ends, *again) = (NEVER, true);
                let id = *attempt;
                self.job_stops_starting(pod, ctx.now());
                lose_calls(id, ctx);
            }
            Work::Replica(_) => self.crash_replica(pod, ctx),
        }
    }

    /// The heartbeats of a node have been missing for long enough: for those who decide, if they have not waited for longer as
    /// another leads now, and for those who send requests there.
    pub(super) fn lost<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let health = &mut self.healths[node.index()];
        let (is_silent, is_known) = (health.silent == now, health.known == now);
        if health.is_up() || !(is_silent || is_known) {
            return;
        }
        if is_silent {
            health.silent = NEVER;
        }
        if is_known && self.is_led() {
            self.healths[node.index()].known = NEVER;
            self.tell_node(node, What::NodeLost, "", now);
            self.condemn(node, ctx);
            self.cordon(node);
        }
        if is_silent {
            for pod in self.pods_on(node) {
                self.remove_endpoint(pod, ctx);
            }
        }
        self.settle(ctx);
    }

    /// The pods of a node that has failed are given up at a time.
    pub(super) fn give_up_by<A: Agenda<Event>>(
        &mut self,
        node: NodeId,
        at: Time,
        ctx: &mut Context<'_, A>,
    ) {
        self.healths[node.index()].given_up = at;
        ctx.agenda.schedule(at, Class::Control, Event::GivenUp(self.number, node));
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
        let is_in_line = self.evictions.as_ref().is_some_and(|all| all.has_in_line(node));
        let health = &mut self.healths[node.index()];
        if health.known == NEVER && health.given_up == NEVER && !is_in_line {
            // At once would put it there again and again at the same instant.
            self.give_up_by(node, now.plus(self.spec.eviction_delay.max(LEAST_DELAY)), ctx);
        }
    }

    /// The pods of a node may have to be given up, which has been lost for long enough.
    pub(super) fn given_up<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        let health = &mut self.healths[node.index()];
        if health.given_up == ctx.now() && !health.is_up() {
            self.give_up(node, ctx);
        }
        self.pace_evictions(ctx);
    }

    /// The pods of a node are given up: others take their place, but that of daemons, which come again with the node. No requests
    /// go to them, whether anybody gives them up or not.
    pub(super) fn give_up<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        if !self.is_led() {
            self.healths[node.index()].given_up = ctx.now();
            for pod in self.pods_on(node) {
                self.remove_endpoint(pod, ctx);
            }
            return;
        }
        self.healths[node.index()].given_up = NEVER;
        self.withdraw_daemons(node, ctx.now());
        for pod in self.pods_on(node) {
            let Some(application) = self.rows.get(pod).map(|row| row.application) else { continue };
            // One that was to go already was counted then.
            let is_new = !self.cluster.pod(pod).leaving.is_leaving();
            if is_new {
                self.tell_pod(pod, What::PodEvicted, "node given up", ctx.now());
            }
            match self.rows.at(pod).work {
                Work::Job { attempt, kills, .. } => {
                    if !has_work(ctx.attempts[attempt].stage) {
                        continue;
                    }
                    self.job_in_new_pod(pod, (attempt, kills), ctx);
                }
                Work::Replica(_) => {
                    self.remove_endpoint(pod, ctx);
                    self.forget_replica(application, pod);
                    let at = ctx.now().plus(self.restart_of(pod).after_loss());
                    let is_daemon = self.is_daemon(pod);
                    self.remove_replica(pod, ctx);
                    if is_daemon {
                        self.look_whether_made_good(application, ctx.now());
                        continue;
                    }
                    self.make_anew(application, at, ctx);
                }
            }
            self.of_cluster.evictions += u64::from(is_new);
        }
        self.settle(ctx);
    }

    /// A node is under one fault less by which it did not work; if under none it works again, and its pods start
    /// anew.
    pub(super) fn repaired<A: Agenda<Event>>(
        &mut self,
        node: NodeId,
        kind: FaultKind,
        ctx: &mut Context<'_, A>,
    ) {
        let health = &mut self.healths[node.index()];
        health.crashed -= 1;
        if kind == FaultKind::Spot {
            health.noticed -= 1;
            self.machine_comes_back(node, ctx.now());
        }
        let health = &self.healths[node.index()];
        if health.crashed > 0 {
            return;
        }
        let is_up = health.is_up();
        if is_up {
            self.is_heard_again(node, ctx);
        }
        for pod in self.pods_on(node) {
            if is_up {
                self.remove_endpoint(pod, ctx);
            }
            if is_up && self.cluster.pod(pod).leaving.is_leaving() {
                // What was to stop is not started again.
                self.stop(pod, ctx);
            } else if let Work::Replica(_) = self.rows.at(pod).work {
                self.comes_back(pod, node, ctx);
            } else {
                self.restart_job(pod, node, ctx);
            }
        }
        if is_up {
            self.pace_evictions(ctx);
            self.daemons_come(node, ctx);
            self.look_everywhere(ctx);
        }
    }

    /// A node is heard of again, and takes pods unless it is to go.
    pub(super) fn is_heard_again<A: Agenda<Event>>(
        &mut self,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        let health = &mut self.healths[node.index()];
        (health.known, health.given_up, health.silent) = (NEVER, NEVER, NEVER);
        let to_go = health.noticed > 0 || self.is_going(node);
        self.spare(node);
        self.target_turned(node, true, ctx.now());
        self.tell_node(node, What::NodeBack, "", ctx.now());
        self.cluster.cordon(node, to_go);
        self.managers_changed(ctx);
    }

    /// What a replica does, if it is one.
    pub(super) fn state(&mut self, pod: PodId) -> Option<State> {
        self.rows.replica(pod).map(|replica| replica.containers.state)
    }
}

/// Whoever waits for calls that a job made hears nothing any more.
pub(super) fn lose_calls<A: Agenda<Event>>(id: AttemptId, ctx: &mut Context<'_, A>) {
    if ctx.attempts[id].stage == Stage::Calling {
        ctx.attempts[id].stage = Stage::Lost;
        ctx.outbox.push(Signal::Failed(id));
    }
}
