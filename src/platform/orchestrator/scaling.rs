//! How many replicas there shall be: the loops of replica autoscalers.

use super::Orchestrator;
use super::pods::Work;
use super::spec::Event;
use crate::kernel::{Agenda, Class, Span, Time};
use crate::model::ApplicationId;
use crate::platform::Context;
use crate::policy::orchestration::kubernetes::autoscaling::Sample;
use crate::policy::orchestration::kubernetes::{Phase, PodStatus, Readiness, Ready};
use crate::policy::replica_autoscaling::Observed;

impl Orchestrator {
    /// The autoscalers look for the first time after a period.
    pub(super) fn start_autoscalers<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        for (number, deployment) in self.deployments.iter().enumerate() {
            let autoscaler = deployment.as_ref().and_then(|of| of.autoscaler.as_ref());
            if let Some(autoscaler) = autoscaler {
                let event = Event::Scale(self.number, ApplicationId::from_index(number));
                let at = ctx.agenda.now().plus(autoscaler.period());
                ctx.agenda.schedule(at, Class::Control, event);
            }
        }
    }

    /// The autoscaler of an application looks at what its pods have used since it did last.
    pub(super) fn scale<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let number = application.index();
        let Some(deployment) = &self.deployments[number] else { return };
        let Some(period) = deployment.autoscaler.as_ref().map(|of| of.period()) else { return };
        let event = Event::Scale(self.number, application);
        ctx.agenda.schedule(now.plus(period), Class::Control, event);
        let pods = deployment.pods.clone();
        let (mut seen, mut samples) = (Vec::new(), Vec::new());
        for &pod in &pods {
            let bound = self.cluster.pod(pod).started;
            let (status, sample) = self.observed(pod, bound, (now, period));
            seen.push(status);
            samples.push(sample);
        }
        let spec = &self.spec.pods[number];
        let requests = vec![i64::try_from(spec.cpu.get()).ok().filter(|cpu| *cpu > 0); pods.len()];
        let Some(deployment) = &mut self.deployments[number] else { return };
        let wanted = i64::from(deployment.desired);
        let Some(autoscaler) = &mut deployment.autoscaler else { return };
        let observed =
            Observed { now, wanted, pods: &seen, requests: &requests, samples: &samples };
        deployment.desired = u32::try_from(autoscaler.decide(&observed)).unwrap_or(0);
        self.reconcile(application, ctx);
        self.settle(ctx);
    }

    /// What a controller sees of a replica, and the CPU that it has used on average since it was looked at
    /// last.
    fn observed(
        &mut self,
        pod: super::PodId,
        bound: Option<Time>,
        (now, period): (Time, Span),
    ) -> (PodStatus, Option<Sample>) {
        let pending =
            PodStatus { phase: Phase::Pending, deleted: false, started: None, readiness: None };
        let Work::Replica(replica) = &mut self.rows.at(pod).work else { return (pending, None) };
        let Some(started) = bound else { return (pending, None) };
        replica.count_cpu(now);
        let used = replica.used - replica.sampled;
        replica.sampled = replica.used;
        let ready = if replica.endpoint.is_some() { Ready::True } else { Ready::False };
        let since = if replica.starting { started } else { replica.turned };
        let status = PodStatus {
            phase: Phase::Running,
            deleted: false,
            started: Some(started),
            readiness: Some(Readiness { ready, since }),
        };
        let window = period.min(now - started);
        let value = used.checked_div(u128::from(window.as_nanos()));
        let value = value.and_then(|value| i64::try_from(value).ok());
        // A node that has failed tells nothing.
        let value = value.filter(|_| self.is_heard(pod));
        (status, value.map(|value| Sample { value, at: now, window }))
    }
}
