//! Clusters under an orchestrator: pods that a scheduler puts on nodes.
//!
//! A service either has replicas, pods that are kept running and serve requests, or none: then each
//! request is a pod of its own, a job, which waits in the scheduler's queue, starts on its node, runs there for as long as
//! its demand takes, its calls included, and is gone. A pod that finds no node waits until something
//! changes that may help it; if the scheduler evicts others for it, what ran in those begins anew.

mod asked;
mod beside;
mod check;
mod chronicle;
mod containers;
mod cpu;
mod daemons;
mod disruption;
mod dns;
mod drains;
mod endpoints;
mod evictions;
mod exposure;
mod faults;
mod figures;
mod hang;
mod health;
mod images;
mod jobs;
mod leases;
mod memory;
mod missing;
mod parked;
mod partition;
mod pods;
mod pressure;
mod provisioning;
mod quorum;
mod recovery;
mod redispatch;
mod replicas;
mod restart;
mod rollout;
mod scaling;
mod scheduling;
mod seen;
mod serving;
mod sessions;
mod slots;
mod slow;
mod spec;
mod spot;
mod targets;
mod watch;

pub use chronicle::{ClusterEvent, ClusterLevels, Counts, ServiceLevels, What};
pub use faults::{FaultKind, FaultSpec};
pub use figures::ClusterFigures;
pub use health::CheckSpec;
pub use pressure::PressureSpec;
pub use quorum::QuorumSpec;
pub use restart::{RestartPolicy, RestartSpec};
pub use spec::{
    AutoscalingSpec, BadStart, BudgetSpec, Event, HeartbeatSpec, Keeps, Layer, NodeId,
    OrchestratorSpec, PodId, PodSpec, ProvisioningSpec, ReplicaSpec, ServerlessSpec,
};
pub use watch::{PodLife, Refusal, Room, Turn, Watched};

use std::collections::{BTreeMap, BTreeSet};

use super::fleet::{FleetFigures, Period};
use super::{Context, Handover, Serve};
use crate::kernel::{Agenda, Id, Seed, Span, Stream, StreamKey};
use crate::model::{ApplicationId, AttemptId, Outage, PlatformNumber};
use crate::policy::orchestration::kubernetes::{Cluster, Devices, Node};
use crate::policy::release::Strategy;
use crate::policy::scheduler::Scheduler;
use crate::policy::scheduler::packing::{Fgd, Fragmentation};
use crate::pricing::Meter;
use crate::stats::Level;
use cpu::NodeCpu;
use evictions::Evictions;
use faults::Target;
use leases::Leases;
use missing::Health;
use parked::{Parked, Rank};
use pods::{Row, Rows, Work};
use provisioning::Provisioning;
use quorum::Quorum;
use replicas::Deployment;
use rollout::Versions;
use scheduling::News;
use targets::Targets;
use watch::Watch;

/// A running cluster under an orchestrator.
#[derive(Debug)]
pub struct Orchestrator {
    number: PlatformNumber,
    seed: Seed,
    spec: OrchestratorSpec,
    cluster: Cluster,
    scheduler: Box<dyn Scheduler>,
    stream: Stream,
    /// Pods whose turn has come.
    queue: BTreeSet<Rank>,
    parked: Parked,
    news: News,
    rows: Rows,
    /// By application: pods so far.
    numbers: Vec<u64>,
    /// Pods so far.
    came: u64,
    /// Pods put on nodes so far, before the warm-up, too.
    placed: u64,
    /// By application: pods that run and stay.
    staying: Vec<u64>,
    /// By application: its replicas, if it has any.
    deployments: Vec<Option<Deployment>>,
    /// Of services with several versions, of which one has taken another's place.
    versions: Vec<Versions>,
    /// By node: its CPU.
    cpus: Vec<NodeCpu>,
    images: images::Images,
    /// By node: whether it works.
    healths: Vec<Health>,
    /// Who of the managers leads, if there are any.
    quorum: Option<Quorum>,
    /// Who says how fast nodes that do not are given up, if anybody does.
    evictions: Option<Box<Evictions>>,
    outages: Vec<Outage<Target>>,
    /// How nodes come and go, if they do.
    provisioning: Option<Box<Provisioning>>,
    leases: Leases,
    start_keys: Vec<StreamKey>,
    balance_stream: Stream,
    exposure_stream: Stream,
    meter: Option<Box<Meter>>,
    keeps_periods: bool,
    periods: Vec<Period>,
    /// Whether the memory of any replica is counted.
    counts_memory: bool,
    /// Pods on nodes by priority.
    priorities: BTreeMap<i32, u64>,
    /// What is measured of pods as instances.
    figures: FleetFigures,
    /// What is measured of the cluster.
    of_cluster: ClusterFigures,
    /// How GPUs are measured that lie idle in vain, where there are GPUs.
    fragmentation: Option<Fragmentation>,
    waiting: Level,
    begun: u64,
    /// Requests that came through a load balancer; `None` if no service is behind one.
    balanced: Option<u64>,
    /// What load balancers have found of nodes, where they look at them.
    targets: Vec<Targets>,
    /// Who is watched.
    watch: Watch,
    /// What has not been told yet, where somebody listens.
    chronicle: Option<Box<chronicle::Chronicle>>,
}

impl Orchestrator {
    /// The platform at the start of a run; `name` names its streams.
    pub fn new(number: PlatformNumber, name: &str, spec: OrchestratorSpec, seed: Seed) -> Self {
        let key = |purpose: &str| seed.key(&format!("platform.{name}.{purpose}"));
        let mut stream = key("scheduler").stream();
        let mut cluster = spec.cluster.clone();
        let scheduler = spec.scheduler.start(&mut cluster, &mut stream);
        let deployment =
            |pod: &spec::PodSpec| Some(Deployment::new(pod.replicas.as_ref()?, pod.waits, &spec));
        let groups = spec.provisioning.as_ref().map_or(&[][..], |of| &of.groups);
        let of_cluster = ClusterFigures::new(&cluster, groups, &spec.faults).may_fail(&spec);
        let start_key = |pod: &spec::PodSpec| key(&format!("start.{}", pod.name));
        Self {
            number,
            provisioning: Provisioning::new(&spec, &cluster, scheduler.filters(), key),
            leases: Leases::new(spec.makes.clone(), &cluster),
            seed,
            scheduler,
            stream,
            queue: BTreeSet::new(),
            parked: Parked::default(),
            news: News::default(),
            rows: Rows::default(),
            numbers: vec![0; spec.pods.len()],
            came: 0,
            placed: 0,
            staying: vec![0; spec.pods.len()],
            deployments: spec.pods.iter().map(deployment).collect(),
            images: images::Images::new(&spec),
            versions: Vec::new(),
            cpus: cluster.nodes().iter().map(NodeCpu::new).collect(),
            healths: (0..cluster.nodes().len())
                .map(|node| Health::new(node, spec.heartbeat.period, key("heartbeat")))
                .collect(),
            quorum: spec.quorum.as_ref().map(|of| Quorum::new(of, key("election"))),
            evictions: spec.eviction_pace.map(|pace| Box::new(Evictions::new(pace, &cluster))),
            outages: faults::outages(&spec.faults, seed),
            start_keys: spec.pods.iter().map(start_key).collect(),
            balance_stream: key("balance").stream(),
            exposure_stream: key("exposure").stream(),
            meter: None,
            keeps_periods: false,
            periods: Vec::new(),
            counts_memory: spec.pods.iter().any(spec::PodSpec::counts_memory),
            priorities: BTreeMap::new(),
            figures: FleetFigures::default(),
            fragmentation: (cluster.largest_gpus() > 0)
                .then(|| Fgd::default().fragmentation(&cluster)),
            of_cluster,
            waiting: Level::default(),
            begun: 0,
            balanced: spec.pods.iter().any(spec::PodSpec::is_balanced).then_some(0),
            targets: Targets::all(&spec),
            watch: Watch::new(&spec),
            chronicle: None,
            cluster,
            spec,
        }
    }

    /// A pod begins to run on a node.
    fn bind<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        (node, devices): (Id<Node>, Devices),
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        self.cluster.bind_with(pod, node, devices, now);
        let row = self.rows.at(pod);
        self.of_cluster.pod_waiting.record(now - row.since);
        (row.started, row.instance) = (now, self.placed);
        self.placed += 1;
        let application = row.application;
        if let Some(meter) = &mut self.meter {
            row.account = meter.started(application, false, now);
        }
        self.news.came = true;
        *self.priorities.entry(self.spec.pods[application.index()].priority).or_default() += 1;
        self.staying[application.index()] += 1;
        self.load_changed(node, now);
        let of = &self.spec.pods[application.index()];
        let memory = of.memory.get();
        self.figures.starts += 1;
        self.of_cluster.pending.sub(now, 1);
        self.figures.instances.add(now, 1);
        self.figures.memory.add(now, memory);
        self.of_cluster.busy_gpus.add(now, of.gpus);
        if of.replicas.is_some() {
            self.cpus[node.index()].replicas.push(pod);
            if self.is_up(node) {
                self.starting(application, now);
                self.start_replica(pod, node, ctx);
            }
        } else {
            self.job_is_placed(pod, node, ctx);
        }
        if !self.is_up(node) {
            // The scheduler does not know yet, or the pod tolerates it.
            self.came_to_failed(pod, node, ctx);
        }
    }

    /// A pod is gone from its node, which is news to those who wait.
    fn leave_node<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        if self.cluster.template_of(pod).looks_at_others() {
            // It may have kept others away from other nodes.
            self.news.room_anywhere();
        }
        let node = self.cluster.pod(pod).node.expect("it ran");
        let left = self.cluster.pod(pod).leaving.is_leaving();
        self.cluster.remove(pod);
        self.news.room_on(node);
        self.watch_end(pod, now);
        let mut row = self.rows.remove(pod);
        let of = &self.spec.pods[row.application.index()];
        let (priority, memory) = (of.priority, of.memory.get());
        self.of_cluster.busy_gpus.sub(now, of.gpus);
        self.load_changed(node, now);
        self.figures.instances.sub(now, 1);
        self.figures.memory.sub(now, memory);
        match &row.work {
            Work::Job { .. } => self.job_has_left(&row, node, ctx),
            Work::Replica(_) => self.cpus[node.index()].forget(pod),
        }
        if let Some(count) = self.priorities.get_mut(&priority) {
            *count -= 1;
            if *count == 0 {
                self.priorities.remove(&priority);
            }
        }
        if !left {
            self.staying[row.application.index()] -= 1;
        }
        if let Some(meter) = &mut self.meter {
            meter.served(&mut row.account, row.application, Some(Span::ZERO), (row.started, now));
            meter.gone(&mut row.account, row.application, now, now);
        }
        if self.keeps_periods {
            self.periods.push(row.period(node, now));
        }
    }
}

impl<A: Agenda<Event>> Serve<A> for Orchestrator {
    type Event = Event;

    fn start_run(&mut self, ctx: &mut Context<'_, A>) {
        self.start_daemons(ctx);
        for number in 0..self.deployments.len() {
            self.reconcile(ApplicationId::from_index(number), ctx);
        }
        self.settle(ctx);
        self.start_autoscalers(ctx);
        self.start_faults(ctx);
    }

    #[inline(never)]
    fn offer(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        if self.has_replicas(ctx.attempts[id].application) {
            self.enter(id, ctx);
            return;
        }
        self.submit_job(id, None, ctx);
        self.turns(ctx);
        let pod = PodId::new(ctx.attempts[id].place);
        if self.cluster.pod(pod).node.is_none() {
            self.figures.unplaced += 1;
        }
        self.settle(ctx);
    }

    #[inline(never)]
    fn handle(&mut self, event: Event, ctx: &mut Context<'_, A>) {
        match event {
            Event::Ended(_, pod) => self.job_ended(pod, ctx),
            Event::Computed(_, pod) => self.computed(pod, ctx),
            Event::Fails(_, outage) => self.fails(outage, ctx),
            Event::Returns(_, outage) => self.returns(outage, ctx),
            Event::Memory(_, node) => self.look_at_node_memory(node, ctx),
            Event::Lost(_, node) => self.lost(node, ctx),
            Event::GivenUp(_, node) => self.given_up(node, ctx),
            Event::Elected(_) => self.elected(ctx),
            Event::Drains(_, node) => self.drain(node, ctx),
            Event::NodeJoins(_, node) => self.node_joins(node, ctx),
            Event::Review(_) => self.review_nodes(ctx),
            Event::Scale(_, application) => self.scale(application, ctx),
            Event::Rolls(_, application) => self.rolls(application, ctx),
            Event::Beside(_, application) => self.look_beside(application, ctx),
            Event::Joins(_, pod) => self.join_endpoints(pod, ctx),
            Event::Leaves(_, pod) => self.leave_endpoints(pod, ctx),
            Event::Due(_, pod) => self.due(pod, ctx),
            Event::Enters(_, attempt) => self.entered(attempt, ctx),
            Event::Stopped(_, pod) => self.may_stop(pod, ctx),
        }
    }

    #[inline(never)]
    fn release(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        if self.has_replicas(ctx.attempts[id].application) {
            self.release_from_replica(id, ctx);
            return;
        }
        self.leave_node(PodId::new(ctx.attempts[id].place), ctx);
        self.settle(ctx);
    }

    #[inline(never)]
    fn cancel(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        if self.has_replicas(ctx.attempts[id].application) {
            self.cancel_on_replica(id, ctx);
        } else {
            self.cancel_job(id, ctx);
        }
    }

    #[inline(never)]
    fn hand_over(&mut self, handover: Handover, _: Box<dyn Strategy>, ctx: &mut Context<'_, A>) {
        self.begin_rollout(handover, ctx);
    }

    #[inline(never)]
    fn hand_back(&mut self, handover: Handover, _: Box<dyn Strategy>, ctx: &mut Context<'_, A>) {
        self.begin_rollback(handover, ctx);
    }

    #[inline(never)]
    fn bring_up(
        &mut self,
        handover: Handover,
        share: f64,
        ctx: &mut Context<'_, A>,
    ) -> Option<Span> {
        if !self.has_replicas(handover.new) {
            return Some(Span::ZERO);
        }
        self.order(handover, share, ctx);
        None
    }

    #[inline(never)]
    fn leave(&mut self, application: ApplicationId, ctx: &mut Context<'_, A>) {
        self.end_version(application, ctx);
    }
}
