//! Memory of replicas: they are killed when they use more than they may, from when their containers began.

use super::Orchestrator;
use super::chronicle::Ended;
use super::containers::State;
use super::pods::{NEVER, Replica};
use super::spec::{Event, PodId};
use crate::kernel::{Agenda, Class, Time};
use crate::model::MemoryUse;
use crate::platform::Context;

impl Replica {
    /// Whether its containers run, or will when their image is there.
    fn uses_memory(&self) -> bool {
        let runs = matches!(self.containers.state, State::Working | State::Hanging | State::CutOff);
        (runs || self.containers.state == State::Starting) && self.containers.began < NEVER
    }

    /// Whether it uses memory at a time if nothing changes before.
    pub(super) fn has_begun(&self, at: Time) -> bool {
        self.uses_memory() && self.containers.began <= at
    }

    /// What it uses at a time if nothing changes before.
    pub(super) fn memory_used(&self, spec: &MemoryUse, at: Time) -> u64 {
        if !self.has_begun(at) {
            return 0;
        }
        spec.used(at - self.containers.began, self.present(), self.containers.requests)
    }

    /// When it is over the limit of its memory, if nothing changes before; [`NEVER`] if it does not run.
    fn runs_out(&self, spec: &MemoryUse) -> Time {
        if !self.uses_memory() {
            return NEVER;
        }
        spec.over(self.containers.began, self.present(), self.containers.requests)
    }
}

impl Orchestrator {
    /// What memory a replica may use, where that is counted, and when that is too little, if nothing changes before.
    fn memory_of(&mut self, pod: PodId) -> Option<(MemoryUse, Time)> {
        let application = self.rows.get(pod)?.application;
        let spec = self.spec.pods[application.index()].replicas.as_ref()?.memory?;
        Some((spec, self.rows.replica(pod)?.runs_out(&spec)))
    }

    /// A replica uses more memory than before, or another amount: it is killed if that is too much, and looked at again
    /// before it can be.
    pub(super) fn memory_changed<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        if let Some(node) = self.cluster.pod(pod).node {
            self.node_memory_changed(node, ctx);
        }
        let Some((spec, over)) = self.memory_of(pod) else { return };
        if over == NEVER {
            return;
        }
        let look = spec.look(now, over);
        let Some(replica) = self.rows.replica(pod).filter(|of| look < of.containers.looked) else {
            return;
        };
        replica.containers.looked = look;
        ctx.agenda.schedule(look, Class::Control, Event::Due(self.number, pod));
    }

    /// The memory of a replica is looked at: it is killed if it is over its limit.
    pub(super) fn look_at_memory<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let Some((_, over)) = self.memory_of(pod) else { return };
        if over <= now {
            self.of_cluster.oom_kills += 1;
            self.end_containers(pod, Ended::Memory, ctx);
        } else {
            self.memory_changed(pod, ctx);
        }
    }
}
