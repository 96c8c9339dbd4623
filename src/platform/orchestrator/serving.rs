//! Requests on replicas: which one, and when each is served.

use super::Orchestrator;
use super::containers::State;
use super::replicas::NOWHERE;
use super::spec::{Event, PodId};
use crate::kernel::stream::uniform;
use crate::kernel::{Agenda, Time};
use crate::model::{ApplicationId, Attempt, AttemptId, Stage};
use crate::platform::{Context, Signal};

impl Orchestrator {
    /// A pod serves, or does so no longer.
    pub(super) fn set_busy(&mut self, application: ApplicationId, busy: bool, now: Time) {
        let of = &self.spec.pods[application.index()];
        let figures = &mut self.figures;
        for (level, by) in [(&mut figures.busy, 1), (&mut figures.busy_memory, of.memory.get())] {
            if busy { level.add(now, by) } else { level.sub(now, by) }
        }
    }

    /// A request to a service with replicas: one of its endpoints has it, or it is refused if there is none.
    pub(super) fn offer_to_replicas<A: Agenda<Event>>(
        &mut self,
        id: AttemptId,
        ctx: &mut Context<'_, A>,
    ) {
        match self.choose_endpoint(&ctx.attempts[id], ctx.now()) {
            Some(endpoint) => self.offer_to(id, endpoint, ctx),
            None => ctx.outbox.push(Signal::Refused(id)),
        }
    }

    /// The endpoint that is to have a request, and its number, if there is any: that to which its caller has resolved the name of
    /// the service, that of its session, or one of the balancer's choice.
    pub(super) fn choose_endpoint(
        &mut self,
        attempt: &Attempt,
        now: Time,
    ) -> Option<(PodId, usize)> {
        let deployment = self.deployments[attempt.application.index()].as_ref()?;
        if deployment.addresses.is_some() {
            return self.resolve(attempt, now);
        }
        self.kept_for_session(attempt, now).or_else(|| self.balanced_endpoint(attempt, None, now))
    }

    /// The endpoint of the balancer's choice and its number, if there is any: another than `not`, if there is one.
    pub(super) fn balanced_endpoint(
        &mut self,
        attempt: &Attempt,
        not: Option<usize>,
        now: Time,
    ) -> Option<(PodId, usize)> {
        let deployment = self.deployments[attempt.application.index()].as_mut()?;
        if deployment.endpoints.is_empty() {
            return None;
        }
        let (outstanding, stream) = (&deployment.outstanding, &mut self.balance_stream);
        let mut chosen = deployment.balance.choose(outstanding, attempt.affinity, stream);
        if not == Some(chosen) && outstanding.len() > 1 {
            // One that answers nothing looks idle, so the balancer is not asked again: any other has it.
            let others = outstanding.len() - 1;
            let further = (uniform(stream) * others as f64) as usize;
            chosen = (chosen + 1 + further.min(others - 1)) % outstanding.len();
        }
        let pod = deployment.endpoints[chosen];
        self.keep_for_session(attempt, pod, now);
        Some((pod, chosen))
    }

    /// An endpoint is asked to serve a request, whether it works or not.
    pub(super) fn offer_to<A: Agenda<Event>>(
        &mut self,
        id: AttemptId,
        (pod, chosen): (PodId, usize),
        ctx: &mut Context<'_, A>,
    ) {
        if self.rows.replica(pod).is_none_or(|of| of.containers.state != State::Working) {
            self.offer_in_vain(id, (pod, chosen), ctx);
            return;
        }
        let most = self.take_in(id, (pod, chosen), ctx);
        let Some(replica) = self.rows.replica(pod) else { return };
        replica.arrived += 1;
        if replica.served < most {
            self.begin_on_replica(id, pod, ctx);
        } else {
            replica.line.push_back(id);
            ctx.attempts[id].stage = Stage::Waiting;
            self.waiting.add(ctx.agenda.now(), 1);
            if self.counts_memory {
                self.memory_changed(pod, ctx);
            }
        }
    }

    /// An endpoint has a request more. Says how many it serves at once.
    pub(super) fn take_in<A: Agenda<Event>>(
        &mut self,
        id: AttemptId,
        (pod, chosen): (PodId, usize),
        ctx: &mut Context<'_, A>,
    ) -> u32 {
        let attempt = &mut ctx.attempts[id];
        attempt.place = pod.number();
        let application = attempt.application.index();
        if let Some(deployment) = &mut self.deployments[application] {
            deployment.outstanding[chosen] += 1;
            deployment.balance.observe(chosen, deployment.outstanding[chosen]);
        }
        let of = self.spec.pods[application].replicas.as_ref();
        of.and_then(|of| of.concurrency).unwrap_or(u32::MAX)
    }

    /// A replica begins to serve a request.
    fn begin_on_replica<A: Agenda<Event>>(
        &mut self,
        id: AttemptId,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) {
        self.take_up(id, pod, ctx);
        self.cpu_changed(pod, ctx);
    }

    /// A request is among those that a replica serves, which takes the longer over it the older it is.
    pub(super) fn take_up<A: Agenda<Event>>(
        &mut self,
        id: AttemptId,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let attempt = &mut ctx.attempts[id];
        (attempt.stage, attempt.began) = (Stage::Serving, now);
        let application = attempt.application;
        self.begun += 1;
        let of = self.spec.pods[application.index()].replicas.as_ref();
        let ageing = of.and_then(|of| of.ageing);
        let Some(replica) = self.rows.replica(pod) else { return };
        let containers = &mut replica.containers;
        if let Some(ageing) = ageing {
            let age = now.since(containers.able);
            attempt.demand = ageing.of(attempt.demand, age, containers.requests);
        }
        containers.requests += 1;
        replica.served += 1;
        let first = replica.served == 1;
        replica.processor.join(now, id, attempt.demand);
        if first {
            self.set_busy(application, true, now);
        }
        if self.counts_memory {
            self.memory_changed(pod, ctx);
        }
    }

    /// Requests may have computed what they have to.
    pub(super) fn computed<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let Some(replica) = self.rows.replica(pod) else { return };
        if !replica.timer.fired(now) {
            return;
        }
        while let Some(id) = replica.processor.pop_ended(now) {
            ctx.attempts[id].stage = Stage::Calling;
            ctx.outbox.push(Signal::Served(id));
        }
        self.cpu_changed(pod, ctx);
    }

    /// A request is over, its calls included: the next of its replica is served.
    pub(super) fn release_from_replica<A: Agenda<Event>>(
        &mut self,
        id: AttemptId,
        ctx: &mut Context<'_, A>,
    ) {
        let place = ctx.attempts[id].place;
        if place == NOWHERE {
            return;
        }
        let (pod, now) = (PodId::new(place), ctx.now());
        self.left_endpoint(pod);
        let Some(replica) = self.rows.replica(pod) else { return };
        replica.served -= 1;
        let next = replica.line.pop_front();
        if replica.served == 0 {
            self.set_busy(ctx.attempts[id].application, false, now);
        }
        if let Some(next) = next {
            self.waiting.sub(now, 1);
            self.begin_on_replica(next, pod, ctx);
        }
        self.go_if_idle(pod, ctx);
    }

    /// An endpoint has a request less.
    fn left_endpoint(&mut self, pod: PodId) {
        let application = self.rows.at(pod).application;
        let Some(place) = self.rows.replica(pod).and_then(|replica| replica.endpoint) else {
            return;
        };
        let Some(deployment) = &mut self.deployments[application.index()] else { return };
        let place = place as usize;
        deployment.outstanding[place] -= 1;
        deployment.balance.observe(place, deployment.outstanding[place]);
    }

    /// Nobody waits for a request any more.
    pub(super) fn cancel_on_replica<A: Agenda<Event>>(
        &mut self,
        id: AttemptId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let pod = PodId::new(ctx.attempts[id].place);
        if ctx.attempts[id].stage == Stage::Waiting {
            self.waiting.sub(now, 1);
            self.left_endpoint(pod);
            if let Some(replica) = self.rows.replica(pod) {
                replica.line.retain(|other| *other != id);
            }
            self.go_if_idle(pod, ctx);
        } else {
            if let Some(replica) = self.rows.replica(pod) {
                replica.processor.leave(now, id);
            }
            self.cpu_changed(pod, ctx);
            self.release_from_replica(id, ctx);
        }
        ctx.attempts.remove(id);
    }
}
