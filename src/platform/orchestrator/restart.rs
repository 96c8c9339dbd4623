//! Containers that have ended are started again: where, after which time, and which not.

use super::Orchestrator;
use super::chronicle::{Ended, What};
use super::containers::State;
use super::pods::NEVER;
use super::spec::{Event, NodeId, PodId};
use crate::kernel::{Agenda, Class, Span, Time};
use crate::model::ApplicationId;
use crate::platform::Context;
use crate::policy::orchestration::kubernetes::Leaving;

/// How containers are started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct RestartSpec {
    /// Which ones.
    pub policy: RestartPolicy,
    /// Whether in a new pod, which may come to another node.
    pub in_new_pod: bool,
    /// Whether that new pod comes only when the containers of the old one have ended, and not when they are told to.
    pub after_end: bool,
    /// Whether the first time in a row is at once.
    pub first_at_once: bool,
    /// How long the first time is put off, after that; twice as long each further time.
    pub delay: Span,
    /// How long it is put off at most.
    pub most: Span,
    /// After how long a run they count as sound: the next failure is the first again.
    pub reset: Span,
    /// Whether those that hang are killed when their liveness says so.
    pub unhealthy: bool,
    /// Whether those that are not ready any more, or do not become ready, are replaced, too.
    pub unready: bool,
    /// For so long after the containers began to start nobody is replaced for what a check finds.
    pub grace: Span,
}

impl Default for RestartSpec {
    /// Always, on the spot and at once.
    fn default() -> Self {
        Self {
            policy: RestartPolicy::Always,
            in_new_pod: false,
            after_end: false,
            first_at_once: true,
            delay: Span::ZERO,
            most: Span::ZERO,
            reset: Span::ZERO,
            unhealthy: true,
            unready: false,
            grace: Span::ZERO,
        }
    }
}

impl RestartSpec {
    /// Whether another pod comes for one that is told to stop.
    pub(super) fn replaces_at_once(&self) -> bool {
        self.in_new_pod && !self.after_end
    }

    /// How long the containers of a pod wait that comes for one whose node is gone.
    pub(super) fn after_loss(&self) -> Span {
        if self.in_new_pod && !self.first_at_once { self.delay } else { Span::ZERO }
    }
}

/// Which containers are started again when they have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartPolicy {
    /// All.
    Always,
    /// Those that have failed.
    OnFailure,
    /// None.
    Never,
}

/// How often in a row something has failed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Backoff(u32);

impl Backoff {
    /// How long the next try is put off after another failure; `ran` is how long it had run.
    pub(super) fn failed(&mut self, spec: &RestartSpec, ran: Span) -> Span {
        if ran >= spec.reset {
            self.0 = 0;
        }
        match self.one_more().checked_sub(u32::from(spec.first_at_once)) {
            None => Span::ZERO,
            Some(doubled) => put_off(spec, doubled),
        }
    }

    /// Counts a failure; gives how many there were before.
    fn one_more(&mut self) -> u32 {
        self.0 = self.0.saturating_add(1);
        self.0 - 1
    }

    /// The same of the pull of an image, which is never tried again at once.
    pub(super) fn pull_failed(&mut self, spec: &RestartSpec) -> Span {
        put_off(spec, self.one_more())
    }
}

fn put_off(spec: &RestartSpec, doubled: u32) -> Span {
    let nanos =
        spec.delay.as_nanos().saturating_mul(1_u64.checked_shl(doubled).unwrap_or(u64::MAX));
    Span::from_nanos(nanos).min(spec.most)
}

impl Orchestrator {
    /// How the containers of a replica are started again.
    pub(super) fn restart_of(&self, pod: PodId) -> RestartSpec {
        let of = self.rows.get(pod).map(|row| &self.spec.pods[row.application.index()]);
        of.and_then(|of| Some(of.replicas.as_ref()?.restart)).unwrap_or_default()
    }

    /// The containers of a replica have ended.
    pub(super) fn end_containers<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ended: Ended,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let Some(replica) = self.rows.replica(pod) else { return };
        let containers = &replica.containers;
        let runs = matches!(containers.state, State::Starting | State::Working | State::Hanging)
            || containers.state == State::CutOff;
        if !runs || containers.began > now {
            return;
        }
        let ran = now - containers.began;
        self.tell_end(pod, ended, now);
        self.crash_replica(pod, ctx);
        let restarts = match self.restart_of(pod).policy {
            RestartPolicy::Always => true,
            RestartPolicy::OnFailure => ended != Ended::Done,
            RestartPolicy::Never => false,
        };
        let spec = self.restart_of(pod);
        let delay = self.rows.replica(pod).map(|of| of.containers.backoff.failed(&spec, ran));
        self.start_again(pod, delay.filter(|_| restarts), ctx);
    }

    /// The image of a replica could not be pulled.
    pub(super) fn pull_failed<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let spec = self.restart_of(pod);
        self.tell_pod(pod, What::ContainerEnded, "image pull failed", ctx.now());
        let tries = spec.policy != RestartPolicy::Never;
        let delay = self.rows.replica(pod).map(|of| of.containers.pulls.pull_failed(&spec));
        self.crash_replica(pod, ctx);
        self.start_again(pod, delay.filter(|_| tries), ctx);
    }

    /// What has failed in a pod is tried again after a delay, there or in another pod; never if there is none, or if the pod was
    /// told to stop. Of a node that is cut off nobody hears it: what follows there does, and all else waits until the node is heard of.
    fn start_again<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        delay: Option<Span>,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        self.set_state(pod, State::Ended);
        if self.cluster.pod(pod).leaving.is_leaving() {
            self.go_if_idle(pod, ctx);
            return;
        }
        let (heard, in_new_pod) = (self.is_heard(pod), self.restart_of(pod).in_new_pod);
        if heard {
            self.end_is_known(pod, ctx);
        } else if in_new_pod && let Some(replica) = self.rows.replica(pod) {
            replica.containers.unheard = Some(delay.unwrap_or(Span::MAX));
        }
        let Some(delay) = delay else { return };
        if in_new_pod {
            if heard {
                self.replace(pod, now.plus(delay), ctx);
            }
        } else if let Some(replica) = self.rows.replica(pod) {
            replica.containers.again = now.plus(delay);
            let event = Event::Due(self.number, pod);
            ctx.agenda.schedule(replica.containers.again, Class::Control, event);
        }
    }

    /// It is known that the containers of a replica have ended.
    fn end_is_known<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        self.replica_failed(pod, false, ctx);
        if self.rows.replica(pod).is_some_and(|replica| !replica.lacks_endpoint()) {
            self.leaves_at(pod, ctx.now().plus(self.endpoint_delay(pod)), ctx);
        }
    }

    /// A node that was cut off is heard of: what its replica did meanwhile is known, whose containers have ended, start, or hang.
    pub(super) fn hear_of<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let leaves = now.plus(self.endpoint_delay(pod));
        let Some(replica) = self.rows.replica(pod) else { return };
        let containers = &mut replica.containers;
        let (unheard, state) = (containers.unheard.take(), containers.state);
        let found = [&mut containers.sick, &mut containers.unready].map(|due| {
            // What is due now may not have been heard yet.
            let is_found = *due <= now;
            if is_found {
                *due = NEVER;
            }
            is_found
        });
        let starts = matches!(state, State::Starting | State::Ended) && replica.joins > leaves;
        let is_asked = !replica.lacks_endpoint();
        if self.cluster.pod(pod).leaving.is_leaving() {
            self.go_if_idle(pod, ctx);
        } else if let Some(delay) = unheard {
            self.end_is_known(pod, ctx);
            if delay < Span::MAX {
                self.replace(pod, now.plus(delay), ctx);
            }
        } else if found[0] {
            self.found_sick(pod, ctx);
        } else if found[1] {
            self.found_unready(pod, ctx);
        } else if starts && is_asked {
            self.leaves_at(pod, leaves, ctx);
        }
    }

    /// A node works again: a replica that is there starts, anew or for the first time. Where containers are started again in new
    /// pods only, one that has started before is over, which is known when the node is heard of.
    pub(super) fn comes_back<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        let spec = self.restart_of(pod);
        let failed = self.healths[node.index()].failed;
        let had_begun = self.rows.replica(pod).is_some_and(|of| of.containers.began <= failed);
        if !spec.in_new_pod || !had_begun {
            let application = self.rows.at(pod).application;
            self.starting(application, ctx.now());
            self.start_replica(pod, node, ctx);
        } else if self.is_up(node) {
            let again = spec.policy != RestartPolicy::Never;
            self.start_again(pod, again.then(|| spec.after_loss()), ctx);
        }
    }

    /// A check has found a pod, and another takes its place at once.
    pub(super) fn replace_found<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        self.replica_failed(pod, true, ctx);
        self.replace(pod, ctx.now(), ctx);
    }

    /// A pod that ended or was found while nobody led is replaced, if it is still there.
    pub(super) fn replace_owed<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let stays = |_: &_| !self.cluster.pod(pod).leaving.is_leaving();
        if self.rows.get(pod).is_some_and(stays) {
            self.replace(pod, ctx.now().plus(self.restart_of(pod).after_loss()), ctx);
        }
    }

    /// A pod that was not told to stop yet goes, and another takes its place, whose containers start at `at` or later.
    fn replace<A: Agenda<Event>>(&mut self, pod: PodId, at: Time, ctx: &mut Context<'_, A>) {
        if !self.is_led() {
            self.owe(pod);
            return;
        }
        let Some(row) = self.rows.get(pod) else { return };
        let application = row.application;
        let before = self.rows.replica(pod).map(|replica| {
            let containers = &replica.containers;
            (containers.backoff, containers.pulls, containers.restarts)
        });
        self.stop_replica(pod, Leaving::Deleted, ctx);
        let new = self.make_anew(application, at, ctx);
        if let (Some(new), Some(before)) = (new, before)
            && let Some(replica) = self.rows.replica(new)
        {
            let containers = &mut replica.containers;
            (containers.backoff, containers.pulls, containers.restarts) = before;
            containers.restarts += 1;
            self.of_cluster.restarts += 1;
            self.tell_pod(pod, What::PodReplaced, "", ctx.now());
        }
        self.settle(ctx);
    }

    /// Another pod takes the place of one that is gone or goes; its containers start at `at` or later.
    pub(super) fn make_anew<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        at: Time,
        ctx: &mut Context<'_, A>,
    ) -> Option<PodId> {
        let present = self.deployments[application.index()].as_ref()?.pods.len();
        self.reconcile(application, ctx);
        let new = *self.deployments[application.index()].as_ref()?.pods.get(present)?;
        if let Some(replica) = self.rows.replica(new) {
            replica.containers.not_before = at;
        }
        Some(new)
    }

    /// The containers of a replica start again on its node.
    pub(super) fn begin_again<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let Some(node) = self.cluster.pod(pod).node else { return };
        if self.cluster.pod(pod).leaving.is_leaving() || self.healths[node.index()].crashed > 0 {
            return;
        }
        if let Some(replica) = self.rows.replica(pod) {
            replica.containers.restarts += 1;
        }
        self.of_cluster.restarts += 1;
        self.tell_pod(pod, What::ContainerRestarted, "", ctx.now());
        let application = self.rows.at(pod).application;
        self.starting(application, ctx.now());
        self.start_replica(pod, node, ctx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(spec: &RestartSpec, runs: &[u64]) -> Vec<u64> {
        let mut backoff = Backoff::default();
        let delay = |&ran: &u64| {
            let delay = backoff.failed(spec, Span::from_secs(ran));
            delay.as_nanos() / 1_000_000
        };
        runs.iter().map(delay).collect()
    }

    /// Kubernetes: at once, then 10 s, twice as long each time up to 300 s; after 10 minutes of running from the start
    /// again.
    #[test]
    fn kubernetes_backs_off() {
        let spec = RestartSpec {
            delay: Span::from_secs(10),
            most: Span::from_secs(300),
            reset: Span::from_secs(600),
            ..RestartSpec::default()
        };
        let seen = delays(&spec, &[1, 1, 1, 1, 1, 599, 1, 1, 600, 1]);
        assert_eq!(seen, [0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 0, 10_000]);
    }

    /// Docker: 0.1 s, twice as long each time up to a minute; after 10 s of running from the start again.
    #[test]
    fn docker_backs_off() {
        let spec = RestartSpec {
            first_at_once: false,
            delay: Span::from_millis(100),
            most: Span::from_secs(60),
            reset: Span::from_secs(10),
            ..RestartSpec::default()
        };
        assert_eq!(delays(&spec, &[1; 5]), [100, 200, 400, 800, 1600]);
        assert_eq!(delays(&spec, &[1; 80])[79], 60_000);
        assert_eq!(delays(&spec, &[1, 1, 10]), [100, 200, 100]);
    }

    /// A pull that fails waits for 10 s at once.
    #[test]
    fn pulls_back_off() {
        let most = Span::from_secs(300);
        let spec = RestartSpec { delay: Span::from_secs(10), most, ..RestartSpec::default() };
        let mut backoff = Backoff::default();
        let seen = [(); 7].map(|()| backoff.pull_failed(&spec).as_nanos() / 1_000_000_000);
        assert_eq!(seen, [10, 20, 40, 80, 160, 300, 300]);
    }
}
