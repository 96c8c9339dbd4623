//! Where an attempt goes whose version has lost its last replica while it was on its way.

use crate::model::{Attempt, AttemptId};
use crate::world::World;

impl World<'_> {
    /// An attempt on its way to a version whose last replica has gone meanwhile goes to another version.
    #[inline(never)]
    pub(in crate::world) fn follow_replicas(&mut self, id: AttemptId) {
        let Attempt { request: Some(request), application, platform, .. } = self.attempts[id]
        else {
            return;
        };
        let platform = self.platforms[usize::from(platform)].kind.asked();
        let has_none = |of| platform.endpoints(of) == 0;
        if platform.cluster().is_none() || !has_none(application) {
            return;
        }
        let exchange = self.exchange(self.requests[request].origin);
        let again = self.attempt(request, &self.requests[request], exchange);
        if !has_none(again.application) {
            let arrived = self.attempts[id].arrived;
            self.attempts[id] = Attempt { arrived, ..again };
        }
    }
}
