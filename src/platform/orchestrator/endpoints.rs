//! Replicas to which requests go: when each becomes one of them, and when it is one no longer.
//!
//! Whatever the reason, a time at which a replica joins or leaves is set here, and here a rollout is told of it.

use super::Orchestrator;
use super::containers::State;
use super::pods::{NEVER, Replica, Work};
use super::replicas::Deployment;
use super::spec::{Event, PodId};
use crate::kernel::{Agenda, Class, Span, Time};
use crate::platform::Context;

impl Deployment {
    /// Requests go to a replica from now on, the `came`-th pod of the cluster, which has some of before. Says its number
    /// among the endpoints.
    fn add_endpoint(&mut self, pod: PodId, came: u64, outstanding: u32) -> u32 {
        let place = self.endpoints.len();
        self.endpoints.push(pod);
        self.outstanding.push(outstanding);
        self.balance.joins(place, came);
        self.balance.observe(place, outstanding);
        place as u32
    }

    /// Requests go to an endpoint no longer.
    fn take_endpoint(&mut self, place: u32) {
        let place = place as usize;
        self.endpoints.remove(place);
        self.outstanding.remove(place);
        self.balance.leaves(place);
    }
}

impl Orchestrator {
    /// How long it takes until requests go to a replica that is ready, or no longer to one that is to go.
    pub(super) fn endpoint_delay(&self, pod: PodId) -> Span {
        let of = self.rows.get(pod).map(|row| &self.spec.pods[row.application.index()]);
        let reload = of.and_then(|of| of.replicas.as_ref()).map_or(Span::ZERO, |of| of.reload);
        self.spec.endpoint_delay + reload
    }

    /// A replica is found ready at a time, and will be an endpoint after a delay.
    pub(super) fn joins_after<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ready: Time,
        ctx: &mut Context<'_, A>,
    ) {
        let at = ready.plus(self.endpoint_delay(pod));
        let Some(replica) = self.rows.replica(pod) else { return };
        if replica.containers.ready > ctx.now() {
            replica.containers.ready = ready;
        }
        let event = Event::Joins(self.number, pod);
        self.endpoint_changes(pod, |replica| &mut replica.joins, (at, event), ctx);
    }

    /// A replica will be an endpoint no longer at a time.
    pub(super) fn leaves_at<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        at: Time,
        ctx: &mut Context<'_, A>,
    ) {
        let event = Event::Leaves(self.number, pod);
        self.endpoint_changes(pod, |replica| &mut replica.leaves, (at, event), ctx);
    }

    /// It is known when a replica becomes an endpoint or ceases to be one, which a rollout waits for.
    fn endpoint_changes<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        when: fn(&mut Replica) -> &mut Time,
        (at, event): (Time, Event),
        ctx: &mut Context<'_, A>,
    ) {
        let Some(replica) = self.rows.replica(pod) else { return };
        *when(replica) = at;
        ctx.agenda.schedule(at, Class::Control, event);
        let application = self.rows.at(pod).application;
        self.replicas_changed(application, ctx);
    }

    /// A replica becomes an endpoint, if it is not to go.
    pub(super) fn join_endpoints<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        // The event may be that of a pod that was here before: what is to cease now does so first, and not afterwards.
        self.leave_endpoints(pod, ctx);
        if self.rows.get(pod).is_none() {
            return;
        }
        let reached = self.cluster.pod(pod).node.is_some_and(|node| self.is_up(node));
        let Some(replica) = self.rows.replica(pod).filter(|of| of.joins == now) else { return };
        replica.joins = NEVER;
        replica.containers.state = if reached { State::Working } else { State::CutOff };
        let (starting, endpoint) = (std::mem::take(&mut replica.starting), replica.endpoint);
        // A replica that hung comes back with the requests it had.
        let present = replica.present();
        let row = self.rows.at(pod);
        let (application, came) = (row.application, row.came);
        if starting {
            self.started(application, now);
        }
        if !reached || endpoint.is_some() || self.cluster.pod(pod).leaving.is_leaving() {
            return;
        }
        let Some(deployment) = &mut self.deployments[application.index()] else { return };
        let place = deployment.add_endpoint(pod, came, present);
        if let Some(replica) = self.rows.replica(pod) {
            replica.endpoint = Some(place);
            replica.turned = now;
        }
        self.look_whether_shifted(application, ctx.outbox);
        self.look_whether_made_good(application, now);
        self.more_are_healthy(application, ctx);
    }

    /// No more requests go to a replica; it is gone when it has none.
    pub(super) fn leave_endpoints<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let Some(replica) = self.rows.replica(pod).filter(|of| of.leaves == now) else { return };
        replica.leaves = NEVER;
        self.remove_endpoint(pod, ctx);
        self.go_if_idle(pod, ctx);
    }

    /// A replica is an endpoint no longer. If it stays, when it will be one again is known from now on, which a rollout waits for.
    pub(super) fn remove_endpoint<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        self.is_found(pod, now);
        let application = self.rows.at(pod).application;
        let Some(replica) = self.rows.replica(pod) else { return };
        let Some(place) = replica.endpoint.take() else { return };
        replica.turned = now;
        let Some(deployment) = &mut self.deployments[application.index()] else { return };
        deployment.take_endpoint(place);
        for (number, &other) in (0_u32..).zip(&deployment.endpoints).skip(place as usize) {
            if let Some(replica) = self.rows.replica(other) {
                replica.endpoint = Some(number);
            }
        }
        self.look_whether_shifted(application, ctx.outbox);
        self.goes_with_its_node(pod, now);
        if !self.cluster.pod(pod).leaving.is_leaving() {
            self.replicas_changed(application, ctx);
        }
    }

    /// When a replica was or will be found ready; [`NEVER`] if that is not known.
    pub(super) fn ready_since(&self, pod: PodId) -> Time {
        let Some(Work::Replica(replica)) = self.rows.get(pod).map(|row| &row.work) else {
            return NEVER;
        };
        let Replica { endpoint, joins, turned, leaves, .. } = **replica;
        if leaves < NEVER {
            return NEVER;
        }
        let known = match endpoint {
            Some(_) => turned,
            // Nobody hears from its node that it is ready.
            None if !self.is_heard(pod) => NEVER,
            None => joins,
        };
        let delay = self.endpoint_delay(pod).as_nanos();
        if known < NEVER { Time::from_nanos(known.as_nanos().saturating_sub(delay)) } else { NEVER }
    }
}
