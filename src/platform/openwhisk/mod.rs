//! Apache OpenWhisk: controllers that send each attempt to an invoker, and invokers that have
//! containers for it or let it wait.
//!
//! Source: the sources of Apache OpenWhisk, commit 1fae641a (2026-08-05):
//! `ShardingContainerPoolBalancer.scala`, `ContainerPool.scala`, `ContainerProxy.scala`.

mod asked;
mod balancer;
mod eviction;
mod faults;
mod invoker;
mod spec;
mod stem;

pub use balancer::{Ring, action_hash, java_hash};
pub use spec::{BLACKBOX, Event, OpenwhiskSpec, Reactive, StemCells};

use super::fleet::{self, ApplicationSpec, Fleet, HostSpec};
use super::quota::{QuotaSpec, Quotas};
use super::{Context, Serve, Signal, drawn};
use crate::kernel::{Agenda, Seed, Span, StreamKey};
use crate::model::{ApplicationId, AttemptId, HostId, PlatformNumber, Stage};
use crate::quantity::Bytes;
use crate::stats::Level;
use balancer::{Balancer, Route};
use eviction::LastUsed;
use invoker::Invoker;

/// A list of events that takes those of OpenWhisk and of its containers.
pub trait OpenwhiskAgenda: Agenda<Event> + Agenda<fleet::Event> {}

impl<A> OpenwhiskAgenda for A where A: Agenda<Event> + Agenda<fleet::Event> {}

/// What is known of an action, which is an application here.
#[derive(Debug)]
struct Action {
    hash: u32,
    blackbox: bool,
    /// The kind of stem cells that it may take.
    stem_cells: Option<usize>,
    create: StreamKey,
    init: StreamKey,
}

/// A running platform of OpenWhisk.
///
/// A controller sends each attempt at once to an invoker, by the hash of its action. An invoker gives
/// it a container of its action that rests, or a stem cell, or a new container if it has the memory or
/// can make it by taking idle containers away. Otherwise the attempt waits at the invoker, and all
/// who come after it wait behind it, whatever they need.
#[derive(Debug)]
pub struct Openwhisk {
    number: PlatformNumber,
    fleet: Fleet,
    spec: OpenwhiskSpec,
    /// By controller: what it admits, where anything is bounded.
    quotas: Vec<Quotas>,
    balancer: Balancer,
    invokers: Vec<Invoker>,
    /// By application.
    actions: Vec<Action>,
    /// By number of its row: where an attempt was sent.
    routes: Vec<Option<Route>>,
    resume_key: StreamKey,
    /// Containers that were ever resumed.
    resumed: u64,
    waiting: Level,
    begun: u64,
}

impl Openwhisk {
    /// The platform at the start of a run; `name` names its streams.
    ///
    /// # Panics
    /// If the invokers are not hosts of one make.
    pub fn new(
        number: PlatformNumber,
        name: &str,
        mut spec: OpenwhiskSpec,
        applications: &[ApplicationSpec],
        seed: Seed,
    ) -> Self {
        let [HostSpec { count, memory, .. }] = spec.fleet.hosts[..] else {
            panic!("the invokers are of one make");
        };
        spec.fleet.eviction = Box::new(LastUsed::default());
        let key = |purpose: &str| seed.key(&format!("platform.{name}.{purpose}"));
        let action = |application: &ApplicationSpec| {
            let namespace = &spec.namespaces[application.account as usize];
            let runtime = application.runtime.as_deref();
            let fits = |cells: &StemCells| {
                runtime == Some(&cells.runtime)
                    && applications[cells.application.index()].memory == application.memory
            };
            Action {
                hash: action_hash(namespace, &application.name),
                blackbox: runtime == Some(BLACKBOX),
                stem_cells: spec.stem_cells.iter().position(fits),
                create: key(&format!("create.{}", application.name)),
                init: key(&format!("init.{}", application.name)),
            }
        };
        let fractions = (spec.managed_fraction, spec.blackbox_fraction);
        let stream = key("balance").stream();
        let invoker = || Invoker::new(spec.stem_cells.len());
        Self {
            number,
            quotas: quotas(&spec, applications),
            balancer: Balancer::new((count, memory), spec.controllers, fractions, stream),
            invokers: (0..count).map(|_| invoker()).collect(),
            actions: applications.iter().map(action).collect(),
            fleet: Fleet::new(number, name, spec.fleet.clone(), applications, seed),
            routes: Vec::new(),
            resume_key: key("resume"),
            resumed: 0,
            waiting: Level::default(),
            begun: 0,
            spec,
        }
    }

    fn hosts(&self) -> impl Iterator<Item = HostId> + use<> {
        (0..self.invokers.len()).map(HostId::from_index)
    }

    fn memory(&self, application: ApplicationId) -> Bytes {
        self.fleet.need(application).memory
    }

    /// How long it takes to create the next container of an application.
    fn create(&self, application: ApplicationId) -> Span {
        let key = self.actions[application.index()].create;
        drawn(self.spec.create.as_ref(), key, self.fleet.starts(application))
    }

    /// How long it takes to initialise the next container of an application.
    fn init(&self, application: ApplicationId) -> Span {
        let key = self.actions[application.index()].init;
        drawn(self.spec.init.as_ref(), key, self.fleet.starts(application))
    }

    /// A controller sends an attempt to an invoker; false if none is there.
    fn dispatch<A: OpenwhiskAgenda>(
        &mut self,
        id: AttemptId,
        controller: u32,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let application = ctx.attempts[id].application;
        let memory = self.memory(application);
        let action = &self.actions[application.index()];
        let hash = (action.hash, action.blackbox);
        let Some(route) = self.balancer.send(controller, hash, memory) else { return false };
        if id.index() >= self.routes.len() {
            self.routes.resize(id.index() + 1, None);
        }
        self.routes[id.index()] = Some(route);
        self.arrive(id, route.invoker, ctx);
        true
    }

    /// An attempt that was accepted is over: its slots and its part of the quota are free.
    fn over(&mut self, id: AttemptId, application: ApplicationId) {
        let controller = self.leave_invoker(id, application);
        self.leave_quota(controller, application);
    }

    /// An attempt needs its slots no more; tells which controller sent it.
    fn leave_invoker(&mut self, id: AttemptId, application: ApplicationId) -> u32 {
        let route = self.routes[id.index()].take().expect("an attempt that was sent");
        self.balancer.over(route, self.memory(application));
        route.controller
    }

    fn leave_quota(&mut self, controller: u32, application: ApplicationId) {
        if let Some(quotas) = self.quotas.get_mut(controller as usize) {
            quotas.leave(application);
        }
    }

    /// Cancels an attempt that is waiting or being served; its row is freed by the buffer, the
    /// container or the event that still refers to it.
    fn withdraw<A: OpenwhiskAgenda>(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
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
        let host = self.routes[id.index()].expect("an attempt that was sent").invoker;
        self.over(id, application);
        if !bound {
            self.invokers[host.index()].buffer.bury(ctx);
            self.serve_buffer(host, ctx);
        }
    }
}

/// What each controller admits, which counts alone: its part of the quota of an account.
fn quotas(spec: &OpenwhiskSpec, applications: &[ApplicationSpec]) -> Vec<Quotas> {
    let part = |limit: Option<u64>| limit.map(|limit| part_of(limit, spec.controllers));
    let parts = spec.accounts.iter().map(|account| QuotaSpec {
        concurrency: part(account.concurrency),
        requests_per_minute: part(account.requests_per_minute),
    });
    let parts: Vec<QuotaSpec> = parts.collect();
    (0..spec.controllers).filter_map(|_| Quotas::new(&parts, applications)).collect()
}

/// The part of a limit that each of several controllers has: a fifth more than the limit is shared out, as
/// turns are not fair, and each has at least 1 (`Entitlement.scala`: `overcommit`,
/// `calculateIndividualLimit`).
fn part_of(limit: u64, controllers: u32) -> u64 {
    if controllers == 1 || limit == 0 {
        return limit;
    }
    let dilated = (u128::from(limit) * 6).div_ceil(5) / u128::from(controllers);
    u64::try_from(dilated).unwrap_or(u64::MAX).max(1)
}

impl<A: OpenwhiskAgenda> Serve<A> for Openwhisk {
    type Event = Event;

    fn start_run(&mut self, ctx: &mut Context<'_, A>) {
        self.start_stem_cells(ctx);
        self.fleet.start_faults(ctx.agenda);
    }

    #[inline(never)]
    fn offer(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let application = ctx.attempts[id].application;
        let controller = self.balancer.next_controller();
        if let Some(quotas) = self.quotas.get_mut(controller as usize)
            && !quotas.admit(application, ctx.now())
        {
            ctx.outbox.push(Signal::Refused(id));
            return;
        }
        if !self.dispatch(id, controller, ctx) {
            self.leave_quota(controller, application);
            ctx.outbox.push(Signal::Refused(id));
        }
    }

    #[inline(never)]
    fn handle(&mut self, event: Event, ctx: &mut Context<'_, A>) {
        match event {
            Event::StemCells(_) => self.check_stem_cells(ctx),
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
            fleet::Event::Pause(_, instance) => {
                let host = self.fleet.instance(instance).host;
                if self.fleet.pause(instance, ctx.agenda) {
                    self.serve_buffer(host, ctx);
                }
            }
            fleet::Event::Expire(_, instance) => {
                let host = self.fleet.instance(instance).host;
                if self.fleet.expire(instance, ctx.agenda) {
                    self.serve_buffer(host, ctx);
                }
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
        let attempt = &ctx.attempts[id];
        let (instance, application) = (attempt.instance(), attempt.application);
        self.fleet.end(instance, ctx.now());
        self.over(id, application);
        self.freed(instance, ctx);
    }

    #[inline(never)]
    fn cancel(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        self.withdraw(id, ctx);
    }
}

#[cfg(test)]
mod tests {
    use super::part_of;

    /// 30 are 36 of several controllers, 18 of each of two; 3 are 3.6 and so 4, and of seven none has less
    /// than 1. Nothing stays nothing, and one controller has it all.
    #[test]
    fn controllers_share_a_fifth_more_than_the_limit() {
        let parts = [(30, 1), (30, 2), (3, 2), (3, 7), (0, 2), (60, 7)];
        let parts = parts.map(|(limit, controllers)| part_of(limit, controllers));
        assert_eq!(parts, [30, 18, 2, 1, 0, 10]);
    }
}
