//! Event sources at work. A message is the request of a client; it waits in its source until that gives it
//! to the service in a batch. The batch is a request, too, which goes the path of all others, and the
//! messages in it end when it was processed, or go back, or are given up.

use super::source::Next;
use super::{Event, Family, World, WorldAgenda};
use crate::kernel::{Class, Span, Time};
use crate::metric::{Area, Named, RequestFigures};
use crate::model::{Attempt, AttemptId, ClientNumber, Origin, Outcome, Request, RequestId, Stage};
use crate::policy::delivery::{Failed, Verdict};

/// The source of a client, apart from all else that the world holds.
macro_rules! source {
    ($world:expr, $client:expr) => {
        $world.clients[usize::from($client)].source.as_mut().expect("the client sends messages")
    };
}

impl World<'_> {
    /// The source of a client accepts a message.
    #[inline(never)]
    pub(super) fn accept(
        &mut self,
        id: RequestId,
        client: ClientNumber,
        agenda: &mut impl WorldAgenda,
    ) {
        let message = &mut self.requests[id];
        if let Some(figures) = self.cells.of(message.cell) {
            figures.requests += 1;
            figures.of_messages().accepted += 1;
        }
        let source = source!(self, client);
        source.backlog.add(agenda.now(), 1);
        let line = source.line_of(message.lineage);
        message.origin = Origin::Message { client, held: false, refusals: 0, line };
        self.enter(id, client, line, agenda);
    }

    /// A message waits from now on, and what can be given to the service is.
    fn enter(
        &mut self,
        id: RequestId,
        client: ClientNumber,
        line: u32,
        agenda: &mut impl WorldAgenda,
    ) {
        let due = source!(self, client).enter(id, line, &mut self.requests, agenda.now());
        if let Some(due) = due {
            agenda.schedule(due, Class::Expiry, Event::Due(id));
        }
        self.give(client, line, agenda);
    }

    /// The pause of a message is over, or it has waited for others for as long as it may.
    pub(super) fn message_due(&mut self, id: RequestId, agenda: &mut impl WorldAgenda) {
        let message = &mut self.requests[id];
        let Origin::Message { client, held, line, .. } = &mut message.origin else { return };
        let (client, line) = (*client, *line);
        if std::mem::take(held) {
            self.enter(id, client, line, agenda);
        } else {
            message.due = agenda.now();
            self.give(client, line, agenda);
        }
    }

    /// The number of pollers of a client's queue may change.
    pub(super) fn review_pollers(&mut self, client: ClientNumber, agenda: &mut impl WorldAgenda) {
        source!(self, client).review(&self.requests, agenda.now());
        self.give(client, 0, agenda);
    }

    /// Gives the service what it can be given of a line.
    fn give(&mut self, client: ClientNumber, line: u32, agenda: &mut impl WorldAgenda) {
        loop {
            let now = agenda.now();
            let batch = match source!(self, client).next(line, &mut self.requests, now) {
                Next::Nothing => break,
                Next::TooOld(message) => {
                    source!(self, client).backlog.sub(now, 1);
                    self.give_up(message, Outcome::TimedOut, agenda);
                    continue;
                }
                Next::Part(part) if self.is_too_old(part, now) => {
                    let Origin::Batch { count, .. } = self.requests[part].origin else { continue };
                    source!(self, client).backlog.sub(now, count.into());
                    self.end_batch(part, line, Outcome::TimedOut, agenda);
                    continue;
                }
                Next::Part(part) => part,
                Next::Messages(first, count) => {
                    let batch = self.batch(client, first, count, now);
                    self.requests.insert(batch)
                }
            };
            self.deliver(batch, agenda);
        }
        source!(self, client).arm_review(client, &self.requests, agenda);
    }

    /// Whether a batch is too old to be given to the service.
    fn is_too_old(&self, batch: RequestId, now: Time) -> bool {
        let Origin::Batch { client, first, .. } = self.requests[batch].origin else { return false };
        let source = &self.clients[usize::from(client)].source;
        let age = now - self.requests[first].sent;
        source.as_ref().is_some_and(|source| age > source.rule.max_age())
    }

    /// A batch of `count` messages.
    fn batch(&mut self, client: ClientNumber, first: RequestId, count: u32, now: Time) -> Request {
        let message = self.requests[first];
        let family = self.services[message.service.index()].family;
        let share = source!(self, client).shape.per_message;
        let demand = match count {
            1 => message.demand,
            _ => self.demand_together(first, count, share),
        };
        Request {
            origin: Origin::Batch { client, first, count },
            // Alone it is the message itself; the same messages in other company have other luck.
            lineage: match count {
                1 => message.lineage,
                _ => message.lineage.part(count.into()),
            },
            sent: now,
            due: Request::NEVER,
            attempt: None,
            attempts: message.attempts + 1,
            cell: self.cell(Some(client), family, message.service, now),
            demand,
            sibling: None,
            ..message
        }
    }

    /// The messages of a batch, from its `first` on.
    pub(super) fn messages_from(&self, first: RequestId) -> impl Iterator<Item = &Request> {
        let first = &self.requests[first];
        std::iter::successors(Some(first), |message| Some(&self.requests[message.sibling?]))
    }

    /// The work of messages together: all of the first, and a share of each other.
    fn demand_together(&self, first: RequestId, count: u32, share: f64) -> Span {
        let service = self.requests[first].service;
        let family = self.family(self.services[service.index()].family);
        let mut total = Span::ZERO;
        for (place, message) in self.messages_from(first).take(count as usize).enumerate() {
            let demand = family.demand_of(message, message.lineage);
            total += if place > 0 && share < 1.0 { demand.scaled(share) } else { demand };
        }
        total
    }

    /// What all messages but the first add to the work of a batch; nothing for any other request.
    #[inline(always)]
    pub(super) fn demand_of_others(&self, family: &Family<'_>, request: &Request) -> Span {
        match request.origin {
            Origin::Batch { first, count, .. } if count > 1 => {
                let first = &self.requests[first];
                let own = family.demand_of(first, first.lineage);
                Span::from_nanos(request.demand.as_nanos() - own.as_nanos())
            }
            _ => Span::ZERO,
        }
    }

    /// Gives a batch to its service, for the first time or again.
    pub(super) fn deliver(&mut self, id: RequestId, agenda: &mut impl WorldAgenda) {
        let Request { origin, cell, .. } = self.requests[id];
        let Origin::Batch { client, first, count } = origin else { return };
        let (mut next, mut redeliveries) = (Some(first), 0);
        while let Some(message) = next {
            let message = &mut self.requests[message];
            redeliveries += u64::from(message.attempts > 0);
            message.attempts += 1;
            next = message.sibling;
        }
        if let Some(figures) = self.cells.of(cell) {
            let messages = figures.of_messages();
            messages.batches += 1;
            messages.delivered += u64::from(count);
            messages.redeliveries += redeliveries;
        }
        source!(self, client).backlog.sub(agenda.now(), count.into());
        self.send(id, agenda);
    }

    /// The service has answered a batch, or has not in time.
    #[inline(never)]
    pub(super) fn batch_ended(
        &mut self,
        id: RequestId,
        outcome: Outcome,
        agenda: &mut impl WorldAgenda,
    ) {
        let Origin::Batch { client, first, .. } = self.requests[id].origin else { return };
        let Origin::Message { line, .. } = self.requests[first].origin else { return };
        let in_order = source!(self, client).shape.in_order;
        if outcome != Outcome::Completed && in_order && self.stays(id, line, outcome, agenda) {
            return;
        }
        self.end_batch(id, line, outcome, agenda);
        self.give(client, line, agenda);
    }

    /// A batch of a line has ended, and its messages end, are held back, or are given up.
    fn end_batch(
        &mut self,
        id: RequestId,
        line: u32,
        outcome: Outcome,
        agenda: &mut impl WorldAgenda,
    ) {
        let Request { origin, sent, .. } = *self.forget(id);
        let Origin::Batch { client, first, .. } = origin else { return };
        let source = source!(self, client);
        let in_order = source.shape.in_order;
        source.lines[line as usize].batches -= 1;
        let mut next = Some(first);
        while let Some(message) = next {
            next = self.requests[message].sibling;
            match outcome {
                Outcome::Completed => self.conclude(message, outcome, agenda),
                _ if in_order => self.give_up(message, outcome, agenda),
                _ => self.message_failed(message, outcome, agenda.now() - sent, agenda),
            }
        }
    }

    /// A message was not processed: it is held back, or given up.
    fn message_failed(
        &mut self,
        id: RequestId,
        outcome: Outcome,
        held_for: Span,
        agenda: &mut impl WorldAgenda,
    ) {
        let now = agenda.now();
        let message = &mut self.requests[id];
        let Origin::Message { client, held, refusals, .. } = &mut message.origin else { return };
        *refusals += u32::from(outcome == Outcome::Refused);
        let failed = Failed {
            outcome,
            attempts: message.attempts,
            refusals: *refusals,
            messages: 1,
            age: now - message.sent,
            held: held_for,
        };
        let source = source!(self, *client);
        let Verdict::Again(pause) = source.rule.failed(&failed) else {
            self.give_up(id, outcome, agenda);
            return;
        };
        source.backlog.add(now, 1);
        *held = true;
        message.sibling = None;
        message.due = now + pause;
        agenda.schedule(message.due, Class::Arrival, Event::Due(id));
    }

    /// A batch in order was not processed. Whether it stays where it is, whole or in two, and holds up all
    /// behind it.
    fn stays(
        &mut self,
        id: RequestId,
        line: u32,
        outcome: Outcome,
        agenda: &mut impl WorldAgenda,
    ) -> bool {
        let now = agenda.now();
        let Request { origin, attempts, sent, .. } = self.requests[id];
        let Origin::Batch { client, first, count } = origin else { return false };
        let failed = Failed {
            outcome,
            // It began with one.
            attempts: attempts - 1,
            refusals: 0,
            messages: count,
            age: now - self.requests[first].sent,
            held: now - sent,
        };
        let source = source!(self, client);
        let pause = match source.rule.failed(&failed) {
            Verdict::Dead => return false,
            Verdict::Again(pause) => pause,
            Verdict::Halve(pause) => {
                self.halve(id, line, now);
                pause
            }
        };
        source!(self, client).backlog.add(now, count.into());
        let batch = &mut self.requests[id];
        batch.attempt = None;
        batch.due = now + pause;
        agenda.schedule(batch.due, Class::Arrival, Event::Due(id));
        true
    }

    /// Cuts a batch in two: it keeps the first half, the rest is a part that goes next.
    fn halve(&mut self, id: RequestId, line: u32, now: Time) {
        let Origin::Batch { client, first, count } = self.requests[id].origin else { return };
        let kept = count.div_ceil(2);
        let mut last = first;
        for _ in 1..kept {
            last = self.requests[last].sibling.expect("a batch has as many as are counted");
        }
        let rest = self.requests[last].sibling.take().expect("there are two at least");
        // Each half begins anew, with its own work and luck.
        let rest = self.batch(client, rest, count - kept, now);
        self.requests[id] = Request { attempts: 1, ..self.batch(client, first, kept, now) };
        let parts = source!(self, client).lines[line as usize].parts;
        let rest = self.requests.insert(Request { attempts: 1, sibling: parts, ..rest });
        source!(self, client).lines[line as usize].parts = Some(rest);
    }

    /// A message is given up: a dead letter.
    fn give_up(&mut self, id: RequestId, outcome: Outcome, agenda: &mut impl WorldAgenda) {
        if let Some(figures) = self.cells.of(self.requests[id].cell) {
            figures.of_messages().dead_letters += 1;
        }
        self.conclude(id, outcome, agenda);
    }

    /// Messages of an attempt beside the first, if its service began in the measured time.
    fn others_of(&self, attempt: &Attempt) -> u64 {
        if attempt.began >= self.warm_up { u64::from(attempt.messages) - 1 } else { 0 }
    }

    /// Counts the messages of an attempt that was served and is over.
    pub(super) fn count_messages(&mut self, id: AttemptId) {
        let attempt = &self.attempts[id];
        self.others[usize::from(attempt.platform)] += self.others_of(attempt);
    }

    /// By platform: messages beside the first of each batch whose service began in the measured time.
    pub(super) fn other_messages(&self) -> Vec<u64> {
        let mut others = self.others.clone();
        for attempt in self.attempts.iter().filter(|_| self.batches) {
            if matches!(attempt.stage, Stage::Serving | Stage::Calling) {
                others[usize::from(attempt.platform)] += self.others_of(attempt);
            }
        }
        others
    }

    /// By client: what it sent, up to `end`.
    pub(super) fn client_figures(&self, end: Time) -> Vec<Named<RequestFigures>> {
        let mut clients = self.cells.clients(self.spec);
        for (number, client) in clients.iter_mut().enumerate() {
            self.add_backlog(number, &mut client.of, end);
        }
        clients
    }

    /// Adds the backlog of a client's source, if it has one, to figures of what it sent.
    pub(super) fn add_backlog(&self, client: usize, figures: &mut RequestFigures, end: Time) {
        if let Some(source) = &self.clients[client].source {
            figures.of_messages().add_backlog(Some(Area::of(&source.backlog, end)));
        }
    }
}
