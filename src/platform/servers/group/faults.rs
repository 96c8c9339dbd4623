//! Faults that hit the slots of a group. Their chance has the name of the fault and the number of the slot,
//! and goes on whether a server is there or not: the same for every policy.

use super::ServerGroup;
use super::life::{After, State};
use super::spec::{Event, FaultKind, FaultSpec, SlotId};
use crate::kernel::{Agenda, Class, Seed, Span, Time};
use crate::model::{Next, Outage, OutageId};
use crate::platform::Context;

/// How many new slots of each zone are tried for a server. A guess: with faults that keep nine of ten slots from working
/// all the time, all of them are under one once in 40,000 times.
const MOST_TRIED: u32 = 100;

/// A slot under a fault that has not hit it yet.
fn outage(fault: usize, spec: &FaultSpec, slot: SlotId, seed: Seed) -> Outage<SlotId> {
    Outage::new((fault, &spec.times), slot, slot.number(), seed)
}

/// Something happens by a fault, unless that is never.
fn schedule<A: Agenda<Event>>(at: Time, event: Event, ctx: &mut Context<'_, A>) {
    if at < Time::MAX {
        ctx.agenda.schedule(at, Class::Control, event);
    }
}

impl ServerGroup {
    /// A slot that is new `now`, or is there from the start, comes under the faults that hit it.
    pub(super) fn start_faults<A: Agenda<Event>>(
        &mut self,
        slot: SlotId,
        now: Option<Time>,
        ctx: &mut Context<'_, A>,
    ) {
        let zone = self.slots[slot.index()].zone;
        for fault in 0..self.group.faults.len() {
            let spec = &self.group.faults[fault];
            if !spec.hits(slot.number(), zone) {
                continue;
            }
            let id = OutageId::from_index(self.outages.len());
            let mut outage = outage(fault, spec, slot, self.seed);
            let next = match now {
                Some(now) => outage.catch_up(&spec.times, now),
                None => outage.next(&spec.times, Time::ZERO).map_or(Next::Nothing, Next::Hits),
            };
            self.outages.push(outage);
            match next {
                Next::Hits(at) => schedule(at, Event::Fails(self.number, id), ctx),
                Next::Ends(at) => {
                    self.apply(id, ctx);
                    schedule(at, Event::Returns(self.number, id), ctx);
                }
                Next::Nothing => {}
            }
        }
    }

    /// The slot for a server that is started: the first without one that is under no fault, or a new one. Where all
    /// new ones are under faults that end, the first of them that is free again is added: it has servers looked for then.
    pub(super) fn free_slot<A: Agenda<Event>>(
        &mut self,
        ctx: &mut Context<'_, A>,
    ) -> Option<SlotId> {
        let free = self.slots.iter().position(|slot| slot.server.is_none() && slot.is_free());
        if let Some(number) = free {
            return Some(SlotId::from_index(number));
        }
        if self.awaited.is_some_and(|slot| !self.slots[slot.index()].is_free()) {
            return None;
        }
        let first = self.slots.len() as u32;
        let last = first.saturating_add(self.group.zones.saturating_mul(MOST_TRIED));
        let mut soonest: Option<(Time, u32)> = None;
        for number in first..last {
            let Some(until) = self.held_until(number, ctx.now()) else {
                return Some(self.add_slots(number, ctx));
            };
            soonest = soonest.into_iter().chain([(until, number)]).min();
        }
        let (_, number) = soonest.filter(|(until, _)| *until < Time::MAX)?;
        self.awaited = Some(self.add_slots(number, ctx));
        None
    }

    /// Slots until there is one of this number, which is the last.
    fn add_slots<A: Agenda<Event>>(&mut self, number: u32, ctx: &mut Context<'_, A>) -> SlotId {
        let now = Some(ctx.now());
        for _ in self.slots.len() as u32..number {
            self.add_slot(now, ctx);
        }
        self.add_slot(now, ctx)
    }

    /// Until when a slot that is not there yet is under a fault that keeps a server from working, if it is.
    fn held_until(&self, number: u32, now: Time) -> Option<Time> {
        let zone = number % self.group.zones;
        let faults = self.group.faults.iter().enumerate();
        let holds = faults.filter(|(_, spec)| spec.kind.keeps_out() && spec.hits(number, zone));
        let ends = holds.filter_map(|(fault, spec)| {
            let mut outage = outage(fault, spec, SlotId::new(number), self.seed);
            match outage.catch_up(&spec.times, now) {
                Next::Ends(over) => Some(over),
                Next::Hits(_) | Next::Nothing => None,
            }
        });
        ends.max()
    }

    /// Whether a slot with a fault that ends may have a server again.
    pub(super) fn is_any_returning(&self) -> bool {
        self.slots.iter().any(|slot| slot.outages > 0 && !slot.lost) || self.is_any_heard_again()
    }

    /// A fault hits a slot.
    pub(super) fn fails<A: Agenda<Event>>(&mut self, id: OutageId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let outage = &mut self.outages[id.index()];
        let spec = &self.group.faults[outage.fault];
        let (kind, slot) = (spec.kind, outage.target);
        let hit = outage.hit(&spec.times, now);
        if let Some(over) = hit.over {
            self.apply(id, ctx);
            schedule(over, Event::Returns(self.number, id), ctx);
        } else {
            self.apply_for_good(slot, kind, ctx);
            // Only where another may take the place of the dead, or silent, can anybody be hit again.
            let stays = kind.silences() && !self.group.replaces;
            if !stays && !self.slots[slot.index()].lost {
                self.next_failure(id, hit.gone, ctx);
            }
        }
        match kind {
            FaultKind::Crash => self.crash(slot, ctx),
            FaultKind::Spot => self.take_away(slot, hit.gone - now, ctx),
            FaultKind::Hang | FaultKind::Partition => self.falls_silent(slot, id, ctx),
            FaultKind::Slow(_) => {}
        }
    }

    /// A server is taken away after a notice, in which it drains and another is started already.
    fn take_away<A: Agenda<Event>>(
        &mut self,
        slot: SlotId,
        notice: Span,
        ctx: &mut Context<'_, A>,
    ) {
        match self.state(slot) {
            None => {}
            // One that is to be replaced goes when it is found dead.
            Some(State::Dead) if self.group.replaces => {}
            Some(State::Dead) => self.give_back(slot, ctx.now()),
            Some(State::Leaving { then: After::Gone | After::Returns }) => {
                self.count_failure(slot);
                self.hurry(slot, notice, ctx);
            }
            Some(_) => {
                self.count_failure(slot);
                let then = if self.group.replaces { After::Gone } else { After::Returns };
                self.let_go(slot, notice, then, ctx);
                self.look_whether_lacking(ctx.now());
                self.reconcile(ctx);
            }
        }
    }

    /// A fault without an end hits the server in a slot, if there is one; the next one there is under none.
    fn apply_for_good<A: Agenda<Event>>(
        &mut self,
        slot: SlotId,
        kind: FaultKind,
        ctx: &mut Context<'_, A>,
    ) {
        let row = &mut self.slots[slot.index()];
        let Some(server) = &mut row.server else { return };
        if let FaultKind::Slow(speed) = kind {
            server.speed = server.speed.min(speed);
            self.speed_changed(slot, ctx);
        } else if kind.keeps_out() {
            row.lost = !self.group.replaces;
        }
    }

    /// A slot comes under a fault that ends.
    fn apply<A: Agenda<Event>>(&mut self, id: OutageId, ctx: &mut Context<'_, A>) {
        let Outage { fault, target: slot, .. } = self.outages[id.index()];
        let row = &mut self.slots[slot.index()];
        if let FaultKind::Slow(speed) = self.group.faults[fault].kind {
            row.slow.push(speed);
            self.speed_changed(slot, ctx);
        } else if self.group.faults[fault].kind.keeps_out() {
            row.outages += 1;
        }
    }

    /// When a fault hits a slot next, at `from` or later.
    fn next_failure<A: Agenda<Event>>(
        &mut self,
        id: OutageId,
        from: Time,
        ctx: &mut Context<'_, A>,
    ) {
        let outage = &mut self.outages[id.index()];
        let next = outage.next(&self.group.faults[outage.fault].times, from);
        if let Some(at) = next {
            schedule(at, Event::Fails(self.number, id), ctx);
        }
    }

    /// A slot is no longer under a fault; when it is under none its server boots again, or another may be
    /// started there.
    pub(super) fn returns<A: Agenda<Event>>(&mut self, id: OutageId, ctx: &mut Context<'_, A>) {
        self.next_failure(id, ctx.now(), ctx);
        let Outage { fault, target: slot, .. } = self.outages[id.index()];
        let row = &mut self.slots[slot.index()];
        if let FaultKind::Slow(speed) = self.group.faults[fault].kind {
            let place = row.slow.iter().position(|other| *other == speed);
            place.map(|place| row.slow.swap_remove(place));
            self.speed_changed(slot, ctx);
            return;
        }
        let kind = self.group.faults[fault].kind;
        if kind.silences() {
            self.is_heard(slot, id, ctx);
        }
        if !kind.keeps_out() {
            return;
        }
        let row = &mut self.slots[slot.index()];
        row.outages -= 1;
        if !row.is_free() {
            return;
        }
        if self.state(slot) == Some(State::Dead) {
            self.boot(slot, ctx);
        }
        self.reconcile(ctx);
    }
}
