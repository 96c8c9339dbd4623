//! Functions: instances started on demand, for requests that wait for them.

mod ahead;
mod asked;
mod binding;
mod check;
mod cold_start;
mod faults;
mod provisioned;
mod spec;
mod waiting;

pub use cold_start::{
    Code, ColdStart, Function, ImageFetch, Phase, PhaseFigures, PhasedStart, Phases, RuntimeStart,
    RuntimeTime, Tier, ZipFetch,
};
pub use spec::{Binding, Event, FaasSpec};

use std::collections::VecDeque;

use super::fleet::{self, ApplicationSpec, Fleet, Standing};
use super::quota::Quotas;
use super::{Context, Handover, Serve, Signal};
use crate::kernel::{Agenda, Class, Seed, Span, StreamKey, Timer};
use crate::model::{ApplicationId, AttemptId, InstanceId, PlatformNumber, Stage};
use crate::policy::scaling::Permit;
use crate::stats::Level;
use binding::Filling;

/// Who waits for an instance of one application.
#[derive(Debug, Default)]
struct Line {
    /// In order of arrival; some may have been cancelled since.
    attempts: VecDeque<AttemptId>,
    /// How many of them were cancelled.
    dead: usize,
    /// Requests that wait or are served, where a policy follows them.
    present: u32,
    /// For when the scaling policy looks.
    scale: Timer,
    /// The instances that are starting and still take requests bound to them (early binding).
    filling: Filling,
    /// Whether the application stands in the list of those that found no room.
    starved: bool,
    /// Whether it stands in the list of those that lack a provisioned instance.
    short: bool,
    /// Whether a release waits for its provisioned instances.
    awaited: bool,
    /// For when the first may have waited long enough.
    timer: Timer,
}

/// What became of the wish for an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// It starts, or has started.
    Started(InstanceId),
    /// It finds no room.
    NoRoom,
    /// There may be room, but the application may not have it now.
    NotNow,
}

/// A list of events that takes those of functions and of their instances.
pub trait FaasAgenda: Agenda<Event> + Agenda<fleet::Event> {}

impl<A> FaasAgenda for A where A: Agenda<Event> + Agenda<fleet::Event> {}

/// A running platform of functions.
///
/// A request takes an instance of its application with room. If there is none it waits for one to
/// start, on a host with room or, by eviction, made to have room; the start happens before the
/// demand is served. If none can start it waits in line or, beyond the limit, is refused. When room
/// appears, the application that lacked it for longest is tried first; those whose need does not
/// fit are passed over.
#[derive(Debug)]
pub struct Faas {
    number: PlatformNumber,
    fleet: Fleet,
    spec: FaasSpec,
    quotas: Option<Quotas>,
    cold_keys: Vec<StreamKey>,
    lines: Vec<Line>,
    /// Whether the keep-alive or the scaling policy follows requests, and whether the latter does.
    follows_requests: bool,
    scales_ahead: bool,
    /// Whether a request that lacks an instance starts one.
    starts_on_demand: bool,
    /// Requests for which no instance is starting.
    unmet: u64,
    /// Applications with such requests, in order of their first failure.
    starved: VecDeque<ApplicationId>,
    /// Applications that lack a provisioned instance which found no room.
    short: VecDeque<ApplicationId>,
    /// For when an instance may be started that might not.
    permitted: Timer,
    /// Requests that wait, time-weighted.
    waiting: Level,
    /// Requests whose service began.
    begun: u64,
    /// The phases of starts, where they have phases.
    phases: Option<Box<PhaseFigures>>,
}

impl Faas {
    /// The platform at the start of a run; `name` names its streams.
    pub fn new(
        number: PlatformNumber,
        name: &str,
        mut spec: FaasSpec,
        applications: &[ApplicationSpec],
        seed: Seed,
    ) -> Self {
        spec.scaling.start(applications.len());
        let uses: Vec<f64> = applications.iter().map(|of| of.cpu_use).collect();
        spec.scaling.know_cpu(&uses);
        let key = |application: &ApplicationSpec| {
            seed.key(&format!("platform.{name}.cold_start.{}", application.name))
        };
        Self {
            number,
            quotas: Quotas::new(&spec.accounts, applications),
            fleet: Fleet::new(number, name, spec.fleet.clone(), applications, seed),
            cold_keys: applications.iter().map(key).collect(),
            lines: applications.iter().map(|_| Line::default()).collect(),
            follows_requests: spec.fleet.keep_alive.follows_requests()
                || spec.scaling.follows_requests(),
            scales_ahead: spec.scaling.follows_requests(),
            starts_on_demand: spec.scaling.starts_on_demand(),
            unmet: 0,
            starved: VecDeque::new(),
            short: VecDeque::new(),
            permitted: Timer::default(),
            waiting: Level::default(),
            begun: 0,
            phases: spec
                .cold_start
                .as_ref()
                .filter(|start| start.is_phased())
                .map(|_| Box::default()),
            spec,
        }
    }

    /// Offers an attempt for which no instance has room; false if it is refused.
    #[inline(never)]
    fn offer_without_room<A: FaasAgenda>(
        &mut self,
        id: AttemptId,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        if self.bind_to_starting(id, application, ctx) {
            return true;
        }
        if let Start::Started(instance) = self.start_on_demand(application, ctx) {
            if self.fleet.instance(instance).cold_start == Span::ZERO {
                if self.living(application) == 0 {
                    self.counted(application, |faas| faas.fleet.ready(instance, ctx.now()));
                    self.begin(instance, id, true, ctx);
                } else {
                    // Those who wait for starts that take some time come first.
                    self.wait(id, application, ctx);
                    self.fill_at_once(instance, application, ctx);
                }
            } else if self.spec.binding == Binding::Early {
                self.bind(id, instance, ctx);
                self.take_more(instance, application);
            } else {
                self.wait(id, application, ctx);
            }
            return true;
        }
        self.fleet.figures.unplaced += 1;
        if self.spec.queue_limit.is_some_and(|limit| self.unmet >= limit) {
            if let Some(quotas) = &mut self.quotas {
                quotas.leave(application);
            }
            ctx.outbox.push(Signal::Refused(id));
            return false;
        }
        self.wait(id, application, ctx);
        let line = &mut self.lines[application.index()];
        if !std::mem::replace(&mut line.starved, true) {
            self.starved.push_back(application);
        }
        true
    }

    /// An attempt that was accepted is over, and its instance, if it had one, serves another or rests.
    #[inline(always)]
    fn over<A: FaasAgenda>(&mut self, application: ApplicationId, ctx: &mut Context<'_, A>) {
        if let Some(quotas) = &mut self.quotas {
            quotas.leave(application);
        }
        if self.follows_requests {
            self.left(application, ctx);
        }
    }

    /// Starts an instance for a request that lacks one, as [`start`](Self::start) does, if any is started for that.
    fn start_on_demand<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) -> Start {
        if !self.starts_on_demand {
            return Start::NotNow;
        }
        self.start(application, Standing::OnDemand, ctx)
    }

    /// Starts an instance if that is permitted and there is room, with a start drawn from the
    /// application's own stream by the number of the start. A provisioned one has a rate of its own.
    fn start<A: FaasAgenda>(
        &mut self,
        application: ApplicationId,
        standing: Standing,
        ctx: &mut Context<'_, A>,
    ) -> Start {
        let now = ctx.now();
        if self.fleet.is_at_most(application) {
            return Start::NotNow;
        }
        let scales = standing != Standing::Provisioned;
        if scales && let Permit::At(then) = self.spec.scaling.permit(application, now) {
            let event = Event::Permitted(self.number);
            self.permitted.arm(ctx.agenda, then, Class::Control, event);
            return Start::NotNow;
        }
        let key = self.cold_keys[application.index()];
        let number = self.fleet.starts(application);
        let draw = |cold_start: &ColdStart| cold_start.draw(application, key, number);
        let (cold_start, phases) = self.spec.cold_start.as_ref().map_or((Span::ZERO, None), draw);
        let start =
            |faas: &mut Self| faas.fleet.start(application, standing, cold_start, ctx.agenda);
        let Some(instance) = self.counted(application, start) else { return Start::NoRoom };
        if let (Some(figures), Some(phases)) = (&mut self.phases, &phases) {
            figures.record(phases);
        }
        if scales {
            self.spec.scaling.started(application, now);
        }
        Start::Started(instance)
    }

    fn wait<A: FaasAgenda>(
        &mut self,
        id: AttemptId,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        ctx.attempts[id].stage = Stage::Waiting;
        ctx.attempts[id].place = u32::MAX;
        self.waiting.add(ctx.now(), 1);
        self.counted(application, |faas| {
            faas.lines[application.index()].attempts.push_back(id);
        });
        self.watch_patience(application, ctx);
    }

    /// Begins the service of an attempt on an instance with room; `fresh` if that instance was
    /// started for it this instant.
    #[inline(always)]
    fn begin<A: FaasAgenda>(
        &mut self,
        instance_id: InstanceId,
        id: AttemptId,
        fresh: bool,
        ctx: &mut Context<'_, A>,
    ) {
        let ready_at = self.fleet.instance(instance_id).ready_at;
        let cold = fresh || ready_at > ctx.attempts[id].arrived;
        ctx.begin(&mut self.fleet, instance_id, id, cold);
        self.begun += 1;
    }
}

impl<A: FaasAgenda> Serve<A> for Faas {
    type Event = Event;

    fn start_run(&mut self, ctx: &mut Context<'_, A>) {
        self.start_plans(ctx);
        self.fleet.start_faults(ctx.agenda);
    }

    fn enter(&mut self, application: ApplicationId, ctx: &mut Context<'_, A>) -> bool {
        self.set_ahead(application, true, ctx);
        self.await_provisioned(application, ctx)
    }

    fn bring_up(
        &mut self,
        handover: Handover,
        _share: f64,
        ctx: &mut Context<'_, A>,
    ) -> Option<Span> {
        Some(self.start_as_many(handover, ctx))
    }

    fn leave(&mut self, application: ApplicationId, ctx: &mut Context<'_, A>) {
        self.lines[application.index()].awaited = false;
        self.set_ahead(application, false, ctx);
    }

    #[inline(always)]
    fn offer(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let application = ctx.attempts[id].application;
        if let Some(quotas) = &mut self.quotas
            && !quotas.admit(application, ctx.now())
        {
            ctx.outbox.push(Signal::Refused(id));
            return;
        }
        let accepted = match self.fleet.pick(application) {
            Some(instance) => {
                self.begin(instance, id, false, ctx);
                true
            }
            None => self.offer_without_room(id, application, ctx),
        };
        if self.follows_requests && accepted {
            self.arrived(application, ctx);
        }
    }

    #[inline(always)]
    fn served(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        ctx.served_by(&self.fleet, id);
    }

    #[inline(always)]
    fn handle(&mut self, event: Event, ctx: &mut Context<'_, A>) {
        match event {
            Event::Impatient(_, application) => self.impatient(application, ctx),
            Event::Scale(_, application) => self.scale(application, ctx),
            Event::Permitted(_) => {
                if self.permitted.fired(ctx.now()) {
                    self.serve_starved(ctx);
                }
            }
        }
    }

    fn handle_fleet(&mut self, event: fleet::Event, ctx: &mut Context<'_, A>) {
        match event {
            fleet::Event::Served(id) => self.served(id, ctx),
            fleet::Event::Computed(..) => unreachable!("instances reserve their CPU"),
            fleet::Event::Ready(_, instance) => {
                if self.fleet.was_lost(instance) {
                    return;
                }
                let application = self.fleet.instance(instance).application;
                let now = ctx.now();
                self.counted(application, |faas| faas.fleet.ready(instance, now));
                self.serve_bound(instance, ctx);
                self.serve_line(instance, ctx);
                self.tell_provisioned(application, ctx);
            }
            fleet::Event::Expire(_, instance) => {
                let application = self.fleet.instance(instance).application;
                if self.fleet.expire(instance, ctx.agenda) {
                    self.gone(application, ctx);
                }
            }
            fleet::Event::Pause(..) => unreachable!("no instance is paused here"),
            fleet::Event::Review(_, application) => self.review(application, ctx),
            fleet::Event::Provision(_, application) => {
                if self.fleet.is_provision_due(application, ctx.now()) {
                    self.provision(application, ctx);
                }
            }
            fleet::Event::Memory(_, instance) => self.look_at_memory(instance, ctx),
            fleet::Event::HostAnnounced(_, outage) => self.host_announced(outage, ctx),
            fleet::Event::HostFails(_, outage) => self.host_fails(outage, ctx),
            fleet::Event::HostReturns(_, outage) => {
                if self.fleet.host_returns(outage, ctx.agenda).is_some() {
                    self.make_up(ctx);
                }
            }
        }
    }

    #[inline(always)]
    fn release(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let instance = ctx.attempts[id].instance();
        let application = self.fleet.instance(instance).application;
        self.fleet.end(instance, ctx.now());
        self.serve_line(instance, ctx);
        self.over(application, ctx);
    }

    fn cancel(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        self.withdraw(id, ctx);
    }
}
