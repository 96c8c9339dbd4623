//! Functions: instances started on demand, for requests that wait for them.

use std::collections::VecDeque;

use super::fleet::{self, ApplicationSpec, Fleet, FleetSpec, State};
use super::{Context, Signal};
use crate::kernel::{Agenda, Class, Seed, Span, StreamKey, Time};
use crate::model::{ApplicationId, AttemptId, InstanceId, PlatformNumber, Stage};
use crate::policy::placement::Need;
use crate::stats::Level;
use crate::variate::Variate;

/// Whether a waiting request is bound to the instance that was started for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Binding {
    /// It takes whatever of its application is free first: an instance that another request has
    /// left, or one that has started.
    #[default]
    Late,
    /// It waits for the instance that was started for it.
    Early,
}

/// A platform of kind `faas`.
#[derive(Clone, Debug)]
pub struct FaasSpec {
    /// Instances and hosts.
    pub fleet: FleetSpec,
    /// How long an instance takes to start; `None` is no time.
    pub cold_start: Option<Variate>,
    /// Whether a request waits for one instance or for any.
    pub binding: Binding,
    /// How many requests may wait beyond those for which an instance is starting; `None` is any
    /// number.
    pub queue_limit: Option<u64>,
}

/// What happens on a platform of functions, beside what happens to its instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The own demand of an attempt is served.
    Served(AttemptId),
}

/// Who waits for an instance of one application.
#[derive(Debug, Default)]
struct Line {
    /// In order of arrival; some may have been cancelled since.
    attempts: VecDeque<AttemptId>,
    /// How many of them were cancelled.
    dead: usize,
    /// The instance that is starting and still takes requests bound to it (early binding).
    filling: Option<InstanceId>,
    /// Whether the application stands in the list of those that found no room.
    starved: bool,
}

/// A running platform of functions.
///
/// A request takes an instance of its application with room. If there is none it waits for one to
/// start, on a host with room or, by eviction, made to have room; the start happens before the
/// demand is served. If none can start it waits in line or, beyond the limit, is refused. When room
/// appears, the application that lacked it for longest is tried first; those whose need does not
/// fit are passed over.
#[derive(Debug)]
pub struct Faas {
    fleet: Fleet,
    spec: FaasSpec,
    cold_keys: Vec<StreamKey>,
    lines: Vec<Line>,
    /// Requests for which no instance is starting.
    unmet: u64,
    /// Applications with such requests, in order of their first failure.
    starved: VecDeque<ApplicationId>,
    /// Requests that wait, time-weighted.
    pub waiting: Level,
}

impl Faas {
    /// The platform at the start of a run; `name` names its streams.
    pub fn new(
        number: PlatformNumber,
        name: &str,
        spec: FaasSpec,
        applications: &[ApplicationSpec],
        seed: Seed,
    ) -> Self {
        let key = |application: &ApplicationSpec| {
            seed.key(&format!("platform.{name}.cold_start.{}", application.name))
        };
        Self {
            fleet: Fleet::new(number, name, spec.fleet.clone(), applications, seed),
            cold_keys: applications.iter().map(key).collect(),
            lines: applications.iter().map(|_| Line::default()).collect(),
            unmet: 0,
            starved: VecDeque::new(),
            waiting: Level::default(),
            spec,
        }
    }

    /// The instances.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// Forgets what was measured so far.
    pub fn restart(&mut self, now: Time) {
        self.fleet.restart(now);
        self.waiting.restart(now);
    }

    /// Offers an attempt of `application`: it is served, waits, or is refused.
    pub fn offer<A>(&mut self, id: AttemptId, application: ApplicationId, ctx: &mut Context<'_, A>)
    where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        if let Some(instance) = self.fleet.pick(application) {
            self.begin(instance, id, false, ctx);
            return;
        }
        if self.bind_to_starting(id, application, ctx) {
            return;
        }
        if let Some(instance) = self.start(application, ctx) {
            if self.fleet.instance(instance).cold_start == Span::ZERO {
                self.fleet.ready(instance, ctx.now());
                self.begin(instance, id, true, ctx);
            } else if self.spec.binding == Binding::Early {
                self.bind(id, instance, ctx);
            } else {
                self.wait(id, application, ctx);
            }
            return;
        }
        if self.spec.queue_limit.is_some_and(|limit| self.unmet >= limit) {
            ctx.outbox.push_back(Signal::Refused(id));
            return;
        }
        self.wait(id, application, ctx);
        let line = &mut self.lines[application.index()];
        if !std::mem::replace(&mut line.starved, true) {
            self.starved.push_back(application);
        }
    }

    /// Lets an attempt wait for an instance that is starting already, if one has room to spare.
    fn bind_to_starting<A>(
        &mut self,
        id: AttemptId,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) -> bool
    where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        match self.spec.binding {
            Binding::Late => {
                let spare = self.starting_room(application) > self.living(application);
                if spare {
                    self.wait(id, application, ctx);
                }
                spare
            }
            Binding::Early => {
                let filling = self.lines[application.index()].filling;
                if let Some(instance) = filling {
                    self.bind(id, instance, ctx);
                }
                filling.is_some()
            }
        }
    }

    /// How many requests the instances that are starting will take.
    fn starting_room(&self, application: ApplicationId) -> u64 {
        u64::from(self.fleet.starting(application)) * u64::from(self.fleet.concurrency())
    }

    /// How many wait in the line of an application.
    fn living(&self, application: ApplicationId) -> u64 {
        let line = &self.lines[application.index()];
        (line.attempts.len() - line.dead) as u64
    }

    /// How many in the line of an application have no instance that is starting for them.
    fn unmet_of(&self, application: ApplicationId) -> u64 {
        let met = match self.spec.binding {
            Binding::Late => self.starting_room(application),
            Binding::Early => 0,
        };
        self.living(application).saturating_sub(met)
    }

    /// Runs `change`, which changes the line or the starting instances of one application, and
    /// keeps the count of unmet requests true.
    fn counted<T>(&mut self, application: ApplicationId, change: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.unmet_of(application);
        let result = change(self);
        self.unmet = self.unmet - before + self.unmet_of(application);
        result
    }

    /// Starts an instance if there is room, with a start drawn from the application's own stream
    /// by the number of the start.
    fn start<A>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) -> Option<InstanceId>
    where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        let key = self.cold_keys[application.index()];
        let number = self.fleet.starts(application);
        let draw = |cold_start: &Variate| cold_start.span(&mut key.draws(number));
        let cold_start = self.spec.cold_start.as_ref().map_or(Span::ZERO, draw);
        self.counted(application, |faas| faas.fleet.start(application, cold_start, ctx.agenda))
    }

    fn wait<A>(&mut self, id: AttemptId, application: ApplicationId, ctx: &mut Context<'_, A>)
    where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        ctx.attempts[id].stage = Stage::Waiting;
        ctx.attempts[id].place = u32::MAX;
        self.waiting.add(ctx.now(), 1);
        self.counted(application, |faas| {
            faas.lines[application.index()].attempts.push_back(id);
        });
    }

    fn bind<A>(&mut self, id: AttemptId, instance_id: InstanceId, ctx: &mut Context<'_, A>)
    where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        self.waiting.add(ctx.now(), 1);
        let concurrency = self.fleet.concurrency();
        let instance = self.fleet.bound_mut(instance_id);
        instance.bound_count += 1;
        let full = instance.bound_count >= concurrency;
        let application = instance.application;
        match &mut instance.bound {
            Some((_, last)) => {
                ctx.attempts[*last].next = Some(id);
                *last = id;
            }
            bound => *bound = Some((id, id)),
        }
        let attempt = &mut ctx.attempts[id];
        attempt.stage = Stage::Waiting;
        attempt.place = instance_id.number();
        self.lines[application.index()].filling = (!full).then_some(instance_id);
    }

    /// Begins the service of an attempt on an instance with room; `fresh` if that instance was
    /// started for it this instant.
    fn begin<A>(
        &mut self,
        instance_id: InstanceId,
        id: AttemptId,
        fresh: bool,
        ctx: &mut Context<'_, A>,
    ) where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        let now = ctx.now();
        self.fleet.begin(instance_id, now);
        let attempt = &mut ctx.attempts[id];
        attempt.cold = fresh || self.fleet.instance(instance_id).ready_at > attempt.arrived;
        if let (true, Some(cold_demand)) = (attempt.cold, attempt.cold_demand) {
            attempt.demand = cold_demand;
        }
        attempt.stage = Stage::Serving;
        attempt.began = now;
        attempt.place = instance_id.number();
        let end = now + attempt.demand;
        ctx.agenda.schedule(end, Class::Completion, Event::Served(id));
        ctx.outbox.push_back(Signal::Began(id));
    }

    /// The own demand of an attempt is served.
    pub fn handle<A>(&mut self, event: Event, ctx: &mut Context<'_, A>) {
        let Event::Served(id) = event;
        if ctx.attempts[id].stage == Stage::Cancelled {
            ctx.attempts.remove(id);
        } else {
            ctx.attempts[id].stage = Stage::Calling;
            ctx.outbox.push_back(Signal::Served(id));
        }
    }

    /// An instance has started, or its window may be over.
    pub fn handle_fleet<A>(&mut self, event: fleet::Event, ctx: &mut Context<'_, A>)
    where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        match event {
            fleet::Event::Ready(_, instance) => {
                let application = self.fleet.instance(instance).application;
                let now = ctx.now();
                self.counted(application, |faas| faas.fleet.ready(instance, now));
                self.serve_bound(instance, ctx);
                self.serve_line(instance, ctx);
            }
            fleet::Event::Expire(_, instance) => {
                if self.fleet.expire(instance, ctx.agenda) {
                    self.serve_starved(ctx);
                }
            }
        }
    }

    /// Serves the attempts that are bound to an instance that has just started.
    fn serve_bound<A>(&mut self, instance_id: InstanceId, ctx: &mut Context<'_, A>)
    where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        let instance = self.fleet.bound_mut(instance_id);
        let application = instance.application;
        let mut next = instance.bound.take().map(|(first, _)| first);
        let line = &mut self.lines[application.index()];
        if line.filling == Some(instance_id) {
            line.filling = None;
        }
        while let Some(id) = next {
            next = ctx.attempts[id].next.take();
            if ctx.attempts[id].stage == Stage::Cancelled {
                ctx.attempts.remove(id);
            } else {
                self.waiting.sub(ctx.now(), 1);
                self.begin(instance_id, id, false, ctx);
            }
        }
    }

    /// Serves who waits for an instance of this application, as far as this one has room; if it
    /// then serves nobody, it rests.
    fn serve_line<A>(&mut self, instance_id: InstanceId, ctx: &mut Context<'_, A>)
    where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        let application = self.fleet.instance(instance_id).application;
        while self.fleet.instance(instance_id).active < self.fleet.concurrency() {
            let Some(id) = self.pop_line(application, ctx) else { break };
            self.begin(instance_id, id, false, ctx);
        }
        if self.fleet.instance(instance_id).state == State::Idle {
            let gone = self.fleet.rest(instance_id, ctx.agenda);
            if gone || self.fleet.evicts() {
                self.serve_starved(ctx);
            }
        }
    }

    fn pop_line<A>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) -> Option<AttemptId>
    where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        loop {
            let line = &mut self.lines[application.index()];
            let &id = line.attempts.front()?;
            if ctx.attempts[id].stage == Stage::Cancelled {
                line.attempts.pop_front();
                line.dead -= 1;
                ctx.attempts.remove(id);
                continue;
            }
            self.counted(application, |faas| {
                faas.lines[application.index()].attempts.pop_front();
            });
            self.waiting.sub(ctx.now(), 1);
            return Some(id);
        }
    }

    /// Room may have appeared: starts instances for the applications that lacked it. An
    /// application whose need is no smaller than one that did not fit is not tried.
    fn serve_starved<A>(&mut self, ctx: &mut Context<'_, A>)
    where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        let mut too_large: Option<Need> = None;
        for _ in 0..self.starved.len() {
            let Some(application) = self.starved.pop_front() else { return };
            let need = *self.fleet.need(application);
            while self.unmet_of(application) > 0 {
                let hopeless = too_large
                    .is_some_and(|least| need.memory >= least.memory && need.cpu >= least.cpu);
                let started = if hopeless { None } else { self.start(application, ctx) };
                let Some(instance) = started else {
                    too_large = too_large.filter(|_| hopeless).or(Some(need));
                    break;
                };
                self.started_for_line(instance, application, ctx);
            }
            if self.unmet_of(application) > 0 {
                self.starved.push_back(application);
            } else {
                self.lines[application.index()].starved = false;
            }
        }
    }

    /// An instance was started for requests in line: it serves them at once, is bound to the
    /// first of them, or will find them when it is ready.
    fn started_for_line<A>(
        &mut self,
        instance: InstanceId,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        if self.fleet.instance(instance).cold_start == Span::ZERO {
            self.counted(application, |faas| faas.fleet.ready(instance, ctx.now()));
            if let Some(id) = self.pop_line(application, ctx) {
                self.begin(instance, id, true, ctx);
            }
            return;
        }
        if self.spec.binding == Binding::Late {
            return;
        }
        for _ in 0..self.fleet.concurrency() {
            let Some(id) = self.pop_line(application, ctx) else { return };
            self.bind(id, instance, ctx);
        }
    }

    /// Ends an attempt that is over, and serves who is next on its instance.
    pub fn release<A>(&mut self, id: AttemptId, ctx: &mut Context<'_, A>)
    where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        let instance = ctx.attempts[id].instance();
        self.fleet.end(instance, ctx.now());
        self.serve_line(instance, ctx);
    }

    /// Cancels an attempt of `application` that is waiting or being served; its row is freed by
    /// the line or event that still refers to it.
    pub fn cancel<A>(&mut self, id: AttemptId, application: ApplicationId, ctx: &mut Context<'_, A>)
    where
        A: Agenda<Event> + Agenda<fleet::Event>,
    {
        let attempt = &mut ctx.attempts[id];
        let stage = std::mem::replace(&mut attempt.stage, Stage::Cancelled);
        if stage == Stage::Serving {
            self.release(id, ctx);
            return;
        }
        let bound = attempt.place != u32::MAX;
        self.waiting.sub(ctx.now(), 1);
        if !bound {
            self.counted(application, |faas| faas.lines[application.index()].dead += 1);
            self.clear_dead(application, ctx);
        }
    }

    /// Clears the cancelled out of a line when they are the most of it.
    fn clear_dead<A>(&mut self, application: ApplicationId, ctx: &mut Context<'_, A>) {
        let line = &mut self.lines[application.index()];
        if line.dead * 2 <= line.attempts.len() {
            return;
        }
        line.attempts.retain(|&id| {
            let stays = ctx.attempts[id].stage != Stage::Cancelled;
            if !stays {
                ctx.attempts.remove(id);
            }
            stays
        });
        line.dead = 0;
    }
}
