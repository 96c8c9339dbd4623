//! Who waits for an instance: lines, applications that found no room, and how they are served.

use super::{Binding, Event, Faas, FaasAgenda, Start};
use crate::kernel::{Class, Span};
use crate::model::{ApplicationId, AttemptId, InstanceId, Stage};
use crate::platform::fleet::State;
use crate::platform::{Context, Serve, Signal};
use crate::policy::placement::Need;

impl Faas {
    /// How many requests the instances that are starting will take.
    pub(super) fn starting_room(&self, application: ApplicationId) -> u64 {
        u64::from(self.fleet.starting(application)) * u64::from(self.fleet.concurrency())
    }

    /// How many wait in the line of an application.
    pub(super) fn living(&self, application: ApplicationId) -> u64 {
        let line = &self.lines[application.index()];
        (line.attempts.len() - line.dead) as u64
    }

    /// How many in the line of an application have no instance that is starting for them.
    pub(super) fn unmet_of(&self, application: ApplicationId) -> u64 {
        let met = match self.spec.binding {
            Binding::Late => self.starting_room(application),
            Binding::Early => 0,
        };
        self.living(application).saturating_sub(met)
    }

    /// Runs `change`, which changes the line or the starting instances of one application, and
    /// keeps the count of unmet requests true.
    pub(super) fn counted<T>(
        &mut self,
        application: ApplicationId,
        change: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.unmet_of(application);
        let result = change(self);
        self.unmet = self.unmet - before + self.unmet_of(application);
        result
    }

    /// Serves who waits for an instance of this application, as far as this one has room; if it
    /// then serves nobody, it rests.
    #[inline(always)]
    pub(super) fn serve_line<A: FaasAgenda>(
        &mut self,
        instance_id: InstanceId,
        ctx: &mut Context<'_, A>,
    ) {
        let application = self.fleet.instance(instance_id).application;
        if !self.lines[application.index()].attempts.is_empty() {
            self.fill(instance_id, application, false, ctx);
        }
        if self.fleet.instance(instance_id).state == State::Idle {
            let gone = self.fleet.rest(instance_id, ctx.agenda);
            if gone {
                self.gone(application, ctx);
            } else if self.fleet.evicts() {
                self.serve_starved(ctx);
            }
        }
    }

    /// Takes the first out of the line of an application.
    pub(super) fn pop_line<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) -> Option<AttemptId> {
        let id = self.first_in_line(application, ctx)?;
        self.counted(application, |faas| {
            faas.lines[application.index()].attempts.pop_front();
        });
        self.waiting.sub(ctx.now(), 1);
        Some(id)
    }

    /// Who is first in the line of an application; the cancelled before are dropped.
    fn first_in_line<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) -> Option<AttemptId> {
        let line = &mut self.lines[application.index()];
        loop {
            let &id = line.attempts.front()?;
            if ctx.attempts[id].stage != Stage::Cancelled {
                return Some(id);
            }
            line.attempts.pop_front();
            line.dead -= 1;
            ctx.attempts.remove(id);
        }
    }

    /// Sees to it that nobody in the line of an application waits for longer than its patience.
    pub(super) fn watch_patience<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        if self.spec.patience == Span::MAX {
            return;
        }
        let line = &mut self.lines[application.index()];
        if let Some(&first) = line.attempts.front() {
            let due = ctx.attempts[first].arrived + self.spec.patience;
            let event = Event::Impatient(self.number, application);
            line.timer.arm(ctx.agenda, due, Class::Expiry, event);
        }
    }

    /// Refuses those in the line of an application who have waited for as long as they may.
    pub(super) fn impatient<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        if !self.lines[application.index()].timer.fired(now) {
            return;
        }
        while let Some(first) = self.first_in_line(application, ctx)
            && ctx.attempts[first].arrived + self.spec.patience <= now
        {
            self.pop_line(application, ctx);
            ctx.outbox.push(Signal::Refused(first));
            self.over(application, ctx);
        }
        self.watch_patience(application, ctx);
    }

    /// Room may have appeared: starts instances for the applications that lacked it. An
    /// application whose need is no smaller than one that did not fit is not tried.
    pub(super) fn serve_starved<A: FaasAgenda>(&mut self, ctx: &mut Context<'_, A>) {
        if !self.short.is_empty() {
            self.serve_short(ctx);
        }
        let mut too_large: Option<Need> = None;
        for _ in 0..self.starved.len() {
            let Some(application) = self.starved.pop_front() else { return };
            let need = *self.fleet.need(application);
            while self.unmet_of(application) > 0 {
                let hopeless = too_large
                    .is_some_and(|least| need.memory >= least.memory && need.cpu >= least.cpu);
                let start =
                    if hopeless { Start::NotNow } else { self.start_on_demand(application, ctx) };
                let Start::Started(instance) = start else {
                    if start == Start::NoRoom {
                        too_large = Some(need);
                    }
                    break;
                };
                self.started_for_line(instance, application, ctx);
            }
            if self.unmet_of(application) > 0 {
                self.starved.push_back(application);
            } else {
                self.lines[application.index()].starved = false;
            }
        }
    }

    /// An instance was started for requests in line: it serves them at once, is bound to the
    /// first of them, or will find them when it is ready.
    fn started_for_line<A: FaasAgenda>(
        &mut self,
        instance: InstanceId,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        if self.fleet.instance(instance).cold_start == Span::ZERO {
            self.fill_at_once(instance, application, ctx);
        } else if self.spec.binding == Binding::Early {
            self.bind_line(instance, application, ctx);
        }
    }

    /// An instance started in no time, for requests in line.
    pub(super) fn fill_at_once<A: FaasAgenda>(
        &mut self,
        instance: InstanceId,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        self.counted(application, |faas| faas.fleet.ready(instance, ctx.now()));
        self.fill(instance, application, true, ctx);
    }

    /// Serves who is first in line, as far as an instance has room; `fresh` as for
    /// [`begin`](Self::begin).
    #[inline(never)]
    fn fill<A: FaasAgenda>(
        &mut self,
        instance: InstanceId,
        application: ApplicationId,
        fresh: bool,
        ctx: &mut Context<'_, A>,
    ) {
        while self.fleet.instance(instance).active < self.fleet.concurrency()
            && !self.fleet.is_doomed(instance)
        {
            let Some(id) = self.pop_line(application, ctx) else { return };
            self.begin(instance, id, fresh, ctx);
        }
    }

    /// Cancels an attempt that is waiting or being served; its row is freed by the line or event
    /// that still refers to it.
    pub(super) fn withdraw<A: FaasAgenda>(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let attempt = &mut ctx.attempts[id];
        let application = attempt.application;
        let stage = std::mem::replace(&mut attempt.stage, Stage::Cancelled);
        if stage == Stage::Serving {
            self.release(id, ctx);
            return;
        }
        let bound = attempt.place != u32::MAX;
        self.waiting.sub(ctx.now(), 1);
        if !bound {
            self.counted(application, |faas| faas.lines[application.index()].dead += 1);
            self.clear_dead(application, ctx);
        }
        self.over(application, ctx);
    }

    /// Clears the cancelled out of a line when they are the most of it.
    fn clear_dead<A: FaasAgenda>(&mut self, application: ApplicationId, ctx: &mut Context<'_, A>) {
        let line = &mut self.lines[application.index()];
        if line.dead * 2 <= line.attempts.len() {
            return;
        }
        line.attempts.retain(|&id| {
            let stays = ctx.attempts[id].stage != Stage::Cancelled;
            if !stays {
                ctx.attempts.remove(id);
            }
            stays
        });
        line.dead = 0;
    }
}
