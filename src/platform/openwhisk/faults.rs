//! Invokers that fail or are about to go.
//!
//! Controllers know at once; the real ones know an invoker for offline when it has not said for 10 s that it is there
//! (`InvokerSupervision.scala`: `healthyTimeout`).

use super::{Openwhisk, OpenwhiskAgenda};
use crate::model::{AttemptId, InstanceId, OutageId, Stage};
use crate::platform::{Context, Signal};

impl Openwhisk {
    /// The end of an invoker is announced: it is sent nothing any more, what waits at it is sent elsewhere, and its
    /// containers go when they have nothing left to do.
    #[inline(never)]
    pub(super) fn host_announced<A: OpenwhiskAgenda>(
        &mut self,
        outage: OutageId,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(host) = self.fleet.host_announced(outage, ctx.agenda) else { return };
        self.balancer.set_usable(host, false);
        for id in self.fleet.doom_busy(host, ctx.now()) {
            self.fleet.lose(id, ctx.now());
        }
        self.invokers[host.index()].forget_stem_cells();
        for id in self.invokers[host.index()].buffer.drain(ctx) {
            let application = ctx.attempts[id].application;
            let controller = self.leave_invoker(id, application);
            if !self.dispatch(id, controller, ctx) {
                self.refuse_waiting(id, ctx);
                self.leave_quota(controller, application);
            }
        }
    }

    /// An invoker fails: its containers are gone, what they served has failed, and who waits there is refused.
    #[inline(never)]
    pub(super) fn host_fails<A: OpenwhiskAgenda>(
        &mut self,
        outage: OutageId,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(host) = self.fleet.host_fails(outage, ctx.agenda) else { return };
        self.balancer.set_usable(host, false);
        let mut over = ctx.fail_on(host, self.number, &self.fleet);
        for id in self.fleet.instances_on(host) {
            over.extend(ctx.refuse_bound(self.fleet.unbind(id), &mut self.waiting));
            self.fleet.lose(id, ctx.now());
        }
        self.invokers[host.index()].forget_stem_cells();
        for id in self.invokers[host.index()].buffer.drain(ctx) {
            self.refuse_waiting(id, ctx);
            over.push(id);
        }
        for id in over {
            self.over(id, ctx.attempts[id].application);
        }
    }

    /// The memory of a container is looked at; if that is used up, it is killed.
    #[inline(never)]
    pub(super) fn look_at_memory<A: OpenwhiskAgenda>(
        &mut self,
        instance: InstanceId,
        ctx: &mut Context<'_, A>,
    ) {
        let host = self.fleet.instance(instance).host;
        let Some(over) = ctx.kill_if_out_of_memory(instance, self.number, &mut self.fleet) else {
            return;
        };
        for id in over {
            self.over(id, ctx.attempts[id].application);
        }
        self.serve_buffer(host, ctx);
    }

    /// An invoker is there again, with stem cells that start.
    #[inline(never)]
    pub(super) fn host_returns<A: OpenwhiskAgenda>(
        &mut self,
        outage: OutageId,
        ctx: &mut Context<'_, A>,
    ) {
        if let Some(host) = self.fleet.host_returns(outage, ctx.agenda) {
            self.balancer.set_usable(host, true);
            self.restart_stem_cells(host, ctx);
        }
    }

    /// An attempt that waited at an invoker is turned away.
    fn refuse_waiting<A: OpenwhiskAgenda>(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        self.waiting.sub(ctx.now(), 1);
        ctx.attempts[id].stage = Stage::Lost;
        ctx.outbox.push(Signal::Refused(id));
    }
}
