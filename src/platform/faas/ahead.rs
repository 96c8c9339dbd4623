//! What policies of keep-alive and scaling are told of requests, and the instances that they have
//! started ahead of them.

use super::{Binding, Event, Faas, FaasAgenda, Start};
use crate::kernel::{Class, Span};
use crate::model::ApplicationId;
use crate::platform::fleet::Standing;
use crate::platform::{Context, Handover};
use crate::policy::keep_alive::Plan;

impl Faas {
    /// Starts what the policy wants to be there from the start of the run.
    pub(super) fn start_plans<A: FaasAgenda>(&mut self, ctx: &mut Context<'_, A>) {
        for number in 0..self.lines.len() {
            self.start_plan(ApplicationId::from_index(number), ctx);
        }
    }

    /// Starts what the policy wants to be there of an application that begins.
    fn start_plan<A: FaasAgenda>(&mut self, application: ApplicationId, ctx: &mut Context<'_, A>) {
        let plan = self.fleet.keep_alive_mut().first(ctx.now(), application);
        self.follow(application, plan, ctx);
        if self.fleet.provisions() {
            self.provision(application, ctx);
        }
    }

    /// An application may have instances ahead of requests from now on, or has none.
    pub(super) fn set_ahead<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        may: bool,
        ctx: &mut Context<'_, A>,
    ) {
        self.fleet.set_ahead(application, may, ctx.now());
        self.start_plan(application, ctx);
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
        if self.scales_ahead {
            self.tell_scaling(application, ctx);
        }
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
        let last = line.present == 0;
        if self.scales_ahead {
            self.tell_scaling(application, ctx);
        }
        if last {
            let plan = self.fleet.keep_alive_mut().idle(ctx.now(), application);
            self.follow(application, plan, ctx);
        }
    }

    /// Tells the scaling policy how many requests are there.
    fn tell_scaling<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let line = &mut self.lines[application.index()];
        let next = self.spec.scaling.changed(ctx.now(), application, line.present);
        if let Some(next) = next {
            let event = Event::Scale(self.number, application);
            line.scale.arm(ctx.agenda, next, Class::Control, event);
        }
    }

    /// The scaling policy looks at an application: what it wishes for is started, as far as there is
    /// room.
    pub(super) fn scale<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let line = &mut self.lines[application.index()];
        if !line.scale.fired(ctx.now()) {
            return;
        }
        let concurrency = self.fleet.concurrency();
        let there = self.fleet.live(application);
        let wish = self.spec.scaling.due(ctx.now(), application, concurrency, there);
        if let Some(next) = wish.next {
            let event = Event::Scale(self.number, application);
            line.scale.arm(ctx.agenda, next, Class::Control, event);
        }
        let lacking = wish.instances.saturating_sub(there);
        for _ in 0..lacking {
            if self.start_ahead(application, ctx).is_none() {
                return;
            }
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
        self.start_lacking(application, ctx);
    }

    /// An idle instance of an application is gone: another may have to take its place, and others
    /// its room.
    pub(super) fn gone<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        if self.fleet.recycles() || self.fleet.faults() {
            self.start_provisioned(application, ctx);
            self.start_lacking(application, ctx);
        }
        self.serve_starved(ctx);
    }

    /// Starts what an application has fewer than its plan keeps.
    pub(super) fn start_lacking<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let mut lacking = self.fleet.lacking(application);
        while lacking > 0 && self.start_ahead(application, ctx).is_some() {
            let still = self.fleet.lacking(application);
            if still >= lacking {
                break; // It took the room of another instance of the same application.
            }
            lacking = still;
        }
    }

    /// Starts instances of the new application until it has as many as the old one, as far as there is room; how long the longest of
    /// these starts takes. None while some are yet to be provisioned, whose room they would take.
    pub(super) fn start_as_many<A: FaasAgenda>(
        &mut self,
        Handover { old, new }: Handover,
        ctx: &mut Context<'_, A>,
    ) -> Span {
        let mut longest = Span::ZERO;
        if self.fleet.unprovisioned(new) > 0 {
            return longest;
        }
        while self.fleet.live(new) < self.fleet.live(old) {
            let before = self.fleet.live(new);
            let Some(time) = self.start_ahead(new, ctx) else { break };
            longest = longest.max(time);
            if self.fleet.live(new) <= before {
                break; // It took the room of another instance of the same application.
            }
        }
        longest
    }

    /// Starts an instance for no request, if there is room; how long that takes. It is like any other: who waits takes
    /// it, and who comes while it starts waits for it.
    fn start_ahead<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) -> Option<Span> {
        let Start::Started(instance) = self.start(application, Standing::OnDemand, ctx) else {
            return None;
        };
        self.fleet.ahead(instance);
        let time = self.fleet.instance(instance).cold_start;
        if time == Span::ZERO {
            self.counted(application, |faas| faas.fleet.ready(instance, ctx.now()));
            self.serve_line(instance, ctx);
        } else if self.spec.binding == Binding::Early {
            self.bind_line(instance, application, ctx);
        }
        Some(time)
    }
}
