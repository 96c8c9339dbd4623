//! Processes: interpreters on a node, started for a job and used again by later ones of its group.

use super::PiCloud;
use super::nodes::NodeId;
use super::spec::Event;
use crate::kernel::{Agenda, Class, Id, Span, Time};
use crate::model::{ApplicationId, AttemptId, Stage};
use crate::platform::Context;
use crate::platform::fleet::State;
use crate::pricing::{Account, Meter, Usage};
use crate::variate::Variate;

/// The number of a process; used again when it is gone.
pub type ProcessId = Id<Process>;

/// A process on a node. It takes the cores of its group while it starts and while it serves; idle it
/// takes none, and its memory is that of cores that are free.
#[derive(Clone, Debug)]
pub struct Process {
    pub(super) node: NodeId,
    pub(super) group: u32,
    pub(super) state: State,
    /// The job that it serves or was started for.
    pub(super) job: Option<AttemptId>,
    /// Whether the capacity policy was told of that job.
    counted: bool,
    /// Jobs that it has served, this one included.
    uses: u64,
    spawn: Span,
    /// When it entered its state.
    since: Time,
    account: Account,
}

/// The number under which a meter counts processes of a group, on reserved cores or others.
pub(super) fn kind(group: u32, reserved: bool) -> ApplicationId {
    ApplicationId::new(2 * group + u32::from(reserved))
}

impl PiCloud {
    fn kind_of(&self, process: &Process) -> ApplicationId {
        let pool = &self.pools[self.nodes[process.node].pool as usize];
        kind(process.group, pool.account.is_some())
    }

    /// Starts a process on a node with so many cores free; idle ones that are in its way go, the one
    /// idle for longest first. What is counted of the job is told of it.
    pub(super) fn spawn<A: Agenda<Event>>(
        &mut self,
        node: NodeId,
        group: u32,
        (id, counted): (AttemptId, bool),
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let cores = self.groups[group as usize].spec.cores;
        while self.nodes[node].unused() < cores {
            let oldest = self.nodes[node].idle[0];
            self.kill(oldest, now);
        }
        let number = self.spawned;
        self.spawned += 1;
        let draw = |spawn: &Variate| spawn.span(&mut self.spawn_key.draws(number));
        let spawn = self.spec.spawn.as_ref().map_or(Span::ZERO, draw);
        let process = self.processes.insert(Process {
            node,
            group,
            state: State::Starting,
            job: Some(id),
            counted,
            uses: 0,
            spawn,
            since: now,
            account: Account::default(),
        });
        let kind = self.kind_of(&self.processes[process]);
        if let Some(meter) = &mut self.meter {
            self.processes[process].account = meter.started(kind, false, now);
        }
        self.take_cores(node, cores, now);
        let attempt = &mut ctx.attempts[id];
        attempt.place = process.number();
        if spawn == Span::ZERO {
            self.begin(process, id, true, ctx);
        } else {
            attempt.stage = Stage::Waiting;
            self.waiting.add(now, 1);
            self.spawning += 1;
            let event = Event::Spawned(self.number, process);
            ctx.agenda.schedule(now + spawn, Class::Completion, event);
        }
    }

    /// A process has started: it serves the job that it was started for, or rests.
    pub(super) fn process_ready<A: Agenda<Event>>(
        &mut self,
        process: ProcessId,
        ctx: &mut Context<'_, A>,
    ) {
        self.spawning -= 1;
        match self.processes[process].job {
            Some(id) => {
                self.waiting.sub(ctx.now(), 1);
                self.begin(process, id, true, ctx);
            }
            None => self.rest(process, ctx),
        }
    }

    /// Takes a process that was idle, for a job.
    pub(super) fn wake<A: Agenda<Event>>(
        &mut self,
        process: ProcessId,
        (id, counted): (AttemptId, bool),
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        self.leave_idle(process, now);
        let Process { node, group, .. } = self.processes[process];
        self.take_cores(node, self.groups[group as usize].spec.cores, now);
        self.processes[process].counted = counted;
        self.processes[process].job = Some(id);
        self.begin(process, id, false, ctx);
    }

    /// Begins the service of a job; `cold` if the process was started for it.
    fn begin<A: Agenda<Event>>(
        &mut self,
        process_id: ProcessId,
        id: AttemptId,
        cold: bool,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let process = &mut self.processes[process_id];
        (process.state, process.since) = (State::Busy, now);
        process.uses += 1;
        self.begun += 1;
        let attempt = &mut ctx.attempts[id];
        if let (true, Some(cold_demand)) = (cold, attempt.cold_demand) {
            attempt.demand = cold_demand;
        }
        attempt.cold = Some(cold);
        attempt.stage = Stage::Serving;
        attempt.began = now;
        attempt.place = process_id.number();
        let most = self.spec.functions[attempt.application.index()].max_runtime;
        let end = now + attempt.demand.min(most);
        ctx.agenda.schedule(end, Class::Completion, Event::Served(id));
    }

    /// The job of a process is over: it rests, and its node serves who is next.
    pub(super) fn rest<A: Agenda<Event>>(
        &mut self,
        process_id: ProcessId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let kind = self.kind_of(&self.processes[process_id]);
        let process = &mut self.processes[process_id];
        if let Some(meter) = &mut self.meter {
            process.tell(meter, kind, now);
        }
        (process.state, process.since, process.job) = (State::Idle, now, None);
        let Process { node, group, .. } = *process;
        let cores = self.groups[group as usize].spec.cores;
        self.nodes[node].idle.push(process_id);
        self.nodes[node].idle_cores += cores;
        self.idle.push_back(kind.index(), process_id);
        self.free_cores(node, cores, now);
        self.serve(node, ctx);
    }

    /// Whether the capacity policy was told of the job of a process.
    pub(super) fn is_counted(&self, process: ProcessId) -> bool {
        self.processes[process].counted
    }

    /// An idle process of the group on a node, the one used last.
    pub(super) fn idle_on(&self, node: NodeId, group: u32) -> Option<ProcessId> {
        let mut idle = self.nodes[node].idle.iter().rev();
        idle.find(|process| self.processes[**process].group == group).copied()
    }

    /// Takes a process out of the lists of the idle.
    fn leave_idle(&mut self, process_id: ProcessId, now: Time) {
        let kind = self.kind_of(&self.processes[process_id]);
        let process = &mut self.processes[process_id];
        if let Some(meter) = &mut self.meter {
            process.tell(meter, kind, now);
        }
        let Process { node, group, .. } = *process;
        self.idle.unlink(process_id);
        let node = &mut self.nodes[node];
        node.idle.retain(|other| *other != process_id);
        node.idle_cores -= self.groups[group as usize].spec.cores;
    }

    /// Ends an idle process.
    pub(super) fn kill(&mut self, process_id: ProcessId, now: Time) {
        self.leave_idle(process_id, now);
        let kind = self.kind_of(&self.processes[process_id]);
        let process = &mut self.processes[process_id];
        process.state = State::Gone;
        if let Some(meter) = &mut self.meter {
            meter.gone(&mut process.account, kind, process.since, now);
        }
        self.processes.remove(process_id);
    }

    /// Adds what was counted until now to `usage`.
    pub(super) fn tell_processes(&self, usage: &mut Usage, now: Time) {
        let Some(meter) = &self.meter else { return };
        let mut meter = meter.as_ref().clone();
        // What goes on is counted until now.
        for process in self.processes.iter() {
            let kind = self.kind_of(process);
            let mut process = process.clone();
            process.tell(&mut meter, kind, now);
            let end = if process.state == State::Idle { process.since } else { now };
            meter.end(&mut process.account, kind, end, now);
        }
        meter.tell(usage, now);
    }
}

impl Process {
    /// Tells a meter of the state that the process leaves now.
    fn tell(&mut self, meter: &mut Meter, kind: ApplicationId, now: Time) {
        let time = (self.since, now);
        match self.state {
            State::Busy => {
                let start = (self.uses == 1).then_some(self.spawn);
                meter.served(&mut self.account, kind, start, time);
            }
            State::Idle => meter.rested(&mut self.account, kind, time),
            // It starts, or is gone; processes are never paused.
            _ => {}
        }
    }
}
