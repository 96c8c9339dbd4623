//! The world: clients, services and platforms put together; the only module that knows all of
//! them.
//!
//! [`run`] is the whole of it for most; [`World`] is for those who drive the events themselves.
//! The path of a request stands in `path.rs`, the plans of calls in `calls.rs` and `workflow.rs`,
//! giving up in `giving_up.rs`, event sources in `deliveries.rs`.

mod calls;
mod check;
mod clients;
mod clusters;
mod deliveries;
mod event;
mod failure;
mod family;
mod figures;
mod giving_up;
mod path;
mod platform;
mod progress;
mod releases;
mod run;
mod source;
mod spec;
mod watch;
mod workflow;

pub use event::{Event, WorldAgenda};
pub use run::{run, run_watched};
pub use spec::{
    CallSpec, ClientSpec, Cycle, FamilySpec, JobSpec, Load, OutputSpec, PlatformKind, PlatformSpec,
    ReleaseSpec, Specification, Target,
};

use crate::kernel::{Arena, Class, Digest, Seed, StreamKey, Time};
use crate::metric::{Recorder, RunOutcome};
use crate::model::{ApplicationId, Attempt, AttemptId, FamilyId, Request, Stage, Stretch};
use crate::platform::{Outbox, Signal};
use crate::stats::Mser;
use clients::Client;
use family::{Family, Service};
use figures::Cells;
use platform::Platform;
use releases::Releases;
use workflow::Courses;

/// A running world. It owns everything; all others hold ids.
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
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
    courses: Courses,
    clients: Vec<Client<'a>>,
    families: Vec<Family<'a>>,
    services: Vec<Service>,
    platforms: Vec<Platform>,
    /// What is known of releases, if there are any.
    releases: Option<Box<Releases>>,
    /// Whether any platform balances: calls stick to what their caller sticks to, wherever that is.
    balances: bool,
    /// Whether attempts know of which session they are: where a platform balances, or who met a bad version is counted.
    knows_sessions: bool,
    /// Whether attempts at any service fail by themselves.
    fails: bool,
    /// Whether any client sends batches of messages.
    batches: bool,
    /// Whether one of these is so, or there are releases: attempts that were served are looked at.
    looks: bool,
    /// Whether a release may want copies of requests.
    copies: bool,
    /// By platform: messages beside the first of batches that began in the measured time and ended.
    others: Vec<u64>,
    cells: Cells,
    recorder: Option<&'a mut dyn Recorder>,
    /// Whether the recorder is told of the lives of instances, of what happens on clusters, or of all levels after every event.
    tells_platforms: bool,
    /// Clients that have more to send.
    sending: usize,
    /// Requests of clients, sent after the warm-up, that have ended.
    ended: u64,
    /// As soon as so many have, the run stops: for good, or to be looked at.
    stop_at: u64,
    /// The response times from time zero on, where the run is watched.
    mser: Option<Mser>,
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
                stretch: *family.stretches.get(member).unwrap_or(&Stretch::ONE),
            }));
        }
        let mut platforms = Platform::all(spec, seed);
        let fails = spec.families.iter().any(|f| f.failure.is_some() || f.poison.is_some());
        let batches = spec.clients.iter().any(ClientSpec::sends_batches);
        if spec.output.instances && recorder.is_some() {
            platforms.iter_mut().for_each(Platform::keep_periods);
        }
        let tells_clusters =
            spec.output.series.is_some() && recorder.is_some() && Self::keep_events(&mut platforms);
        Self {
            spec,
            seed,
            latency: seed.key("network.latency"),
            pause: seed.key("retry.pause"),
            attempts: Arena::new(),
            requests: Arena::new(),
            outbox: Outbox::default(),
            cancelled: Vec::new(),
            courses: Courses::default(),
            clients: spec.clients.iter().map(|client| Client::new(client, seed)).collect(),
            families: spec.families.iter().map(|family| Family::new(family, spec, seed)).collect(),
            cells: Cells::new(spec, services.len()),
            services,
            fails,
            batches,
            looks: fails || batches || !spec.releases.is_empty(),
            copies: false,
            others: vec![0; platforms.len()],
            balances: platforms.iter().any(|platform| platform.kind.asked().balances()),
            knows_sessions: spec.releases.iter().any(|release| release.otherwise.is_some())
                || platforms.iter().any(|platform| platform.kind.asked().balances()),
            platforms,
            releases: Releases::new(spec, seed, spec.output.series.is_some() && recorder.is_some()),
            tells_platforms: tells_clusters
                || (spec.output.instances || spec.output.levels) && recorder.is_some(),
            recorder,
            sending: spec.clients.len(),
            ended: 0,
            stop_at: spec.requests.unwrap_or(u64::MAX),
            mser: None,
            concluded: 0,
            warm_up: spec.warm_up,
            over: false,
        }
    }

    /// Puts the first events into an empty agenda.
    pub fn start(&mut self, agenda: &mut impl WorldAgenda) {
        self.start_platforms(agenda);
        self.start_releases(agenda);
        for client in 0..self.clients.len() {
            self.start_client(client, agenda);
        }
        if let (Some(every), Some(_)) = (self.spec.output.series, &self.recorder) {
            agenda.schedule(agenda.now() + every, Class::Control, Event::Sample);
        }
        if self.tells_platforms {
            self.tell_platforms(agenda.now());
        }
        self.look_whether_over();
    }

    /// Lets an event happen.
    #[inline(always)]
    pub fn handle(&mut self, event: Event, agenda: &mut impl WorldAgenda) {
        match event {
            Event::Arrival(client) => self.arrival(client, agenda),
            Event::ServersServed(attempt)
            | Event::InstanceServed(attempt)
            | Event::JobServed(attempt) => {
                self.served(attempt, agenda);
            }
            _ => self.handle_rarer(event, agenda),
        }
        self.drain(agenda);
        if self.tells_platforms {
            self.tell_platforms(agenda.now());
        }
    }

    /// Lets an event happen that is not in the way of every request: apart from those, so that the
    /// compiler keeps that way short.
    #[inline(never)]
    fn handle_rarer(&mut self, event: Event, agenda: &mut impl WorldAgenda) {
        match event {
            Event::Thought(client, user) => self.thought(client, user, agenda),
            Event::Delivered(attempt) => self.delivered(attempt, agenda),
            Event::Answered(attempt) => self.answered(attempt, agenda),
            Event::Due(request) => self.due(request, agenda),
            Event::Cut(attempt) => self.cut(attempt, agenda),
            Event::PollersReview(client) => self.review_pollers(client, agenda),
            Event::Sample => self.sample(agenda),
            Event::ServersShared(platform, _)
            | Event::GroupEnds(platform, _)
            | Event::FaasImpatient(platform, _)
            | Event::FaasPermitted(platform)
            | Event::FaasScale(platform, _)
            | Event::FnRetry(platform)
            | Event::FnGiveUp(platform)
            | Event::FnCheck(platform)
            | Event::HostComputed(platform, _)
            | Event::InstanceReady(platform, _)
            | Event::InstancePause(platform, _)
            | Event::InstanceExpire(platform, _)
            | Event::InstanceMemory(platform, _)
            | Event::ProcessSpawned(platform, _)
            | Event::NodeBooted(platform, _)
            | Event::NodeLeaseEnds(platform, _)
            | Event::PodEnded(platform, _)
            | Event::PodEntered(platform, _)
            | Event::PodStopped(platform, _)
            | Event::PodComputed(platform, _)
            | Event::PodJoins(platform, _)
            | Event::PodLeaves(platform, _)
            | Event::ContainersDue(platform, _)
            | Event::CapacityReview(platform, _) => {
                self.handle_platform(platform, event, agenda);
            }
            Event::ReleaseDue(release) => self.release_due(release, agenda),
            Event::RolloutDue(lane) => self.rollout_due(lane, agenda),
            Event::ApplicationReview(platform, _)
            | Event::ApplicationProvision(platform, _)
            | Event::PodScale(platform, _)
            | Event::GroupDue(platform, _)
            | Event::GroupFails(platform, _)
            | Event::GroupReturns(platform, _)
            | Event::GroupReview(platform)
            | Event::HostAnnounced(platform, _)
            | Event::HostFails(platform, _)
            | Event::HostReturns(platform, _)
            | Event::PodRolls(platform, _)
            | Event::PodsBeside(platform, _)
            | Event::NodeFails(platform, _)
            | Event::NodeReturns(platform, _)
            | Event::NodeLost(platform, _)
            | Event::NodeMemory(platform, _)
            | Event::NodeGivenUp(platform, _)
            | Event::ManagerElected(platform)
            | Event::NodeDrains(platform, _)
            | Event::NodeJoins(platform, _)
            | Event::NodesReview(platform)
            | Event::StemCells(platform) => {
                self.handle_platform(platform, event, agenda);
                // Such looks go on for ever; a run does not, once there is nothing left to serve.
                self.look_whether_over();
            }
            Event::Arrival(_)
            | Event::ServersServed(_)
            | Event::InstanceServed(_)
            | Event::JobServed(_) => unreachable!("{event:?} was handled"),
        }
    }

    /// Goes on with what is in the outbox, until nothing is.
    #[inline(always)]
    fn drain(&mut self, agenda: &mut impl WorldAgenda) {
        while let Some(signal) = self.outbox.pop() {
            match signal {
                Signal::Served(attempt) => self.advance(attempt, agenda),
                Signal::Refused(attempt) => self.refused(attempt, agenda),
                Signal::Failed(attempt) => self.failed(attempt, agenda),
                Signal::Lost { attempt, due } => self.lost(attempt, due, agenda),
                handover => self.told_of_handover(handover, agenda),
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
        let done = || {
            // What is told already may go on with its next call.
            let quiet = self.requests.is_empty() && self.outbox.is_empty();
            self.sending == 0 && quiet && self.spec.horizon.is_none()
        };
        self.over = self.ended >= self.stop_at || done();
    }

    /// The figures at `end`.
    pub fn outcome(mut self, end: Time, digest: Digest) -> RunOutcome {
        if self.tells_platforms {
            self.tell_platforms(end);
            self.tell_open_periods(end);
        }
        self.tell_versions(end);
        // What an attempt waited is recorded when it is over, or now.
        for attempt in self.attempts.iter() {
            if matches!(attempt.stage, Stage::Serving | Stage::Calling) {
                self.cells.began(attempt);
            }
        }
        let measured = end - self.warm_up;
        RunOutcome {
            seed: self.seed,
            end,
            measured,
            digest,
            clients: self.client_figures(end),
            services: self.cells.services(self.spec),
            members: self.cells.members(self.spec),
            platforms: self.platform_outcomes(end, measured),
            releases: self.release_figures(),
            watched: self.platforms.iter().filter_map(Platform::watched).collect(),
            batches: None,
            unsettled: self.mser.as_ref().and_then(|mser| mser.unsettled(self.warm_up)),
        }
    }
}
