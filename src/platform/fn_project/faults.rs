//! Runners that fail or are about to go.

use super::{FnAgenda, FnProject};
use crate::model::{ApplicationId, HostId, InstanceId, OutageId};
use crate::platform::Context;
use crate::platform::fleet::State;

impl FnProject {
    /// The end of a runner is announced: it takes nothing any more, who waits there goes on to the others, and its
    /// containers go when they have nothing left to do.
    #[inline(never)]
    pub(super) fn host_announced<A: FnAgenda>(
        &mut self,
        outage: OutageId,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(host) = self.fleet.host_announced(outage, ctx.agenda) else { return };
        for id in self.fleet.doom_busy(host, ctx.now()) {
            self.lose(id, ctx);
        }
        self.send_on(host, ctx);
    }

    /// A runner fails: its containers are gone, what they served has failed, and who waited for one to resume is
    /// refused. Who waits there for any goes on to the others, as the load balancer tries them.
    #[inline(never)]
    pub(super) fn host_fails<A: FnAgenda>(&mut self, outage: OutageId, ctx: &mut Context<'_, A>) {
        let Some(host) = self.fleet.host_fails(outage, ctx.agenda) else { return };
        ctx.fail_on(host, self.number, &self.fleet);
        for id in self.fleet.instances_on(host) {
            ctx.refuse_bound(self.fleet.unbind(id), &mut self.waiting);
            self.lose(id, ctx);
        }
        self.send_on(host, ctx);
    }

    /// The memory of a container is looked at; if that is used up, it is killed.
    #[inline(never)]
    pub(super) fn look_at_memory<A: FnAgenda>(
        &mut self,
        instance: InstanceId,
        ctx: &mut Context<'_, A>,
    ) {
        let host = self.fleet.instance(instance).host;
        if ctx.kill_if_out_of_memory(instance, self.number, &mut self.fleet).is_some() {
            self.changed(host, ctx);
        }
    }

    /// A runner is there again.
    #[inline(never)]
    pub(super) fn host_returns<A: FnAgenda>(&mut self, outage: OutageId, ctx: &mut Context<'_, A>) {
        if let Some(host) = self.fleet.host_returns(outage, ctx.agenda) {
            self.changed(host, ctx);
        }
    }

    /// A container goes with its runner.
    fn lose<A: FnAgenda>(&mut self, id: InstanceId, ctx: &mut Context<'_, A>) {
        let instance = self.fleet.instance(id);
        let (application, host) = (instance.application, instance.host);
        if instance.state == State::Starting {
            self.queue(application, host).starting -= 1;
        }
        self.fleet.lose(id, ctx.now());
    }

    /// Who waits at a runner for a container asks the others.
    fn send_on<A: FnAgenda>(&mut self, host: HostId, ctx: &mut Context<'_, A>) {
        for number in 0..self.functions.len() {
            let application = ApplicationId::from_index(number);
            while let Some(&id) = self.queue(application, host).waiting.front() {
                self.leave(id, application, host, ctx);
                self.place(id, ctx);
            }
        }
    }
}
