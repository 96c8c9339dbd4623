//! Replicas of a new version beside those of the old one: a release that sends requests by weight orders them, and is
//! told when they are there.
//!
//! Until it is over, autoscalers take away neither what was ordered of the new version nor what the old one had when it
//! began, so that it can go back at any time.

use super::Orchestrator;
use super::pods::{NEVER, Work};
use super::replicas::Deployment;
use super::spec::{Event, PodId};
use crate::kernel::{Agenda, Class, Span, Time, Timer};
use crate::model::ApplicationId;
use crate::platform::{Context, Handover, Signal};

/// The replicas that a new version has beside those of another.
#[derive(Debug)]
pub(super) struct Beside {
    old: ApplicationId,
    stands: Stands,
    /// The most of them to which requests went since they were ordered, and since when.
    most: u32,
    since: Time,
    /// Stands for the next look at them.
    timer: Timer,
}

/// How what was ordered stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// It is waited for.
    Awaited,
    /// There has been no progress for too long, which was told; it is waited for all the same.
    Overdue,
    /// It was there, which was told.
    Up,
}

impl Orchestrator {
    /// The new application is to have a share of its replicas beside those of the old one: of as many as it says itself,
    /// or, if an autoscaler says how many, as the old one has now.
    pub(super) fn order<A: Agenda<Event>>(
        &mut self,
        Handover { old, new }: Handover,
        share: f64,
        ctx: &mut Context<'_, A>,
    ) {
        let (_, present) = self.pods_of_service(old);
        let Some(of) = self.spec.pods[new.index()].replicas.as_ref() else { return };
        let all = if of.autoscaling.is_some() { present } else { of.replicas };
        let autoscaling = of.autoscaling.clone();
        // Three tenths of ten are three, whatever the product of rounded tenths is, and any share is one at least.
        let wanted = (libm::ceil(share * f64::from(all) - 1e-9) as u32).max(1);
        let Some(deployment) = &mut self.deployments[new.index()] else { return };
        let timer = deployment.beside.take().map(|beside| beside.timer);
        let (stands, since) = (Stands::Awaited, ctx.now());
        let begins = timer.is_none();
        let timer = timer.unwrap_or_default();
        deployment.beside = Some(Box::new(Beside { old, stands, most: 0, since, timer }));
        deployment.least = wanted;
        deployment.desired = deployment.desired.max(wanted);
        if begins {
            deployment.autoscaler = autoscaling.map(|of| of.autoscaler.start(of.target));
            self.start_autoscaler(new, ctx);
            if let Some(deployment) = &mut self.deployments[old.index()] {
                deployment.least = present;
            }
        }
        self.reconcile(new, ctx);
        self.settle(ctx);
        self.looks_beside(new, ctx.now(), ctx);
    }

    /// Nothing is sent any more to an application, nor to others that its rollouts have left: their replicas go. What
    /// came beside stays, and has no minimum any longer.
    pub(super) fn end_version<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        if !self.has_replicas(application) {
            return;
        }
        let all = self.end_versions(application);
        let mut stay = Vec::new();
        for (number, deployment) in self.deployments.iter_mut().enumerate() {
            let Some(deployment) = deployment else { continue };
            if deployment.beside.as_ref().is_some_and(|beside| all.contains(&beside.old)) {
                (deployment.beside, deployment.least) = (None, 0);
                stay.push(ApplicationId::from_index(number));
            }
        }
        for of in all {
            let Some(deployment) = &mut self.deployments[of.index()] else { continue };
            (deployment.desired, deployment.least, deployment.autoscaler) = (0, 0, None);
            let beside = deployment.beside.take().map(|beside| beside.old);
            if let Some(of_old) = beside
                && let Some(old) = &mut self.deployments[of_old.index()]
            {
                old.least = 0;
                stay.push(of_old);
            }
            self.look_whether_made_good(of, ctx.now());
            self.reconcile(of, ctx);
        }
        for application in stay {
            self.scale_again(application, ctx);
        }
        self.settle(ctx);
    }

    /// The pods of the version beside which an application has come, and of those that have come beside it.
    pub(super) fn pods_beside(&self, application: ApplicationId) -> Vec<PodId> {
        let old = |of: &Deployment| of.beside.as_ref().map(|beside| beside.old);
        let all = self.deployments.iter().enumerate();
        let all = all.filter_map(|(number, of)| Some((number, of.as_ref()?)));
        let own = self.deployments[application.index()].as_ref().and_then(old);
        all.filter(|(number, of)| {
            old(of) == Some(application) || own.is_some_and(|own| own.index() == *number)
        })
        .flat_map(|(_, of)| of.pods.iter().copied())
        .collect()
    }

    /// How many replicas an application has at least, whatever its autoscaler says.
    pub(super) fn least_of(&self, application: ApplicationId) -> u32 {
        self.deployments[application.index()].as_ref().map_or(0, |deployment| deployment.least)
    }

    /// What was ordered of an application is to be looked at then, if anything was.
    pub(super) fn looks_beside<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        at: Time,
        ctx: &mut Context<'_, A>,
    ) {
        let deployment = self.deployments[application.index()].as_mut();
        if let Some(beside) = deployment.and_then(|deployment| deployment.beside.as_mut()) {
            let event = Event::Beside(self.number, application);
            beside.timer.arm(ctx.agenda, at, Class::Control, event);
        }
    }

    /// Looks whether what was ordered of an application is there, or there has been no progress for too long.
    pub(super) fn look_beside<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let Some(of) = &self.spec.pods[application.index()].replicas else { return };
        let (rests, deadline) = (of.rollout.min_ready(), of.rollout.progress_deadline());
        let (up, next) = self.up(application, rests, now);
        let Some(deployment) = &mut self.deployments[application.index()] else { return };
        let least = deployment.least;
        let Some(beside) = &mut deployment.beside else { return };
        if !beside.timer.fired(now) || beside.stands == Stands::Up {
            return;
        }
        if up > beside.most {
            (beside.most, beside.since) = (up, now);
        }
        let due = beside.since.plus(deadline);
        if up >= least {
            beside.stands = Stands::Up;
            ctx.outbox.push(Signal::BroughtUp(self.number, application));
            return;
        }
        if beside.stands == Stands::Awaited && due <= now {
            beside.stands = Stands::Overdue;
            ctx.outbox.push(Signal::HandoverFailed(self.number, application));
        }
        let due = if beside.stands == Stands::Awaited { due } else { NEVER };
        if next.min(due) < NEVER {
            self.looks_beside(application, next.min(due), ctx);
        }
    }

    /// To how many replicas of an application requests go that have been ready for a time, and when that are more.
    fn up(&self, application: ApplicationId, rests: Span, now: Time) -> (u32, Time) {
        let Some(deployment) = &self.deployments[application.index()] else { return (0, NEVER) };
        let since = |pod: &PodId| {
            let joined = match self.rows.get(*pod).map(|row| &row.work) {
                Some(Work::Replica(of)) if of.endpoint.is_none() => of.joins,
                _ => Time::ZERO,
            };
            joined.max(self.ready_since(*pod).plus(rests))
        };
        let times = || deployment.pods.iter().map(since);
        let next = times().filter(|at| *at > now).fold(NEVER, Time::min);
        (times().filter(|at| *at <= now).count() as u32, next)
    }

    /// Whether anything that was ordered is looked at without a request that ends.
    pub(super) fn is_bringing_up(&self) -> bool {
        let all = self.deployments.iter().flatten();
        all.filter_map(|of| of.beside.as_ref()).any(|beside| beside.timer.is_armed())
    }
}
