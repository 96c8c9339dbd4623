//! How many replicas there shall be: the loops of replica autoscalers.

use super::Orchestrator;
use super::pods::{Replica, Work};
use super::spec::Event;
use crate::kernel::{Agenda, Class, Span, Time};
use crate::model::{ApplicationId, MemoryUse};
use crate::platform::Context;
use crate::policy::orchestration::kubernetes::autoscaling::Sample;
use crate::policy::orchestration::kubernetes::{Phase, PodStatus, Readiness, Ready};
use crate::policy::replica_autoscaling::{Decided, Observed, Resource};

/// Who looks within this time need not be asked to look again: a guess, above the period of those that look all the time.
const SOON: Span = Span::from_secs(60);

impl Orchestrator {
    /// The autoscalers look for the first time.
    pub(super) fn start_autoscalers<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        for (number, deployment) in self.deployments.iter().enumerate() {
            if deployment.as_ref().is_some_and(|of| of.autoscaler.is_some()) {
                self.start_autoscaler(ApplicationId::from_index(number), ctx);
            }
        }
    }

    /// The autoscaler of an application looks when it wants to. Says whether it has one.
    pub(super) fn start_autoscaler<A: Agenda<Event>>(
        &self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let deployment = self.deployments[application.index()].as_ref();
        let autoscaler = deployment.and_then(|deployment| deployment.autoscaler.as_ref());
        let Some(autoscaler) = autoscaler else { return false };
        let Some(next) = autoscaler.next(ctx.now()) else { return true };
        let event = Event::Scale(self.number, application);
        ctx.agenda.schedule(next, Class::Control, event);
        true
    }

    /// The autoscaler of an application, or of the version that has taken its place, looks at what its pods have
    /// used since it did last: those of all versions.
    pub(super) fn scale<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let application = self.newest_of(application);
        if !self.start_autoscaler(application, ctx) {
            self.stop_scaling(application);
            return;
        }
        self.decide(application, ctx);
    }

    /// The autoscaler of an application decides, and is obeyed as far as that can be now.
    fn decide<A: Agenda<Event>>(&mut self, application: ApplicationId, ctx: &mut Context<'_, A>) {
        let (now, number) = (ctx.now(), application.index());
        if !self.is_led() {
            return;
        }
        let (pods, desired) = self.pods_of_service(application);
        let mut seen = Seen::default();
        for &pod in &pods {
            let bound = self.cluster.pod(pod).started;
            self.look_at_replica(pod, bound, now, &mut seen);
        }
        let deployment = self.deployments[number].as_mut();
        let Some(autoscaler) = deployment.and_then(|it| it.autoscaler.as_mut()) else { return };
        let wanted = i64::from(desired);
        let observed = Observed {
            now,
            wanted,
            pods: &seen.pods,
            cpu: Resource { requested: &seen.requested[0], used: &seen.used[0] },
            memory: Resource { requested: &seen.requested[1], used: &seen.used[1] },
            requests: &seen.rates,
        };
        let Decided { replicas, why } = autoscaler.decide(&observed);
        let replicas = u32::try_from(replicas).unwrap_or(0);
        self.set_replicas(application, replicas, ctx);
        let now_wanted = self.pods_of_service(application).1;
        if now_wanted != desired {
            self.tell_scaling(application, [desired, now_wanted], (why, now));
        }
        self.settle(ctx);
    }

    /// What an autoscaler has decided could not be carried out, and may be now: one that does not look soon anyway looks again.
    pub(super) fn scale_again<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let application = self.newest_of(application);
        let deployment = self.deployments[application.index()].as_ref();
        let autoscaler = deployment.and_then(|deployment| deployment.autoscaler.as_ref());
        let soon = ctx.now().plus(SOON);
        if autoscaler.is_some_and(|of| of.next(ctx.now()).is_none_or(|next| next > soon)) {
            self.decide(application, ctx);
        }
    }

    /// What a controller sees of a replica, what it asks for, and what it has used and got since it was looked at last.
    fn look_at_replica(
        &mut self,
        pod: super::PodId,
        bound: Option<Time>,
        now: Time,
        seen: &mut Seen,
    ) {
        let of = &self.spec.pods[self.rows.at(pod).application.index()];
        let memory = of.replicas.as_ref().and_then(|of| of.memory);
        for (all, asked) in seen.requested.iter_mut().zip([of.cpu.get(), of.memory.get()]) {
            all.push(i64::try_from(asked).ok().filter(|asked| *asked > 0));
        }
        // A node that has failed tells nothing.
        let is_heard = self.is_heard(pod);
        let (status, samples) = match (&mut self.rows.at(pod).work, bound) {
            (Work::Replica(replica), Some(started)) => observed(replica, memory, (started, now)),
            _ => (PENDING, [None; 3]),
        };
        let [cpu, memory, rate] = samples.map(|sample| sample.filter(|_| is_heard));
        seen.pods.push(status);
        seen.used[0].push(cpu);
        seen.used[1].push(memory);
        seen.rates.push(rate);
    }
}

/// What is seen of the replicas of a service.
#[derive(Default)]
struct Seen {
    pods: Vec<PodStatus>,
    /// What each asks for and uses, of CPU and of memory.
    requested: [Vec<Option<i64>>; 2],
    used: [Vec<Option<Sample>>; 2],
    rates: Vec<Option<Sample>>,
}

/// A pod without a node.
const PENDING: PodStatus =
    PodStatus { phase: Phase::Pending, deleted: false, started: None, readiness: None };

/// What is seen of a replica that is on a node since `started`: the CPU that it has used on average since the last look, the memory
/// that it uses, where that is counted, and the requests that it has got a second, in thousandths.
fn observed(
    replica: &mut Replica,
    memory: Option<MemoryUse>,
    (started, now): (Time, Time),
) -> (PodStatus, [Option<Sample>; 3]) {
    replica.count_cpu(now);
    let used = replica.used - replica.sampled;
    let got = u128::from(replica.arrived - replica.counted) * 1000 * NANOS_PER_SEC;
    // An autoscaler may be another one than looked before, with another period, or the first.
    let since = std::mem::replace(&mut replica.sampled_at, now).max(started);
    (replica.sampled, replica.counted) = (replica.used, replica.arrived);
    let ready = if replica.endpoint.is_some() { Ready::True } else { Ready::False };
    let turned = if replica.starting { started } else { replica.turned };
    let status = PodStatus {
        phase: Phase::Running,
        deleted: false,
        started: Some(started),
        readiness: Some(Readiness { ready, since: turned }),
    };
    let window = now - since;
    let nanos = u128::from(window.as_nanos());
    let memory = memory.map(|spec| u128::from(replica.memory_used(&spec, now)));
    let values = [used.checked_div(nanos), memory, got.checked_div(nanos)];
    let sample = |value: u128| Some(Sample { value: i64::try_from(value).ok()?, at: now, window });
    (status, values.map(|value| value.and_then(sample)))
}

/// Nanoseconds in a second.
const NANOS_PER_SEC: u128 = 1_000_000_000;
