//! `PiCloud` (2010 to 2013): one queue of jobs for the cores of machines that are rented by the hour.

mod asked;
mod check;
mod nodes;
mod processes;
mod queue;
mod spec;

pub use nodes::{Node, NodeId};
pub use processes::{Process, ProcessId};
pub use spec::{CoreTypeSpec, Event, FunctionSpec, GroupSpec, PiCloudSpec, RealtimeSpec};

use std::cmp::Reverse;

use super::fleet::lists::Lists;
use super::fleet::{FleetFigures, Period};
use super::{Context, Serve};
use crate::kernel::{Agenda, Arena, Class, Seed, StreamKey, Timer};
use crate::model::{ApplicationId, AttemptId, CoreTypeId, Outcome, PlatformNumber, Stage};
use crate::policy::capacity::JobView;
use crate::pricing::Meter;
use crate::stats::Level;
use nodes::Pool;
use processes::kind;
use queue::{Line, Rank};

/// The place of a job that stands in the queue.
const IN_QUEUE: u32 = u32::MAX;

/// A group at run time.
#[derive(Debug)]
struct Group {
    spec: GroupSpec,
    /// The pool of cores that its account has reserved.
    reserved: Option<u32>,
    line: Line,
}

/// Where a job finds its cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// On a node, by an idle process of its group.
    Process(ProcessId),
    /// On a node, by a process that has yet to be started.
    Node(NodeId),
}

/// A running `PiCloud`.
///
/// A job takes cores of one node: those that its account has reserved if any are free, otherwise any of
/// its type. There an idle process of its group serves it, or one is started, on the node with the
/// fewest free cores that are enough. If no node has as many free, it waits. When cores come free, the
/// first in the queue that fits is served, by priority and then by order of arrival; a job that does not fit
/// is passed over. Nobody is refused. A capacity policy says when nodes are rented.
#[derive(Debug)]
pub struct PiCloud {
    number: PlatformNumber,
    spec: PiCloudSpec,
    groups: Vec<Group>,
    /// One for each type of core, then one for each reservation.
    pools: Vec<Pool>,
    nodes: Arena<Node>,
    /// Nodes that have started, by pool and free cores.
    free: Lists<Node>,
    /// Nodes rented so far.
    rented: u64,
    processes: Arena<Process>,
    /// Idle processes by kind, the one used last at the end.
    idle: Lists<Process>,
    /// Processes started so far.
    spawned: u64,
    /// Processes that are starting.
    spawning: u64,
    /// Jobs that have come to the queue.
    arrivals: u64,
    /// By type of core: for when more may be wanted.
    reviews: Vec<Timer>,
    boot_key: StreamKey,
    spawn_key: StreamKey,
    meter: Option<Box<Meter>>,
    keeps_periods: bool,
    periods: Vec<Period>,
    /// What is measured of nodes; their memory is busy as far as jobs hold its cores.
    figures: FleetFigures,
    /// Cores of nodes, starting ones included, time-weighted.
    cores: Level,
    /// Cores that jobs hold, time-weighted.
    busy_cores: Level,
    /// Jobs that wait, for cores or for a process to start, time-weighted.
    waiting: Level,
    /// Jobs whose service began.
    begun: u64,
}

impl PiCloud {
    /// The platform at the start of a run; `name` names its streams.
    pub fn new(number: PlatformNumber, name: &str, mut spec: PiCloudSpec, seed: Seed) -> Self {
        let node_cores: Vec<u32> = spec.core_types.iter().map(|of| of.node_cores).collect();
        let job = |function: &FunctionSpec| {
            let GroupSpec { core_type, cores, .. } = spec.groups[function.group as usize];
            JobView { core_type, cores }
        };
        let jobs: Vec<JobView> = spec.functions.iter().map(job).collect();
        spec.capacity.start(&jobs, &node_cores, spec.lease);
        let (pools, lists) = pools(&spec);
        let key = |purpose: &str| seed.key(&format!("platform.{name}.{purpose}"));
        Self {
            number,
            groups: spec.groups.iter().map(|group| Group::new(*group, &spec)).collect(),
            pools,
            nodes: Arena::new(),
            free: Lists::new(lists),
            rented: 0,
            processes: Arena::new(),
            idle: Lists::new(2 * spec.groups.len()),
            spawned: 0,
            spawning: 0,
            arrivals: 0,
            reviews: vec![Timer::default(); spec.core_types.len()],
            boot_key: key("boot"),
            spawn_key: key("spawn"),
            meter: None,
            keeps_periods: false,
            periods: Vec::new(),
            figures: FleetFigures::default(),
            cores: Level::default(),
            busy_cores: Level::default(),
            waiting: Level::default(),
            begun: 0,
            spec,
        }
    }

    /// Where in a pool a job of a group is served, if anywhere.
    fn find(&self, pool: u32, group: u32) -> Option<Place> {
        let Pool { account, lists, core_type, .. } = self.pools[pool as usize];
        if let Some(process) = self.idle.last(kind(group, account.is_some()).index()) {
            return Some(Place::Process(process));
        }
        let most = self.spec.core_types[core_type.index()].node_cores;
        let mut enough = self.groups[group as usize].spec.cores..=most;
        enough.find_map(|free| self.free.last(lists + free as usize)).map(Place::Node)
    }

    fn start<A: Agenda<Event>>(
        &mut self,
        place: Place,
        group: u32,
        job: (AttemptId, bool),
        ctx: &mut Context<'_, A>,
    ) {
        match place {
            Place::Process(process) => self.wake(process, job, ctx),
            Place::Node(node) => self.spawn(node, group, job, ctx),
        }
    }

    /// Serves who is first in the queue and fits, as long as anybody does.
    fn serve<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        while let Some(group) = self.first_fitting(node, ctx) {
            let Some(id) = self.groups[group as usize].line.pop() else { return };
            self.waiting.sub(ctx.now(), 1);
            let idle = self.idle_on(node, group).map(Place::Process);
            self.start(idle.unwrap_or(Place::Node(node)), group, (id, true), ctx);
        }
    }

    /// The group of the first in the queue whom a node has cores for.
    fn first_fitting<A>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) -> Option<u32> {
        let free = self.nodes[node].free();
        let mut best: Option<(Rank, u32)> = None;
        for &number in &self.pools[self.nodes[node].pool as usize].groups {
            let group = &mut self.groups[number as usize];
            if group.spec.cores > free {
                continue;
            }
            if let Some(rank) = group.line.first(ctx.attempts)
                && best.is_none_or(|(first, _)| rank > first)
            {
                best = Some((rank, number));
            }
        }
        best.map(|(_, group)| group)
    }

    fn group_of(&self, function: ApplicationId) -> &Group {
        &self.groups[self.spec.functions[function.index()].group as usize]
    }

    /// Whether any job waits for cores of a type.
    fn waits(&self, core_type: CoreTypeId) -> bool {
        let mut groups = self.pools[core_type.index()].groups.iter();
        groups.any(|group| self.groups[*group as usize].line.living() > 0)
    }

    fn wanted<A: Agenda<Event>>(&mut self, core_type: CoreTypeId, ctx: &Context<'_, A>) -> u64 {
        self.spec.capacity.wanted(core_type, ctx.now(), ctx.now())
    }

    /// Rents as many nodes as lack.
    fn scale<A: Agenda<Event>>(&mut self, core_type: CoreTypeId, ctx: &mut Context<'_, A>) {
        let wanted = self.wanted(core_type, ctx);
        let cores = self.spec.core_types[core_type.index()].node_cores;
        while self.pools[core_type.index()].cores < wanted {
            self.rent(core_type.number(), cores, true, ctx);
        }
    }

    /// Sees to it that the capacity policy is asked when it may want more.
    fn arm<A: Agenda<Event>>(&mut self, core_type: CoreTypeId, ctx: &mut Context<'_, A>) {
        if let Some(next) = self.spec.capacity.next(core_type, ctx.now()) {
            let event = Event::Review(self.number, core_type);
            self.reviews[core_type.index()].arm(ctx.agenda, next, Class::Control, event);
        }
    }
}

impl<A: Agenda<Event>> Serve<A> for PiCloud {
    type Event = Event;

    /// Has what is reserved, and what is wanted before any job has come.
    fn start_run(&mut self, ctx: &mut Context<'_, A>) {
        for number in 0..self.pools.len() {
            let core_type = self.pools[number].core_type;
            let each = self.spec.core_types[core_type.index()].node_cores;
            let reserved = number.checked_sub(self.spec.core_types.len());
            let mut left = match reserved {
                Some(reserved) => self.spec.realtime[reserved].cores,
                None => u32::try_from(self.wanted(core_type, ctx)).unwrap_or(u32::MAX),
            };
            while left > 0 {
                // Reserved are so many cores, not whole nodes.
                let cores = if reserved.is_some() { each.min(left) } else { each };
                self.rent(number as u32, cores, false, ctx);
                left = left.saturating_sub(cores);
            }
        }
    }

    #[inline(never)]
    fn offer(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let function = ctx.attempts[id].application;
        let number = self.spec.functions[function.index()].group;
        let Group { spec, reserved, .. } = self.groups[number as usize];
        let own = reserved.and_then(|pool| self.find(pool, number));
        if let Some(place) = own {
            self.start(place, number, (id, false), ctx);
            return;
        }
        self.spec.capacity.came(function, now);
        if let Some(place) = self.find(spec.core_type.number(), number) {
            self.start(place, number, (id, true), ctx);
        } else {
            let attempt = &mut ctx.attempts[id];
            (attempt.stage, attempt.place) = (Stage::Waiting, IN_QUEUE);
            let rank = (attempt.priority, Reverse(self.arrivals));
            self.arrivals += 1;
            self.groups[number as usize].line.push(rank, id);
            self.waiting.add(now, 1);
            self.figures.unplaced += 1;
            self.scale(spec.core_type, ctx);
        }
        self.arm(spec.core_type, ctx);
    }

    /// The own demand of a job is served, or it has run for as long as it may: then it has failed.
    fn served(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let attempt = &mut ctx.attempts[id];
        if attempt.demand > self.spec.functions[attempt.application.index()].max_runtime {
            attempt.outcome = Outcome::Failed;
        }
        ctx.served(id);
    }

    #[inline(never)]
    fn handle(&mut self, event: Event, ctx: &mut Context<'_, A>) {
        match event {
            Event::Served(id) => Serve::served(self, id, ctx),
            Event::Spawned(_, process) => self.process_ready(process, ctx),
            Event::Booted(_, node) => {
                self.up(node, ctx.now());
                self.serve(node, ctx);
            }
            Event::LeaseEnds(_, node) => self.lease_ends(node, ctx),
            Event::Review(_, core_type) => {
                if self.reviews[core_type.index()].fired(ctx.now()) {
                    self.scale(core_type, ctx);
                    self.arm(core_type, ctx);
                }
            }
        }
    }

    #[inline(never)]
    fn release(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let attempt = &ctx.attempts[id];
        let (process, function) = (ProcessId::new(attempt.place), attempt.application);
        if attempt.outcome == Outcome::Completed && attempt.stage != Stage::Cancelled {
            self.spec.capacity.ran(function, ctx.now() - attempt.began);
        }
        if self.is_counted(process) {
            self.spec.capacity.left(function);
        }
        self.rest(process, ctx);
        // What it took to run is news of how long those will take who wait.
        let GroupSpec { core_type, .. } = self.group_of(function).spec;
        if self.waits(core_type) {
            self.scale(core_type, ctx);
        }
    }

    #[inline(never)]
    fn cancel(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let attempt = &mut ctx.attempts[id];
        let (place, function) = (attempt.place, attempt.application);
        let stage = std::mem::replace(&mut attempt.stage, Stage::Cancelled);
        if stage == Stage::Serving {
            self.release(id, ctx);
            return;
        }
        self.waiting.sub(ctx.now(), 1);
        let mut counted = true;
        if place == IN_QUEUE {
            let group = self.spec.functions[function.index()].group as usize;
            self.groups[group].line.bury(ctx.attempts);
        } else {
            // The process that starts for it will find others to serve.
            let process = ProcessId::new(place);
            self.processes[process].job = None;
            counted = self.is_counted(process);
            ctx.attempts.remove(id);
        }
        if counted {
            self.spec.capacity.left(function);
        }
    }
}

impl Group {
    fn new(group: GroupSpec, spec: &PiCloudSpec) -> Self {
        let own = |realtime: &RealtimeSpec| {
            realtime.core_type == group.core_type && realtime.account == group.account
        };
        let reserved = spec.realtime.iter().position(own);
        Self {
            spec: group,
            reserved: reserved.map(|number| (spec.core_types.len() + number) as u32),
            line: Line::default(),
        }
    }
}

/// The pools, and how many lists of nodes they need.
fn pools(spec: &PiCloudSpec) -> (Vec<Pool>, usize) {
    let shared = (0..spec.core_types.len()).map(|number| (CoreTypeId::from_index(number), None));
    let reserved = spec.realtime.iter().map(|of| (of.core_type, Some(of.account)));
    let mut lists = 0;
    let pool = |(core_type, account): (CoreTypeId, Option<u32>)| {
        let serves = |group: &GroupSpec| {
            group.core_type == core_type && account.is_none_or(|account| group.account == account)
        };
        let groups = (0_u32..).zip(&spec.groups);
        let first = lists;
        lists += spec.core_types[core_type.index()].node_cores as usize + 1;
        Pool {
            core_type,
            account,
            cores: 0,
            groups: groups.filter(|(_, group)| serves(group)).map(|(number, _)| number).collect(),
            lists: first,
        }
    };
    let pools = shared.chain(reserved).map(pool).collect();
    (pools, lists)
}
