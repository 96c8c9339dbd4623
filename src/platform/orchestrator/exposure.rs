//! The way of requests from outside to the replicas of a service.

use super::Orchestrator;
use super::replicas::NOWHERE;
use super::spec::{Event, NodeId, PodId};
use crate::kernel::stream::below;
use crate::kernel::{Agenda, Class, Span, Time};
use crate::model::{ApplicationId, AttemptId, Stage};
use crate::platform::{Context, Signal};
use crate::policy::exposure::{Nodes, Way};

impl Orchestrator {
    /// A request comes to a service with replicas, from outside on the way that it is exposed, from inside at once.
    pub(super) fn enter<A: Agenda<Event>>(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let attempt = &ctx.attempts[id];
        let Some(way) = self.way_to(attempt.application).filter(|_| attempt.outside) else {
            self.offer_to_replicas(id, ctx);
            return;
        };
        let now = ctx.now();
        if way.balanced
            && let Some(balanced) = &mut self.balanced
        {
            *balanced += 1;
        }
        let mut takes = way.latency;
        let mut place = NOWHERE;
        if let Some(nodes) = way.nodes {
            let by = self.choose_node(&nodes, now);
            // A node that has failed answers nobody.
            let chosen = by
                .filter(|&by| self.is_up(by))
                .and_then(|_| self.choose_endpoint(&ctx.attempts[id], now));
            let Some((pod, _)) = chosen else {
                ctx.outbox.push(Signal::Refused(id));
                return;
            };
            place = pod.number();
            if self.cluster.pod(pod).node != by {
                takes += nodes.forward;
            }
        }
        ctx.attempts[id].place = place;
        if takes == Span::ZERO {
            self.entered(id, ctx);
        } else {
            ctx.agenda.schedule(now + takes, Class::Arrival, Event::Enters(self.number, id));
        }
    }

    /// A request from outside reaches the replica that was chosen for it; if that is no endpoint any more, or none was
    /// chosen yet, another one is. One from a router is sent on.
    pub(super) fn entered<A: Agenda<Event>>(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let attempt = &mut ctx.attempts[id];
        if attempt.stage == Stage::Cancelled {
            ctx.attempts.remove(id);
            return;
        }
        attempt.arrived = now;
        if !attempt.outside {
            self.try_again(id, ctx);
            return;
        }
        let application = attempt.application;
        let pod = (attempt.place != NOWHERE).then(|| PodId::new(attempt.place));
        match pod.and_then(|pod| self.as_endpoint(application, pod)) {
            Some(endpoint) => self.offer_to(id, endpoint, ctx),
            None => self.offer_to_replicas(id, ctx),
        }
    }

    /// How a service is exposed, if it is.
    pub(super) fn way_to(&self, application: ApplicationId) -> Option<Way> {
        self.spec.pods[application.index()].replicas.as_ref()?.exposure
    }

    /// A pod and its number among the endpoints of an application, if it is one of them.
    pub(super) fn as_endpoint(
        &mut self,
        application: ApplicationId,
        pod: PodId,
    ) -> Option<(PodId, usize)> {
        if self.rows.get(pod)?.application != application {
            return None;
        }
        let number = self.rows.replica(pod)?.endpoint?;
        Some((pod, number as usize))
    }

    /// The node to which a request from outside comes: any, but for those that are found to have failed, unless all are.
    fn choose_node(&mut self, nodes: &Nodes, now: Time) -> Option<NodeId> {
        let working = nodes.check.and_then(|check| self.targets(&check, now));
        let among = working.as_deref().unwrap_or(self.cluster.order());
        let number = below(&mut self.exposure_stream, among.len() as u64);
        among.get(number as usize).copied()
    }
}
