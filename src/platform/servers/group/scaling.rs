//! How many servers there shall be, by what they do.

use super::ServerGroup;
use super::spec::Event;
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
}
