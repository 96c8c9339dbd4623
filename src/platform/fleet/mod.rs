//! The fleet: instances on hosts, through starting, busy, idle, paused and gone. The one mechanism
//! that whatever runs on instances shares.

mod ahead;
mod check;
mod cpu;
mod end;
mod faults;
mod figures;
mod hosts;
mod instance;
mod lifetime;
pub(super) mod lists;
mod on_host;
mod period;
mod pool;
mod provisioned;
mod room;
mod spec;
mod wear;
mod window;

pub use cpu::CpuShare;
pub use faults::FaultSpec;
pub use figures::FleetFigures;
pub use hosts::{BOUNDLESS, HostSpec};
pub use instance::{Instance, Standing, State};
pub use period::Period;
pub use pool::WhichIdle;
pub use spec::{ApplicationSpec, Event, FleetSpec, PauseSpec, WindowFrom};

use cpu::SharedCpu;
use faults::Faults;
use hosts::Hosts;
use instance::{Instances, view};
use lifetime::{Lifetimes, timeouts};
use period::Periods;
use pool::Pools;
use provisioned::Provisions;
use wear::Wears;

use crate::kernel::{Agenda, Seed, Span, Time, Timer};
use crate::model::{ApplicationId, InstanceId, PlatformNumber};
use crate::policy::eviction::Eviction;
use crate::policy::keep_alive::KeepAlive;
use crate::policy::placement::Need;
use crate::quantity::{Bytes, Millicpu};

/// An application at run time.
#[derive(Debug)]
struct Application {
    need: Need,
    /// How many instances it has at most.
    most: u64,
    starting: u32,
    starts: u64,
    /// Its instances, in whatever state.
    live: u32,
    /// How many it has at least, by the plan of the keep-alive policy.
    least: u32,
    /// How many instances eviction leaves alone for that, where the plan is a promise.
    kept: u32,
    /// How many are provisioned, and how many of these are starting.
    provisioned: u32,
    provisioning: u32,
    /// Whether it has none ahead of requests, as a version that is not in use.
    waits: bool,
    /// When that policy is asked again.
    review: Option<Time>,
    timer: Timer,
}

/// A running fleet.
#[derive(Debug)]
pub struct Fleet {
    number: PlatformNumber,
    concurrency: u32,
    most: u64,
    keep_alive: Box<dyn KeepAlive>,
    pause: Option<PauseSpec>,
    eviction: Box<dyn Eviction>,
    evicts: bool,
    /// Whether eviction leaves alone what plans keep.
    promises: bool,
    follows_uses: bool,
    applications: Vec<Application>,
    /// Where instances live for a time: how long, by chance of their application's own.
    lifetimes: Option<Lifetimes>,
    /// Where applications have provisioned instances: how many, and when they start.
    provisions: Option<Box<Provisions>>,
    /// By application, where any has one: how long a request is served before it is cut.
    timeouts: Option<Box<[Span]>>,
    /// Where any wears out: how.
    wears: Option<Box<Wears>>,
    instances: Instances,
    pools: Pools,
    hosts: Hosts,
    /// Where containers share the CPU of their host.
    cpu: Option<Box<SharedCpu>>,
    /// Where hosts fail.
    faults: Option<Box<Faults>>,
    created: u64,
    /// Since when is measured.
    since: Time,
    periods: Periods,
    /// Instances that are about to go; empty between two changes.
    going: Vec<InstanceId>,
    /// What was measured.
    pub figures: FleetFigures,
}

impl Fleet {
    /// The deadline of an instance that does not go by itself.
    const NEVER: Time = Time::from_nanos(u64::MAX);

    /// An empty fleet for these applications; `name` is the platform's and names its streams.
    pub fn new(
        number: PlatformNumber,
        name: &str,
        spec: FleetSpec,
        applications: &[ApplicationSpec],
        seed: Seed,
    ) -> Self {
        let key = seed.key(&format!("platform.{name}.placement"));
        let evicts = spec.eviction.evicts();
        let application = |spec: &ApplicationSpec| Application {
            // The hash of the name alone, so that the seed does not move the home hosts.
            need: Need {
                cpu: spec.cpu,
                memory: spec.memory,
                application: Seed::new(0).key(&spec.name).number(),
            },
            most: spec.max_instances.unwrap_or(u64::MAX),
            starting: 0,
            starts: 0,
            live: 0,
            least: 0,
            kept: 0,
            provisioned: 0,
            provisioning: 0,
            waits: spec.version_of.is_some(),
            review: None,
            timer: Timer::default(),
        };
        let mut keep_alive = spec.keep_alive;
        keep_alive.start(applications.len(), seed.key(&format!("platform.{name}.keep_alive")));
        let hosts = Hosts::new(&spec.hosts, spec.placement, evicts, key);
        let size = (applications.len(), spec.by_host);
        let lifetimes = spec.max_lifetime.map(|of| Lifetimes::new(of, name, applications, seed));
        let uses = applications.iter().map(|application| application.cpu_use);
        let cpu = SharedCpu::new(&spec.cpu_shares, uses, &spec.hosts);
        let faults = Faults::new(spec.faults, hosts.count(), seed);
        let provisions = Provisions::new(applications, spec.provisioned_ramp);
        let held = provisions.is_some();
        Self {
            number,
            concurrency: spec.concurrency,
            pause: spec.pause,
            most: spec.max_instances.unwrap_or(u64::MAX),
            promises: keep_alive.promises(),
            keep_alive,
            applications: applications.iter().map(application).collect(),
            hosts,
            cpu,
            faults,
            evicts,
            follows_uses: spec.eviction.follows_uses(),
            eviction: spec.eviction,
            instances: Instances::default(),
            lifetimes,
            provisions,
            timeouts: timeouts(applications),
            wears: Wears::new(applications),
            pools: Pools::new(spec.which_idle, spec.concurrency, size, held),
            created: 0,
            since: Time::ZERO,
            periods: Periods::default(),
            going: Vec::new(),
            figures: FleetFigures::default(),
        }
    }

    /// Forgets what was measured so far.
    pub fn restart(&mut self, now: Time) {
        self.since = now;
        self.figures.restart(now);
        self.periods.restart(now);
    }

    /// An instance that exists.
    pub fn instance(&self, id: InstanceId) -> &Instance {
        &self.instances[id]
    }

    /// Instances that exist.
    pub fn len(&self) -> usize {
        self.instances.len()
    }

    /// Whether no instance exists.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many requests an instance serves at once.
    pub fn concurrency(&self) -> u32 {
        self.concurrency
    }

    /// Whether idle instances are paused.
    pub fn pauses(&self) -> bool {
        self.pause.is_some()
    }

    /// Whether an idle instance may go to make room for another.
    pub fn evicts(&self) -> bool {
        self.evicts
    }

    /// Whether CPU of hosts is counted: instances of some application reserve it, or containers share it.
    pub fn counts_cpu(&self) -> bool {
        self.cpu.is_some()
            || self.applications.iter().any(|application| application.need.cpu > Millicpu::ZERO)
    }

    /// Memory and CPU of all hosts; `None` where there is no limit.
    pub fn capacity(&self) -> Option<(Bytes, Millicpu)> {
        self.hosts.capacity()
    }

    /// Hosts; 0 where there is no limit.
    pub fn host_count(&self) -> usize {
        self.hosts.capacity().map_or(0, |_| self.hosts.count())
    }

    /// What an instance of this application needs.
    pub fn need(&self, application: ApplicationId) -> &Need {
        &self.applications[application.index()].need
    }

    /// Instances of this application that are starting for requests, or ahead of them; those that
    /// will be provisioned are none of them.
    pub fn starting(&self, application: ApplicationId) -> u32 {
        let row = &self.applications[application.index()];
        row.starting - row.provisioning
    }

    /// Instances of this application that were ever started.
    pub fn starts(&self, application: ApplicationId) -> u64 {
        self.applications[application.index()].starts
    }

    /// Whether this application has as many instances as it may.
    pub fn is_at_most(&self, application: ApplicationId) -> bool {
        let application = &self.applications[application.index()];
        u64::from(application.live) >= application.most
    }

    /// The instance with room that takes the next request of this application.
    #[inline(always)]
    pub fn pick(&mut self, application: ApplicationId) -> Option<InstanceId> {
        if self.provisions.is_some()
            && let Some(id) = self.pick_provisioned(application)
        {
            return Some(id);
        }
        self.pools.pick(application, &mut self.instances)
    }

    /// An instance that is starting, to bind attempts to it.
    pub(super) fn bound_mut(&mut self, id: InstanceId) -> &mut Instance {
        &mut self.instances[id]
    }

    /// Starts an instance of `application` that will be ready after `cold_start`, if it may have one
    /// more, and room is found or can be made; [`Event::Ready`] is scheduled if the start takes any
    /// time, otherwise the caller calls [`ready`](Self::ready) at once.
    pub fn start(
        &mut self,
        application: ApplicationId,
        standing: Standing,
        cold_start: Span,
        agenda: &mut impl Agenda<Event>,
    ) -> Option<InstanceId> {
        if self.is_at_most(application) {
            return None;
        }
        let need = self.applications[application.index()].need;
        let host = self.find_room(&need, agenda.now())?;
        Some(self.start_as(application, standing, host, cold_start, agenda))
    }

    /// An instance has started or resumed; it serves nobody yet, and has to [`begin`](Self::begin) or
    /// [`rest`](Self::rest) next.
    pub fn ready(&mut self, id: InstanceId, now: Time) {
        let instance = &mut self.instances[id];
        if instance.state == State::Resuming {
            return self.resumed(id, now);
        }
        debug_assert_eq!(instance.state, State::Starting, "{id:?} is ready twice");
        self.periods.end(instance, now);
        instance.state = State::Idle;
        instance.idle_since = now;
        let application = &mut self.applications[instance.application.index()];
        application.starting -= 1;
        if instance.standing == Standing::Provisioned {
            application.provisioning -= 1;
            self.figures.provisioned.add(now, 1);
        }
        let need = &application.need;
        self.figures.starting.sub(now, 1);
        self.figures.starting_memory.sub(now, need.memory.get());
        self.hosts.started(instance.seat(id), need);
        self.pools.used(instance, id, true);
    }

    /// An instance with room begins to serve one more request.
    #[inline(always)]
    pub fn begin(&mut self, id: InstanceId, now: Time) {
        let instance = &mut self.instances[id];
        debug_assert!(instance.active < self.concurrency, "{id:?} has no room");
        instance.active += 1;
        instance.uses += 1;
        let room = instance.active < self.concurrency;
        let need = &self.applications[instance.application.index()].need;
        if instance.state == State::Idle {
            self.periods.end(instance, now);
            instance.state = State::Busy;
            self.hosts.now_busy(instance.seat(id), need);
            self.figures.busy.add(now, 1);
            self.figures.busy_memory.add(now, need.memory.get());
            if need.cpu > Millicpu::ZERO && self.cpu.is_none() {
                self.figures.busy_cpu.add(now, need.cpu.get());
            }
            if instance.standing == Standing::Provisioned {
                self.figures.busy_provisioned.add(now, 1);
            }
        }
        self.pools.used(instance, id, room);
        if self.follows_uses {
            self.eviction.used(&view(&self.applications, &self.instances, id));
        }
    }

    /// An instance has served one of its requests; if it serves none any more it has to
    /// [`begin`](Self::begin) or [`rest`](Self::rest) next.
    #[inline(always)]
    pub fn end(&mut self, id: InstanceId, now: Time) {
        let instance = &mut self.instances[id];
        debug_assert!(instance.active > 0, "{id:?} serves nobody");
        instance.active -= 1;
        let need = &self.applications[instance.application.index()].need;
        if instance.active == 0 {
            self.periods.end(instance, now);
            instance.state = State::Idle;
            instance.idle_since = now;
            self.hosts.now_idle(instance.seat(id), need);
            self.figures.busy.sub(now, 1);
            self.figures.busy_memory.sub(now, need.memory.get());
            if need.cpu > Millicpu::ZERO && self.cpu.is_none() {
                self.figures.busy_cpu.sub(now, need.cpu.get());
            }
            if instance.standing == Standing::Provisioned {
                self.figures.busy_provisioned.sub(now, 1);
            }
        }
        self.pools.used(instance, id, true);
    }
}
