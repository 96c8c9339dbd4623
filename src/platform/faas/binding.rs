//! Early binding: requests that wait for the very instance that was started for them.

use std::collections::VecDeque;

use super::{Binding, Faas, FaasAgenda};
use crate::model::{ApplicationId, AttemptId, InstanceId, Stage};
use crate::platform::Context;
use crate::platform::fleet::{Fleet, State};

/// The instances of an application that are starting and still take requests, in order of their
/// starts. One that is full, has started or is gone is dropped when it comes up.
#[derive(Debug, Default)]
pub(super) struct Filling(VecDeque<(u64, InstanceId)>);

impl Filling {
    /// The first of them.
    fn first(&mut self, fleet: &Fleet) -> Option<InstanceId> {
        while let Some(&(number, id)) = self.0.front() {
            let instance = fleet.instance(id);
            let starting = instance.number == number
                && instance.state == State::Starting
                && !fleet.is_doomed(id);
            if starting && instance.bound_count < fleet.concurrency() {
                return Some(id);
            }
            self.0.pop_front();
        }
        None
    }
}

impl Faas {
    /// Lets an attempt wait for an instance that is starting already, if one has room to spare.
    pub(super) fn bind_to_starting<A: FaasAgenda>(
        &mut self,
        id: AttemptId,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        match self.spec.binding {
            Binding::Late => {
                let spare = self.starting_room(application) > self.living(application);
                if spare {
                    self.wait(id, application, ctx);
                }
                spare
            }
            Binding::Early => {
                let filling = self.lines[application.index()].filling.first(&self.fleet);
                if let Some(instance) = filling {
                    self.bind(id, instance, ctx);
                }
                filling.is_some()
            }
        }
    }

    /// Lets an attempt wait for an instance that is starting.
    pub(super) fn bind<A: FaasAgenda>(
        &mut self,
        id: AttemptId,
        instance_id: InstanceId,
        ctx: &mut Context<'_, A>,
    ) {
        self.waiting.add(ctx.now(), 1);
        let instance = self.fleet.bound_mut(instance_id);
        instance.bound_count += 1;
        match &mut instance.bound {
            Some((_, last)) => {
                ctx.attempts[*last].next = Some(id);
                *last = id;
            }
            bound => *bound = Some((id, id)),
        }
        let attempt = &mut ctx.attempts[id];
        attempt.stage = Stage::Waiting;
        attempt.place = instance_id.number();
    }

    /// Binds who is first in the line of an application to an instance that starts; if nobody is
    /// left there, others who come are bound to it, too.
    pub(super) fn bind_line<A: FaasAgenda>(
        &mut self,
        instance: InstanceId,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        for _ in 0..self.fleet.concurrency() {
            let Some(id) = self.pop_line(application, ctx) else { break };
            self.bind(id, instance, ctx);
        }
        self.take_more(instance, application);
    }

    /// An instance that has just begun to start takes requests that come, as far as it has room.
    pub(super) fn take_more(&mut self, id: InstanceId, application: ApplicationId) {
        let instance = self.fleet.instance(id);
        if instance.bound_count < self.fleet.concurrency() {
            let filling = &mut self.lines[application.index()].filling;
            // What is out of date goes here, too, so that it does not pile up where nobody comes.
            filling.first(&self.fleet);
            filling.0.push_back((instance.number, id));
        }
    }

    /// Serves the attempts that are bound to an instance that has just started.
    pub(super) fn serve_bound<A: FaasAgenda>(
        &mut self,
        instance_id: InstanceId,
        ctx: &mut Context<'_, A>,
    ) {
        let mut next = self.fleet.bound_mut(instance_id).bound.take().map(|(first, _)| first);
        while let Some(id) = next {
            next = ctx.attempts[id].next.take();
            if ctx.attempts[id].stage == Stage::Cancelled {
                ctx.attempts.remove(id);
            } else {
                self.waiting.sub(ctx.now(), 1);
                self.begin(instance_id, id, false, ctx);
            }
        }
    }
}
