//! Copies of requests, which a release sends to the new version: nobody waits for the answers.

use crate::kernel::Span;
use crate::kernel::stream::uniform;
use crate::model::{Abandoned, AttemptId, Backoff, Exchange, Origin, Request};
use crate::world::{World, WorldAgenda};

/// How copies are sent: at once, and whatever becomes of them.
pub(in crate::world) static UNATTENDED: Exchange = Exchange {
    latency: None,
    timeout: Span::MAX,
    abandoned: Abandoned::Finish,
    backoff: Backoff::NEVER,
};

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
        let copy = Request {
            origin: Origin::Copy,
            sent: agenda.now(),
            due: Request::NEVER,
            attempt: None,
            attempts: 0,
            cell: None,
            sibling: None,
            ..request
        };
        let copy = self.requests.insert(copy);
        self.send(copy, agenda);
    }
}
