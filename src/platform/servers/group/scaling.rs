//! How many servers there shall be, by what they do.

use super::life::{After, State};
use super::spec::{Event, SlotId};
use super::{ServerGroup, Slot};
use crate::kernel::{Agenda, Class, Time};
use crate::platform::Context;
use crate::policy::autoscaling::GroupView;

impl ServerGroup {
    /// Has what a policy by the clock wants at the start, and lets the policy look from then on.
    pub(super) fn start_scaling<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        if let Some(policy) = &mut self.group.autoscaling {
            self.desired = policy.at_start(self.desired);
        }
        self.arm_review(ctx);
    }

    fn arm_review<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        let policy = self.group.autoscaling.as_ref();
        if let Some(next) = policy.and_then(|policy| policy.next(ctx.agenda.now())) {
            ctx.agenda.schedule(next, Class::Control, Event::Review(self.number));
        }
    }

    /// The policy looks.
    pub(super) fn review<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        let view = self.view(ctx.agenda.now());
        if let Some(policy) = &mut self.group.autoscaling {
            self.desired = policy.look(ctx.agenda.now(), &view);
        }
        self.reconcile(ctx);
        self.arm_review(ctx);
    }

    /// What the servers have done since the policy looked last.
    fn view(&mut self, now: Time) -> GroupView {
        let areas = [self.computing.area(now), self.up.area(now)];
        let [computing, up] = [0, 1].map(|which: usize| areas[which] - self.seen[which]);
        self.seen = areas;
        GroupView {
            wanted: self.desired,
            coming: self.is_any_coming(),
            cpu: (up > 0).then(|| computing as f64 / up as f64),
        }
    }

    /// Starts or lets go servers until there are as many as there shall be.
    pub(super) fn reconcile<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        let stays = |slot: &&Slot| {
            let state = slot.server.as_ref().map(|server| server.state);
            state.is_some_and(|state| state != State::Leaving { then: After::Gone })
        };
        let mut there = self.slots.iter().filter(stays).count() as u64;
        let shall_be = u64::from(self.desired) + u64::from(self.extra);
        while there < shall_be
            && let Some(slot) = self.free_slot(ctx)
        {
            self.figures.starts += 1;
            self.put_server(slot, ctx.now());
            self.boot(slot, ctx);
            there += 1;
        }
        while there > shall_be
            && let Some(slot) = self.too_many()
        {
            self.let_go(slot, self.group.drain, After::Gone, ctx);
            there -= 1;
        }
    }

    /// The server that goes first: in the zone with the most servers, one that does not work if there is
    /// any, otherwise that of the last slot.
    fn too_many(&self) -> Option<SlotId> {
        let mut in_zone = vec![0_u32; self.group.zones as usize];
        let mut stay = Vec::new();
        for (number, slot) in self.slots.iter().enumerate() {
            if let Some(state) = slot.server.as_ref().map(|server| server.state)
                && !matches!(state, State::Leaving { .. })
            {
                in_zone[slot.zone as usize] += 1;
                let idle = !state.works() || slot.is_silent();
                stay.push((slot.zone as usize, idle, number));
            }
        }
        let last = stay.into_iter().max_by_key(|&(zone, idle, at)| (in_zone[zone], idle, at));
        last.map(|(.., number)| SlotId::from_index(number))
    }
}
