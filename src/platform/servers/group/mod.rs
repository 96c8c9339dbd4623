//! Servers that come and go: they boot, are found dead, drain and are replaced, and their number follows a
//! policy.
//!
//! Each server stands in a slot, whose number names its chance. With a line of its own, or processor sharing
//! behind a balancer, it gets requests as long as the balancer takes it to be there. Of a central line servers
//! take requests themselves, so a dead one takes none; under processor sharing without a balancer all servers
//! share all work, and a request is lost with the server that it began at.

mod asked;
mod check;
mod death;
mod deployment;
mod faults;
mod healing;
mod life;
mod rotation;
mod scaling;
mod silence;
mod spec;
mod versions;
mod wear;
mod work;

pub use healing::GroupFigures;
pub use spec::{
    Condition, Event, FaultKind, FaultSpec, GroupSpec, HealthCheckSpec, SlotId, SlotKind,
};

use std::collections::VecDeque;

use super::ServersSpec;
use super::queue::Queue;
use crate::kernel::{Agenda, Seed, Stream, StreamKey};
use crate::model::{ApplicationId, AttemptId, Outage, PlatformNumber, Stage};
use crate::platform::{Context, Handover, Serve, Signal};
use crate::policy::balance::LeastOutstanding;
use crate::policy::discipline::Waiting;
use crate::policy::release::Strategy;
use crate::pricing::Meter;
use crate::stats::Level;
use deployment::Deployment;
use life::Server;
use rotation::Rotation;
use versions::Versions;
use wear::Wears;
use work::Work;

/// The place of a request whose server is gone.
const NOWHERE: u32 = u32::MAX;
/// The place of a request in the central line.
const IN_LINE: u32 = u32::MAX - 1;

/// A place for a server.
#[derive(Debug)]
struct Slot {
    /// In which zone it is.
    zone: u32,
    /// How many faults that end keep it from having a server that works.
    outages: u32,
    /// Whether a fault that never ends has hit it.
    lost: bool,
    /// The parts of its speed that it has under faults that slow it for a while, in thousandths.
    slow: Vec<u32>,
    /// The thousandths of a server's speed that it adds now.
    speed: u64,
    server: Option<Server>,
    work: Work,
    /// Who waits for its server, where each has a line.
    line: Option<Queue>,
}

/// A running group of servers.
#[derive(Debug)]
pub struct ServerGroup {
    number: PlatformNumber,
    spec: ServersSpec,
    group: GroupSpec,
    seed: Seed,
    slots: Vec<Slot>,
    rotation: Rotation,
    /// The line of all servers, if there is one.
    line: Option<Queue>,
    /// Where all jobs compute, if servers share their work.
    together: Option<Work>,
    /// Whether a server serves one job at a time.
    exclusive: bool,
    /// The thousandths of a server's speed that all have together.
    speed: u64,
    /// How many servers there shall be, and how many more while they are replaced.
    desired: u32,
    extra: u32,
    versions: Versions,
    /// Where services wear out: how, and where each stands.
    wears: Option<Box<Wears>>,
    /// Versions that are to be on all servers: one that is under way, and what waits for it.
    deployments: VecDeque<Deployment>,
    /// Installations so far.
    installed: u64,
    /// The server for the request that is offered next, if it was asked which version that meets.
    chosen: Option<SlotId>,
    outages: Vec<Outage<SlotId>>,
    /// The new slot that was free again first, when no new one was free.
    awaited: Option<SlotId>,
    /// Boots so far, those after a fault included.
    boots: u64,
    boot_key: StreamKey,
    install_key: StreamKey,
    probe_key: StreamKey,
    line_stream: Stream,
    meter: Option<Box<Meter>>,
    /// Jobs in the group.
    present: u64,
    /// What of `computing` and `up` the policy has seen.
    seen: [u128; 2],
    /// Servers at work, and servers that work; time-weighted from the start of the run.
    computing: Level,
    up: Level,
    /// Servers at work or held, time-weighted.
    busy: Level,
    /// Jobs in line, time-weighted.
    waiting: Level,
    /// Jobs whose service began.
    begun: u64,
    figures: GroupFigures,
}

impl ServerGroup {
    /// The group before the start of a run; `name` names its streams.
    ///
    /// # Panics
    /// If the servers of the specification are no group.
    pub fn new(number: PlatformNumber, name: &str, mut spec: ServersSpec, seed: Seed) -> Self {
        let group = *spec.group.take().expect("the servers are a group");
        let key = |purpose: &str| seed.key(&format!("platform.{name}.{purpose}"));
        let exclusive = spec.discipline.line().is_some();
        let central = spec.balance.is_none();
        let balance = spec.balance.take();
        let balance = balance.unwrap_or_else(|| Box::new(LeastOutstanding::default()));
        let line = spec.discipline.line().filter(|_| central);
        let together = (central && !exclusive).then(|| Work::new(spec.speed));
        Self {
            number,
            slots: Vec::new(),
            rotation: Rotation::new(balance, key("balance").stream()),
            line: line.map(Queue::new),
            together,
            exclusive,
            speed: 0,
            desired: spec.servers,
            extra: 0,
            versions: Versions::default(),
            wears: Wears::new(&group.wears),
            deployments: VecDeque::new(),
            installed: 0,
            chosen: None,
            outages: Vec::new(),
            awaited: None,
            boots: 0,
            boot_key: key("boot"),
            install_key: key("install"),
            probe_key: key("health-check"),
            line_stream: key("discipline").stream(),
            meter: None,
            present: 0,
            seen: [0; 2],
            computing: Level::default(),
            up: Level::default(),
            busy: Level::default(),
            waiting: Level::default(),
            begun: 0,
            figures: GroupFigures::default(),
            spec,
            group,
            seed,
        }
    }

    /// Whether servers take requests themselves, so that none goes to a dead one.
    fn is_central(&self) -> bool {
        self.line.is_some() || self.together.is_some()
    }

    /// Whether a server in rotation can begin a request at once.
    fn has_room(&self, slot: SlotId) -> bool {
        if self.exclusive {
            return self.rotation.requests(slot) == 0;
        }
        let servers = self.rotation.len() as u64;
        let most = self.spec.queue_limit.map(|limit| limit.saturating_add(servers));
        most.is_none_or(|most| self.present < most)
    }

    /// A server that works begins a request.
    fn begin<A: Agenda<Event>>(&mut self, slot: SlotId, id: AttemptId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let attempt = &mut ctx.attempts[id];
        attempt.stage = Stage::Serving;
        attempt.began = now;
        attempt.place = slot.number();
        if self.wears.is_some() {
            self.wear(slot, attempt, ctx.agenda);
        }
        let demand = attempt.demand;
        self.begun += 1;
        if self.exclusive {
            self.busy.add(now, 1);
        }
        self.work(slot).processor.join(now, id, demand);
        self.work_changed(slot, ctx);
    }

    /// A request joins the line of a server, or the central one; it is refused if that is full, or if nobody
    /// waits here.
    fn wait<A: Agenda<Event>>(
        &mut self,
        id: AttemptId,
        slot: Option<SlotId>,
        ctx: &mut Context<'_, A>,
    ) {
        let line = match slot {
            Some(slot) => &mut self.slots[slot.index()].line,
            None => &mut self.line,
        };
        let full = self.spec.queue_limit.is_some_and(|limit| self.waiting.value() >= limit);
        let Some(line) = line.as_mut().filter(|_| !full) else {
            ctx.outbox.push(Signal::Refused(id));
            return;
        };
        let attempt = &mut ctx.attempts[id];
        attempt.stage = Stage::Waiting;
        attempt.place = slot.map_or(IN_LINE, SlotId::number);
        let (demand, priority) = (attempt.demand, attempt.priority);
        line.push(Waiting { attempt: id, demand, priority });
        self.waiting.add(ctx.now(), 1);
        self.present += 1;
        if let Some(slot) = slot {
            self.rotation.joined(slot);
        }
    }

    /// A server that serves nobody takes the next of its line, or of the central one.
    fn serve_next<A: Agenda<Event>>(&mut self, slot: SlotId, ctx: &mut Context<'_, A>) {
        let takes = self.rotation.contains(slot);
        let (line, own) = match &mut self.line {
            Some(line) => (Some(line).filter(|_| takes), false),
            None => (self.slots[slot.index()].line.as_mut(), true),
        };
        let next = line.and_then(|line| line.pop(&mut self.line_stream, ctx.attempts));
        let Some(id) = next else { return };
        self.waiting.sub(ctx.now(), 1);
        if !own {
            self.rotation.joined(slot);
        }
        self.begin(slot, id, ctx);
    }
}

impl<A: Agenda<Event>> Serve<A> for ServerGroup {
    type Event = Event;

    fn start_run(&mut self, ctx: &mut Context<'_, A>) {
        self.start_group(ctx);
    }

    #[inline(never)]
    fn offer(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let central = self.line.is_some();
        let chosen = self.chosen.take();
        match chosen.or_else(|| self.rotation.choose(ctx.attempts[id].affinity)) {
            // Nobody answers there, though the balancer does not know yet.
            Some(slot) if !self.is_up(slot) => ctx.outbox.push(Signal::Refused(id)),
            Some(slot) if self.has_room(slot) => {
                self.present += 1;
                self.rotation.joined(slot);
                self.begin(slot, id, ctx);
            }
            Some(slot) if !central => self.wait(id, Some(slot), ctx),
            None if !central => ctx.outbox.push(Signal::Refused(id)),
            _ => self.wait(id, None, ctx),
        }
    }

    #[inline(never)]
    fn handle(&mut self, event: Event, ctx: &mut Context<'_, A>) {
        match event {
            Event::Ends(_, slot) => return self.ends(slot, ctx),
            Event::Due(_, slot) => {
                self.due(slot, ctx);
                self.look_at_memory(slot, ctx);
            }
            Event::Fails(_, outage) => self.fails(outage, ctx),
            Event::Returns(_, outage) => self.returns(outage, ctx),
            Event::Review(_) => self.review(ctx),
        }
        self.look_whether_made_good(ctx.now());
        self.deploy(ctx);
    }

    #[inline(never)]
    fn release(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let place = ctx.attempts[id].place;
        if place == NOWHERE {
            return;
        }
        let slot = SlotId::new(place);
        self.present -= 1;
        self.rotation.left(slot);
        self.wears_less(slot, ctx.attempts[id].application);
        if self.exclusive {
            self.busy.sub(ctx.now(), 1);
            self.serve_next(slot, ctx);
        }
        self.go_if_idle(slot, ctx);
    }

    #[inline(never)]
    fn cancel(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let attempt = &mut ctx.attempts[id];
        let place = attempt.place;
        let slot = SlotId::new(place);
        let stage = std::mem::replace(&mut attempt.stage, Stage::Cancelled);
        if stage != Stage::Waiting {
            self.work(slot).processor.leave(now, id);
            self.work_changed(slot, ctx);
            self.release(id, ctx);
            ctx.attempts.remove(id);
            return;
        }
        self.waiting.sub(now, 1);
        self.present -= 1;
        let central = place == IN_LINE;
        let line = if central { &mut self.line } else { &mut self.slots[slot.index()].line };
        if let Some(line) = line {
            line.bury(ctx.attempts);
        }
        if !central {
            self.rotation.left(slot);
            self.go_if_idle(slot, ctx);
        }
    }

    fn enter(&mut self, application: ApplicationId, ctx: &mut Context<'_, A>) -> bool {
        self.version_enters(application, ctx);
        false
    }

    fn leave(&mut self, application: ApplicationId, _ctx: &mut Context<'_, A>) {
        self.version_leaves(application);
    }

    fn hand_over(
        &mut self,
        handover: Handover,
        strategy: Box<dyn Strategy>,
        ctx: &mut Context<'_, A>,
    ) {
        self.begin_deployment((handover, strategy), ctx);
    }

    fn hand_back(
        &mut self,
        handover: Handover,
        strategy: Box<dyn Strategy>,
        ctx: &mut Context<'_, A>,
    ) {
        self.begin_redeployment((handover, strategy), ctx);
    }
}
