//! Provisioned instances: started ahead, whatever is asked for.

use super::{Faas, FaasAgenda, Start};
use crate::kernel::Span;
use crate::model::ApplicationId;
use crate::platform::Context;
use crate::platform::fleet::Standing;

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
            let Start::Started(instance) = self.start(application, Standing::Provisioned, ctx)
            else {
                if !std::mem::replace(&mut self.lines[application.index()].short, true) {
                    self.short.push_back(application);
                }
                return;
            };
            self.fleet.provisioned(application, ctx.now());
            if self.fleet.instance(instance).cold_start == Span::ZERO {
                self.counted(application, |faas| faas.fleet.ready(instance, ctx.now()));
                self.serve_line(instance, ctx);
            }
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
