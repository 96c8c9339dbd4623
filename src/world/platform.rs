//! The platforms of a world, and how it speaks to each kind.

use super::{Event, PlatformKind, Specification, World, WorldAgenda};
use crate::kernel::{Class, Seed, Span, Time};
use crate::metric::{Bill, Doing, InstanceRow, Named, PlatformFigures, SeriesRow};
use crate::model::{ApplicationId, Attempt, AttemptId, NOWHERE, PlatformNumber};
use crate::platform::orchestrator::Watched;
use crate::platform::{
    self, Context, Faas, FnProject, Handover, Openwhisk, Orchestrator, PiCloud, Serve, ServerGroup,
    Servers, fleet,
};
use crate::policy::release::Strategy;
use crate::pricing::{Tariff, Usage};
use crate::stats::Level;

/// A running platform.
pub(super) struct Platform {
    name: String,
    tariffs: Vec<Tariff>,
    pub(super) kind: Kind,
}

/// What kind of platform runs.
pub(super) enum Kind {
    Servers(Box<Servers>),
    Group(Box<ServerGroup>),
    Faas(Box<Faas>),
    Openwhisk(Box<Openwhisk>),
    Fn(Box<FnProject>),
    PiCloud(Box<PiCloud>),
    Orchestrator(Box<Orchestrator>),
}

/// Evaluates one expression for the platform of whatever kind: a line a kind.
macro_rules! on_kind {
    ($kind:expr, $platform:ident => $what:expr) => {
        match $kind {
            Kind::Servers($platform) => $what,
            Kind::Group($platform) => $what,
            Kind::Faas($platform) => $what,
            Kind::Openwhisk($platform) => $what,
            Kind::Fn($platform) => $what,
            Kind::PiCloud($platform) => $what,
            Kind::Orchestrator($platform) => $what,
        }
    };
}

impl Kind {
    /// A platform at time zero; `name` names its streams.
    fn new(number: PlatformNumber, name: &str, kind: &PlatformKind, seed: Seed) -> Self {
        match kind {
            PlatformKind::Servers(spec) if spec.group.is_some() => {
                Self::Group(Box::new(ServerGroup::new(number, name, spec.clone(), seed)))
            }
            PlatformKind::Servers(spec) => {
                Self::Servers(Box::new(Servers::new(number, name, spec.clone(), seed)))
            }
            PlatformKind::Faas(spec, applications) => {
                Self::Faas(Box::new(Faas::new(number, name, spec.clone(), applications, seed)))
            }
            PlatformKind::Fn(spec, applications) => {
                Self::Fn(Box::new(FnProject::new(number, name, spec.clone(), applications, seed)))
            }
            PlatformKind::Openwhisk(spec, applications) => Self::Openwhisk(Box::new(
                Openwhisk::new(number, name, spec.clone(), applications, seed),
            )),
            PlatformKind::PiCloud(spec) => {
                Self::PiCloud(Box::new(PiCloud::new(number, name, spec.clone(), seed)))
            }
            PlatformKind::Orchestrator(spec) => {
                let platform = Orchestrator::new(number, name, spec.as_ref().clone(), seed);
                Self::Orchestrator(Box::new(platform))
            }
        }
    }

    /// The platform, to ask it.
    pub(super) fn asked(&self) -> &dyn platform::Platform {
        on_kind!(self, platform => &**platform)
    }

    /// The platform, to change what is measured of it.
    pub(super) fn asked_mut(&mut self) -> &mut dyn platform::Platform {
        on_kind!(self, platform => &mut **platform)
    }
}

impl Platform {
    /// All platforms of a scenario at time zero.
    pub(super) fn all(spec: &Specification, seed: Seed) -> Vec<Self> {
        let platform = |(number, platform): (usize, &super::PlatformSpec)| {
            let number = PlatformNumber::try_from(number).expect("checked by validation");
            let kind = Kind::new(number, &platform.name, &platform.kind, seed);
            Self { name: platform.name.clone(), tariffs: platform.tariffs.clone(), kind }
        };
        let mut platforms: Vec<Self> = spec.platforms.iter().enumerate().map(platform).collect();
        platforms.iter_mut().for_each(Self::count);
        platforms
    }

    /// Lets the time of instances and hosts be counted, where that is charged.
    fn count(&mut self) {
        let metering = self.tariffs.iter().find_map(|tariff| tariff.metering);
        if let Some(metering) = metering {
            self.kind.asked_mut().count(metering);
        }
        let mut leases = Vec::new();
        for lease in self.tariffs.iter().flat_map(Tariff::leases) {
            if !leases.contains(&lease) {
                leases.push(lease);
                self.kind.asked_mut().count_leases(lease);
            }
        }
    }

    /// What is known of the pod that is watched on it, if one is.
    pub(super) fn watched(&self) -> Option<Named<Watched>> {
        self.kind.asked().watched().map(|of| Named { name: self.name.clone(), of })
    }

    /// The figures at `end`; `others` are messages beside the first of each batch.
    fn outcome(&self, others: u64, end: Time, time: Span) -> Named<(PlatformFigures, Bill)> {
        let platform = self.kind.asked();
        let figures = PlatformFigures::of(platform, end);
        let mut usage = Usage {
            requests: figures.begun,
            balanced: figures.begun,
            messages: figures.begun + others,
            busy_memory: figures.instances.map_or(0, |instances| instances.busy_memory.area),
            time,
            ..Usage::default()
        };
        platform.tell_usage(&mut usage, end);
        let bill = Bill::of(&self.tariffs, &usage);
        Named { name: self.name.clone(), of: (figures, bill) }
    }

    /// Attempts whose service began since the start or the end of the warm-up.
    pub(super) fn begun(&self) -> u64 {
        self.kind.asked().begun()
    }

    /// From now on keeps the periods in the lives of instances.
    pub(super) fn keep_periods(&mut self) {
        self.kind.asked_mut().keep_periods();
    }

    /// Takes the periods that have ended.
    fn take_periods(&mut self) -> Vec<fleet::Period> {
        self.kind.asked_mut().take_periods()
    }

    /// The periods that would end now.
    fn open_periods(&self, now: Time) -> Vec<fleet::Period> {
        self.kind.asked().open_periods(now)
    }

    fn row(&self, time: Time) -> SeriesRow<'_> {
        let platform = self.kind.asked();
        let (figures, group) = (platform.figures(), platform.group());
        let busy = platform.servers().map(|(_, busy)| busy).or(figures.map(|fleet| &fleet.busy));
        SeriesRow {
            time,
            platform: &self.name,
            queue_length: platform.waiting().value(),
            busy: busy.map_or(0, Level::value),
            instances: figures
                .map(|figures| figures.instances.value())
                .or(group.map(|group| group.servers.value())),
            starting: figures
                .map(|figures| figures.starting.value())
                .or(group.map(|group| group.booting.value())),
            begun: platform.begun(),
            cluster: None,
        }
    }
}

/// Runs one expression on a platform of whatever kind, with a context made of the world's parts.
macro_rules! on_platform {
    ($world:expr, $number:expr, $agenda:expr, |$platform:ident, $ctx:ident| $what:expr) => {{
        let $ctx = &mut Context {
            agenda: $agenda,
            attempts: &mut $world.attempts,
            outbox: &mut $world.outbox,
        };
        on_kind!(&mut $world.platforms[usize::from($number)].kind, $platform => $what)
    }};
}

impl World<'_> {
    /// Lets platforms start what is to be there before the first request.
    pub(super) fn start_platforms(&mut self, agenda: &mut impl WorldAgenda) {
        for number in 0..self.platforms.len() {
            on_platform!(self, number, agenda, |platform, ctx| platform.start_run(ctx));
        }
    }

    /// The figures of all platforms at `end`, and their bills for the measured `time`.
    pub(super) fn platform_outcomes(
        &self,
        end: Time,
        time: Span,
    ) -> Vec<Named<(PlatformFigures, Bill)>> {
        let others = self.other_messages();
        let platforms = self.platforms.iter().zip(others);
        platforms.map(|(platform, others)| platform.outcome(others, end, time)).collect()
    }

    /// Offers an attempt to its platform.
    #[inline(always)]
    pub(super) fn offer(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let number = self.attempts[id].platform;
        on_platform!(self, number, agenda, |platform, ctx| platform.offer(id, ctx));
    }

    /// Frees what an attempt holds on its platform.
    #[inline(always)]
    pub(super) fn release(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let number = self.attempts[id].platform;
        on_platform!(self, number, agenda, |platform, ctx| platform.release(id, ctx));
    }

    /// Cancels an attempt that waits or is served on its platform.
    pub(super) fn cancel_on_platform(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let number = self.attempts[id].platform;
        on_platform!(self, number, agenda, |platform, ctx| platform.cancel(id, ctx));
    }

    /// The own demand of an attempt is served.
    #[inline(always)]
    pub(super) fn served(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let number = self.attempts[id].platform;
        on_platform!(self, number, agenda, |platform, ctx| platform.served(id, ctx));
    }

    /// Lets a platform hand over from one application to another.
    pub(super) fn hand_over(
        &mut self,
        number: PlatformNumber,
        (handover, strategy): (Handover, Box<dyn Strategy>),
        agenda: &mut impl WorldAgenda,
    ) {
        on_platform!(self, number, agenda, |platform, ctx| platform
            .hand_over(handover, strategy, ctx));
    }

    /// Lets an application have instances ahead of requests from now on; whether its platform tells when those are there that
    /// requests wait for.
    pub(super) fn enter_use(
        &mut self,
        number: PlatformNumber,
        application: ApplicationId,
        agenda: &mut impl WorldAgenda,
    ) -> bool {
        on_platform!(self, number, agenda, |platform, ctx| platform.enter(application, ctx))
    }

    /// Lets an application have a share of its instances beside those of another; how long that takes, if it is known.
    pub(super) fn bring_up_beside(
        &mut self,
        number: PlatformNumber,
        (handover, share): (Handover, f64),
        agenda: &mut impl WorldAgenda,
    ) -> Option<Span> {
        on_platform!(self, number, agenda, |platform, ctx| platform.bring_up(handover, share, ctx))
    }

    /// Lets a platform go back to the old application.
    pub(super) fn hand_back(
        &mut self,
        number: PlatformNumber,
        (handover, strategy): (Handover, Box<dyn Strategy>),
        agenda: &mut impl WorldAgenda,
    ) {
        on_platform!(self, number, agenda, |platform, ctx| platform
            .hand_back(handover, strategy, ctx));
    }

    /// Lets it have none from now on.
    pub(super) fn leave_use(
        &mut self,
        number: PlatformNumber,
        application: ApplicationId,
        agenda: &mut impl WorldAgenda,
    ) {
        on_platform!(self, number, agenda, |platform, ctx| platform.leave(application, ctx));
    }

    /// How long an attempt is served, its calls included, before it is cut: for ever if it is at a workflow.
    pub(super) fn timeout(&self, attempt: &Attempt) -> Span {
        if attempt.platform == NOWHERE {
            return Span::MAX;
        }
        let platform = self.platforms[usize::from(attempt.platform)].kind.asked();
        platform.timeout(attempt.application)
    }

    /// Hands another event to the platform it belongs to.
    pub(super) fn handle_platform(
        &mut self,
        number: PlatformNumber,
        event: Event,
        agenda: &mut impl WorldAgenda,
    ) {
        match fleet::Event::try_from(event) {
            Ok(event) => {
                on_platform!(self, number, agenda, |platform, ctx| platform
                    .handle_fleet(event, ctx));
            }
            Err(event) => {
                on_platform!(self, number, agenda, |platform, ctx| platform
                    .handle(own(event), ctx));
            }
        }
    }

    /// Samples the levels of all platforms and what versions served, and will do so again.
    pub(super) fn sample(&mut self, agenda: &mut impl WorldAgenda) {
        let now = agenda.now();
        if let Some(recorder) = &mut self.recorder {
            for platform in &mut self.platforms {
                let cluster = platform.kind.asked_mut().orchestrator().map(|of| of.levels());
                recorder.sample(&SeriesRow { cluster, ..platform.row(now) });
            }
        }
        self.tell_services(now);
        self.tell_versions(now);
        if let Some(every) = self.spec.output.series {
            agenda.schedule(now + every, Class::Control, Event::Sample);
        }
    }

    /// Tells the recorder of all levels and of the periods in the lives of instances that have ended,
    /// as far as it is to be told of them.
    #[inline(never)]
    pub(super) fn tell_platforms(&mut self, now: Time) {
        self.tell_periods(Platform::take_periods);
        self.tell_events();
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
            for period in of(platform) {
                recorder.period(&InstanceRow {
                    platform: &spec.name,
                    instance: period.instance,
                    host: spec.kind.has_hosts().then_some(period.host.number()),
                    application: spec.kind.application(period.application),
                    started: period.started,
                    doing: match period.state {
                        fleet::State::Starting => Doing::Cold,
                        fleet::State::Busy => Doing::Busy,
                        fleet::State::Paused => Doing::Paused,
                        fleet::State::Resuming => Doing::Resuming,
                        fleet::State::Idle | fleet::State::Gone => Doing::Idle,
                    },
                    from: period.from,
                    to: period.to,
                });
            }
        }
    }
}

/// The event as the platform knows it that it belongs to.
fn own<E: TryFrom<Event, Error = Event>>(event: Event) -> E {
    E::try_from(event).unwrap_or_else(|event| unreachable!("{event:?} belongs elsewhere"))
}
