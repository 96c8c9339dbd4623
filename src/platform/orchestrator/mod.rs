//! Clusters under an orchestrator: pods that a scheduler puts on nodes.
//!
//! A request is a pod of its own, a job: it waits in the scheduler's queue, runs on its node for as long as
//! its demand takes, its calls included, and is gone. A pod that finds no node waits until something
//! changes that may help it; if the scheduler evicts others for it, what ran in those begins anew.

mod asked;
mod check;
mod figures;
mod parked;
mod pods;
mod spec;

pub use figures::ClusterFigures;
pub use spec::{BudgetSpec, Event, OrchestratorSpec, PodId, PodSpec};

use std::collections::{BTreeMap, BTreeSet};

use super::fleet::{FleetFigures, Period, State};
use super::{Context, Serve, Signal};
use crate::kernel::{Agenda, Class, Id, Seed, Span, Stream, Time};
use crate::model::{AttemptId, HostId, PlatformNumber, Stage};
use crate::policy::orchestration::kubernetes::preemption::{Budget, Candidate, Finding};
use crate::policy::orchestration::kubernetes::{
    Cluster, Failure, Leaving, Names, Node, Outcome, Pod, Queue, Queued,
};
use crate::policy::scheduler::Scheduler;
use crate::pricing::{Account, Meter};
use crate::stats::Level;
use parked::Parked;
use pods::{NEVER, Row, Rows};

/// A running cluster under an orchestrator.
#[derive(Debug)]
pub struct Orchestrator {
    number: PlatformNumber,
    spec: OrchestratorSpec,
    cluster: Cluster,
    scheduler: Box<dyn Scheduler>,
    stream: Stream,
    queue: Queue,
    parked: Parked,
    rows: Rows,
    /// By application: pods so far.
    numbers: Vec<u64>,
    /// By application: pods that run and stay.
    staying: Vec<u64>,
    meter: Option<Box<Meter>>,
    keeps_periods: bool,
    periods: Vec<Period>,
    /// Whether a pod has come to a node since those that wait for others have looked.
    came: bool,
    /// Pods on nodes by priority.
    priorities: BTreeMap<i32, u64>,
    /// What is measured of pods as instances.
    figures: FleetFigures,
    /// What is measured of the cluster.
    of_cluster: ClusterFigures,
    waiting: Level,
    begun: u64,
}

impl Orchestrator {
    /// The platform at the start of a run; `name` names its streams.
    pub fn new(number: PlatformNumber, name: &str, spec: OrchestratorSpec, seed: Seed) -> Self {
        let mut stream = seed.key(&format!("platform.{name}.scheduler")).stream();
        let mut cluster = spec.cluster.clone();
        let scheduler = spec.scheduler.start(&mut cluster, &mut stream);
        let of_cluster = ClusterFigures::new(&cluster);
        Self {
            number,
            scheduler,
            stream,
            queue: Queue::default(),
            parked: Parked::default(),
            rows: Rows::default(),
            numbers: vec![0; spec.pods.len()],
            staying: vec![0; spec.pods.len()],
            meter: None,
            keeps_periods: false,
            periods: Vec::new(),
            came: false,
            priorities: BTreeMap::new(),
            figures: FleetFigures::default(),
            of_cluster,
            waiting: Level::default(),
            begun: 0,
            cluster,
            spec,
        }
    }

    /// A new pod for an attempt stands in the queue; `again` if another of it was evicted.
    fn submit<A: Agenda<Event>>(&mut self, id: AttemptId, again: bool, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let attempt = &mut ctx.attempts[id];
        let of = &self.spec.pods[attempt.application.index()];
        let pod = self.cluster.add_pod(Pod::new(of.template, Names::EMPTY));
        attempt.stage = Stage::Waiting;
        attempt.place = pod.number();
        self.waiting.add(now, 1);
        let count = &mut self.numbers[attempt.application.index()];
        let row = Row {
            attempt: id,
            application: attempt.application,
            number: *count,
            again,
            started: NEVER,
            ends: NEVER,
            stops: NEVER,
            account: Account::default(),
        };
        *count += 1;
        self.rows.insert(pod, row);
        self.queue.push(pod, of.priority, now);
    }

    /// Everybody looks who may find a node now: pods in the queue; those whom a node helps that a pod has
    /// left; those who wait for others to come.
    fn settle<A: Agenda<Event>>(
        &mut self,
        left: Option<(Id<Node>, bool)>,
        ctx: &mut Context<'_, A>,
    ) {
        // Who has waited for longer goes before who begins anew.
        if let Some((node, seen)) = left {
            self.look_again(ctx, |all, pod| {
                seen || all.scheduler.may_help(&all.cluster, pod, node)
            });
        }
        self.turns(ctx);
        while std::mem::take(&mut self.came) && self.parked.sees() {
            self.look_again(ctx, |all, pod| all.parked.waits_for_others(pod));
        }
    }

    /// Pods in the queue have their turns, until nobody waits for one.
    fn turns<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        while let Some(queued) = self.queue.pop(ctx.now()) {
            self.turn(queued, ctx);
        }
    }

    /// A pod has its turn. Says whether it found a node.
    fn turn<A: Agenda<Event>>(&mut self, queued: Queued, ctx: &mut Context<'_, A>) -> bool {
        let found = self.scheduler.place(&self.cluster, queued.pod, &mut self.stream);
        match found {
            Outcome::Chosen(node) => {
                self.bind(queued.pod, node, ctx);
                true
            }
            Outcome::Failed(failure) => {
                self.make_room(queued.pod, &failure, ctx);
                self.queue.park(queued, ctx.now());
                let template = self.cluster.pod(queued.pod).template;
                let sees = self.scheduler.waits_for_others(&self.cluster, queued.pod);
                self.parked.insert(queued.pod, (template, sees), queued.priority, queued.since);
                false
            }
        }
    }

    /// A pod begins to run on a node.
    fn bind<A: Agenda<Event>>(&mut self, pod: PodId, node: Id<Node>, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        self.cluster.bind(pod, node, now);
        let row = self.rows.at(pod);
        let attempt = &mut ctx.attempts[row.attempt];
        attempt.stage = Stage::Serving;
        attempt.began = now;
        row.started = now;
        row.ends = now.plus(attempt.demand);
        if row.ends < NEVER {
            ctx.agenda.schedule(row.ends, Class::Completion, Event::Ended(self.number, pod));
        }
        let (application, again) = (row.application, row.again);
        if let Some(meter) = &mut self.meter {
            row.account = meter.started(application, false, now);
        }
        self.waiting.sub(now, 1);
        self.begun += u64::from(!again);
        self.came = true;
        *self.priorities.entry(self.spec.pods[application.index()].priority).or_default() += 1;
        self.staying[application.index()] += 1;
        self.count_pod(application, now, true);
    }

    /// Counts a pod among those that run, or no longer.
    fn count_pod(&mut self, application: crate::model::ApplicationId, now: Time, comes: bool) {
        let of = &self.spec.pods[application.index()];
        let figures = &mut self.figures;
        let memory = of.memory.get();
        if comes {
            figures.starts += 1;
        }
        for (level, by) in [
            (&mut figures.instances, 1),
            (&mut figures.busy, 1),
            (&mut figures.memory, memory),
            (&mut figures.busy_memory, memory),
            (&mut figures.busy_cpu, of.cpu.get()),
        ] {
            if comes { level.add(now, by) } else { level.sub(now, by) }
        }
    }

    /// Lets pods go for one that has found no node, if the scheduler says so.
    fn make_room<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        failure: &Failure,
        ctx: &mut Context<'_, A>,
    ) {
        let priority = self.cluster.template_of(pod).priority;
        if self.priorities.first_key_value().is_none_or(|(&lowest, _)| lowest >= priority) {
            // Nobody may be evicted for it.
            self.cluster.nominate(pod, None);
            return;
        }
        let budgets = self.budgets();
        let Self { scheduler, cluster, stream, .. } = self;
        match scheduler.make_room(cluster, pod, failure, &budgets, stream) {
            Finding::Waits => {}
            Finding::Nothing => self.cluster.nominate(pod, None),
            Finding::Candidate(Candidate { node, victims, .. }) => {
                for victim in victims {
                    self.evict(victim, ctx);
                }
                let others = self.cluster.nominated(node).to_vec();
                for other in others {
                    if self.cluster.template_of(other).priority < priority {
                        self.cluster.nominate(other, None);
                    }
                }
                self.cluster.nominate(pod, Some(node));
            }
        }
    }

    /// How many pods each budget still allows to be evicted.
    fn budgets(&self) -> Vec<Budget> {
        let budget = |spec: &BudgetSpec| {
            let of = spec.applications.iter().map(|&number| self.staying[number as usize]);
            let staying: u64 = of.sum();
            Budget {
                namespace: spec.namespace,
                selector: spec.selector.clone(),
                allowed: staying.saturating_sub(spec.least).try_into().unwrap_or(i64::MAX),
                disrupted: Vec::new(),
            }
        };
        self.spec.budgets.iter().map(budget).collect()
    }

    /// A pod is to stop within its grace.
    fn evict<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        if self.cluster.pod(pod).leaving.is_leaving() {
            return;
        }
        self.cluster.leave(pod, Leaving::Preempted);
        let row = self.rows.at(pod);
        self.staying[row.application.index()] -= 1;
        row.stops = ctx.now().plus(self.spec.grace);
        ctx.agenda.schedule(row.stops, Class::Expiry, Event::Stopped(self.number, pod));
        self.of_cluster.preemptions += 1;
    }

    /// A pod that was evicted has had its time: what ran in it waits for another, or has failed if it
    /// waits for calls.
    fn stopped<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let id = self.rows.at(pod).attempt;
        if ctx.attempts[id].stage != Stage::Serving {
            // Its own work is done; it goes when its calls are.
            return;
        }
        let node = self.leave_node(pod, ctx.now());
        self.submit(id, true, ctx);
        self.settle(Some(node), ctx);
    }

    /// A pod that runs is gone from its node; the node, and whether others looked at it from elsewhere.
    fn leave_node(&mut self, pod: PodId, now: Time) -> (Id<Node>, bool) {
        let template = self.cluster.template_of(pod);
        let seen = template.looks_at_others();
        let node = self.cluster.pod(pod).node.expect("it ran");
        let left = self.cluster.pod(pod).leaving.is_leaving();
        self.cluster.remove(pod);
        let mut row = self.rows.remove(pod);
        self.count_pod(row.application, now, false);
        let count = self.priorities.get_mut(&self.spec.pods[row.application.index()].priority);
        if let Some(count) = count {
            *count -= 1;
        }
        self.priorities.retain(|_, count| *count > 0);
        if !left {
            self.staying[row.application.index()] -= 1;
        }
        if let Some(meter) = &mut self.meter {
            meter.served(&mut row.account, row.application, Some(Span::ZERO), (row.started, now));
            meter.gone(&mut row.account, row.application, now, now);
        }
        if self.keeps_periods {
            self.periods.push(period(&row, node, now));
        }
        (node, seen)
    }

    /// Pods that have found no node look again, as far as that `might` help.
    fn look_again<A: Agenda<Event>>(
        &mut self,
        ctx: &mut Context<'_, A>,
        might: impl Fn(&Self, PodId) -> bool,
    ) {
        let mut tried = BTreeSet::new();
        while !self.parked.is_empty() {
            let first = self.parked.first(&tried, |pod| might(self, pod));
            let Some((pod, template)) = first else { return };
            if !self.try_again(pod, ctx) {
                tried.insert(template);
            }
        }
    }

    /// A pod that has found no node has another turn. Says whether it finds one.
    fn try_again<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) -> bool {
        self.parked.remove(pod);
        let queued = self.queue.take(pod).expect("who is parked is in the queue");
        self.turn(queued, ctx)
    }
}

/// The life of a pod until now.
fn period(row: &Row, node: Id<Node>, now: Time) -> Period {
    Period {
        instance: row.number,
        application: row.application,
        host: HostId::from_index(node.index()),
        started: row.started,
        state: State::Busy,
        from: row.started,
        to: now,
    }
}

impl<A: Agenda<Event>> Serve<A> for Orchestrator {
    type Event = Event;

    fn offer(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        self.submit(id, false, ctx);
        self.turns(ctx);
        if ctx.attempts[id].stage == Stage::Waiting {
            self.figures.unplaced += 1;
        }
        self.settle(None, ctx);
    }

    fn handle(&mut self, event: Event, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        match event {
            Event::Ended(_, pod) => {
                let Some(row) = self.rows.get(pod).filter(|row| row.ends == now) else { return };
                let id = row.attempt;
                self.rows.at(pod).ends = NEVER;
                ctx.attempts[id].stage = Stage::Calling;
                ctx.outbox.push(Signal::Served(id));
            }
            Event::Stopped(_, pod) => {
                if self.rows.get(pod).is_some_and(|row| row.stops == now) {
                    self.stopped(pod, ctx);
                }
            }
        }
    }

    fn release(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let pod = PodId::new(ctx.attempts[id].place);
        let node = self.leave_node(pod, ctx.now());
        self.settle(Some(node), ctx);
    }

    fn cancel(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        if ctx.attempts[id].stage == Stage::Serving {
            self.release(id, ctx);
        } else {
            let pod = PodId::new(ctx.attempts[id].place);
            self.queue.remove(pod);
            self.parked.remove(pod);
            self.cluster.remove(pod);
            self.rows.remove(pod);
            self.waiting.sub(ctx.now(), 1);
        }
        ctx.attempts.remove(id);
    }
}
