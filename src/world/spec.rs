//! The specification of a run: what a scenario file is compiled into. Plain data; the world knows
//! nothing of files.

use std::borrow::Cow;

use crate::kernel::{Span, Time};
use crate::model::{ApplicationId, Exchange, FamilyId, PlatformNumber, ServiceId, Stretch};
use crate::platform::faas::FaasSpec;
use crate::platform::fleet::{ApplicationSpec, FleetSpec};
use crate::platform::fn_project::FnSpec;
use crate::platform::openwhisk::OpenwhiskSpec;
use crate::platform::orchestrator::OrchestratorSpec;
use crate::platform::picloud::PiCloudSpec;
use crate::platform::servers::ServersSpec;
use crate::policy::delivery::Delivery;
use crate::policy::release::{Gate, Strategy};
use crate::pricing::Tariff;
use crate::quantity::Probability;
use crate::variate::{Popularity, Variate};
use crate::workload::ArrivalProcess;

/// All that a run needs but its seed.
#[derive(Debug)]
pub struct Specification {
    /// What the scenario is called.
    pub name: String,
    /// When the run ends at the latest; `None` is when all clients have sent all they will and
    /// every request has ended.
    pub horizon: Option<Time>,
    /// What is sent before is left out of every figure.
    pub warm_up: Time,
    /// The run ends when so many requests of clients, sent after the warm-up, have ended.
    pub requests: Option<u64>,
    /// Who sends requests.
    pub clients: Vec<ClientSpec>,
    /// What they are sent to.
    pub families: Vec<FamilySpec>,
    /// Where that runs.
    pub platforms: Vec<PlatformSpec>,
    /// Which of their versions come when.
    pub releases: Vec<ReleaseSpec>,
    /// What is written beside the figures.
    pub output: OutputSpec,
}

impl Specification {
    /// Whether load and instances are the same at all times but for chance, so that a run can settle.
    pub fn is_stationary(&self) -> bool {
        let steady_load = self.clients.iter().all(|client| match &client.load {
            Load::Open(process) => process.is_stationary(),
            Load::Closed { .. } => true,
        });
        let by_clock = |a: &ApplicationSpec| a.provisioned.follows_clock();
        let steady_servers = self.platforms.iter().all(|platform| match &platform.kind {
            PlatformKind::Servers(servers) => {
                servers.group.as_ref().is_none_or(|group| group.is_stationary())
            }
            _ => true,
        });
        let steady_instances = self.platforms.iter().all(|platform| {
            platform.kind.fleet().is_none_or(|(fleet, applications)| {
                !fleet.keep_alive.follows_clock() && !applications.iter().any(by_clock)
            })
        });
        steady_load && steady_servers && steady_instances && self.releases.is_empty()
    }
}

/// What is written beside the figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
pub struct OutputSpec {
    /// Whether each member of a family has figures of its own.
    pub members: bool,
    /// How often the levels of each platform are sampled.
    pub series: Option<Span>,
    /// Whether each request of a client is told when it ends.
    pub requests: bool,
    /// Whether each period in the life of an instance is told.
    pub instances: bool,
    /// Whether the levels of each platform are told after every event. No scenario asks for that;
    /// it is for timelines.
    pub levels: bool,
    /// Requests that take longer count as slow; `None` if none do.
    pub slow: Option<Span>,
}

impl OutputSpec {
    /// Whether anything is told while a run goes on.
    pub fn records(&self) -> bool {
        self.requests || self.instances || self.levels || self.series.is_some()
    }
}

/// Figures that the members of a family take in turns: member `i` has value `i` modulo their
/// number.
#[derive(Clone, Debug, PartialEq)]
pub struct Cycle<T>(Vec<T>);

impl<T> Cycle<T> {
    /// One value for all members.
    pub fn one(value: T) -> Self {
        Self(vec![value])
    }

    /// These values in turns; `None` if there are none.
    pub fn of(values: Vec<T>) -> Option<Self> {
        (!values.is_empty()).then_some(Self(values))
    }

    /// The value of member `index`.
    #[inline]
    pub fn get(&self, index: u32) -> &T {
        match self.0.as_slice() {
            [only] => only,
            several => &several[index as usize % several.len()],
        }
    }

    /// The different values.
    pub fn values(&self) -> &[T] {
        &self.0
    }
}

/// To which service a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// To this one.
    Service(ServiceId),
    /// To a member of this family, by their popularity.
    Family(FamilyId),
}

/// How a client comes to send requests.
#[derive(Debug)]
pub enum Load {
    /// Whenever the process says, whatever became of earlier requests.
    Open(Box<dyn ArrivalProcess>),
    /// Each user sends a request, waits for its end, thinks, and sends the next.
    Closed {
        /// How many users.
        users: u32,
        /// How long a user thinks, also before the first request.
        think_time: Variate,
    },
}

/// Who sends requests.
#[derive(Debug)]
pub struct ClientSpec {
    /// Its name; the start of its streams.
    pub name: String,
    /// When requests are sent.
    pub load: Load,
    /// From how many sessions the requests of an open loop are; `None` if each is one of its own.
    pub sessions: Option<u32>,
    /// Where they go, by the target number of the arrival; a process without targets has one.
    pub targets: Vec<Target>,
    /// How the client sends them.
    pub exchange: Exchange,
    /// How urgent they are, instead of the priority of the service; holds for the calls below, too.
    pub priority: Option<i32>,
    /// What holds its messages and gives them to the service; `None` if it sends requests and waits for
    /// the answers.
    pub delivery: Option<Box<dyn Delivery>>,
}

impl ClientSpec {
    /// Whether its requests are of users, or of sessions.
    pub(super) fn has_users(&self) -> bool {
        matches!(self.load, Load::Closed { .. }) || self.sessions.is_some()
    }
}

impl ClientSpec {
    /// Whether messages of it are processed together.
    pub(super) fn sends_batches(&self) -> bool {
        self.delivery.as_ref().is_some_and(|rule| rule.shape().batch > 1)
    }
}

/// A call from one service to another.
#[derive(Clone, Debug)]
pub struct CallSpec {
    /// Where it goes.
    pub target: Target,
    /// With which probability it is made.
    pub probability: f64,
    /// How it is sent.
    pub exchange: Exchange,
}

/// When a step of the plan of a workflow begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobSpec {
    /// When these steps have ended; at once if there are none. No step waits for itself, through whatever others.
    pub after: Vec<usize>,
    /// Whether it begins also if one of them has failed or was stalled; it is stalled itself otherwise, and never
    /// begins.
    pub ignores_errors: bool,
}

/// Services with one set of figures; a service of its own is a family of one, and so is a workflow.
#[derive(Debug)]
pub struct FamilySpec {
    /// Its name; the start of its streams.
    pub name: String,
    /// The service of which it is a later version, with whose streams it draws; `None` if it is no version of
    /// another.
    pub version_of: Option<FamilyId>,
    /// The service number of its first member.
    pub first: ServiceId,
    /// How many members it has; may be 0 for the family of an empty trace.
    pub count: u32,
    /// Names of the members where they are not `NAME.0`, `NAME.1`, ….
    pub member_names: Option<Vec<String>>,
    /// Where it runs; [`NOWHERE`](crate::model::NOWHERE) if it is a workflow.
    pub platform: PlatformNumber,
    /// By member: the application on that platform, if the platform has instances.
    pub applications: Vec<ApplicationId>,
    /// By member: by how much its demands take longer on its instances; empty if they do not.
    pub stretches: Vec<Stretch>,
    /// The work of a request; `None` if a trace tells it of every request.
    pub demand: Option<Cycle<Variate>>,
    /// What replaces it for a cold request.
    pub cold_demand: Option<Cycle<Variate>>,
    /// How urgent its requests are.
    pub priority: Cycle<i32>,
    /// With which probability an attempt fails at the end of its service; `None` is never.
    pub failure: Option<Cycle<Probability>>,
    /// With which probability all attempts at a request fail so; `None` is never.
    pub poison: Option<Cycle<Probability>>,
    /// Which members requests to the family go to; `None` for one member.
    pub popularity: Option<Popularity>,
    /// What it calls when its own demand is served: steps one after another, the calls of a step
    /// at the same time. Of a workflow, its jobs.
    pub plan: Vec<Vec<CallSpec>>,
    /// Of a workflow: when each step of the plan begins. Empty of a service.
    pub jobs: Vec<JobSpec>,
    /// Whether each caller keeps the address of the replica that it has found: then it is the session of its requests.
    pub keeps_addresses: bool,
}

impl FamilySpec {
    /// The name of the member that is service `id`: the family's own if it is the only one.
    pub fn member_name(&self, id: ServiceId) -> Cow<'_, str> {
        let index = id.index() - self.first.index();
        match &self.member_names {
            Some(names) => Cow::Borrowed(&names[index]),
            None if self.count == 1 => Cow::Borrowed(&self.name),
            None => Cow::Owned(format!("{}.{index}", self.name)),
        }
    }
}

/// New versions of a service, and how they come to serve its requests.
#[derive(Debug)]
pub struct ReleaseSpec {
    /// Its name; the start of its streams.
    pub name: String,
    /// The service, by the family that requests are sent to.
    pub service: FamilyId,
    /// Other services on the same instances, which change to those of each version together with it.
    pub neighbours: Vec<FamilyId>,
    /// When each version is due; the times ascend.
    pub at: Vec<Time>,
    /// What each version is: a family like that of the service, on the same platform.
    pub versions: Vec<FamilyId>,
    /// What a version is that is not bad, and with which probability one is; `None` if all are as `versions` says.
    pub otherwise: Option<(Probability, Vec<FamilyId>)>,
    /// How long each stage before takes, one after another.
    pub pipeline: Vec<Variate>,
    /// How each of them comes.
    pub strategy: Box<dyn Strategy>,
    /// Whether a cluster keeps replicas of the service running.
    pub replicas: bool,
    /// What holds it up, or takes it back.
    pub gate: Option<Gate>,
}

impl ReleaseSpec {
    /// Version `number`, if its chance of being bad is drawn as `chance`, below 1.
    pub(super) fn version(&self, number: usize, chance: f64) -> FamilyId {
        match &self.otherwise {
            Some((bad, good)) if chance >= bad.get() => good[number],
            _ => self.versions[number],
        }
    }

    /// All that its versions may be.
    pub(super) fn families(&self) -> impl Iterator<Item = FamilyId> {
        let good = self.otherwise.iter().flat_map(|(_, good)| good);
        self.versions.iter().chain(good).copied()
    }

    /// How long a version is looked at when it has all requests.
    pub(super) fn bake(&self) -> Span {
        self.gate.as_ref().map_or(Span::ZERO, |gate| gate.bake)
    }
}

/// Where services run.
#[derive(Debug)]
pub struct PlatformSpec {
    /// Its name; the start of its streams.
    pub name: String,
    /// What it is.
    pub kind: PlatformKind,
    /// What it charges; at most one of them counts the time of instances.
    pub tariffs: Vec<Tariff>,
}

/// The kind of a platform, and the figures of that kind.
#[derive(Debug)]
pub enum PlatformKind {
    /// Servers.
    Servers(ServersSpec),
    /// Functions, with the applications that run on it.
    Faas(FaasSpec, Vec<ApplicationSpec>),
    /// Apache OpenWhisk, with the actions that run on it and, behind them, its kinds of stem cells.
    Openwhisk(OpenwhiskSpec, Vec<ApplicationSpec>),
    /// The Fn project, with the functions that run on it.
    Fn(FnSpec, Vec<ApplicationSpec>),
    /// `PiCloud`.
    PiCloud(PiCloudSpec),
    /// A cluster under an orchestrator.
    Orchestrator(Box<OrchestratorSpec>),
}

impl PlatformKind {
    /// Its instances, and the applications that run on them, if it has instances.
    pub fn fleet(&self) -> Option<(&FleetSpec, &[ApplicationSpec])> {
        match self {
            Self::Servers(_) | Self::PiCloud(_) | Self::Orchestrator(_) => None,
            Self::Faas(spec, applications) => Some((&spec.fleet, applications)),
            Self::Fn(spec, applications) => Some((&spec.fleet, applications)),
            Self::Openwhisk(spec, applications) => Some((&spec.fleet, applications)),
        }
    }

    /// Whether it has instances; those of `PiCloud` are rented machines, those of a cluster pods.
    pub fn has_instances(&self) -> bool {
        self.fleet().is_some() || matches!(self, Self::PiCloud(_) | Self::Orchestrator(_))
    }

    /// Whether its instances run on hosts of which there are only so many.
    pub fn has_hosts(&self) -> bool {
        matches!(self, Self::Orchestrator(_))
            || self.fleet().is_some_and(|(fleet, _)| !fleet.hosts.is_empty())
    }

    /// What an instance runs: the name of the application or, of a rented machine, of its type of
    /// core; empty on a platform without instances.
    pub fn application(&self, id: ApplicationId) -> &str {
        match self {
            Self::PiCloud(picloud) => return &picloud.core_types[id.index()].name,
            Self::Orchestrator(cluster) => return &cluster.pods[id.index()].name,
            _ => {}
        }
        self.fleet().map_or("", |(_, applications)| &applications[id.index()].name)
    }
}
