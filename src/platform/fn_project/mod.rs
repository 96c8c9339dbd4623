//! The Fn project: a load balancer that asks runner after runner, and runners that take a request if they have, or can
//! have, a container for it.
//!
//! Source: the sources of the Fn project, commit 00525289 (2025-09): `ch_placer.go`, `naive_placer.go`,
//! `placer_tracker.go`, `agent.go`, `slots.go`, `resource.go`, `evictor.go`. Runners are in the non-blocking mode
//! (`FN_ENABLE_NB_RESOURCE_TRACKER`), which Fn's own tests set for runners behind a load balancer.

mod asked;
mod balancer;
mod due;
mod faults;
mod placer;
mod runner;
mod sorted;
mod spec;

pub use placer::{Placing, fn_hash};
pub use spec::{Event, FnSpec, available};

use super::fleet::{self, ApplicationSpec, Fleet};
use super::{Context, Serve};
use crate::kernel::{Agenda, Seed, StreamKey};
use crate::model::{ApplicationId, AttemptId, HostId, InstanceId, PlatformNumber, Stage};
use crate::stats::Level;
use balancer::{Call, Line};
use due::Due;
use placer::Placer;
use runner::Queue;

/// A list of events that takes those of Fn and of its containers.
pub trait FnAgenda: Agenda<Event> + Agenda<fleet::Event> {}

impl<A> FnAgenda for A where A: Agenda<Event> + Agenda<fleet::Event> {}

/// What is known of a function, which is an application here.
#[derive(Debug)]
struct Function {
    /// The runner that is asked first.
    home: u32,
    cold_start: StreamKey,
    line: Line,
}

/// A running platform of the Fn project.
///
/// The load balancer asks one runner after the other to take an attempt. A runner takes it if it has a container of the
/// function that is free, if one is starting for it, or if it has room for one or can make it by
/// taking idle containers of other functions away. If all refuse, the attempt sleeps at the load balancer and then
/// asks all of them again; nobody waits in line, so a newcomer may be faster.
///
/// A sleeper asks again only if something has changed for its function since the last one asked in vain: then in
/// the order of their own rhythms, at the times at which they would have asked anyway.
#[derive(Debug)]
pub struct FnProject {
    number: PlatformNumber,
    fleet: Fleet,
    spec: FnSpec,
    placer: Placer,
    runners: u32,
    /// By application.
    functions: Vec<Function>,
    /// By application and runner.
    queues: Vec<Queue>,
    /// By number of its row: how far an attempt is.
    calls: Vec<Call>,
    /// Functions with sleepers, for whom nothing has changed since one asked in vain.
    asleep: Vec<ApplicationId>,
    /// Functions of which a sleeper asks again.
    retries: Due<ApplicationId>,
    /// Sleepers, when they give up.
    patience: Due<AttemptId>,
    /// Queues in which somebody asks for a container again.
    checks: Due<(ApplicationId, HostId)>,
    /// Idle containers by their numbers, while room is made; empty otherwise.
    idle: Vec<(u64, InstanceId)>,
    /// Who asks for a container again now; empty otherwise.
    asking: Vec<AttemptId>,
    resume_key: StreamKey,
    /// Containers that were ever resumed.
    resumed: u64,
    waiting: Level,
    begun: u64,
}

impl FnProject {
    /// The platform at the start of a run; `name` names its streams.
    pub fn new(
        number: PlatformNumber,
        name: &str,
        spec: FnSpec,
        applications: &[ApplicationSpec],
        seed: Seed,
    ) -> Self {
        let key = |purpose: &str| seed.key(&format!("platform.{name}.{purpose}"));
        let runners = spec.fleet.hosts.iter().map(|hosts| hosts.count).sum();
        let placer = Placer::new(spec.placing, runners, &mut key("placer").stream());
        let function = |application: &ApplicationSpec| Function {
            home: placer.home(&application.name),
            cold_start: key(&format!("cold_start.{}", application.name)),
            line: Line::default(),
        };
        let functions: Vec<Function> = applications.iter().map(function).collect();
        Self {
            number,
            fleet: Fleet::new(number, name, spec.fleet.clone(), applications, seed),
            queues: (0..functions.len() * runners as usize).map(|_| Queue::default()).collect(),
            placer,
            runners,
            functions,
            calls: Vec::new(),
            asleep: Vec::new(),
            retries: Due::default(),
            patience: Due::default(),
            checks: Due::default(),
            idle: Vec::new(),
            asking: Vec::new(),
            resume_key: key("resume"),
            resumed: 0,
            waiting: Level::default(),
            begun: 0,
            spec,
        }
    }

    fn function(&mut self, application: ApplicationId) -> &mut Function {
        &mut self.functions[application.index()]
    }

    /// An attempt waits: for the container at `place`, for any, or for a runner.
    fn wait<A: FnAgenda>(&mut self, id: AttemptId, place: u32, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let attempt = &mut ctx.attempts[id];
        attempt.place = place;
        if std::mem::replace(&mut attempt.stage, Stage::Waiting) != Stage::Waiting {
            self.waiting.add(now, 1);
        }
    }
}

impl<A: FnAgenda> Serve<A> for FnProject {
    type Event = Event;

    fn start_run(&mut self, ctx: &mut Context<'_, A>) {
        self.fleet.start_faults(ctx.agenda);
    }

    #[inline(never)]
    fn offer(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        self.receive(id, ctx);
    }

    #[inline(never)]
    fn handle(&mut self, event: Event, ctx: &mut Context<'_, A>) {
        match event {
            Event::Retry(_) => self.retry_all(ctx),
            Event::GiveUp(_) => self.give_up_all(ctx),
            Event::Check(_) => self.check_all(ctx),
        }
    }

    #[inline(always)]
    fn served(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        ctx.served_by(&self.fleet, id);
    }

    fn handle_fleet(&mut self, event: fleet::Event, ctx: &mut Context<'_, A>) {
        match event {
            fleet::Event::Served(id) => self.served(id, ctx),
            fleet::Event::Computed(_, host) => ctx.computed_on(&mut self.fleet, host),
            fleet::Event::Ready(_, instance) => {
                if !self.fleet.was_lost(instance) {
                    self.ready(instance, ctx);
                }
            }
            // What is free of a runner and what idle containers have together stay the same.
            fleet::Event::Pause(_, instance) => {
                self.fleet.pause(instance, ctx.agenda);
            }
            fleet::Event::Expire(_, instance) => {
                self.fleet.expire(instance, ctx.agenda);
            }
            fleet::Event::Review(..) | fleet::Event::Provision(..) => {
                unreachable!("no plan is made here")
            }
            fleet::Event::Memory(_, instance) => self.look_at_memory(instance, ctx),
            fleet::Event::HostAnnounced(_, outage) => self.host_announced(outage, ctx),
            fleet::Event::HostFails(_, outage) => self.host_fails(outage, ctx),
            fleet::Event::HostReturns(_, outage) => self.host_returns(outage, ctx),
        }
    }

    #[inline(never)]
    fn release(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let instance = ctx.attempts[id].instance();
        self.fleet.end(instance, ctx.now());
        self.freed(instance, false, ctx);
    }

    #[inline(never)]
    fn cancel(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let attempt = &mut ctx.attempts[id];
        let (application, bound) = (attempt.application, attempt.place != u32::MAX);
        let stage = std::mem::replace(&mut attempt.stage, Stage::Cancelled);
        if stage == Stage::Serving {
            let stopped = self.fleet.stop_computing(id, attempt.instance(), ctx.agenda);
            self.release(id, ctx);
            if stopped {
                ctx.attempts.remove(id);
            }
            return;
        }
        self.waiting.sub(ctx.now(), 1);
        if bound {
            // Its row is freed by the container that resumes for it.
            return;
        }
        match self.calls[id.index()].runner {
            None => self.wake(id, application),
            Some(host) => self.leave(id, application, host, ctx),
        }
        ctx.attempts.remove(id);
    }
}
