//! The path of a request, in the order in which it goes: sent, delivered, begun, served with its
//! calls (see `calls.rs`), answered, ended. One short function a step; a hop that takes no time is
//! a call, not an event.

use super::family::Service;
use super::releases::exchange_of_copies;
use super::{Event, World, WorldAgenda};
use crate::kernel::{Class, Span, Time};
use crate::metric::RequestRow;
use crate::model::{
    Attempt, AttemptId, CellId, ClientNumber, Exchange, FamilyId, NOWHERE, Origin, Outcome,
    Request, RequestId, ServiceId, Stage,
};

impl<'a> World<'a> {
    /// How the sender of a request exchanges it.
    #[inline(always)]
    pub(super) fn exchange(&self, origin: Origin) -> &'a Exchange {
        match origin {
            Origin::Client { client, .. }
            | Origin::Message { client, .. }
            | Origin::Batch { client, .. } => &self.spec.clients[usize::from(client)].exchange,
            Origin::Call { parent, call, .. } => {
                &self.family(self.attempts[parent].family).calls[call as usize].exchange
            }
            Origin::Copy { abandoned } => exchange_of_copies(abandoned),
        }
    }

    /// Sends a request for the first time or again.
    pub(super) fn send(&mut self, id: RequestId, agenda: &mut impl WorldAgenda) {
        let now = agenda.now();
        self.requests[id].attempts += 1;
        let request = &self.requests[id];
        let exchange = self.exchange(request.origin);
        let row = self.attempt(self.version(request), (id, request), exchange);
        let attempt = self.attempts.insert(row);
        let request = &mut self.requests[id];
        request.attempt = Some(attempt);
        if let Some(figures) = self.cells.of(request.cell) {
            figures.attempts += 1;
            figures.requests += u64::from(request.attempts == 1);
        }
        if exchange.timeout < Span::MAX {
            request.due = now + exchange.timeout;
            agenda.schedule(request.due, Class::Expiry, Event::Due(id));
        }
        let latency = self.latency(exchange, &self.requests[id], false);
        if latency > Span::ZERO {
            agenda.schedule(now + latency, Class::Arrival, Event::Delivered(attempt));
        } else {
            self.delivered(attempt, agenda);
        }
    }

    /// The next attempt at a request, which a version of its service serves, with its demand: a function of the service's
    /// stream and the lineage of the request, whatever happened before.
    #[inline(always)]
    pub(super) fn attempt(
        &self,
        service: Service,
        (id, request): (RequestId, &Request),
        exchange: &Exchange,
    ) -> Attempt {
        let family = self.family(service.family);
        let spec = family.spec;
        let index = request.service.number() - family.first.number();
        let fresh = exchange.backoff.fresh_demand && request.attempts > 1;
        let lineage =
            if fresh { request.lineage.part(request.attempts.into()) } else { request.lineage };
        let demand = family.demand_of(request, lineage);
        let cold_demand = spec.cold_demand.as_ref().map(|cold_demand| {
            let cold = cold_demand.get(index).span(&mut family.cold_demand.draws_for(lineage));
            cold + self.demand_of_others(family, request)
        });
        // Looked up after the draws, so that nothing has to be kept across the calls of samplers.
        let inherited_priority = match request.origin {
            Origin::Client { client, .. }
            | Origin::Message { client, .. }
            | Origin::Batch { client, .. } => self.spec.clients[usize::from(client)].priority,
            Origin::Call { parent, .. } => self.attempts[parent].inherited_priority,
            Origin::Copy { .. } => None,
        };
        Attempt {
            application: service.application,
            demand: service.stretch.of(demand),
            cold_demand: cold_demand.map(|cold_demand| service.stretch.of(cold_demand)),
            inherited_priority,
            priority: inherited_priority.unwrap_or_else(|| *spec.priority.get(index)),
            affinity: if self.balances { self.affinity(request) } else { 0 },
            session: if spec.keeps_addresses {
                self.caller(request)
            } else if self.knows_sessions {
                self.session(request)
            } else {
                None
            },
            outside: self.is_from_outside(request.origin, spec.platform),
            tries: exchange.tries,
            messages: match request.origin {
                Origin::Batch { count, .. } => count,
                _ => 1,
            },
            lineage,
            cell: request.cell,
            ..Attempt::new(id, service.family, spec.platform)
        }
    }

    /// An attempt reaches its platform.
    #[inline(always)]
    pub(super) fn delivered(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let attempt = &mut self.attempts[id];
        if attempt.stage == Stage::Cancelled {
            self.attempts.remove(id);
            return;
        }
        attempt.arrived = agenda.now();
        if attempt.platform == NOWHERE {
            self.begin_workflow(id);
            return;
        }
        if self.releases.is_some() {
            self.arrive_at_version(id);
        }
        self.offer(id, agenda);
        if self.copies {
            self.copy(id, agenda);
        }
    }

    /// The platform has turned an attempt away.
    #[inline(never)]
    pub(super) fn refused(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        if self.releases.is_some() {
            self.see(id, Outcome::Refused, agenda.now());
        }
        self.attempts[id].outcome = Outcome::Refused;
        self.answer(id, agenda);
    }

    /// An attempt has failed while it was served.
    #[inline(never)]
    pub(super) fn failed(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        self.attempts[id].outcome = Outcome::Failed;
        if self.attempts[id].calls.is_some() {
            self.abandon_calls(id, agenda);
        }
        self.finish(id, agenda);
    }

    /// An attempt is over, its calls included: its server or instance is free, and it is answered.
    #[inline(always)]
    pub(super) fn finish(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        if self.looks {
            self.look_at(id, agenda);
        }
        self.record_service(id, agenda.now());
        self.release(id, agenda);
        self.answer(id, agenda);
    }

    /// Records how long an attempt waited and was served.
    #[inline(always)]
    fn record_service(&mut self, id: AttemptId, now: Time) {
        let attempt = &self.attempts[id];
        if let Some(figures) = self.cells.of(attempt.cell) {
            figures.began(attempt.waited(), attempt.cold);
            figures.service.record(now - attempt.began);
        }
    }

    /// What served an attempt is gone: it has failed. Where the event of its end is `due`, that keeps its row
    /// until then, and another row fails in its place.
    #[inline(never)]
    pub(super) fn lost(&mut self, id: AttemptId, due: bool, agenda: &mut impl WorldAgenda) {
        let id = if due { self.leave_row(id) } else { id };
        self.attempts[id].outcome = Outcome::Failed;
        if self.attempts[id].calls.is_some() {
            self.abandon_calls(id, agenda);
        }
        if self.looks {
            self.look_at(id, agenda);
        }
        self.record_service(id, agenda.now());
        self.answer(id, agenda);
    }

    /// Leaves the row of an attempt to the event that names it; tells the row in which the attempt goes on.
    fn leave_row(&mut self, id: AttemptId) -> AttemptId {
        let attempt = self.attempts[id];
        let other = self.attempts.insert(attempt);
        if let Some(request) = attempt.request {
            self.requests[request].attempt = Some(other);
        }
        let left = &mut self.attempts[id];
        (left.stage, left.request) = (Stage::Cancelled, None);
        other
    }

    /// Looks at an attempt that was served: whether it fails all the same, what of messages and of releases it
    /// counts for.
    #[inline(never)]
    fn look_at(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        if self.fails {
            self.draw_failure(id);
        }
        if self.batches {
            self.count_messages(id);
        }
        if self.releases.is_some() {
            self.see(id, self.attempts[id].outcome, agenda.now());
        }
    }

    /// The answer to an attempt is on its way, if anybody waits for it.
    #[inline(always)]
    pub(super) fn answer(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let Attempt { request: Some(caller), outcome, .. } = self.attempts[id] else {
            self.attempts.remove(id);
            // The last to end may be calls of work that nobody waits for any more.
            self.look_whether_over();
            return;
        };
        let request = &self.requests[caller];
        let latency = self.latency(self.exchange(request.origin), request, true);
        if latency > Span::ZERO {
            self.attempts[id].stage = Stage::Answering;
            let at = agenda.now() + latency;
            agenda.schedule(at, Class::Completion, Event::Answered(id));
        } else {
            self.attempt_ended(caller, outcome, agenda);
            self.attempts.remove(id);
        }
    }

    /// The answer to an attempt reaches the caller, if anybody still waits for it.
    #[inline(always)]
    pub(super) fn answered(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let attempt = &self.attempts[id];
        let (request, outcome) = (attempt.request, attempt.outcome);
        if let Some(request) = request {
            self.attempt_ended(request, outcome, agenda);
        }
        self.attempts.remove(id);
    }

    /// An attempt has ended for the caller, who tries again or not.
    #[inline(always)]
    pub(super) fn attempt_ended(
        &mut self,
        id: RequestId,
        outcome: Outcome,
        agenda: &mut impl WorldAgenda,
    ) {
        if let Origin::Batch { .. } = self.requests[id].origin {
            self.batch_ended(id, outcome, agenda);
            return;
        }
        if outcome == Outcome::Completed {
            self.conclude(id, outcome, agenda);
            return;
        }
        self.try_again(id, outcome, agenda);
    }

    /// An attempt has not completed: the caller pauses and tries again, or has had enough.
    #[inline(never)]
    fn try_again(&mut self, id: RequestId, outcome: Outcome, agenda: &mut impl WorldAgenda) {
        let request = &self.requests[id];
        let backoff = &self.exchange(request.origin).backoff;
        if request.attempts >= backoff.attempts {
            self.conclude(id, outcome, agenda);
            return;
        }
        let draws = &mut self.pause.draws_for(request.lineage.part(request.attempts.into()));
        let due = agenda.now() + backoff.pause(request.attempts, draws);
        let request = &mut self.requests[id];
        request.attempt = None;
        request.due = due;
        agenda.schedule(due, Class::Arrival, Event::Due(id));
    }

    /// A request has ended.
    #[inline(always)]
    pub(super) fn conclude(
        &mut self,
        id: RequestId,
        outcome: Outcome,
        agenda: &mut impl WorldAgenda,
    ) {
        let now = agenda.now();
        let Request { origin, cell, sent, .. } = self.requests[id];
        match origin {
            Origin::Call { parent, .. } => self.unlink_call(parent, id),
            _ => _ = self.forget(id),
        }
        if let Some(figures) = self.cells.of(cell) {
            figures.ended(outcome, now - sent);
        }
        match origin {
            Origin::Client { client, user } => {
                self.client_request_ended(id, outcome, now);
                if self.clients[usize::from(client)].is_closed() {
                    self.think(client, user, agenda);
                }
                self.look_whether_over();
            }
            Origin::Message { .. } => {
                if let (Outcome::Completed, Some(figures)) = (outcome, self.cells.of(cell)) {
                    figures.of_messages().age.record(now - sent);
                }
                self.client_request_ended(id, outcome, now);
                self.look_whether_over();
            }
            Origin::Batch { .. } => unreachable!("a batch ends in its source"),
            Origin::Copy { .. } => self.look_whether_over(),
            Origin::Call { parent, call, .. } => self.call_ended(parent, call, outcome),
        }
    }

    /// A request of a client has ended, whose row is freed but can still be read.
    #[inline(always)]
    fn client_request_ended(&mut self, id: RequestId, outcome: Outcome, now: Time) {
        let Request { cell, sent, .. } = self.requests[id];
        self.concluded += 1;
        if outcome == Outcome::Completed
            && let Some(mser) = &mut self.mser
        {
            mser.record(now, now - sent);
        }
        if cell.is_some() {
            self.ended += 1;
            if self.spec.output.requests {
                self.tell(id, outcome, now);
            }
        }
    }

    /// Frees the row of a request, which can be read until the next is made; events that still
    /// name it find nothing due.
    #[inline(always)]
    pub(super) fn forget(&mut self, id: RequestId) -> &Request {
        self.requests.remove(id);
        let request = &mut self.requests[id];
        request.due = Request::NEVER;
        request
    }

    /// Tells the recorder of a request of a client that has ended.
    #[inline(never)]
    fn tell(&mut self, id: RequestId, outcome: Outcome, now: Time) {
        let request = &self.requests[id];
        let Some(client) = request.origin.client() else { return };
        // The last attempt, if it was answered by a service and not turned away.
        let answered = matches!(outcome, Outcome::Completed | Outcome::Failed);
        let served = request.attempt.filter(|_| answered).map(|attempt| &self.attempts[attempt]);
        let served = served.filter(|attempt| attempt.platform != NOWHERE);
        let service = self
            .family(self.services[request.service.index()].family)
            .spec
            .member_name(request.service);
        let row = RequestRow {
            sent: request.sent,
            client: &self.spec.clients[usize::from(client)].name,
            service: &service,
            outcome,
            attempts: request.attempts,
            response: now - request.sent,
            waiting: served.map(Attempt::waited),
            cold: served.and_then(|attempt| attempt.cold),
        };
        if let Some(recorder) = &mut self.recorder {
            recorder.request(&row);
        }
    }

    /// The set of figures of a request sent now; `None` during the warm-up.
    #[inline(always)]
    pub(super) fn cell(
        &mut self,
        client: Option<ClientNumber>,
        family: FamilyId,
        service: ServiceId,
        now: Time,
    ) -> Option<CellId> {
        if now < self.warm_up {
            return None;
        }
        Some(self.cells.open(client, family, service))
    }
}
