//! A server dies: what is lost with it, and when that is known.

use super::life::{After, NEVER, State};
use super::spec::{Event, SlotId};
use super::{NOWHERE, ServerGroup};
use crate::kernel::{Agenda, Class};
use crate::model::Stage;
use crate::platform::{Context, Signal};

impl ServerGroup {
    /// A fault hits a server, which counts once until it boots again.
    pub(super) fn count_failure(&mut self, slot: SlotId) {
        if !std::mem::replace(&mut self.server(slot).failed, true) {
            self.figures.failures += 1;
        }
    }

    /// A server dies; if it was to go, it is gone.
    pub(super) fn crash<A: Agenda<Event>>(&mut self, slot: SlotId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        match self.state(slot) {
            None | Some(State::Dead) => return,
            Some(State::Leaving { then: After::Gone | After::Returns }) => {
                self.count_failure(slot);
                self.lose_jobs(slot, ctx);
                self.leaves(slot, ctx);
                return;
            }
            Some(_) => {}
        }
        self.count_failure(slot);
        self.lose_jobs(slot, ctx);
        self.enter(slot, State::Dead, NEVER, ctx);
        if self.is_central() {
            self.rotation.set(slot, false);
        }
        if self.rotation.contains(slot) {
            let server = self.server(slot);
            server.died = server.died.min(now);
        }
        self.look_whether_lacking(now);
        self.will_be_found(slot, ctx);
    }

    /// A server answers nobody from now on: when checks find that, if anything is done about it.
    pub(super) fn will_be_found<A: Agenda<Event>>(
        &mut self,
        slot: SlotId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        if self.group.replaces || self.rotation.contains(slot) {
            let phase = self.phase(slot);
            let known = self.group.health_check.map_or(now, |check| check.known(phase, now));
            // One that has come back and dies again may be missed already.
            let known = self.server(slot).known.min(known);
            self.server(slot).known = known;
            ctx.agenda.schedule(known, Class::Control, Event::Due(self.number, slot));
        }
    }

    /// A server is known to be dead, or silent: requests go elsewhere, and another may take its place, with which all is lost that
    /// it has.
    pub(super) fn found_dead<A: Agenda<Event>>(&mut self, slot: SlotId, ctx: &mut Context<'_, A>) {
        self.server(slot).known = NEVER;
        self.is_found(slot, ctx.now());
        self.rotation.set(slot, false);
        if self.group.replaces {
            if self.is_silent(slot) {
                self.lose_jobs(slot, ctx);
            }
            self.remove(slot, ctx);
            self.reconcile(ctx);
        } else if self.state(slot) == Some(State::Serving) {
            self.enter(slot, State::Silent, NEVER, ctx);
        }
    }

    /// What a server serves fails, and what waits for it is refused. Costs as much as is in flight.
    pub(super) fn lose_jobs<A: Agenda<Event>>(&mut self, slot: SlotId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let lost = ctx.attempts_where(|attempt| {
            attempt.platform == self.number
                && attempt.place == slot.number()
                && matches!(attempt.stage, Stage::Waiting | Stage::Serving | Stage::Calling)
        });
        self.present -= lost.len() as u64;
        for &id in &lost {
            let attempt = &mut ctx.attempts[id];
            attempt.place = NOWHERE;
            if std::mem::replace(&mut attempt.stage, Stage::Lost) == Stage::Waiting {
                self.waiting.sub(now, 1);
                ctx.outbox.push(Signal::Refused(id));
            } else {
                if self.exclusive {
                    self.busy.sub(now, 1);
                }
                ctx.outbox.push(Signal::Failed(id));
            }
        }
        self.rotation.set_requests(slot, 0);
        self.processes_end(slot);
        if let Some(line) = &mut self.slots[slot.index()].line {
            line.clear(ctx.attempts, |attempt| attempt.stage != Stage::Lost);
        }
        let attempts = &ctx.attempts;
        self.work(slot).processor.retain(now, |id| attempts[id].stage != Stage::Lost);
        self.work_changed(slot, ctx);
    }
}
