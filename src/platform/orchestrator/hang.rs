//! Replicas that take requests and answer none, until a check finds them.

use super::Orchestrator;
use super::chronicle::Ended;
use super::containers::{State, found};
use super::pods::NEVER;
use super::spec::{Event, PodId};
use crate::kernel::{Agenda, Class, Span};
use crate::model::{AttemptId, Stage};
use crate::platform::Context;

impl Orchestrator {
    /// The containers of a replica answer nobody any more: what they serve stands still. When their checks find it
    /// follows from when they began.
    pub(super) fn hang<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let Some(row) = self.rows.get(pod) else { return };
        let Some(of) = &self.spec.pods[row.application.index()].replicas else { return };
        let (startup, readiness, liveness) = (of.startup, of.readiness, of.liveness);
        let restart = self.restart_of(pod);
        let Some(replica) = self.rows.replica(pod) else { return };
        let containers = &mut replica.containers;
        let hangs = matches!(containers.state, State::Starting | State::Working);
        if !hangs || containers.began > now {
            return;
        }
        let began = containers.began;
        // Until its startup check has found it started, the other checks do not look.
        let started = startup.map_or(began, |check| check.look(began, containers.able));
        (containers.state, containers.hung, replica.joins) = (State::Hanging, now, NEVER);
        if containers.ready > now {
            containers.ready = NEVER;
        }
        let gate = if now < started { startup } else { liveness };
        let sick = gate.filter(|_| restart.unhealthy).map(|check| check.finds_hanging(began, now));
        let sick = sick.map(|sick| sick.max(began.plus(restart.grace)));
        containers.sick = containers.sick.min(sick.unwrap_or(NEVER));
        let waits = restart.unready && startup.is_none();
        let unready = readiness.filter(|_| replica.endpoint.is_some() || waits);
        let unready = unready.map(|check| check.finds_hanging(began, now));
        containers.unready = containers.unready.min(unready.unwrap_or(NEVER));
        for due in [containers.sick, containers.unready] {
            if due < NEVER {
                ctx.agenda.schedule(due, Class::Control, Event::Due(self.number, pod));
            }
        }
        replica.count_cpu(now);
        replica.processor.stand_still(now);
        let wanted = std::mem::take(&mut replica.wanted);
        self.stops_serving(pod, now);
        if let Some(node) = self.cluster.pod(pod).node {
            self.cpu_freed(node.index(), wanted, ctx);
        }
    }

    /// The containers of a replica answer again, if they hung.
    pub(super) fn answers_again<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let Some(row) = self.rows.get(pod) else { return };
        let application = row.application;
        let Some(of) = &self.spec.pods[application.index()].replicas else { return };
        let readiness = of.readiness;
        let node = self.cluster.pod(pod).node;
        let cut_off = node.is_some_and(|node| self.healths[node.index()].cut_off > 0);
        let Some(replica) = self.rows.replica(pod) else { return };
        let containers = &mut replica.containers;
        if containers.state != State::Hanging {
            return;
        }
        if containers.killed < NEVER {
            // It was told to stop long ago.
            self.end_containers(pod, Ended::Unhealthy, ctx);
            return;
        }
        // What was left of its start is done now.
        let rest = containers.able.as_nanos().saturating_sub(containers.hung.as_nanos());
        let able = containers.able.max(now.plus(Span::from_nanos(rest)));
        containers.able = able;
        let fails = containers.fails < NEVER;
        let works = if cut_off { State::CutOff } else { State::Working };
        containers.state = if rest > 0 || fails { State::Starting } else { works };
        let began = containers.began;
        // One that still starts may yet be found not to come up.
        let due = if able > now { found(of, began, able).1 } else { [NEVER, NEVER] };
        let due = due.map(|at| if at < NEVER { at.max(now) } else { at });
        (containers.sick, containers.unready) = (due[0], due[1]);
        for at in due.into_iter().filter(|at| *at < NEVER) {
            ctx.agenda.schedule(at, Class::Control, Event::Due(self.number, pod));
        }
        // If it is still to cease to be an endpoint, it becomes one again after that.
        if fails {
            self.fails_at(pod, able, ctx);
        } else if replica.lacks_endpoint() && !self.cluster.pod(pod).leaving.is_leaving() {
            let ready = readiness.map_or(able, |check| check.look(began, able));
            self.joins_after(pod, ready, ctx);
        }
        self.serves_again(pod, now);
        self.cpu_changed(pod, ctx);
    }

    /// A check says that a replica is not ready any more: requests go elsewhere after a delay.
    pub(super) fn found_unready<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let restart = self.restart_of(pod);
        if restart.unready
            && let Some(replica) = self.rows.replica(pod)
        {
            let grace = replica.containers.began.plus(restart.grace);
            if grace <= now {
                self.replace_found(pod, ctx);
                return;
            }
            replica.containers.unready = grace;
            ctx.agenda.schedule(grace, Class::Control, Event::Due(self.number, pod));
        }
        if self.rows.replica(pod).is_some_and(|replica| !replica.lacks_endpoint()) {
            self.leaves_at(pod, now.plus(self.endpoint_delay(pod)), ctx);
        }
    }

    /// A check says that a replica is sick: it is told to stop, which those that hang do not hear.
    pub(super) fn found_sick<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        if self.state(pod) != Some(State::Hanging) {
            self.end_containers(pod, Ended::Unhealthy, ctx);
        } else if self.restart_of(pod).replaces_at_once() {
            self.replace_found(pod, ctx);
        } else if let Some(replica) = self.rows.replica(pod) {
            replica.containers.killed = now.plus(self.spec.grace);
            let event = Event::Due(self.number, pod);
            ctx.agenda.schedule(replica.containers.killed, Class::Control, event);
        }
    }

    /// A request comes to a replica that does not work: one that hangs takes it and does nothing, of others nobody answers.
    #[inline(never)]
    pub(super) fn offer_in_vain<A: Agenda<Event>>(
        &mut self,
        id: AttemptId,
        (pod, chosen): (PodId, usize),
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let node = self.cluster.pod(pod).node;
        let reached = node.is_some_and(|node| self.is_up(node));
        if !reached || self.state(pod) != Some(State::Hanging) {
            self.cannot_connect(id, pod, ctx);
            return;
        }
        let most = self.take_in(id, (pod, chosen), ctx);
        let Some(replica) = self.rows.replica(pod) else { return };
        if replica.served >= most {
            replica.line.push_back(id);
            ctx.attempts[id].stage = Stage::Waiting;
            self.waiting.add(now, 1);
            self.memory_changed(pod, ctx);
            return;
        }
        self.take_up(id, pod, ctx);
    }
}
