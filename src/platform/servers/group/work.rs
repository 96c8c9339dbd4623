//! Where the jobs of servers compute.

use super::ServerGroup;
use super::spec::{Event, SlotId};
use crate::kernel::{Agenda, Class, ShiftingTimer};
use crate::model::{Processor, Stage};
use crate::platform::{Context, Signal};

/// Where jobs compute.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) processor: Processor,
    timer: ShiftingTimer,
    /// Servers at work.
    computing: u64,
}

impl Work {
    /// Of a server that does not work.
    pub(super) fn new(speed: f64) -> Self {
        let processor = Processor::new(1, speed).in_millicores();
        Self { processor, timer: ShiftingTimer::default(), computing: 0 }
    }
}

impl ServerGroup {
    /// Where the jobs of a server compute.
    pub(super) fn work(&mut self, slot: SlotId) -> &mut Work {
        match &mut self.together {
            Some(together) => together,
            None => &mut self.slots[slot.index()].work,
        }
    }

    /// Other jobs compute than before, or faster: how many servers are at work, and the next end.
    pub(super) fn work_changed<A: Agenda<Event>>(
        &mut self,
        slot: SlotId,
        ctx: &mut Context<'_, A>,
    ) {
        let (now, number) = (ctx.now(), self.number);
        let most = if self.together.is_some() {
            self.up.value()
        } else {
            u64::from(!self.is_silent(slot))
        };
        let work = self.work(slot);
        let stands_still = work.processor.stands_still();
        if let Some(end) = (!stands_still).then(|| work.processor.next_end()).flatten() {
            work.timer.arm(ctx.agenda, end, Class::Completion, Event::Ends(number, slot));
        }
        let computing = most.min(work.processor.len() as u64);
        let before = std::mem::replace(&mut work.computing, computing);
        self.computing.set(now, self.computing.value() - before + computing);
        if !self.exclusive {
            self.busy.set(now, self.computing.value());
        }
    }

    /// Ends the jobs that have ended by now, if any has.
    pub(super) fn ends<A: Agenda<Event>>(&mut self, slot: SlotId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let work = self.work(slot);
        if !work.timer.fired(now) {
            return;
        }
        while let Some(id) = work.processor.pop_ended(now) {
            ctx.attempts[id].stage = Stage::Calling;
            ctx.outbox.push(Signal::Served(id));
        }
        self.work_changed(slot, ctx);
    }
}
