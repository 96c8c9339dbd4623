//! Requests of routers that find a replica which cannot be reached: when each is sent to which other one.

use super::Orchestrator;
use super::spec::{Event, PodId};
use crate::kernel::{Agenda, Class, Span};
use crate::model::{Attempt, AttemptId};
use crate::platform::{Context, Signal};
use crate::policy::exposure::Connecting;

impl Orchestrator {
    /// Nobody takes a request at a replica: a router goes on to the next one, of others it is refused.
    pub(super) fn cannot_connect<A: Agenda<Event>>(
        &mut self,
        id: AttemptId,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) {
        let attempt = &mut ctx.attempts[id];
        if attempt.tries == 0 {
            ctx.outbox.push(Signal::Refused(id));
            return;
        }
        attempt.tries -= 1;
        attempt.place = pod.number();
        let attempt = &ctx.attempts[id];
        let Connecting { timeout, pause } =
            self.way_to(attempt.application).map(|way| way.connecting).unwrap_or_default();
        let is_told = self.cluster.pod(pod).node.is_some_and(|node| self.is_up(node));
        let takes = if !is_told {
            timeout
        } else if self.insists(attempt, pause) {
            pause.unwrap_or_default()
        } else {
            Span::ZERO
        };
        if takes == Span::ZERO {
            self.try_again(id, ctx);
        } else {
            let event = Event::Enters(self.number, id);
            ctx.agenda.schedule(ctx.now() + takes, Class::Arrival, event);
        }
    }

    /// A router sends a request to a replica once more, if it does so as often.
    pub(super) fn try_again<A: Agenda<Event>>(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let attempt = &ctx.attempts[id];
        let (application, last) = (attempt.application, PodId::new(attempt.place));
        let connecting = self.way_to(application).map(|way| way.connecting).unwrap_or_default();
        let last = self.as_endpoint(application, last);
        let next = match last {
            _ if attempt.tries == 0 => None,
            Some(last) if self.insists(attempt, connecting.pause) => Some(last),
            _ => self.balanced_endpoint(attempt, last.map(|last| last.1), ctx.now()),
        };
        match next {
            Some(next) => self.offer_to(id, next, ctx),
            None => ctx.outbox.push(Signal::Refused(id)),
        }
    }

    /// Whether a router asks the replica again that a request found last: as that of its session but for the last time, or as
    /// there is no other.
    fn insists(&self, attempt: &Attempt, pause: Option<Span>) -> bool {
        let Some(deployment) = &self.deployments[attempt.application.index()] else { return false };
        let is_kept = attempt.session.is_some() && deployment.sessions.is_some();
        pause.is_some()
            && attempt.tries > 0
            && (deployment.endpoints.len() < 2 || is_kept && attempt.tries > 1)
    }
}
