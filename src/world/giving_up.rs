//! Giving up: timeouts, and what becomes of the work that nobody waits for.

use super::{Event, World, WorldAgenda};
use crate::kernel::{Class, Span, Time};
use crate::model::{Abandoned, AttemptId, Origin, Outcome, Request, RequestId, Stage};

impl World<'_> {
    /// The timeout or the pause of a request may be over. An event that is out of date finds
    /// another due time.
    pub(super) fn due(&mut self, id: RequestId, agenda: &mut impl WorldAgenda) {
        let now = agenda.now();
        let request = &mut self.requests[id];
        if request.due != now {
            return;
        }
        request.due = Request::NEVER;
        match request.attempt.take() {
            None => match self.requests[id].origin {
                Origin::Message { .. } => self.message_due(id, agenda),
                Origin::Batch { .. } => self.deliver(id, agenda),
                Origin::Client { .. } | Origin::Call { .. } | Origin::Copy { .. } => {
                    self.send(id, agenda);
                }
            },
            Some(attempt) => {
                if self.releases.is_some() {
                    self.see_given_up(attempt, now);
                }
                let abandoned = self.exchange(self.requests[id].origin).abandoned;
                self.abandon(attempt, abandoned, agenda);
                self.attempt_ended(id, Outcome::TimedOut, agenda);
            }
        }
    }

    /// Nobody waits for an attempt any more: it is finished all the same, or cancelled.
    fn abandon(&mut self, id: AttemptId, abandoned: Abandoned, agenda: &mut impl WorldAgenda) {
        self.attempts[id].request = None;
        if abandoned == Abandoned::Cancel {
            self.cancel(id, agenda);
        }
    }

    /// Cancels an attempt and those of the calls below it that are cancelled with it; what still
    /// refers to a row frees it.
    ///
    /// Those that wait go first: a server or instance that another frees is then not given to one
    /// that is cancelled at the same instant.
    fn cancel(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let mut cancelled = std::mem::take(&mut self.cancelled);
        cancelled.push(id);
        self.cancel_all(cancelled, agenda);
    }

    /// Sees to it that an attempt that waits for its calls is cut when it has been served for as
    /// long as it may.
    pub(super) fn watch_timeout(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let attempt = &self.attempts[id];
        let timeout = self.timeout(attempt);
        if timeout < Span::MAX && !attempt.watched {
            agenda.schedule(attempt.began + timeout, Class::Expiry, Event::Cut(id));
            self.attempts[id].watched = true;
        }
    }

    /// An attempt may have been served for as long as it may: its calls are given up and it fails.
    /// An event that is out of date finds another, or one that nobody watches.
    pub(super) fn cut(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let now = agenda.now();
        let attempt = &self.attempts[id];
        if !attempt.watched || attempt.stage != Stage::Calling {
            return;
        }
        let due = attempt.began + self.timeout(attempt) == now;
        if due {
            self.attempts[id].watched = false;
            self.failed(id, agenda);
        }
    }

    /// The calls of an attempt that has failed are given up.
    pub(super) fn abandon_calls(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let mut cancelled = std::mem::take(&mut self.cancelled);
        self.give_up_calls(id, &mut cancelled, agenda.now());
        self.cancel_all(cancelled, agenda);
    }

    /// Cancels the attempts of a list, and those of the calls below them that are cancelled with them;
    /// the list is then empty, and used again.
    fn cancel_all(&mut self, mut cancelled: Vec<AttemptId>, agenda: &mut impl WorldAgenda) {
        let mut looked_at = 0;
        while let Some(&parent) = cancelled.get(looked_at) {
            self.give_up_calls(parent, &mut cancelled, agenda.now());
            looked_at += 1;
        }
        cancelled.retain(|&id| match self.attempts[id].stage {
            Stage::Sent => {
                self.attempts[id].stage = Stage::Cancelled;
                false
            }
            Stage::Waiting => {
                self.cancel_on_platform(id, agenda);
                false
            }
            // The answer, or what is about to be told, finds nobody who waits for it.
            Stage::Answering | Stage::Lost | Stage::Cancelled => false,
            Stage::Serving | Stage::Calling => true,
            Stage::Joining => {
                self.outbox.take_back(id);
                self.courses.give_back(self.attempts[id].step);
                self.attempts.remove(id);
                false
            }
        });
        for id in cancelled.drain(..) {
            self.cells.began(&self.attempts[id]);
            self.count_messages(id);
            if self.attempts[id].stage == Stage::Serving {
                self.cancel_on_platform(id, agenda);
            } else {
                // That its calls are over may be about to be told, if they ended by the same failure.
                self.outbox.take_back(id);
                self.release(id, agenda);
                self.attempts[id].watched = false;
                self.attempts.remove(id);
            }
        }
        self.cancelled = cancelled;
    }

    /// The calls of a cancelled attempt are given up with it; they count as timed out. Attempts at
    /// them that are cancelled, too, join the list.
    fn give_up_calls(&mut self, parent: AttemptId, cancelled: &mut Vec<AttemptId>, now: Time) {
        while let Some(id) = self.attempts[parent].calls {
            let Request { origin, attempt, cell, sent, .. } = self.requests[id];
            self.unlink_call(parent, id);
            if let Some(figures) = self.cells.of(cell) {
                figures.ended(Outcome::TimedOut, now - sent);
            }
            let Some(attempt) = attempt else { continue };
            if self.releases.is_some() {
                self.see_given_up(attempt, now);
            }
            self.attempts[attempt].request = None;
            if self.exchange(origin).abandoned == Abandoned::Cancel {
                cancelled.push(attempt);
            }
        }
    }
}
