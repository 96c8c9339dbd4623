//! Where an attempt goes that was sent to one version and finds another: its own has lost its last replica while it was
//! on its way, or the server that it comes to has another.

use crate::model::{ApplicationId, Attempt, AttemptId, RequestId};
use crate::world::World;

impl World<'_> {
    /// An attempt at a service that is released is served by the version that it finds when it arrives, and counts there.
    #[inline(never)]
    pub(in crate::world) fn arrive_at_version(&mut self, id: AttemptId) {
        let family = self.attempts[id].family;
        if self.releases.as_ref().is_some_and(|releases| releases.is_version(family)) {
            self.find_version(id);
            self.note_arrival(id);
        }
    }

    /// An attempt that arrives is served by the version that it finds.
    fn find_version(&mut self, id: AttemptId) {
        let attempt = self.attempts[id];
        let Some(request) = attempt.request else { return };
        let platform = self.platforms[usize::from(attempt.platform)].kind.asked_mut();
        if platform.cluster().is_some() {
            self.follow_replicas(id, request);
        } else if let Some(met) = platform.meets(&attempt)
            && met != attempt.application
        {
            self.meet(id, request, met);
        }
    }

    /// An attempt on its way to a version whose last replica has gone meanwhile goes to another version.
    fn follow_replicas(&mut self, id: AttemptId, request: RequestId) {
        let attempt = &self.attempts[id];
        let platform = self.platforms[usize::from(attempt.platform)].kind.asked();
        let has_none = |of| platform.endpoints(of) == 0;
        if !has_none(attempt.application) {
            return;
        }
        let row = &self.requests[request];
        let again = self.attempt(self.version(row), (request, row), self.exchange(row.origin));
        if !has_none(again.application) {
            let arrived = self.attempts[id].arrived;
            self.attempts[id] = Attempt { arrived, ..again };
        }
    }

    /// The server of an attempt has this version of its service.
    fn meet(&mut self, id: AttemptId, request: RequestId, met: ApplicationId) {
        let Some(releases) = &self.releases else { return };
        let row = &self.requests[request];
        let asked = self.services[row.service.index()].family;
        let Some(lane) = releases.lanes_of[asked.index()] else { return };
        let lane = &releases.lanes[usize::from(lane)];
        let member = row.service.number() - self.family(asked).first.number();
        let new = lane.rollout.iter().map(|rollout| rollout.new);
        let versions = new.chain([lane.stable]).map(|version| self.member_of(version, member));
        let Some(service) = { versions }.find(|service| service.application == met) else { return };
        let again = self.attempt(service, (request, row), self.exchange(row.origin));
        let arrived = self.attempts[id].arrived;
        self.attempts[id] = Attempt { arrived, ..again };
    }
}
