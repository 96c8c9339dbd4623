//! Giving up: timeouts, and what becomes of the work that nobody waits for.

use super::{World, WorldAgenda};
use crate::model::{Abandoned, AttemptId, Outcome, Request, RequestId, Stage};

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
            None => self.send(id, agenda),
            Some(attempt) => {
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

    /// Cancels an attempt; what still refers to it frees its row.
    fn cancel(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        match self.attempts[id].stage {
            Stage::Sent => self.attempts[id].stage = Stage::Cancelled,
            Stage::Waiting | Stage::Serving => self.cancel_on_platform(id, agenda),
            Stage::Calling => {
                self.give_up_calls(id, agenda);
                self.release(id, agenda);
                self.attempts.remove(id);
            }
            // The answer finds nobody who waits for it.
            Stage::Answering | Stage::Cancelled => {}
        }
    }

    /// The calls of a cancelled attempt are given up with it; they count as timed out.
    fn give_up_calls(&mut self, parent: AttemptId, agenda: &mut impl WorldAgenda) {
        while let Some(id) = self.attempts[parent].calls {
            let request = &self.requests[id];
            let (sibling, attempt) = (request.sibling, request.attempt);
            let abandoned = self.exchange(request.origin).abandoned;
            self.attempts[parent].calls = sibling;
            self.count_end(id, Outcome::TimedOut, agenda.now());
            self.forget(id);
            if let Some(attempt) = attempt {
                self.abandon(attempt, abandoned, agenda);
            }
        }
    }
}
