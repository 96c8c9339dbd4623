//! How many replicas there shall be: the loops of replica autoscalers.

use super::Orchestrator;
use super::pods::Work;
use super::spec::Event;
use crate::kernel::{Agenda, Class, Time};
use crate::model::ApplicationId;
use crate::platform::Context;
use crate::policy::orchestration::kubernetes::autoscaling::Sample;
use crate::policy::orchestration::kubernetes::{Phase, PodStatus, Readiness, Ready};
use crate::policy::replica_autoscaling::{Decided, Observed};

impl Orchestrator {
    /// The autoscalers look for the first time after a period.
    pub(super) fn start_autoscalers<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        for (number, deployment) in self.deployments.iter().enumerate() {
            if deployment.as_ref().is_some_and(|of| of.autoscaler.is_some()) {
                self.start_autoscaler(ApplicationId::from_index(number), ctx);
            }
        }
    }

    /// The autoscaler of an application looks after a period. Says whether it has one.
    pub(super) fn start_autoscaler<A: Agenda<Event>>(
        &self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let deployment = self.deployments[application.index()].as_ref();
        let autoscaler = deployment.and_then(|deployment| deployment.autoscaler.as_ref());
        let Some(period) = autoscaler.map(|autoscaler| autoscaler.period()) else { return false };
        let event = Event::Scale(self.number, application);
        ctx.agenda.schedule(ctx.agenda.now().plus(period), Class::Control, event);
        true
    }

    /// The autoscaler of an application, or of the version that has taken its place, looks at what its pods have
    /// used since it did last: those of all versions.
    pub(super) fn scale<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let application = self.newest_of(application);
        let number = application.index();
        if !self.start_autoscaler(application, ctx) {
            self.stop_scaling(application);
            return;
        }
        if !self.is_led() {
            return;
        }
        let (pods, desired) = self.pods_of_service(application);
        let (mut seen, mut samples, mut requests) = (Vec::new(), Vec::new(), Vec::new());
        for &pod in &pods {
            let bound = self.cluster.pod(pod).started;
            let (status, sample) = self.observed(pod, bound, now);
            let cpu = self.spec.pods[self.rows.at(pod).application.index()].cpu;
            seen.push(status);
            samples.push(sample);
            requests.push(i64::try_from(cpu.get()).ok().filter(|cpu| *cpu > 0));
        }
        let deployment = self.deployments[number].as_mut();
        let Some(autoscaler) = deployment.and_then(|it| it.autoscaler.as_mut()) else { return };
        let wanted = i64::from(desired);
        let observed =
            Observed { now, wanted, pods: &seen, requests: &requests, samples: &samples };
        let Decided { replicas, why } = autoscaler.decide(&observed);
        let replicas = u32::try_from(replicas).unwrap_or(0);
        if replicas != desired {
            self.tell_scaling(application, [desired, replicas], (why, now));
        }
        self.set_replicas(application, replicas, ctx);
        self.settle(ctx);
    }

    /// What a controller sees of a replica, and the CPU that it has used on average since it was looked at
    /// last.
    fn observed(
        &mut self,
        pod: super::PodId,
        bound: Option<Time>,
        now: Time,
    ) -> (PodStatus, Option<Sample>) {
        let pending =
            PodStatus { phase: Phase::Pending, deleted: false, started: None, readiness: None };
        let Work::Replica(replica) = &mut self.rows.at(pod).work else { return (pending, None) };
        let Some(started) = bound else { return (pending, None) };
        replica.count_cpu(now);
        let used = replica.used - replica.sampled;
        // An autoscaler may be another one than looked before, with another period, or the first.
        let since = std::mem::replace(&mut replica.sampled_at, now).max(started);
        replica.sampled = replica.used;
        let ready = if replica.endpoint.is_some() { Ready::True } else { Ready::False };
        let turned = if replica.starting { started } else { replica.turned };
        let status = PodStatus {
            phase: Phase::Running,
            deleted: false,
            started: Some(started),
            readiness: Some(Readiness { ready, since: turned }),
        };
        let window = now - since;
        let value = used.checked_div(u128::from(window.as_nanos()));
        let value = value.and_then(|value| i64::try_from(value).ok());
        // A node that has failed tells nothing.
        let value = value.filter(|_| self.is_heard(pod));
        (status, value.map(|value| Sample { value, at: now, window }))
    }
}
