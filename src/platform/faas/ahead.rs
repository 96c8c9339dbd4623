//! What a keep-alive policy is told of requests, and the instances that it has started ahead of them.

use super::{Binding, Faas, FaasAgenda, Start};
use crate::kernel::Span;
use crate::model::ApplicationId;
use crate::platform::Context;
use crate::policy::keep_alive::Plan;

impl Faas {
    /// Starts what the policy wants to be there from the start of the run.
    pub(super) fn start_plans<A: FaasAgenda>(&mut self, ctx: &mut Context<'_, A>) {
        for number in 0..self.lines.len() {
            let application = ApplicationId::from_index(number);
            let plan = self.fleet.keep_alive_mut().first(application);
            self.follow(application, plan, ctx);
        }
    }

    /// How many instances the requests of an application fill.
    fn needed(&self, application: ApplicationId) -> u32 {
        self.lines[application.index()].present.div_ceil(self.fleet.concurrency())
    }

    /// A request of an application waits or is served.
    pub(super) fn arrived<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        self.lines[application.index()].present += 1;
        let needed = self.needed(application);
        let plan = self.fleet.keep_alive_mut().arrived(ctx.now(), application, needed);
        self.follow(application, plan, ctx);
    }

    /// A request of an application is over, and its instance serves another or rests.
    pub(super) fn left<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let line = &mut self.lines[application.index()];
        line.present -= 1;
        if line.present == 0 {
            let plan = self.fleet.keep_alive_mut().idle(ctx.now(), application);
            self.follow(application, plan, ctx);
        }
    }

    /// The policy may be due for an application.
    pub(super) fn review<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        if self.fleet.is_due(application, ctx.agenda) {
            let needed = self.needed(application);
            let plan = self.fleet.keep_alive_mut().due(ctx.now(), application, needed);
            self.follow(application, Some(plan), ctx);
        }
    }

    /// Follows a new plan, if there is one: what it keeps no longer goes, what lacks is started.
    fn follow<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        plan: Option<Plan>,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(plan) = plan else { return };
        if self.fleet.plan(application, plan, ctx.agenda) {
            self.serve_starved(ctx);
        }
        let mut lacking = self.fleet.lacking(application);
        while lacking > 0 && self.start_ahead(application, ctx) {
            let still = self.fleet.lacking(application);
            if still >= lacking {
                break; // It took the room of another instance of the same application.
            }
            lacking = still;
        }
    }

    /// Starts an instance for no request, if there is room. It is like any other: who waits takes
    /// it, and who comes while it starts waits for it.
    fn start_ahead<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let Start::Started(instance) = self.start(application, ctx) else { return false };
        self.fleet.ahead(instance);
        if self.fleet.instance(instance).cold_start == Span::ZERO {
            self.counted(application, |faas| faas.fleet.ready(instance, ctx.now()));
            self.serve_line(instance, ctx);
        } else if self.spec.binding == Binding::Early {
            self.bind_line(instance, application, ctx);
        }
        true
    }
}
