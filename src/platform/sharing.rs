//! Requests whose containers share the CPU of their host.

use super::fleet::{self, Fleet};
use super::{Context, Signal};
use crate::kernel::Agenda;
use crate::model::{AttemptId, HostId, InstanceId, Stage};

impl<A: Agenda<fleet::Event>> Context<'_, A> {
    /// Begins the service of an attempt in a container that may share the CPU of its host.
    pub(super) fn begin_on_host(
        &mut self,
        fleet: &mut Fleet,
        instance: InstanceId,
        id: AttemptId,
        cold: bool,
    ) {
        if !fleet.shares_cpu() {
            return self.begin(fleet, instance, id, cold);
        }
        let attempt = self.enter(fleet, instance, id, cold);
        let (application, demand) = (attempt.application, attempt.demand);
        let place = (fleet.instance(instance).host, application);
        let spans = (demand, fleet.timeout(application));
        fleet.compute(id, place, spans, self.agenda);
    }

    /// Requests may have computed what they had to on a host whose CPU is shared.
    pub(super) fn computed_on(&mut self, fleet: &mut Fleet, host: HostId) {
        let now = self.now();
        if !fleet.computed(host, now) {
            return;
        }
        while let Some((id, cut)) = fleet.pop_computed(host, now) {
            self.attempts[id].stage = Stage::Calling;
            self.outbox.push(if cut { Signal::Failed(id) } else { Signal::Served(id) });
        }
        fleet.share_cpu(host, self.agenda);
    }
}
