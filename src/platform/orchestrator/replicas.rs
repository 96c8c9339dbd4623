//! Replicas: pods of a service that are kept running, from their start until they are gone.

use std::collections::{BTreeMap, VecDeque};

use super::Orchestrator;
use super::beside::Beside;
use super::containers::Containers;
use super::dns::Addresses;
use super::pods::{NEVER, Replica, Work};
use super::sessions::Sessions;
use super::slots::Slots;
use super::spec::{Event, OrchestratorSpec, PodId, ReplicaSpec};
use crate::kernel::{Agenda, Id, ShiftingTimer, Time};
use crate::model::{ApplicationId, Processor, Stage};
use crate::platform::{Context, Signal};
use crate::policy::balance::Balance;
use crate::policy::orchestration::kubernetes::{Leaving, Node};
use crate::policy::replica_autoscaling::ReplicaAutoscaler;

/// The replicas of a service.
#[derive(Debug)]
pub(super) struct Deployment {
    /// How many there shall be.
    pub(super) desired: u32,
    /// Those there are or will be, in the order in which they were made; those that are to go are not
    /// among them.
    pub(super) pods: Vec<PodId>,
    /// Of a daemon set: by node its replica that stays or comes there.
    pub(super) daemons: Option<BTreeMap<Id<Node>, PodId>>,
    /// Those to which requests go.
    pub(super) endpoints: Vec<PodId>,
    /// By endpoint: its requests.
    pub(super) outstanding: Vec<u32>,
    pub(super) balance: Box<dyn Balance>,
    /// Which sessions are with whom, if they stay there.
    pub(super) sessions: Option<Sessions>,
    /// Which addresses callers keep, if the name of the service resolves to its replicas.
    pub(super) addresses: Option<Addresses>,
    /// Who says how many there shall be, if that changes.
    pub(super) autoscaler: Option<Box<dyn ReplicaAutoscaler>>,
    /// The numbers of its replicas.
    pub(super) slots: Slots,
    /// Since when fewer of them serve than there shall be, by a failure; [`NEVER`] if enough do.
    pub(super) lacks_since: Time,
    /// Those that are to go and have not gone yet.
    pub(super) going: u32,
    /// The number of the versions of which it is one, if there are others.
    pub(super) versions: Option<usize>,
    /// That it comes beside another version, if it does.
    pub(super) beside: Option<Box<Beside>>,
    /// How many there are at least while one comes beside another.
    pub(super) least: u32,
}

impl Deployment {
    /// At the start of a run: none is there yet. One that `waits` has none until its release.
    pub(super) fn new(spec: &ReplicaSpec, waits: bool, platform: &OrchestratorSpec) -> Self {
        let autoscaling = spec.autoscaling.as_ref().filter(|_| !waits);
        let mut autoscaler = autoscaling.map(|of| of.autoscaler.start(of.target));
        let first = autoscaler.as_mut().map(|of| of.first(spec.replicas));
        let mut balance = spec.balance.as_ref().unwrap_or(&platform.balance).clone();
        balance.start(0);
        Self {
            desired: if waits { 0 } else { first.unwrap_or(spec.replicas) },
            pods: Vec::new(),
            daemons: spec.daemon.then(BTreeMap::new),
            endpoints: Vec::new(),
            outstanding: Vec::new(),
            balance,
            sessions: spec.sessions.map(Sessions::new),
            addresses: spec.dns.map(Addresses::new),
            autoscaler,
            slots: Slots::default(),
            lacks_since: NEVER,
            going: 0,
            versions: None,
            beside: None,
            least: 0,
        }
    }
}

impl Orchestrator {
    /// Whether requests to an application are served by replicas.
    pub(super) fn has_replicas(&self, application: ApplicationId) -> bool {
        self.deployments[application.index()].is_some()
    }

    /// Makes pods until there are as many as there shall be, or lets some go. Of a version that was given up there shall
    /// be no more than there are. Nothing is done while nobody leads.
    pub(super) fn reconcile<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let number = application.index();
        if !self.is_led() {
            return;
        }
        if self.deployments[number].as_ref().is_some_and(|of| of.daemons.is_some()) {
            self.reconcile_daemons(application, ctx);
            return;
        }
        if self.is_given_up(application)
            && let Some(deployment) = &mut self.deployments[number]
        {
            deployment.desired = deployment.desired.min(deployment.pods.len() as u32);
        }
        let wanted = self.wanted(application);
        while let Some(deployment) = &self.deployments[number]
            && deployment.pods.len() < wanted
        {
            let work = Work::Replica(Box::new(replica(None)));
            let pod = self.submit(application, work, ctx.now());
            self.count_replica(application, pod, ctx);
        }
        while let Some(pod) = self.victim_of_scheduler(number, ctx.now()) {
            self.stop_replica(pod, Leaving::Deleted, ctx);
        }
        for pod in self.too_many(number) {
            self.stop_replica(pod, Leaving::Deleted, ctx);
        }
    }

    /// The replica that goes first by the scheduler, if it says so and there are too many: those without a node go
    /// before, and those that are not ready before all that are.
    fn victim_of_scheduler(&mut self, number: usize, now: Time) -> Option<PodId> {
        let deployment = self.deployments[number].as_ref()?;
        if deployment.pods.len() <= self.wanted(ApplicationId::from_index(number)) {
            return None;
        }
        let waits = |pod: &&PodId| self.cluster.pod(**pod).node.is_none();
        let waiting = deployment.pods.iter().rev().find(waits).copied();
        let pods = deployment.pods.iter().copied();
        let unready: Vec<PodId> =
            pods.filter(|pod| !waits(&pod) && self.ready_since(*pod) > now).collect();
        let Self { scheduler, cluster, stream, .. } = self;
        let pods = if unready.is_empty() { &deployment.pods } else { &unready };
        scheduler.victim(cluster, pods, stream).map(|victim| waiting.unwrap_or(victim))
    }

    /// The replicas that are too many: first those without a node, then those that are not ready, then
    /// those on nodes with more of them, other versions' among them, then the newest (`controller_utils.go`,
    /// `ActivePodsWithRanks`).
    fn too_many(&self, number: usize) -> Vec<PodId> {
        let Some(deployment) = &self.deployments[number] else { return Vec::new() };
        let wanted = self.wanted(ApplicationId::from_index(number));
        let excess = deployment.pods.len().saturating_sub(wanted);
        if excess == 0 {
            return Vec::new();
        }
        let node = |pod: PodId| self.cluster.pod(pod).node;
        let mut on_node: BTreeMap<Option<Id<Node>>, u32> = BTreeMap::new();
        let application = ApplicationId::from_index(number);
        let (together, _) = self.pods_of_service(application);
        for pod in together.into_iter().chain(self.pods_beside(application)) {
            *on_node.entry(node(pod)).or_default() += 1;
        }
        let rank = |(place, &pod): (usize, &PodId)| {
            let is_ready =
                matches!(&self.rows.get(pod)?.work, Work::Replica(of) if of.endpoint.is_some());
            Some((node(pod).is_none(), !is_ready, on_node[&node(pod)], place, pod))
        };
        let mut ranks: Vec<_> = deployment.pods.iter().enumerate().filter_map(rank).collect();
        ranks.sort_unstable_by(|a, b| b.cmp(a));
        ranks.into_iter().take(excess).map(|(.., pod)| pod).collect()
    }

    /// A replica starts no longer.
    pub(super) fn started(&mut self, application: ApplicationId, now: Time) {
        self.figures.starting.sub(now, 1);
        let memory = self.spec.pods[application.index()].memory.get();
        self.figures.starting_memory.sub(now, memory);
    }

    /// A replica is to go: requests go elsewhere after a delay, those that it has may end within its grace.
    pub(super) fn stop_replica<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        why: Leaving,
        ctx: &mut Context<'_, A>,
    ) {
        let application = self.rows.at(pod).application;
        self.forget_replica(application, pod);
        if self.cluster.pod(pod).node.is_none() {
            self.withdraw(pod, ctx.now());
            return;
        }
        self.leave(pod, why, ctx);
        if let Some(deployment) = &mut self.deployments[application.index()] {
            deployment.going += 1;
        }
        self.leaves_at(pod, ctx.now().plus(self.endpoint_delay(pod)), ctx);
    }

    /// A replica that was told to stop, to which no requests go and which has none is gone.
    pub(super) fn go_if_idle<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let goes = self.cluster.pod(pod).leaving.is_leaving() && self.is_heard(pod);
        let is_told =
            self.rows.get(pod).is_some_and(|row| row.stops <= ctx.now().plus(self.spec.grace));
        let Some(replica) = self.rows.replica(pod) else { return };
        // Who has ended by itself is not with a load balancer any more, and who starts is not yet.
        let goes = goes && (is_told || !replica.containers.are_there());
        if goes && replica.endpoint.is_none() && replica.leaves == NEVER && replica.is_idle() {
            self.remove_replica(pod, ctx);
            self.settle(ctx);
        }
    }

    /// A replica has had its time to stop: what it still serves fails.
    pub(super) fn kill_replica<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        self.remove_endpoint(pod, ctx);
        self.lose_requests(pod, ctx);
        self.remove_replica(pod, ctx);
    }

    /// What a replica serves fails, and what waits for it is refused. Costs as much as is in flight.
    fn lose_requests<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let lost = ctx.attempts_where(|attempt| {
            attempt.platform == self.number
                && attempt.place == pod.number()
                && self.has_replicas(attempt.application)
                && matches!(attempt.stage, Stage::Waiting | Stage::Serving | Stage::Calling)
        });
        for id in lost {
            let attempt = &mut ctx.attempts[id];
            attempt.place = NOWHERE;
            let stage = std::mem::replace(&mut attempt.stage, Stage::Lost);
            if stage == Stage::Waiting {
                self.waiting.sub(ctx.agenda.now(), 1);
                ctx.outbox.push(Signal::Refused(id));
            } else {
                ctx.outbox.push(Signal::Failed(id));
            }
        }
    }

    /// A replica stops working, with its node or alone: it serves nobody and does not start, but requests go to it as
    /// long as nobody knows.
    pub(super) fn crash_replica<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        self.lose_work(pod, ctx);
        if let Some(replica) = self.rows.replica(pod) {
            replica.containers.stop();
        }
    }

    /// What a replica serves fails, and it starts no longer.
    pub(super) fn lose_work<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        self.stops_serving(pod, now);
        self.lose_requests(pod, ctx);
        let application = self.rows.at(pod).application;
        let Some(replica) = self.rows.replica(pod) else { return };
        let (starts, serves, wanted) = (replica.starting, replica.served > 0, replica.wanted);
        let endpoint = replica.endpoint;
        replica.count_cpu(now);
        replica.line.clear();
        (replica.served, replica.wanted, replica.joins) = (0, 0, NEVER);
        replica.starting = false;
        self.fresh_processor(pod, now);
        if starts {
            self.started(application, now);
        }
        if serves {
            self.set_busy(application, false, now);
        }
        if let (Some(place), Some(deployment)) =
            (endpoint, &mut self.deployments[application.index()])
        {
            deployment.outstanding[place as usize] = 0;
            deployment.balance.observe(place as usize, 0);
        }
        if let Some(node) = self.cluster.pod(pod).node {
            self.cpu_freed(node.index(), wanted, ctx);
        }
    }

    /// A replica starts.
    pub(super) fn starting(&mut self, application: ApplicationId, now: Time) {
        self.figures.starting.add(now, 1);
        let memory = self.spec.pods[application.index()].memory.get();
        self.figures.starting_memory.add(now, memory);
    }

    /// A replica is gone from its node.
    pub(super) fn remove_replica<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let application = self.rows.at(pod).application;
        let Some(replica) = self.rows.replica(pod) else { unreachable!("{pod:?} is a replica") };
        let (starts, serves, wanted) = (replica.starting, replica.served > 0, replica.wanted);
        if starts {
            self.started(application, now);
        }
        if serves {
            self.set_busy(application, false, now);
        }
        if let (true, Some(deployment)) =
            (self.cluster.pod(pod).leaving.is_leaving(), &mut self.deployments[application.index()])
        {
            deployment.going -= 1;
        }
        self.replicas_changed(application, ctx);
        let node = self.cluster.pod(pod).node.expect("it ran");
        self.leave_node(pod, ctx);
        self.cpu_freed(node.index(), wanted, ctx);
    }
}

/// The place of a request whose replica is gone.
pub(super) const NOWHERE: u32 = u32::MAX;

/// A replica that has no node yet, and of a daemon set is for this one.
pub(super) fn replica(pinned: Option<Id<Node>>) -> Replica {
    Replica {
        pinned,
        processor: Processor::of_millicores(1),
        timer: ShiftingTimer::default(),
        line: VecDeque::new(),
        containers: Containers::new(),
        slot: 0,
        served: 0,
        endpoint: None,
        joins: NEVER,
        starting: false,
        leaves: NEVER,
        wanted: 0,
        share: 0,
        used: 0,
        since: Time::ZERO,
        sampled: 0,
        arrived: 0,
        counted: 0,
        sampled_at: Time::ZERO,
        turned: NEVER,
    }
}
