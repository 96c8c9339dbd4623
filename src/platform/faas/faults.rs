//! Hosts that fail or are about to go: what becomes of their instances and of the requests on these.

use super::{Faas, FaasAgenda};
use crate::model::{ApplicationId, InstanceId, OutageId};
use crate::platform::Context;

impl Faas {
    /// The end of a host is announced: an instance that serves, or for which a request waits, goes when it has
    /// nothing left to do, the others at once. Others take their places elsewhere.
    #[inline(never)]
    pub(super) fn host_announced<A: FaasAgenda>(
        &mut self,
        outage: OutageId,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(host) = self.fleet.host_announced(outage, ctx.agenda) else { return };
        for id in self.fleet.doom_busy(host, ctx.now()) {
            self.lose(id, ctx);
        }
        self.make_up(ctx);
    }

    /// A host fails: its instances are gone, what they served has failed, and who was bound to one that was
    /// starting is refused. Who waited for any goes on waiting.
    #[inline(never)]
    pub(super) fn host_fails<A: FaasAgenda>(&mut self, outage: OutageId, ctx: &mut Context<'_, A>) {
        let Some(host) = self.fleet.host_fails(outage, ctx.agenda) else { return };
        let mut over = ctx.fail_on(host, self.number, &self.fleet);
        for id in self.fleet.instances_on(host) {
            let bound = self.fleet.bound_mut(id).bound.take().map(|(first, _)| first);
            over.extend(ctx.refuse_bound(bound, &mut self.waiting));
            self.lose(id, ctx);
        }
        for id in over {
            self.over(ctx.attempts[id].application, ctx);
        }
        self.make_up(ctx);
    }

    /// The memory of an instance is looked at; if that is used up, it is killed, and another takes its place as far as one
    /// is wanted.
    #[inline(never)]
    pub(super) fn look_at_memory<A: FaasAgenda>(
        &mut self,
        id: InstanceId,
        ctx: &mut Context<'_, A>,
    ) {
        let application = self.fleet.instance(id).application;
        let killed = self.counted(application, |faas| {
            ctx.kill_if_out_of_memory(id, faas.number, &mut faas.fleet)
        });
        let Some(over) = killed else { return };
        for id in over {
            self.over(ctx.attempts[id].application, ctx);
        }
        self.make_up(ctx);
    }

    /// An instance goes with its host.
    fn lose<A: FaasAgenda>(&mut self, id: InstanceId, ctx: &mut Context<'_, A>) {
        let (application, now) = (self.fleet.instance(id).application, ctx.now());
        self.counted(application, |faas| faas.fleet.lose(id, now));
    }

    /// Instances have gone with their host, or a host has come: starts what lacks of plans, and for requests.
    pub(super) fn make_up<A: FaasAgenda>(&mut self, ctx: &mut Context<'_, A>) {
        for number in 0..self.lines.len() {
            let application = ApplicationId::from_index(number);
            let lacks = self.unmet_of(application) > 0;
            let line = &mut self.lines[number];
            if lacks && !std::mem::replace(&mut line.starved, true) {
                self.starved.push_back(application);
            }
            self.start_provisioned(application, ctx);
            self.start_lacking(application, ctx);
        }
        self.serve_starved(ctx);
    }
}
