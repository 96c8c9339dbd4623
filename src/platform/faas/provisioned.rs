//! Provisioned instances: started ahead, whatever is asked for.

use super::{Faas, FaasAgenda, Start};
use crate::kernel::Span;
use crate::model::ApplicationId;
use crate::platform::fleet::Standing;
use crate::platform::{Context, Signal};

impl Faas {
    /// The number of provisioned instances of an application may change, or one may start that
    /// might not before.
    pub(super) fn provision<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let gone = self.fleet.provide(application, ctx.agenda);
        self.start_provisioned(application, ctx);
        if gone {
            self.serve_starved(ctx);
        }
    }

    /// Starts the provisioned instances that an application lacks, as many as may start now. What
    /// finds no room is tried again when room appears.
    pub(super) fn start_provisioned<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        while self.fleet.may_provision(application, ctx.agenda) {
            let start = self.start(application, Standing::Provisioned, ctx);
            let Start::Started(instance) = start else {
                let line = &mut self.lines[application.index()];
                if !std::mem::replace(&mut line.short, true) {
                    self.short.push_back(application);
                }
                if line.awaited && start == Start::NoRoom {
                    ctx.outbox.push(Signal::HandoverFailed(self.number, application));
                }
                return;
            };
            self.fleet.provisioned(application, ctx.now());
            if self.fleet.instance(instance).cold_start == Span::ZERO {
                self.counted(application, |faas| faas.fleet.ready(instance, ctx.now()));
                self.serve_line(instance, ctx);
            }
        }
        self.tell_provisioned(application, ctx);
    }

    /// Whether the release of an application has to wait until its provisioned instances are ready, of which it is told: an
    /// alias of AWS Lambda sends requests to a version when what is provisioned of that has been allocated
    /// (docs/releases.md).
    pub(super) fn await_provisioned<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let lacks = self.fleet.lacks_provisioned(application);
        let line = &mut self.lines[application.index()];
        // Several members of a family may have one application, which is told of once.
        let is_awaited = std::mem::replace(&mut line.awaited, lacks);
        // What `max_instances` forbids is not waited for.
        if lacks && line.short && !self.fleet.is_at_most(application) {
            ctx.outbox.push(Signal::HandoverFailed(self.number, application));
        }
        lacks && !is_awaited
    }

    /// Provisioned instances of an application may be ready: a release that waits for them is told if all are.
    #[inline]
    pub(super) fn tell_provisioned<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let line = &mut self.lines[application.index()];
        if line.awaited && !self.fleet.lacks_provisioned(application) {
            line.awaited = false;
            ctx.outbox.push(Signal::BroughtUp(self.number, application));
        }
    }

    /// Room may have appeared for provisioned instances that found none.
    pub(super) fn serve_short<A: FaasAgenda>(&mut self, ctx: &mut Context<'_, A>) {
        for _ in 0..self.short.len() {
            let Some(application) = self.short.pop_front() else { return };
            self.lines[application.index()].short = false;
            self.start_provisioned(application, ctx);
        }
    }
}
