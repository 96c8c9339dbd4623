//! The platforms of a world, and how it speaks to each kind.

use super::{Event, PlatformKind, Specification, World, WorldAgenda};
use crate::kernel::{Class, Seed, Span, Time};
use crate::metric::{Bill, Doing, InstanceRow, Named, PlatformFigures, SeriesRow};
use crate::model::{AttemptId, PlatformNumber};
use crate::platform::{Context, Faas, Servers, faas, fleet, servers};
use crate::pricing::{Tariff, Usage};

/// A running platform.
pub(super) struct Platform {
    name: String,
    tariffs: Vec<Tariff>,
    pub(super) kind: Kind,
}

/// What kind of platform runs.
pub(super) enum Kind {
    Servers(Box<Servers>),
    Faas(Box<Faas>),
}

impl Platform {
    /// All platforms of a scenario at time zero.
    pub(super) fn all(spec: &Specification, seed: Seed) -> Vec<Self> {
        let platform = |(number, platform): (usize, &super::PlatformSpec)| {
            let number = PlatformNumber::try_from(number).expect("checked by validation");
            let name = &platform.name;
            let kind = match &platform.kind {
                PlatformKind::Servers(servers) => {
                    Kind::Servers(Box::new(Servers::new(number, name, servers.clone(), seed)))
                }
                PlatformKind::Faas(faas, applications) => {
                    Kind::Faas(Box::new(Faas::new(number, name, faas.clone(), applications, seed)))
                }
            };
            Self { name: name.clone(), tariffs: platform.tariffs.clone(), kind }
        };
        let mut platforms: Vec<Self> = spec.platforms.iter().enumerate().map(platform).collect();
        platforms.iter_mut().for_each(Self::count);
        platforms
    }

    /// Lets the time of instances be counted, where that is charged.
    fn count(&mut self) {
        let metering = self.tariffs.iter().find_map(|tariff| tariff.metering);
        if let (Kind::Faas(faas), Some(metering)) = (&mut self.kind, metering) {
            faas.fleet_mut().count(metering);
        }
    }

    /// Whether requests are balanced over servers, so that it matters what they stick to.
    #[inline]
    pub(super) fn balances(&self) -> bool {
        matches!(&self.kind, Kind::Servers(servers) if servers.balances())
    }

    pub(super) fn restart(&mut self, now: Time) {
        match &mut self.kind {
            Kind::Servers(servers) => servers.restart(now),
            Kind::Faas(faas) => faas.restart(now),
        }
    }

    pub(super) fn outcome(&self, end: Time, time: Span) -> Named<(PlatformFigures, Bill)> {
        let figures = match &self.kind {
            Kind::Servers(servers) => PlatformFigures::of_servers(servers, end),
            Kind::Faas(faas) => PlatformFigures::of_faas(faas, end),
        };
        let mut usage = Usage {
            requests: figures.begun,
            busy_memory: figures.instances.map_or(0, |instances| instances.busy_memory.area),
            time,
            ..Usage::default()
        };
        if let Kind::Faas(faas) = &self.kind {
            faas.fleet().tell_usage(&mut usage, end);
        }
        let bill = Bill::of(&self.tariffs, &usage);
        Named { name: self.name.clone(), of: (figures, bill) }
    }

    /// Attempts whose service began since the start or the end of the warm-up.
    pub(super) fn begun(&self) -> u64 {
        match &self.kind {
            Kind::Servers(servers) => servers.begun,
            Kind::Faas(faas) => faas.begun,
        }
    }

    /// From now on keeps the periods in the lives of instances.
    pub(super) fn keep_periods(&mut self) {
        if let Kind::Faas(faas) = &mut self.kind {
            faas.fleet_mut().keep_periods();
        }
    }

    /// Takes the periods that have ended.
    fn take_periods(&mut self) -> Vec<fleet::Period> {
        match &mut self.kind {
            Kind::Servers(_) => Vec::new(),
            Kind::Faas(faas) => faas.fleet_mut().take_periods().collect(),
        }
    }

    /// The periods that would end now.
    fn open_periods(&self, now: Time) -> Vec<fleet::Period> {
        match &self.kind {
            Kind::Servers(_) => Vec::new(),
            Kind::Faas(faas) => faas.fleet().open_periods(now),
        }
    }

    fn row(&self, time: Time) -> SeriesRow<'_> {
        let (queue_length, busy, fleet) = match &self.kind {
            Kind::Servers(servers) => (servers.waiting.value(), servers.busy.value(), None),
            Kind::Faas(faas) => {
                let figures = &faas.fleet().figures;
                (faas.waiting.value(), figures.busy.value(), Some(figures))
            }
        };
        SeriesRow {
            time,
            platform: &self.name,
            queue_length,
            busy,
            instances: fleet.map(|figures| figures.instances.value()),
            starting: fleet.map(|figures| figures.starting.value()),
            begun: self.begun(),
        }
    }
}

/// Runs `$call` on the platform of kind servers or faas, with a context made of the world's parts.
macro_rules! on_platform {
    ($world:expr, $number:expr, $agenda:expr, |$ctx:ident| {
        $servers:ident => $with_servers:expr,
        $faas:ident => $with_faas:expr $(,)?
    }) => {{
        let $ctx = &mut Context {
            agenda: $agenda,
            attempts: &mut $world.attempts,
            outbox: &mut $world.outbox,
        };
        match &mut $world.platforms[usize::from($number)].kind {
            Kind::Servers($servers) => $with_servers,
            Kind::Faas($faas) => $with_faas,
        }
    }};
}

impl World<'_> {
    /// Lets platforms start what is to be there before the first request.
    pub(super) fn start_platforms(&mut self, agenda: &mut impl WorldAgenda) {
        for number in 0..self.platforms.len() {
            on_platform!(self, number, agenda, |ctx| {
                _servers => {},
                faas => faas.start_run(ctx),
            });
        }
    }

    /// Offers an attempt to its platform.
    #[inline(always)]
    pub(super) fn offer(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let platform = self.attempts[id].platform;
        on_platform!(self, platform, agenda, |ctx| {
            servers => servers.offer(id, ctx),
            faas => faas.offer(id, ctx),
        });
    }

    /// Frees what an attempt holds on its platform.
    #[inline(always)]
    pub(super) fn release(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let platform = self.attempts[id].platform;
        on_platform!(self, platform, agenda, |ctx| {
            servers => servers.release(id, ctx),
            faas => faas.release(id, ctx),
        });
    }

    /// Cancels an attempt that waits or is served on its platform.
    pub(super) fn cancel_on_platform(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let platform = self.attempts[id].platform;
        on_platform!(self, platform, agenda, |ctx| {
            servers => servers.cancel(id, ctx),
            faas => faas.cancel(id, ctx),
        });
    }

    /// The own demand of an attempt is served.
    #[inline(always)]
    pub(super) fn served(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let platform = self.attempts[id].platform;
        on_platform!(self, platform, agenda, |ctx| {
            servers => servers.handle(servers::Event::Served(id), ctx),
            faas => faas.handle(faas::Event::Served(id), ctx),
        });
    }

    /// Hands another event to the platform it belongs to.
    pub(super) fn handle_platform(
        &mut self,
        number: PlatformNumber,
        event: Event,
        agenda: &mut impl WorldAgenda,
    ) {
        on_platform!(self, number, agenda, |ctx| {
            servers => match event {
                Event::ServersShared(platform, station) => {
                    servers.handle(servers::Event::Shared(platform, station), ctx);
                }
                _ => unreachable!("{event:?} is not an event of servers"),
            },
            faas => match event {
                Event::FaasImpatient(platform, line) => {
                    faas.handle(faas::Event::Impatient(platform, line), ctx);
                }
                Event::FaasPermitted(platform) => {
                    faas.handle(faas::Event::Permitted(platform), ctx);
                }
                Event::InstanceReady(platform, id) => {
                    faas.handle_fleet(fleet::Event::Ready(platform, id), ctx);
                }
                Event::InstanceExpire(platform, id) => {
                    faas.handle_fleet(fleet::Event::Expire(platform, id), ctx);
                }
                Event::ApplicationReview(platform, id) => {
                    faas.handle_fleet(fleet::Event::Review(platform, id), ctx);
                }
                _ => unreachable!("{event:?} is not an event of functions"),
            },
        });
    }

    /// Samples the levels of all platforms, and will do so again.
    pub(super) fn sample(&mut self, agenda: &mut impl WorldAgenda) {
        let now = agenda.now();
        if let Some(recorder) = &mut self.recorder {
            for platform in &self.platforms {
                recorder.sample(&platform.row(now));
            }
        }
        if let Some(every) = self.spec.output.series {
            agenda.schedule(now + every, Class::Control, Event::Sample);
        }
    }

    /// Tells the recorder of all levels and of the periods in the lives of instances that have ended,
    /// as far as it is to be told of them.
    #[inline(never)]
    pub(super) fn tell_platforms(&mut self, now: Time) {
        self.tell_periods(Platform::take_periods);
        if let Some(recorder) = self.recorder.as_mut().filter(|_| self.spec.output.levels) {
            for platform in &self.platforms {
                recorder.levels(&platform.row(now));
            }
        }
    }

    /// Tells the recorder of the periods that have not ended at the `end` of a run.
    pub(super) fn tell_open_periods(&mut self, end: Time) {
        if self.spec.output.instances {
            self.tell_periods(|platform| platform.open_periods(end));
        }
    }

    /// Tells the recorder of periods in the lives of instances.
    fn tell_periods(&mut self, of: impl Fn(&mut Platform) -> Vec<fleet::Period>) {
        let Some(recorder) = &mut self.recorder else { return };
        for (platform, spec) in self.platforms.iter_mut().zip(&self.spec.platforms) {
            let PlatformKind::Faas(faas, applications) = &spec.kind else { continue };
            for period in of(platform) {
                recorder.period(&InstanceRow {
                    platform: &spec.name,
                    instance: period.instance,
                    host: (!faas.fleet.hosts.is_empty()).then_some(period.host.number()),
                    application: &applications[period.application.index()].name,
                    started: period.started,
                    doing: match period.state {
                        fleet::State::Starting => Doing::Cold,
                        fleet::State::Busy => Doing::Busy,
                        fleet::State::Idle | fleet::State::Gone => Doing::Idle,
                    },
                    from: period.from,
                    to: period.to,
                });
            }
        }
    }
}
