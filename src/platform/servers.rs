//! Servers: stations with a line, or a line at each server behind a balancer.

mod check;
pub mod group;
mod queue;

use super::{Context, Platform, Serve, Signal};
use crate::kernel::{Agenda, Arena, Class, Id, Seed, ShiftingTimer, Span, Stream, Time};
use crate::model::{Attempt, AttemptId, PlatformNumber, Processor, Stage};
use crate::policy::balance::Balance;
use crate::policy::discipline::{Discipline, Waiting};
use crate::stats::Level;
use group::GroupSpec;
use queue::Queue;

/// Names the kind of an [`Id`]: a station, servers with one line.
#[derive(Debug)]
pub enum StationKind {}
/// The number of a station on its platform.
pub type StationId = Id<StationKind>;

/// What happens on a platform of servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The own demand of an attempt is served.
    Served(AttemptId),
    /// A job of a shared station may have ended.
    Shared(PlatformNumber, StationId),
}

/// A platform of kind `servers`.
#[derive(Clone, Debug)]
pub struct ServersSpec {
    /// How many servers; at least 1.
    pub servers: u32,
    /// Work done in a second of time, in seconds of demand; over 0.
    pub speed: f64,
    /// In which order a line is served.
    pub discipline: Box<dyn Discipline>,
    /// A line at each server behind this balancer; `None` is one central line.
    pub balance: Option<Box<dyn Balance>>,
    /// How many may wait on the whole platform; `None` is any number.
    pub queue_limit: Option<u64>,
    /// How servers come and go; `None` if they are always there ([`Servers`]), otherwise they are a
    /// [`ServerGroup`](group::ServerGroup).
    pub group: Option<Box<GroupSpec>>,
}

/// Who is served, and in which way.
#[derive(Debug)]
enum Room {
    /// One job a server; the others wait in a line.
    Line(Queue),
    /// All at once, in equal parts; the timer stands for the next end.
    Shared(Processor, ShiftingTimer),
}

#[derive(Debug)]
struct Station {
    servers: u32,
    /// Servers at work or held.
    busy: u32,
    room: Room,
}

/// A running platform of servers.
///
/// A job holds its server until it is released, also while it waits for calls of its own. Under
/// processor sharing a job that waits for calls does not compute, and nobody waits; a limit on the
/// line then bounds the jobs that are here to the servers plus the limit.
#[derive(Debug)]
pub struct Servers {
    number: PlatformNumber,
    spec: ServersSpec,
    stations: Vec<Station>,
    /// Jobs at each station, waiting or not; what a balancer sees.
    outstanding: Vec<u32>,
    /// Jobs on the whole platform.
    present: u64,
    balance_stream: Stream,
    line_stream: Stream,
    /// Servers at work or held, time-weighted.
    pub busy: Level,
    /// Jobs in line, time-weighted.
    pub waiting: Level,
    /// Jobs whose service began.
    pub begun: u64,
}

impl Servers {
    /// The platform at the start of a run; `name` names its streams.
    pub fn new(number: PlatformNumber, name: &str, mut spec: ServersSpec, seed: Seed) -> Self {
        let (count, each) = match &mut spec.balance {
            Some(balance) => {
                balance.start(spec.servers as usize);
                (spec.servers as usize, 1)
            }
            None => (1, spec.servers),
        };
        let station = || Station {
            servers: each,
            busy: 0,
            room: match spec.discipline.line() {
                Some(line) => Room::Line(Queue::new(line)),
                None => Room::Shared(Processor::new(each, spec.speed), ShiftingTimer::default()),
            },
        };
        Self {
            number,
            stations: (0..count).map(|_| station()).collect(),
            outstanding: vec![0; count],
            present: 0,
            balance_stream: seed.key(&format!("platform.{name}.balance")).stream(),
            line_stream: seed.key(&format!("platform.{name}.discipline")).stream(),
            busy: Level::default(),
            waiting: Level::default(),
            begun: 0,
            spec,
        }
    }

    fn choose(&mut self, affinity: u64) -> usize {
        match &mut self.spec.balance {
            Some(balance) => balance.choose(&self.outstanding, affinity, &mut self.balance_stream),
            None => 0,
        }
    }

    fn joined(&mut self, place: usize) {
        self.present += 1;
        self.outstanding[place] += 1;
        if let Some(balance) = &mut self.spec.balance {
            balance.observe(place, self.outstanding[place]);
        }
    }

    fn left(&mut self, place: usize) {
        self.present -= 1;
        self.outstanding[place] -= 1;
        if let Some(balance) = &mut self.spec.balance {
            balance.observe(place, self.outstanding[place]);
        }
    }

    fn set_busy(&mut self, place: usize, now: Time, busy: u32) {
        let station = &mut self.stations[place];
        let total = self.busy.value() - u64::from(station.busy) + u64::from(busy);
        station.busy = busy;
        self.busy.set(now, total);
    }

    /// Begins the service of an attempt at a station with room.
    fn begin<A: Agenda<Event>>(&mut self, place: usize, id: AttemptId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let attempt = &mut ctx.attempts[id];
        attempt.stage = Stage::Serving;
        attempt.began = now;
        let demand = attempt.demand;
        self.begun += 1;
        match &mut self.stations[place].room {
            Room::Line(_) => {
                self.set_busy(place, now, self.stations[place].busy + 1);
                let time = if self.spec.speed == 1.0 {
                    demand
                } else {
                    demand.scaled(1.0 / self.spec.speed)
                };
                ctx.agenda.schedule(now + time, Class::Completion, Event::Served(id));
            }
            Room::Shared(processor, _) => {
                processor.join(now, id, demand);
                self.shared_changed(place, ctx);
            }
        }
    }

    /// A shared station has other jobs than before: its cores at work, and its next end.
    fn shared_changed<A: Agenda<Event>>(&mut self, place: usize, ctx: &mut Context<'_, A>) {
        let station = &mut self.stations[place];
        let Room::Shared(processor, timer) = &mut station.room else { return };
        if let Some(end) = processor.next_end() {
            let event = Event::Shared(self.number, StationId::from_index(place));
            timer.arm(ctx.agenda, end, Class::Completion, event);
        }
        let busy = station.servers.min(u32::try_from(processor.len()).unwrap_or(u32::MAX));
        self.set_busy(place, ctx.now(), busy);
    }

    /// Ends the jobs of a shared station that have ended by now. The timer may have fired early:
    /// then none has, and it is armed anew.
    fn pop_ended<A: Agenda<Event>>(&mut self, place: usize, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let Room::Shared(processor, timer) = &mut self.stations[place].room else { return };
        if !timer.fired(now) {
            return;
        }
        while let Some(id) = processor.pop_ended(now) {
            ctx.attempts[id].stage = Stage::Calling;
            ctx.outbox.push(Signal::Served(id));
        }
        self.shared_changed(place, ctx);
    }

    fn serve_next<A: Agenda<Event>>(&mut self, place: usize, ctx: &mut Context<'_, A>) {
        let station = &mut self.stations[place];
        let Room::Line(line) = &mut station.room else { return };
        if let Some(id) = line.pop(&mut self.line_stream, ctx.attempts) {
            self.waiting.sub(ctx.now(), 1);
            self.begin(place, id, ctx);
        }
    }
}

impl<A: Agenda<Event>> Serve<A> for Servers {
    type Event = Event;

    fn offer(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let place = self.choose(ctx.attempts[id].affinity);
        ctx.attempts[id].place = place as u32;
        let limit = self.spec.queue_limit;
        let station = &mut self.stations[place];
        let free = match &station.room {
            Room::Line(_) => station.busy < station.servers,
            Room::Shared(..) => {
                let most = limit.map(|limit| limit.saturating_add(self.spec.servers.into()));
                most.is_none_or(|most| self.present < most)
            }
        };
        if free {
            self.joined(place);
            self.begin(place, id, ctx);
            return;
        }
        match &mut station.room {
            Room::Line(line) if limit.is_none_or(|limit| self.waiting.value() < limit) => {
                let attempt = &mut ctx.attempts[id];
                attempt.stage = Stage::Waiting;
                let (demand, priority) = (attempt.demand, attempt.priority);
                line.push(Waiting { attempt: id, demand, priority });
                self.waiting.add(ctx.now(), 1);
                self.joined(place);
            }
            _ => ctx.outbox.push(Signal::Refused(id)),
        }
    }

    fn handle(&mut self, event: Event, ctx: &mut Context<'_, A>) {
        match event {
            Event::Served(id) => self.served(id, ctx),
            Event::Shared(_, station) => self.pop_ended(station.index(), ctx),
        }
    }

    fn release(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let place = ctx.attempts[id].place as usize;
        self.left(place);
        if let Room::Line(_) = self.stations[place].room {
            self.set_busy(place, ctx.now(), self.stations[place].busy - 1);
            self.serve_next(place, ctx);
        }
    }

    fn cancel(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let attempt = &mut ctx.attempts[id];
        let place = attempt.place as usize;
        let stage = std::mem::replace(&mut attempt.stage, Stage::Cancelled);
        match (stage, &mut self.stations[place].room) {
            (Stage::Waiting, Room::Line(line)) => {
                line.bury(ctx.attempts);
                self.waiting.sub(now, 1);
                self.left(place);
            }
            (_, Room::Shared(processor, _)) => {
                processor.leave(now, id);
                self.release(id, ctx);
                self.shared_changed(place, ctx);
                ctx.attempts.remove(id);
            }
            // The event at the end of its service frees the row.
            (_, Room::Line(_)) => self.release(id, ctx),
        }
    }
}

impl Platform for Servers {
    fn restart(&mut self, now: Time) {
        self.busy.restart(now);
        self.waiting.restart(now);
        self.begun = 0;
    }

    fn begun(&self) -> u64 {
        self.begun
    }

    fn waiting(&self) -> &Level {
        &self.waiting
    }

    fn servers(&self) -> Option<(u32, &Level)> {
        Some((self.spec.servers, &self.busy))
    }

    fn alone(&self, attempt: &Attempt) -> Option<Span> {
        let shared = self.spec.discipline.line().is_none();
        shared.then(|| attempt.demand.scaled(1.0 / self.spec.speed))
    }

    fn balances(&self) -> bool {
        self.spec.balance.is_some()
    }

    fn is_moving(&self, _now: Time) -> bool {
        false
    }

    fn check(&self, attempts: &Arena<Attempt>) {
        self.check_counts(attempts);
    }
}
