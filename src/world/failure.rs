//! Attempts that were served and fail all the same.

use super::{Cycle, World};
use crate::kernel::StreamKey;
use crate::kernel::stream::uniform;
use crate::model::{Attempt, AttemptId, Origin, Outcome, Request};
use crate::quantity::Probability;

impl World<'_> {
    /// An attempt that was served may fail all the same: by chance of its own, or because the request, or a
    /// message of the batch, is one that always does.
    pub(super) fn draw_failure(&mut self, id: AttemptId) {
        let Attempt { request: Some(request), family, .. } = self.attempts[id] else { return };
        let (request, family) = (&self.requests[request], self.family(family));
        let index = request.service.number() - family.first.number();
        let happens = |share: &Option<Cycle<Probability>>, key: StreamKey, lineage: StreamKey| {
            let share = share.as_ref().map_or(0.0, |share| share.get(index).get());
            share > 0.0 && uniform(&mut key.draws_for(lineage)) < share
        };
        let poisoned = |lineage| happens(&family.spec.poison, family.poison, lineage);
        let fails = happens(&family.spec.failure, family.failure, self.luck(request))
            || match request.origin {
                Origin::Batch { first, .. } => {
                    self.messages_from(first).any(|message| poisoned(message.lineage))
                }
                _ => poisoned(request.lineage),
            };
        if fails {
            self.attempts[id].outcome = Outcome::Failed;
        }
    }

    /// The key of the chance of the present attempt at a request: of its own, and of the present attempts at the
    /// requests that it is a call of. A caller that tries again makes calls that are the same work, with other luck.
    ///
    /// Callers who have given up count as if they had tried once.
    pub(super) fn luck(&self, request: &Request) -> StreamKey {
        let mut luck = request.lineage.part(request.attempts.into());
        let mut origin = request.origin;
        while let Origin::Call { parent, .. } = origin {
            let Some(caller) = self.attempts[parent].request else { break };
            let caller = &self.requests[caller];
            if caller.attempts > 1 {
                luck = luck.part(caller.attempts.into());
            }
            origin = caller.origin;
        }
        luck
    }
}
