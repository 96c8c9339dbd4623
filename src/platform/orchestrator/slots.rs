//! Numbers of replicas within their service, so that faults meet the same one under every scheduler.

use std::collections::BTreeSet;

use super::Orchestrator;
use super::spec::{Event, PodId};
use crate::kernel::Agenda;
use crate::model::ApplicationId;
use crate::platform::Context;

/// Who has which number. The smallest that is free is given first.
#[derive(Debug, Default)]
pub(super) struct Slots {
    holders: Vec<Option<PodId>>,
    free: BTreeSet<u32>,
}

impl Slots {
    /// A pod gets a number; says whether nobody ever had it before.
    fn take(&mut self, pod: PodId) -> (u32, bool) {
        if let Some(slot) = self.free.pop_first() {
            self.holders[slot as usize] = Some(pod);
            return (slot, false);
        }
        self.holders.push(Some(pod));
        (self.holders.len() as u32 - 1, true)
    }

    /// A number is free again.
    fn give(&mut self, slot: u32) {
        self.holders[slot as usize] = None;
        self.free.insert(slot);
    }
}

impl Orchestrator {
    /// A pod is one of the replicas of its service.
    pub(super) fn count_replica<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(deployment) = &mut self.deployments[application.index()] else { return };
        deployment.pods.push(pod);
        let (slot, is_new) = deployment.slots.take(pod);
        if let Some(replica) = self.rows.replica(pod) {
            replica.slot = slot;
        }
        if is_new {
            self.new_slot(application, slot, ctx);
        }
    }

    /// A pod is one of the replicas of its service no longer.
    pub(super) fn forget_replica(&mut self, application: ApplicationId, pod: PodId) {
        let Some(slot) = self.rows.replica(pod).map(|replica| replica.slot) else { return };
        let Some(deployment) = &mut self.deployments[application.index()] else { return };
        let before = deployment.pods.len();
        deployment.pods.retain(|other| *other != pod);
        if deployment.pods.len() < before {
            deployment.slots.give(slot);
            if let Some(daemons) = &mut deployment.daemons {
                daemons.retain(|_, other| *other != pod);
                deployment.desired -= 1;
            }
        }
    }

    /// Who has this number among the replicas of an application.
    pub(super) fn in_slot(&self, application: ApplicationId, slot: u32) -> Option<PodId> {
        let deployment = self.deployments[application.index()].as_ref()?;
        let pod = (*deployment.slots.holders.get(slot as usize)?)?;
        self.cluster.pod(pod).node.map(|_| pod)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_free_number_is_given() {
        let mut slots = Slots::default();
        let taken = [7, 8, 9].map(|pod| slots.take(PodId::new(pod)));
        assert_eq!(taken, [(0, true), (1, true), (2, true)]);
        slots.give(2);
        slots.give(0);
        assert_eq!(slots.take(PodId::new(10)), (0, false));
        assert_eq!(
            slots.holders,
            [10, 8].map(|pod| Some(PodId::new(pod))).into_iter().chain([None]).collect::<Vec<_>>()
        );
    }
}
