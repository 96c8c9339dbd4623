//! Rollouts: replicas of one version of a service take the place of those of others.
//!
//! Each version is an application of its own, whose replicas are endpoints beside those of the others. How many
//! each shall have says a policy, which is asked again when something has changed.

use super::Orchestrator;
use super::pods::{NEVER, Replica};
use super::spec::{Event, PodId};
use crate::kernel::{Agenda, Class, Time, Timer};
use crate::model::ApplicationId;
use crate::platform::{Context, Handover, Signal};
use crate::policy::orchestration::kubernetes::Leaving;
use crate::policy::rollout::{After, Failure, Rollout, Step, Version, View};

/// The versions of a service, and the rollout from one to another.
#[derive(Debug)]
pub(super) struct Versions {
    /// The applications, in the order in which they came.
    pub(super) applications: Vec<ApplicationId>,
    /// The number of the one whose replicas shall take the place of the others'.
    pub(super) newest: usize,
    /// The number of the one that had all replicas last.
    settled: usize,
    /// What was asked for last.
    pub(super) handover: Handover,
    pub(super) policy: Box<dyn Rollout>,
    /// Whether it goes on.
    goes_on: bool,
    /// Whether requests go to replicas of the newest version only, which was told.
    pub(super) shifted: bool,
    /// From when on requests go as the versions' replicas are now, if it has no further step.
    ends: Option<Time>,
    /// How many replicas the service shall have.
    replicas: u32,
    /// Whether the loop of an autoscaler goes on.
    scales: bool,
    /// Stands for the next step.
    timer: Timer,
}

impl Orchestrator {
    /// The number of the rollout that an application is a version of, if it goes on.
    pub(super) fn rollout_of(&self, application: ApplicationId) -> Option<usize> {
        let number = self.deployments[application.index()].as_ref()?.versions?;
        self.versions[number].goes_on.then_some(number)
    }

    /// The new application's replicas take the place of the old one's.
    pub(super) fn begin_rollout<A: Agenda<Event>>(
        &mut self,
        handover: Handover,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(number) = self.versions_of(handover) else { return };
        let applications = &mut self.versions[number].applications;
        let known = applications.iter().position(|known| *known == handover.new);
        let newest = known.unwrap_or_else(|| {
            applications.push(handover.new);
            applications.len() - 1
        });
        if let Some(deployment) = &mut self.deployments[handover.new.index()] {
            deployment.versions = Some(number);
        }
        self.versions[number].handover = handover;
        self.roll_to(number, newest, false, ctx);
    }

    /// The old application's replicas come back.
    pub(super) fn begin_rollback<A: Agenda<Event>>(
        &mut self,
        handover: Handover,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(number) = self.versions_of(handover) else { return };
        let applications = &self.versions[number].applications;
        let Some(old) = applications.iter().position(|of| *of == handover.old) else { return };
        let is_on_its_way = self.versions[number].newest == old;
        self.versions[number].handover = handover;
        if !is_on_its_way {
            self.roll_to(number, old, true, ctx);
        }
    }

    /// The number of the versions of which the old application is one.
    fn versions_of(&mut self, handover: Handover) -> Option<usize> {
        let policy = self.replica_spec(handover.new)?.rollout.clone();
        let deployment = self.deployments[handover.old.index()].as_mut()?;
        let number = deployment.versions.unwrap_or(self.versions.len());
        deployment.versions = Some(number);
        if number == self.versions.len() {
            self.versions.push(Versions {
                applications: vec![handover.old],
                newest: 0,
                settled: 0,
                handover,
                policy,
                goes_on: false,
                shifted: false,
                ends: None,
                replicas: deployment.desired,
                scales: deployment.autoscaler.is_some(),
                timer: Timer::default(),
            });
        }
        Some(number)
    }

    fn replica_spec(&self, application: ApplicationId) -> Option<&super::ReplicaSpec> {
        self.spec.pods[application.index()].replicas.as_ref()
    }

    /// A rollout to the version with this number begins, whatever was before; `back` if it brings one back.
    fn roll_to<A: Agenda<Event>>(
        &mut self,
        number: usize,
        newest: usize,
        back: bool,
        ctx: &mut Context<'_, A>,
    ) {
        let versions = &mut self.versions[number];
        let before = versions.applications[std::mem::replace(&mut versions.newest, newest)];
        let application = versions.applications[newest];
        let Some(of) = self.spec.pods[application.index()].replicas.as_ref() else { return };
        let autoscaling = of.autoscaling.clone();
        if !versions.goes_on {
            versions.replicas = self.deployments[before.index()]
                .as_ref()
                .map_or(0, |deployment| deployment.desired);
        }
        if autoscaling.is_none() {
            versions.replicas = of.replicas;
        }
        if !back {
            versions.policy = of.rollout.clone();
        }
        (versions.goes_on, versions.shifted, versions.ends) = (true, false, None);
        let scaler = self.deployments[before.index()].as_mut().and_then(|it| it.autoscaler.take());
        let begins =
            autoscaling.is_some() && !std::mem::replace(&mut self.versions[number].scales, true);
        let earlier = self.replica_spec(before).and_then(|of| of.autoscaling.clone());
        let scaler = autoscaling.map(|of| {
            let kept = scaler.filter(|_| earlier.is_some_and(|earlier| earlier.is_same(&of)));
            kept.unwrap_or_else(|| {
                let mut scaler = of.autoscaler.start(of.target);
                self.versions[number].replicas = scaler.first(self.versions[number].replicas);
                scaler
            })
        });
        if let Some(deployment) = &mut self.deployments[application.index()] {
            deployment.autoscaler = scaler;
        }
        if begins {
            self.start_autoscaler(application, ctx);
        }
        let (mut seen, _) = self.seen(number, ctx.now());
        let versions = &mut self.versions[number];
        let replicas = versions.replicas;
        versions
            .policy
            .begin(&mut View { now: ctx.now(), replicas, versions: &mut seen, newest }, back);
        self.carry_out(number, &seen, ctx);
        self.rolls_at(number, ctx.now(), ctx);
    }

    /// No autoscaler looks any more at the service of an application.
    pub(super) fn stop_scaling(&mut self, application: ApplicationId) {
        let number = self.deployments[application.index()].as_ref().and_then(|it| it.versions);
        if let Some(number) = number {
            self.versions[number].scales = false;
        }
    }

    /// The newest version of the service of an application.
    pub(super) fn newest_of(&self, application: ApplicationId) -> ApplicationId {
        let number = self.deployments[application.index()].as_ref().and_then(|it| it.versions);
        number.map_or(application, |number| {
            let versions = &self.versions[number];
            versions.applications[versions.newest]
        })
    }

    /// The pods of all versions of the service of an application, and how many there shall be.
    pub(super) fn pods_of_service(&self, application: ApplicationId) -> (Vec<PodId>, u32) {
        let pods = |of: ApplicationId| {
            self.deployments[of.index()].as_ref().map_or(&[][..], |deployment| &deployment.pods)
        };
        if let Some(number) = self.rollout_of(application) {
            let versions = &self.versions[number];
            let all = versions.applications.iter().flat_map(|&of| pods(of)).copied();
            return (all.collect(), versions.replicas);
        }
        let desired = self.deployments[application.index()].as_ref().map(|it| it.desired);
        (pods(application).to_vec(), desired.unwrap_or(0))
    }

    /// The service of an application shall have so many replicas.
    pub(super) fn set_replicas<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        replicas: u32,
        ctx: &mut Context<'_, A>,
    ) {
        let replicas = replicas.max(self.least_of(application));
        if let Some(number) = self.rollout_of(application) {
            let versions = &mut self.versions[number];
            if replicas >= versions.replicas || versions.policy.scales_in() {
                versions.replicas = replicas;
                self.rolls_at(number, ctx.now(), ctx);
            }
            return;
        }
        if let Some(deployment) = &mut self.deployments[application.index()] {
            deployment.desired = replicas;
        }
        self.look_whether_made_good(application, ctx.now());
        self.reconcile(application, ctx);
    }

    /// Something has changed of the replicas of an application: if it is a version in a rollout, that may have
    /// another step; if it comes beside another, it may be there.
    pub(super) fn replicas_changed<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        if let Some(number) = self.rollout_of(application) {
            self.rolls_at(number, ctx.now(), ctx);
        }
        self.looks_beside(application, ctx.now(), ctx);
    }

    /// A replica has failed, to start or afterwards, and whether a check has `found` that: the rollout to its version is told.
    pub(super) fn replica_failed<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        found: bool,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(application) = self.rows.get(pod).map(|row| row.application) else { return };
        let Some(number) = self.rollout_of(application) else { return };
        let now = ctx.now();
        let ready = self.rows.replica(pod).map_or(NEVER, |replica| replica.containers.ready);
        let versions = &mut self.versions[number];
        if versions.applications[versions.newest] == application {
            let ready = (ready <= now).then(|| now - ready);
            versions.policy.failed(now, versions.replicas, Failure { ready, found });
        }
        self.rolls_at(number, now, ctx);
    }

    /// A rollout may have its next step then.
    fn rolls_at<A: Agenda<Event>>(&mut self, number: usize, at: Time, ctx: &mut Context<'_, A>) {
        let versions = &mut self.versions[number];
        let event = Event::Rolls(self.number, versions.applications[0]);
        versions.timer.arm(ctx.agenda, at, Class::Control, event);
    }

    /// Each rollout that goes on may have another step.
    pub(super) fn roll_on<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        for number in 0..self.versions.len() {
            self.rolls_at(number, ctx.now(), ctx);
        }
    }

    /// A rollout may have another step.
    pub(super) fn rolls<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let number = self.deployments[application.index()].as_ref().and_then(|it| it.versions);
        let Some(number) = number.filter(|&of| self.versions[of].timer.fired(now)) else { return };
        while self.is_led() && self.versions[number].goes_on {
            let (mut seen, next) = self.seen(number, now);
            let versions = &mut self.versions[number];
            let (replicas, newest) = (versions.replicas, versions.newest);
            let step =
                versions.policy.step(&mut View { now, replicas, versions: &mut seen, newest });
            let ends = versions.ends.take().filter(|_| matches!(step, Step::Done));
            match step {
                Step::Changed => self.carry_out(number, &seen, ctx),
                Step::Waits(until) => {
                    let next = until.map_or(next, |until| until.min(next));
                    if next < NEVER {
                        self.rolls_at(number, next, ctx);
                    }
                    return;
                }
                Step::Done => {
                    let ends = ends.unwrap_or_else(|| self.requests_follow(number, now));
                    if ends > now {
                        self.versions[number].ends = Some(ends);
                        self.rolls_at(number, ends, ctx);
                        return;
                    }
                    self.end_rollout(number, ctx);
                }
                Step::Failed(after) => {
                    ctx.outbox.push(Signal::HandoverFailed(self.number, versions.handover.new));
                    if after == After::GoesBack {
                        let settled = versions.settled;
                        self.roll_to(number, settled, true, ctx);
                    } else {
                        self.withdraw_what_waits(number, ctx);
                    }
                }
            }
        }
    }

    /// Whether nothing more of an application is launched, as the rollout to it was given up.
    pub(super) fn is_given_up(&self, application: ApplicationId) -> bool {
        self.rollout_of(application).is_some_and(|number| {
            let versions = &self.versions[number];
            versions.applications[versions.newest] == application && !versions.policy.launches()
        })
    }

    /// Replicas of the newest version that have no node yet, or whose containers are yet to begin, never will if it was given
    /// up.
    fn withdraw_what_waits<A: Agenda<Event>>(&mut self, number: usize, ctx: &mut Context<'_, A>) {
        let versions = &self.versions[number];
        let application = versions.applications[versions.newest];
        let Some(deployment) = &self.deployments[application.index()] else { return };
        if !self.is_given_up(application) {
            return;
        }
        for pod in deployment.pods.clone() {
            let waits = |of: &mut Replica| of.containers.not_before > ctx.now();
            if self.cluster.pod(pod).node.is_none() || self.rows.replica(pod).is_some_and(waits) {
                self.stop_replica(pod, Leaving::Deleted, ctx);
            }
        }
        self.reconcile(application, ctx);
        self.settle(ctx);
    }

    /// A rollout between the versions of the service of an application is over, whatever has become of it: gives these
    /// versions.
    pub(super) fn end_versions(&mut self, application: ApplicationId) -> Vec<ApplicationId> {
        let number = self.deployments[application.index()].as_ref().and_then(|it| it.versions);
        number.map_or_else(
            || vec![application],
            |number| {
                let versions = &mut self.versions[number];
                versions.goes_on = false;
                versions.applications.clone()
            },
        )
    }

    /// All replicas are those of the newest version.
    fn end_rollout<A: Agenda<Event>>(&mut self, number: usize, ctx: &mut Context<'_, A>) {
        let versions = &mut self.versions[number];
        versions.goes_on = false;
        versions.settled = versions.newest;
        let Handover { new, .. } = versions.handover;
        let signal = if versions.applications[versions.newest] == new {
            Signal::HandedOver(self.number, new)
        } else {
            Signal::HandedBack(self.number, new)
        };
        ctx.outbox.push(signal);
        let newest = self.versions[number].applications[self.versions[number].newest];
        self.scale_again(newest, ctx);
    }

    /// Versions have as many replicas from now on.
    fn carry_out<A: Agenda<Event>>(
        &mut self,
        number: usize,
        seen: &[Version],
        ctx: &mut Context<'_, A>,
    ) {
        for (at, version) in seen.iter().enumerate() {
            let application = self.versions[number].applications[at];
            let deployment = self.deployments[application.index()].as_mut();
            if let Some(deployment) = deployment.filter(|it| it.desired != version.replicas) {
                deployment.desired = version.replicas;
                self.look_whether_made_good(application, ctx.now());
                self.reconcile(application, ctx);
            }
        }
        let newest = self.versions[number].applications[self.versions[number].newest];
        self.look_whether_shifted(newest, ctx.outbox);
        self.settle(ctx);
    }

    /// Whether any rollout has another step without a request that ends.
    pub(super) fn is_rolling(&self) -> bool {
        self.versions.iter().any(|versions| versions.goes_on && versions.timer.is_armed())
    }
}
