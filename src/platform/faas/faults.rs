//! Hosts that fail or are about to go: what becomes of their instances and of the requests on these.

use super::{Faas, FaasAgenda};
use crate::model::{ApplicationId, Attempt, AttemptId, HostId, InstanceId, Stage};
use crate::platform::fleet::OutageId;
use crate::platform::{Context, Signal};

impl Faas {
    /// The end of a host is announced: an instance that serves, or for which a request waits, goes when it has
    /// nothing left to do, the others at once. Others take their places elsewhere.
    #[inline(never)]
    pub(super) fn host_announced<A: FaasAgenda>(
        &mut self,
        outage: OutageId,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(host) = self.fleet.host_announced(outage) else { return };
        for id in self.fleet.instances_on(host) {
            let instance = self.fleet.instance(id);
            if instance.active > 0 || instance.bound.is_some() {
                self.fleet.doom(id, ctx.now());
            } else {
                self.lose(id, ctx);
            }
        }
        self.make_up(ctx);
    }

    /// A host fails: its instances are gone, what they served has failed, and who was bound to one that was
    /// starting is refused. Who waited for any goes on waiting.
    #[inline(never)]
    pub(super) fn host_fails<A: FaasAgenda>(&mut self, outage: OutageId, ctx: &mut Context<'_, A>) {
        let Some(host) = self.fleet.host_fails(outage, ctx.agenda) else { return };
        let mut over = self.fail_on(host, ctx);
        for id in self.fleet.instances_on(host) {
            self.refuse_bound(id, &mut over, ctx);
            self.lose(id, ctx);
        }
        for application in over {
            self.over(application, ctx);
        }
        self.make_up(ctx);
    }

    /// Lets the requests fail that instances of a host serve; tells their applications. Costs as much as is in
    /// flight.
    fn fail_on<A: FaasAgenda>(
        &mut self,
        host: HostId,
        ctx: &mut Context<'_, A>,
    ) -> Vec<ApplicationId> {
        let here = |(_, attempt): &(AttemptId, &Attempt)| {
            attempt.platform == self.number
                && matches!(attempt.stage, Stage::Serving | Stage::Calling)
                && self.fleet.instance(attempt.instance()).host == host
        };
        let lost: Vec<AttemptId> = ctx.attempts.iter_ids().filter(here).map(|(id, _)| id).collect();
        let fail = |id: AttemptId| {
            let attempt = &mut ctx.attempts[id];
            let stage = std::mem::replace(&mut attempt.stage, Stage::Lost);
            ctx.outbox.push(Signal::Lost { attempt: id, due: stage == Stage::Serving });
            attempt.application
        };
        lost.into_iter().map(fail).collect()
    }

    /// Refuses who waits for this very instance to start.
    fn refuse_bound<A: FaasAgenda>(
        &mut self,
        instance: InstanceId,
        over: &mut Vec<ApplicationId>,
        ctx: &mut Context<'_, A>,
    ) {
        let mut next = self.fleet.bound_mut(instance).bound.take().map(|(first, _)| first);
        while let Some(id) = next {
            let attempt = &mut ctx.attempts[id];
            next = attempt.next.take();
            if attempt.stage == Stage::Cancelled {
                ctx.attempts.remove(id);
                continue;
            }
            attempt.stage = Stage::Lost;
            over.push(attempt.application);
            self.waiting.sub(ctx.agenda.now(), 1);
            ctx.outbox.push(Signal::Refused(id));
        }
    }

    /// An instance goes with its host.
    fn lose<A: FaasAgenda>(&mut self, id: InstanceId, ctx: &mut Context<'_, A>) {
        let (application, now) = (self.fleet.instance(id).application, ctx.now());
        self.counted(application, |faas| faas.fleet.lose(id, now));
    }

    /// Instances have gone with their host, or a host has come: starts what lacks of plans, and for requests.
    pub(super) fn make_up<A: FaasAgenda>(&mut self, ctx: &mut Context<'_, A>) {
        for number in 0..self.lines.len() {
            let application = ApplicationId::from_index(number);
            let lacks = self.unmet_of(application) > 0;
            let line = &mut self.lines[number];
            if lacks && !std::mem::replace(&mut line.starved, true) {
                self.starved.push_back(application);
            }
            self.start_provisioned(application, ctx);
            self.start_lacking(application, ctx);
        }
        self.serve_starved(ctx);
    }
}
