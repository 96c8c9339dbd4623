//! Servers that hang, or that nobody reaches: requests go there and get no answer, until a check finds them.
//!
//! Of a server that hangs, what it serves stands still, and goes on when the fault is over; it is cured when it is started
//! again. Of one that is cut off, what is in flight has failed; what is sent there begins when it is reached again. In either
//! case a caller that waits does so until its timeout.

use super::ServerGroup;
use super::life::{NEVER, State};
use super::spec::{Event, FaultKind, SlotId};
use crate::kernel::Agenda;
use crate::model::OutageId;
use crate::platform::Context;

impl ServerGroup {
    /// Whether a server is there that gets no answer out.
    pub(super) fn is_silent(&self, slot: SlotId) -> bool {
        self.slots[slot.index()].is_silent()
    }

    /// What a fault does.
    fn kind_of(&self, id: OutageId) -> FaultKind {
        self.group.faults[self.outages[id.index()].fault].kind
    }

    /// Whether a server that is silent will not be so any more by itself.
    pub(super) fn is_any_heard_again(&self) -> bool {
        let ends =
            |id: &OutageId| self.group.faults[self.outages[id.index()].fault].times.lasts.is_some();
        let mut servers = self.slots.iter().filter_map(|slot| slot.server.as_ref());
        servers.any(|server| server.silenced.iter().any(ends))
    }

    /// A server hangs, or is cut off. One that does not work cannot hang.
    pub(super) fn falls_silent<A: Agenda<Event>>(
        &mut self,
        slot: SlotId,
        id: OutageId,
        ctx: &mut Context<'_, A>,
    ) {
        let (now, kind) = (ctx.now(), self.kind_of(id));
        let Some(state) = self.state(slot).filter(|state| *state != State::Dead) else { return };
        if kind == FaultKind::Hang && !state.works() {
            return;
        }
        self.count_failure(slot);
        self.server(slot).silenced.push(id);
        if kind == FaultKind::Partition {
            self.lose_jobs(slot, ctx);
        }
        self.speed_changed(slot, ctx);
        match state {
            State::Leaving { .. } => return self.go_if_idle(slot, ctx),
            State::Booting | State::Installing | State::Dead | State::Silent => {}
            State::Serving if !self.is_central() => {
                let server = self.server(slot);
                server.died = server.died.min(now);
            }
            State::Serving | State::Passing => {
                self.rotation.set(slot, false);
                self.enter(slot, State::Silent, NEVER, ctx);
            }
        }
        self.look_whether_lacking(now);
        self.will_be_found(slot, ctx);
    }

    /// A fault by which a server was silent is over. If it is under no other, it answers again, and gets requests when a check has
    /// found that out, unless none had missed it.
    pub(super) fn is_heard<A: Agenda<Event>>(
        &mut self,
        slot: SlotId,
        id: OutageId,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(server) = &mut self.slots[slot.index()].server else { return };
        let before = server.silenced.len();
        server.silenced.retain(|other| *other != id);
        if server.silenced.len() == before || !server.silenced.is_empty() {
            return;
        }
        if server.state == State::Dead {
            return;
        }
        (server.known, server.died, server.failed) = (NEVER, NEVER, false);
        let state = server.state;
        self.speed_changed(slot, ctx);
        if state == State::Silent {
            self.booted(slot, ctx);
        }
    }

    /// The process of a server is started again: one that hung does not any more.
    pub(super) fn stops_hanging(&mut self, slot: SlotId) {
        let kinds = |id: &OutageId| self.kind_of(*id) != FaultKind::Hang;
        let Some(server) = &self.slots[slot.index()].server else { return };
        let kept: Vec<OutageId> = server.silenced.iter().copied().filter(kinds).collect();
        self.server(slot).silenced = kept;
    }
}
