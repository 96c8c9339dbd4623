//! Copies of requests, which a release sends to the new version: nobody waits for the answers.

use crate::kernel::stream::uniform;
use crate::kernel::{Class, Span, Time};
use crate::model::{Abandoned, AttemptId, Backoff, Exchange, Origin, Request};
use crate::world::{Event, World, WorldAgenda};

/// How copies are sent: at once and once, given up when those who wait for the original give up, which is
/// in their `due`.
const fn unattended(abandoned: Abandoned) -> Exchange {
    Exchange { latency: None, timeout: Span::MAX, abandoned, backoff: Backoff::NEVER, tries: 0 }
}

static FINISHED: Exchange = unattended(Abandoned::Finish);
static CANCELLED: Exchange = unattended(Abandoned::Cancel);

/// How copies are sent whose originals are abandoned in this way.
pub(in crate::world) fn exchange_of_copies(abandoned: Abandoned) -> &'static Exchange {
    match abandoned {
        Abandoned::Finish => &FINISHED,
        Abandoned::Cancel => &CANCELLED,
    }
}

impl World<'_> {
    /// Sends a copy of a request whose first attempt has reached its platform, if the release under way wants one, and
    /// somebody still waits for it. Batches are not copied.
    #[inline(never)]
    pub(in crate::world) fn copy(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let Some(request) = self.attempts[id].request else { return };
        let request = self.requests[request];
        let Some(releases) = &self.releases else { return };
        let family = self.services[request.service.index()].family;
        let Some(lane) = releases.lanes_of[family.index()] else { return };
        let Some(rollout) = &releases.lanes[usize::from(lane)].rollout else { return };
        let single = matches!(request.origin, Origin::Client { .. } | Origin::Call { .. });
        if !single || request.attempts > 1 || rollout.copies <= 0.0 {
            return;
        }
        let key = releases.keys[usize::from(rollout.release)].copies;
        if rollout.copies < 1.0 && uniform(&mut key.draws_for(request.lineage)) >= rollout.copies {
            return;
        }
        let (due, abandoned) = self.given_up(&request);
        let copy = Request {
            origin: Origin::Copy { abandoned },
            sent: agenda.now(),
            due,
            attempt: None,
            attempts: 0,
            cell: None,
            sibling: None,
            ..request
        };
        let copy = self.requests.insert(copy);
        if due < Request::NEVER {
            agenda.schedule(due.max(agenda.now()), Class::Expiry, Event::Due(copy));
        }
        self.send(copy, agenda);
    }

    /// When a request has to be done with at its platform for its answer to be in time, for its caller and for those who
    /// wait for that one; and what becomes of it otherwise.
    fn given_up(&self, request: &Request) -> (Time, Abandoned) {
        let exchange = self.exchange(request.origin);
        let latency = self.latency(exchange, request, true);
        let mut due = request.due;
        let mut above = request;
        while let Origin::Call { parent, .. } = above.origin {
            let parent = &self.attempts[parent];
            due = due.min(parent.began.plus(self.timeout(parent)));
            let Some(caller) = parent.request else { break };
            above = &self.requests[caller];
            // What is not cancelled goes on with its calls.
            if self.exchange(above.origin).abandoned == Abandoned::Cancel {
                due = due.min(above.due);
            } else {
                break;
            }
        }
        if due < Request::NEVER {
            due = Time::from_nanos(due.as_nanos().saturating_sub(latency.as_nanos()));
        }
        (due, exchange.abandoned)
    }
}
