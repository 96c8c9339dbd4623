//! The world: clients, services and platforms put together; the only module that knows all of
//! them.
//!
//! [`run`] is the whole of it for most; [`World`] is for those who drive the events themselves.
//! The path of a request stands in `path.rs`, the plan of calls in `calls.rs`, giving up in
//! `giving_up.rs`.

mod calls;
mod check;
mod clients;
mod event;
mod figures;
mod giving_up;
mod path;
mod platform;
mod progress;
mod spec;

pub use event::Event;
pub use spec::{
    CallSpec, ClientSpec, Cycle, FamilySpec, Load, OutputSpec, PlatformKind, PlatformSpec,
    Specification, Target,
};

use crate::kernel::{Agenda, Arena, Calendar, Class, Clock, Digest, Seed, StreamKey, Time};
use crate::metric::{Recorder, RunOutcome};
use crate::model::{ApplicationId, Attempt, AttemptId, FamilyId, Request, ServiceId};
use crate::platform::{Outbox, Signal, faas, fleet, servers};
use clients::Client;
use figures::Cells;
use platform::Platform;
use progress::Progress;

/// A list of events that takes all events of a world and its platforms.
pub trait WorldAgenda:
    Agenda<Event> + Agenda<servers::Event> + Agenda<faas::Event> + Agenda<fleet::Event>
{
}

impl<A> WorldAgenda for A where
    A: Agenda<Event> + Agenda<servers::Event> + Agenda<faas::Event> + Agenda<fleet::Event>
{
}

/// What a run knows of a family beside its specification.
#[derive(Debug)]
struct Family<'a> {
    spec: &'a FamilySpec,
    demand: StreamKey,
    cold_demand: StreamKey,
    popularity: StreamKey,
    /// The calls of the plan, in order.
    calls: Vec<&'a CallSpec>,
}

/// What a run knows of a service.
#[derive(Clone, Copy, Debug)]
struct Service {
    family: FamilyId,
    /// On a platform with instances; 0 elsewhere.
    application: ApplicationId,
}

/// A running world. It owns everything; all others hold ids.
pub struct World<'a> {
    spec: &'a Specification,
    seed: Seed,
    latency: StreamKey,
    pause: StreamKey,
    attempts: Arena<Attempt>,
    requests: Arena<Request>,
    outbox: Outbox,
    /// Attempts being cancelled; empty between events.
    cancelled: Vec<AttemptId>,
    clients: Vec<Client<'a>>,
    families: Vec<Family<'a>>,
    services: Vec<Service>,
    platforms: Vec<Platform>,
    /// Whether any platform balances: calls stick to what their caller sticks to, wherever that is.
    balances: bool,
    cells: Cells,
    recorder: Option<&'a mut dyn Recorder>,
    /// Whether the recorder is told of the lives of instances.
    tells_periods: bool,
    /// Clients that have more to send.
    sending: usize,
    /// Requests of clients, sent after the warm-up, that have ended.
    ended: u64,
    /// Requests of clients that have ended, whenever they were sent.
    concluded: u64,
    warm_up: Time,
    over: bool,
}

impl<'a> World<'a> {
    /// The world of `spec` at time zero; `recorder` takes what the scenario wants told on the way.
    pub fn new(
        spec: &'a Specification,
        seed: Seed,
        recorder: Option<&'a mut dyn Recorder>,
    ) -> Self {
        let mut services = Vec::new();
        for (number, family) in spec.families.iter().enumerate() {
            services.extend((0..family.count as usize).map(|member| Service {
                family: FamilyId::from_index(number),
                application: *family.applications.get(member).unwrap_or(&ApplicationId::new(0)),
            }));
        }
        let mut platforms = Platform::all(spec, seed);
        let tells_periods = spec.output.instances && recorder.is_some();
        if tells_periods {
            platforms.iter_mut().for_each(Platform::keep_periods);
        }
        Self {
            spec,
            seed,
            latency: seed.key("network.latency"),
            pause: seed.key("retry.pause"),
            attempts: Arena::new(),
            requests: Arena::new(),
            outbox: Outbox::default(),
            cancelled: Vec::new(),
            clients: spec.clients.iter().map(|client| Client::new(client, seed)).collect(),
            families: spec.families.iter().map(|family| Family::new(family, seed)).collect(),
            cells: Cells::new(spec, services.len()),
            services,
            balances: platforms.iter().any(Platform::balances),
            platforms,
            recorder,
            tells_periods,
            sending: spec.clients.len(),
            ended: 0,
            concluded: 0,
            warm_up: spec.warm_up,
            over: false,
        }
    }

    /// Puts the first events into an empty agenda.
    pub fn start(&mut self, agenda: &mut impl WorldAgenda) {
        self.start_platforms(agenda);
        for client in 0..self.clients.len() {
            self.start_client(client, agenda);
        }
        if let (Some(every), Some(_)) = (self.spec.output.series, &self.recorder) {
            agenda.schedule(agenda.now() + every, Class::Control, Event::Sample);
        }
        self.look_whether_over();
    }

    /// Lets an event happen.
    #[inline]
    pub fn handle(&mut self, event: Event, agenda: &mut impl WorldAgenda) {
        match event {
            Event::Arrival(client) => self.arrival(client, agenda),
            Event::Thought(client, user) => self.thought(client, user, agenda),
            Event::Delivered(attempt) => self.delivered(attempt, agenda),
            Event::Answered(attempt) => self.answered(attempt, agenda),
            Event::Due(request) => self.due(request, agenda),
            Event::Sample => self.sample(agenda),
            Event::ServersServed(_)
            | Event::ServersShared(..)
            | Event::FaasServed(_)
            | Event::InstanceReady(..)
            | Event::InstanceExpire(..)
            | Event::ApplicationReview(..) => self.handle_platform(event, agenda),
        }
        self.drain(agenda);
        if self.tells_periods {
            self.tell_periods(None);
        }
    }

    /// Goes on with what is in the outbox, until nothing is.
    #[inline(always)]
    fn drain(&mut self, agenda: &mut impl WorldAgenda) {
        while let Some(signal) = self.outbox.pop() {
            match signal {
                Signal::Began(attempt) => self.began(attempt),
                Signal::Served(attempt) => self.advance(attempt, agenda),
                Signal::Refused(attempt) => self.refused(attempt, agenda),
            }
        }
    }

    /// Whether nothing more is to happen: as many requests have ended as the scenario asks for, or
    /// there is no horizon, all clients have sent all they will and all requests have ended.
    pub fn is_over(&self) -> bool {
        self.over
    }

    #[inline(always)]
    fn look_whether_over(&mut self) {
        let enough = self.spec.requests.is_some_and(|requests| self.ended >= requests);
        let done = self.spec.horizon.is_none() && self.sending == 0 && self.requests.is_empty();
        self.over = enough || done;
    }

    /// Forgets what was measured so far: the end of the warm-up.
    pub fn restart(&mut self, now: Time) {
        for platform in &mut self.platforms {
            platform.restart(now);
        }
    }

    /// The figures at `end`.
    pub fn outcome(&mut self, end: Time, digest: Digest) -> RunOutcome {
        if self.tells_periods {
            self.tell_periods(Some(end));
        }
        let measured = end - self.warm_up;
        RunOutcome {
            seed: self.seed,
            end,
            measured,
            digest,
            clients: self.cells.clients(self.spec),
            services: self.cells.services(self.spec),
            members: self.cells.members(self.spec),
            platforms: self.platforms.iter().map(|p| p.outcome(end, measured)).collect(),
        }
    }

    #[inline(always)]
    fn family(&self, service: ServiceId) -> &Family<'a> {
        &self.families[self.services[service.index()].family.index()]
    }
}

impl<'a> Family<'a> {
    fn new(spec: &'a FamilySpec, seed: Seed) -> Self {
        let key = |purpose: &str| seed.key(&format!("service.{}.{purpose}", spec.name));
        Self {
            demand: key("demand"),
            cold_demand: key("cold_demand"),
            popularity: key("popularity"),
            calls: spec.plan.iter().flatten().collect(),
            spec,
        }
    }
}

/// Runs a scenario once and tells what came out.
///
/// `recorder` is told of requests and samples, as far as the scenario asks for them; `journal` is
/// told of every event but samples: its key in the calendar and its content.
///
/// # Panics
/// If the clock stands still: the scenario goes round in circles without time passing. Without a
/// horizon also if callers hold all servers or instances that their calls wait for.
pub fn run<'a>(
    spec: &'a Specification,
    seed: Seed,
    recorder: Option<&'a mut dyn Recorder>,
    journal: Option<&mut dyn FnMut(u64, Event)>,
) -> RunOutcome {
    match journal {
        Some(journal) => drive(spec, seed, recorder, journal),
        None => drive(spec, seed, recorder, &mut |_, _| ()),
    }
}

fn drive<'a, J: FnMut(u64, Event) + ?Sized>(
    spec: &'a Specification,
    seed: Seed,
    recorder: Option<&'a mut dyn Recorder>,
    journal: &mut J,
) -> RunOutcome {
    let horizon = spec.horizon.unwrap_or(Time::MAX);
    let mut world = World::new(spec, seed, recorder);
    let mut calendar = Calendar::<Event>::new();
    let mut digest = Digest::default();
    let mut progress = Progress::default();
    // One comparison an event serves both the end of the warm-up and the horizon.
    let mut mark = if spec.warm_up > Time::ZERO { spec.warm_up.min(horizon) } else { horizon };
    world.start(&mut calendar);
    let mut end = horizon;
    while !world.is_over() {
        let Some(event) = calendar.pop() else {
            end = spec.horizon.unwrap_or(calendar.now());
            break;
        };
        let now = calendar.now();
        if now >= mark {
            if mark < horizon {
                world.restart(mark);
                mark = horizon;
            }
            if now >= horizon {
                break;
            }
        }
        // Samples are taken only if somebody listens, which is no part of what happens.
        if event != Event::Sample {
            digest.fold(calendar.key(), event.word());
            journal(calendar.key(), event);
        }
        progress.check(digest.events(), now, &world);
        world.handle(event, &mut calendar);
        if event == Event::Sample && calendar.len() == 1 && spec.horizon.is_none() {
            // Only the next sample is pending: what still waits waits for ever.
            end = calendar.now();
            break;
        }
    }
    if world.is_over() {
        end = calendar.now();
    }
    // A run that ended within the warm-up has measured nothing.
    if mark < horizon {
        world.restart(mark);
    }
    world.outcome(end.max(spec.warm_up), digest)
}
