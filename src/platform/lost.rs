//! Requests that are lost with what serves them.

use super::fleet::{self, Fleet};
use super::{Context, Signal};
use crate::kernel::{Agenda, Clock};
use crate::model::{Attempt, AttemptId, HostId, InstanceId, PlatformNumber, Stage};
use crate::stats::Level;

impl<A> Context<'_, A> {
    /// The attempts for which `here` holds, in the order in which they reached their platform; those of one instant in that
    /// of their lineages. Their numbers depend on what happens elsewhere. Costs as much as is in flight.
    pub(super) fn attempts_where(&self, here: impl Fn(&Attempt) -> bool) -> Vec<AttemptId> {
        let found = self.attempts.iter_ids().filter(|(_, attempt)| here(attempt));
        let mut found: Vec<_> =
            found.map(|(id, attempt)| (attempt.arrived, attempt.lineage, id)).collect();
        found.sort_unstable();
        found.into_iter().map(|(.., id)| id).collect()
    }
}

impl<A: Clock> Context<'_, A> {
    /// What instances of a host of a platform serve has failed; tells what that was. Costs as much as is in flight.
    pub(super) fn fail_on(
        &mut self,
        host: HostId,
        platform: PlatformNumber,
        fleet: &Fleet,
    ) -> Vec<AttemptId> {
        let lost = self.attempts_where(|attempt| {
            attempt.platform == platform
                && matches!(attempt.stage, Stage::Serving | Stage::Calling)
                && fleet.instance(attempt.instance()).host == host
        });
        for &id in &lost {
            let stage = std::mem::replace(&mut self.attempts[id].stage, Stage::Lost);
            // What computes on a shared host has no event of its own.
            let due = stage == Stage::Serving && !fleet.shares_cpu();
            self.outbox.push(Signal::Lost { attempt: id, due });
        }
        lost
    }

    /// What attempts wait for that are bound to each other, from the first on, is gone: they are refused; tells which
    /// they are. The rows of those that were cancelled are freed.
    pub(super) fn refuse_bound(
        &mut self,
        mut next: Option<AttemptId>,
        waiting: &mut Level,
    ) -> Vec<AttemptId> {
        let mut refused = Vec::new();
        while let Some(id) = next {
            let attempt = &mut self.attempts[id];
            next = attempt.next.take();
            if attempt.stage == Stage::Cancelled {
                self.attempts.remove(id);
                continue;
            }
            attempt.stage = Stage::Lost;
            waiting.sub(self.agenda.now(), 1);
            self.outbox.push(Signal::Refused(id));
            refused.push(id);
        }
        refused
    }
}

impl<A: Agenda<fleet::Event>> Context<'_, A> {
    /// The memory of an instance of a platform is looked at: if it is over its limit, the instance is gone, and what it served
    /// has failed; tells what that was. Costs as much as is in flight.
    pub(super) fn kill_if_out_of_memory(
        &mut self,
        id: InstanceId,
        platform: PlatformNumber,
        fleet: &mut Fleet,
    ) -> Option<Vec<AttemptId>> {
        if !fleet.is_out_of_memory(id, self.agenda) {
            return None;
        }
        let lost = self.attempts_where(|attempt| {
            attempt.platform == platform
                && matches!(attempt.stage, Stage::Serving | Stage::Calling)
                && attempt.instance() == id
        });
        for &attempt in &lost {
            let stage = std::mem::replace(&mut self.attempts[attempt].stage, Stage::Lost);
            // What computes on a shared host has no event of its own.
            let due = stage == Stage::Serving && !fleet.shares_cpu();
            fleet.stop_computing(attempt, id, self.agenda);
            self.outbox.push(Signal::Lost { attempt, due });
        }
        fleet.kill(id, self.now());
        Some(lost)
    }
}
