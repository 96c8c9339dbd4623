//! Nodes: machines rented by the lease, each with cores of one type.

use super::PiCloud;
use super::processes::ProcessId;
use super::spec::Event;
use crate::kernel::{Agenda, Class, Id, Span, Time};
use crate::model::{ApplicationId, CoreTypeId, HostId};
use crate::platform::Context;
use crate::platform::fleet::{Period, State};
use crate::variate::Variate;

/// The number of a node; used again when it is given back.
pub type NodeId = Id<Node>;

/// A machine.
#[derive(Clone, Debug)]
pub struct Node {
    /// Nodes rented before it.
    number: u64,
    /// The number of its pool.
    pub(super) pool: u32,
    pub(super) cores: u32,
    /// Cores of processes that start or serve.
    pub(super) busy: u32,
    /// Its idle processes, the one idle for longest first.
    pub(super) idle: Vec<ProcessId>,
    /// Cores that these would take.
    pub(super) idle_cores: u32,
    /// Starting, busy while any core is, or idle.
    pub(super) state: State,
    started: Time,
    /// When it entered its state.
    since: Time,
}

impl Node {
    /// Cores that no job holds.
    pub(super) fn free(&self) -> u32 {
        self.cores - self.busy
    }

    /// Cores of which no process, idle ones included, has the memory.
    pub(super) fn unused(&self) -> u32 {
        self.free() - self.idle_cores
    }

    /// The period that would end at `now`.
    fn period(&self, core_type: CoreTypeId, now: Time) -> Option<Period> {
        (now > self.since).then_some(Period {
            instance: self.number,
            application: ApplicationId::new(core_type.number()),
            host: HostId::new(0),
            started: self.started,
            state: self.state,
            from: self.since,
            to: now,
        })
    }
}

/// Nodes whose cores serve the same jobs: all of a type, or those that an account has reserved.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) core_type: CoreTypeId,
    /// Whose cores they are, if they are reserved.
    pub(super) account: Option<u32>,
    /// Cores of its nodes, starting ones included.
    pub(super) cores: u64,
    /// The groups whose jobs it serves.
    pub(super) groups: Vec<u32>,
    /// Where its lists of nodes by free cores begin.
    pub(super) lists: usize,
}

impl PiCloud {
    /// Rents a node with so many cores; a `fresh` one has to start, others are there already.
    pub(super) fn rent<A: Agenda<Event>>(
        &mut self,
        pool: u32,
        cores: u32,
        fresh: bool,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let number = self.rented;
        self.rented += 1;
        let id = self.nodes.insert(Node {
            number,
            pool,
            cores,
            busy: 0,
            idle: Vec::new(),
            idle_cores: 0,
            state: State::Starting,
            started: now,
            since: now,
        });
        let of_pool = &mut self.pools[pool as usize];
        of_pool.cores += u64::from(cores);
        let reserved = of_pool.account.is_some();
        let memory = self.memory_of(id);
        let figures = &mut self.figures;
        figures.instances.add(now, 1);
        figures.memory.add(now, memory);
        figures.starting.add(now, 1);
        figures.starting_memory.add(now, memory);
        figures.starts += 1;
        self.cores.add(now, cores.into());
        let draw = |boot: &Variate| boot.span(&mut self.boot_key.draws(number));
        let boot = self.spec.boot.as_ref().filter(|_| fresh).map_or(Span::ZERO, draw);
        if boot == Span::ZERO {
            self.up(id, now);
            self.serve(id, ctx);
        } else {
            let event = Event::Booted(self.number, id);
            ctx.agenda.schedule(now + boot, Class::Completion, event);
        }
        if !reserved {
            self.pay(id, ctx);
        }
    }

    /// Pays a node for one more lease.
    fn pay<A: Agenda<Event>>(&mut self, id: NodeId, ctx: &mut Context<'_, A>) {
        let event = Event::LeaseEnds(self.number, id);
        ctx.agenda.schedule(ctx.now() + self.spec.lease, Class::Control, event);
    }

    /// A node has started.
    pub(super) fn up(&mut self, id: NodeId, now: Time) {
        let memory = self.memory_of(id);
        self.figures.starting.sub(now, 1);
        self.figures.starting_memory.sub(now, memory);
        self.enter(id, State::Idle, now);
        let list = self.list_of(id);
        self.free.push_back(list, id);
    }

    /// What a node is paid for is over: it goes if nothing runs on it and what is left is enough for
    /// the lease that would follow.
    pub(super) fn lease_ends<A: Agenda<Event>>(&mut self, id: NodeId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let Node { pool, cores, state, .. } = self.nodes[id];
        let Pool { core_type, cores: all, .. } = self.pools[pool as usize];
        let rest = all - u64::from(cores);
        let until = now + self.spec.lease;
        if state == State::Idle && self.spec.capacity.wanted(core_type, now, until) <= rest {
            self.give_back(id, now);
        } else {
            self.pay(id, ctx);
        }
        self.arm(core_type, ctx);
    }

    fn give_back(&mut self, id: NodeId, now: Time) {
        while let Some(process) = self.nodes[id].idle.last() {
            self.kill(*process, now);
        }
        let (memory, cores) = (self.memory_of(id), self.nodes[id].cores);
        self.free.unlink(id);
        self.enter(id, State::Gone, now);
        self.pools[self.nodes[id].pool as usize].cores -= u64::from(cores);
        self.figures.instances.sub(now, 1);
        self.figures.memory.sub(now, memory);
        self.figures.expirations += 1;
        self.cores.sub(now, cores.into());
        self.nodes.remove(id);
    }

    /// The node enters a state; the period in the one before is over.
    fn enter(&mut self, id: NodeId, state: State, now: Time) {
        let node = &mut self.nodes[id];
        if self.keeps_periods {
            let core_type = self.pools[node.pool as usize].core_type;
            self.periods.extend(node.period(core_type, now));
        }
        (node.state, node.since) = (state, now);
    }

    /// The list in which a node stands by its pool and its free cores.
    fn list_of(&self, id: NodeId) -> usize {
        let node = &self.nodes[id];
        self.pools[node.pool as usize].lists + node.free() as usize
    }

    /// Memory of a node: of one that is reserved in part, that of its cores.
    fn memory_of(&self, id: NodeId) -> u64 {
        let Node { pool, cores, .. } = self.nodes[id];
        let core_type = &self.spec.core_types[self.pools[pool as usize].core_type.index()];
        if cores == core_type.node_cores {
            core_type.node_memory.get()
        } else {
            core_type.memory.get() * u64::from(cores)
        }
    }

    /// A process takes cores of a node.
    pub(super) fn take_cores(&mut self, id: NodeId, cores: u32, now: Time) {
        self.free.unlink(id);
        if self.nodes[id].busy == 0 {
            self.figures.busy.add(now, 1);
            self.enter(id, State::Busy, now);
        }
        self.nodes[id].busy += cores;
        let list = self.list_of(id);
        self.free.push_back(list, id);
        let memory = self.memory_of_cores(id, cores);
        self.figures.busy_memory.add(now, memory);
        self.busy_cores.add(now, cores.into());
    }

    /// A process leaves cores of a node.
    pub(super) fn free_cores(&mut self, id: NodeId, cores: u32, now: Time) {
        self.free.unlink(id);
        self.nodes[id].busy -= cores;
        if self.nodes[id].busy == 0 {
            self.figures.busy.sub(now, 1);
            self.enter(id, State::Idle, now);
        }
        let list = self.list_of(id);
        self.free.push_back(list, id);
        let memory = self.memory_of_cores(id, cores);
        self.figures.busy_memory.sub(now, memory);
        self.busy_cores.sub(now, cores.into());
    }

    fn memory_of_cores(&self, id: NodeId, cores: u32) -> u64 {
        let pool = &self.pools[self.nodes[id].pool as usize];
        self.spec.core_types[pool.core_type.index()].memory.get() * u64::from(cores)
    }

    /// The periods that would end now, by node.
    pub(super) fn periods_until(&self, now: Time) -> Vec<Period> {
        let period = |node: &Node| node.period(self.pools[node.pool as usize].core_type, now);
        let mut open: Vec<Period> = self.nodes.iter().filter_map(period).collect();
        open.sort_by_key(|period| period.instance);
        open
    }
}
