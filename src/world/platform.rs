//! The platforms of a world, and how it speaks to each kind.

use super::{Event, PlatformKind, Specification, World, WorldAgenda};
use crate::kernel::{Class, Seed, Span, Time};
use crate::metric::{Bill, Doing, InstanceRow, Named, PlatformFigures, SeriesRow};
use crate::model::{AttemptId, PlatformNumber};
use crate::platform::{Context, Faas, Servers, faas, fleet, servers};
use crate::pricing::{Prices, Usage};

/// A running platform.
pub(super) struct Platform {
    name: String,
    prices: Prices,
    pub(super) kind: Kind,
    /// Attempts whose service began since the start or the end of the warm-up.
    pub(super) begun: u64,
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
            Self { name: name.clone(), prices: platform.prices, kind, begun: 0 }
        };
        spec.platforms.iter().enumerate().map(platform).collect()
    }

    /// Whether requests are served by instances, so that a start is cold or warm.
    #[inline(always)]
    pub(super) fn has_instances(&self) -> bool {
        matches!(self.kind, Kind::Faas(_))
    }

    /// Whether requests are balanced over servers, so that it matters what they stick to.
    #[inline]
    pub(super) fn balances(&self) -> bool {
        matches!(&self.kind, Kind::Servers(servers) if servers.balances())
    }

    pub(super) fn restart(&mut self, now: Time) {
        self.begun = 0;
        match &mut self.kind {
            Kind::Servers(servers) => servers.restart(now),
            Kind::Faas(faas) => faas.restart(now),
        }
    }

    pub(super) fn outcome(&self, end: Time, time: Span) -> Named<(PlatformFigures, Bill)> {
        let figures = match &self.kind {
            Kind::Servers(servers) => PlatformFigures::of_servers(servers, self.begun, end),
            Kind::Faas(faas) => PlatformFigures::of_faas(faas, self.begun, end),
        };
        let usage = Usage {
            requests: figures.begun,
            busy_memory: figures.instances.map_or(0, |instances| instances.busy_memory.area),
            servers: figures.servers.map_or(0, |servers| servers.servers),
            hosts: figures.instances.and_then(|i| i.hosts).map_or(0, |hosts| hosts.hosts),
            time,
        };
        let bill = Bill { lines: self.prices.bill(&usage) };
        Named { name: self.name.clone(), of: (figures, bill) }
    }

    /// From now on keeps the periods in the lives of instances.
    pub(super) fn keep_periods(&mut self) {
        if let Kind::Faas(faas) = &mut self.kind {
            faas.fleet_mut().keep_periods();
        }
    }

    /// The periods that have ended, and at the `end` of a run those that have not.
    fn take_periods(&mut self, end: Option<Time>) -> Vec<fleet::Period> {
        let Kind::Faas(faas) = &mut self.kind else { return Vec::new() };
        let mut periods: Vec<_> = faas.fleet_mut().take_periods().collect();
        periods.extend(end.into_iter().flat_map(|end| faas.fleet().open_periods(end)));
        periods
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
            begun: self.begun,
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
        let (platform, service) = (self.attempts[id].platform, self.attempts[id].service);
        let application = self.services[service.index()].application;
        on_platform!(self, platform, agenda, |ctx| {
            servers => servers.offer(id, ctx),
            faas => faas.offer(id, application, ctx),
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
        let (platform, service) = (self.attempts[id].platform, self.attempts[id].service);
        let application = self.services[service.index()].application;
        on_platform!(self, platform, agenda, |ctx| {
            servers => servers.cancel(id, ctx),
            faas => faas.cancel(id, application, ctx),
        });
    }

    /// Hands an event to the platform it belongs to.
    #[inline(always)]
    pub(super) fn handle_platform(&mut self, event: Event, agenda: &mut impl WorldAgenda) {
        let number = match event {
            Event::ServersServed(attempt) | Event::FaasServed(attempt) => {
                self.attempts[attempt].platform
            }
            Event::ServersShared(platform, _)
            | Event::InstanceReady(platform, _)
            | Event::InstanceExpire(platform, _)
            | Event::ApplicationReview(platform, _) => platform,
            _ => unreachable!("{event:?} is not an event of a platform"),
        };
        on_platform!(self, number, agenda, |ctx| {
            servers => match event {
                Event::ServersServed(id) => servers.handle(servers::Event::Served(id), ctx),
                Event::ServersShared(platform, station) => {
                    servers.handle(servers::Event::Shared(platform, station), ctx);
                }
                _ => unreachable!("{event:?} is not an event of servers"),
            },
            faas => match event {
                Event::FaasServed(id) => faas.handle(faas::Event::Served(id), ctx),
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

    /// Tells the recorder of the periods in the lives of instances that have ended, and at the
    /// `end` of a run of those that have not.
    pub(super) fn tell_periods(&mut self, end: Option<Time>) {
        let Some(recorder) = &mut self.recorder else { return };
        for (platform, spec) in self.platforms.iter_mut().zip(&self.spec.platforms) {
            let PlatformKind::Faas(faas, applications) = &spec.kind else { continue };
            for period in platform.take_periods(end) {
                recorder.period(&InstanceRow {
                    platform: &spec.name,
                    instance: period.instance,
                    host: (!faas.fleet.hosts.is_empty()).then_some(period.host.number()),
                    application: &applications[period.application.index()].name,
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
