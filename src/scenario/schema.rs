//! The types of a scenario file. Their comments are what `schema` and `explain` show; what they
//! mean together is checked in `compile`.

mod bounds;

pub use bounds::{Account, FaasQueue, Queue, Quota};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::OneOrMany;
use super::sweep::Sweep;
use crate::kernel::Span;
use crate::policy::balance::BalanceChoice;
use crate::policy::discipline::DisciplineChoice;
use crate::policy::eviction::EvictionChoice;
use crate::policy::keep_alive::KeepAliveChoice;
use crate::policy::placement::PlacementChoice;
use crate::policy::scaling::ScalingChoice;
use crate::preset::MachineName;
use crate::pricing::sheet::PriceForm;
use crate::quantity::{Bytes, Millicpu, Probability};
use crate::variate::{Distribution, PopularityForm};
use crate::workload::arrival::{Constant, Diurnal, Mmpp, Poisson, Stages};
use crate::workload::trace::TraceForm;

/// A scenario: who sends requests, what serves them, where that runs, and for how long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What the scenario is called; the name of the file if it is left out.
    pub name: Option<String>,
    /// Simulated time at which the run ends.
    pub horizon: Option<Span>,
    /// What is sent before is left out of every figure.
    #[serde(default)]
    #[schemars(with = "Option<Span>")]
    pub warm_up: Span,
    /// The run ends when so many requests of clients, sent after the warm-up, have ended.
    pub requests: Option<u64>,
    /// The seed of all chance: the same file with the same seed gives the same results.
    #[serde(default = "one")]
    pub seed: u64,
    /// Who sends requests, by name.
    #[serde(default)]
    pub client: BTreeMap<String, Client>,
    /// What requests are sent to, by name.
    #[serde(default)]
    pub service: BTreeMap<String, Service>,
    /// Where services run, by name.
    #[serde(default)]
    pub platform: BTreeMap<String, Platform>,
    /// Services that share instances, by name.
    #[serde(default)]
    pub application: BTreeMap<String, Application>,
    /// Holders of quotas, by name.
    #[serde(default)]
    pub account: BTreeMap<String, Account>,
    /// What is written beside the figures.
    #[serde(default)]
    pub output: Output,
    /// Many runs with other values, for the command `sweep`.
    pub sweep: Option<Sweep>,
}

fn one() -> u64 {
    1
}

/// A client: an open loop with `arrivals`, or a closed loop with `users`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Where its requests go: a service, a family, or a member of one (`NAME.3`). Not needed where
    /// a trace names services.
    pub service: Option<String>,
    /// When requests are sent (open loop).
    pub arrivals: Option<ArrivalsForm>,
    /// How many users send a request, wait for its end, think, and send the next (closed loop).
    pub users: Option<u32>,
    /// How long a user thinks, also before the first request; no time if it is left out.
    pub think_time: Option<Distribution>,
    /// How long the client waits for the answer to each attempt; for ever if it is left out.
    pub timeout: Option<Span>,
    /// What becomes of work that nobody waits for any more.
    #[serde(default)]
    pub abandoned: AbandonedForm,
    /// Time on the network, each way; none if it is left out.
    pub latency: Option<Distribution>,
    /// Whether and when a request that was refused, failed or timed out is tried again.
    pub retries: Option<Retries>,
    /// How urgent its requests are, and the calls below them: higher first, under a discipline that
    /// looks at it. Stands above the priority of the service.
    pub priority: Option<i32>,
}

/// When the requests of an open loop are sent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArrivalsForm {
    /// At random, at a constant rate.
    Poisson(Poisson),
    /// At equal intervals.
    Constant(Constant),
    /// At random, at a rate that jumps at random.
    Mmpp(Mmpp),
    /// At random, at a rate that follows the time of day.
    Diurnal(Diurnal),
    /// At random, at a rate that goes in ramps.
    Stages(Stages),
    /// As a file has recorded them.
    Trace(TraceForm),
}

/// What becomes of work that nobody waits for any more.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AbandonedForm {
    /// It is finished all the same.
    #[default]
    Finish,
    /// It is cancelled at once.
    Cancel,
}

/// Whether and when a request is tried again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retries {
    /// How many times a request is attempted at most, the first attempt included.
    pub attempts: u32,
    /// The pause before the second attempt.
    #[serde(default)]
    #[schemars(with = "Option<Span>")]
    pub backoff: Span,
    /// By how much each further pause is longer.
    #[serde(default = "twice")]
    pub factor: f64,
    /// The longest pause; no bound if it is left out.
    pub max_backoff: Option<Span>,
    /// How the pause is spread.
    #[serde(default)]
    pub jitter: JitterForm,
    /// Whether each attempt draws a demand of its own instead of being the same work again.
    #[serde(default)]
    pub fresh_demand: bool,
}

fn twice() -> f64 {
    2.0
}

/// How the pause before a retry is spread.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JitterForm {
    /// The pause itself.
    #[default]
    None,
    /// Uniform between zero and the pause.
    Full,
    /// Uniform between half the pause and the pause.
    Equal,
}

/// A service, or a family of services with one set of figures.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The platform it runs on.
    pub platform: String,
    /// The work of a request: seconds of service on a server of speed 1. Not needed where a trace
    /// tells it of every request.
    pub demand: Option<OneOrMany<Distribution>>,
    /// What replaces the demand of a request whose start is cold.
    pub cold_demand: Option<OneOrMany<Distribution>>,
    /// Memory of each instance; 128 MiB if it is left out.
    pub memory: Option<OneOrMany<Bytes>>,
    /// CPU that each instance reserves on its host; none if it is left out.
    pub cpu: Option<OneOrMany<Millicpu>>,
    /// How urgent its requests are: higher first, under a discipline that looks at it.
    pub priority: Option<OneOrMany<i32>>,
    /// Instances at once; as many as the platform allows if it is left out.
    pub max_instances: Option<OneOrMany<u64>>,
    /// How much of the concurrency of its account is kept for it alone, and is all that it may use.
    pub reserved_concurrency: Option<OneOrMany<u64>>,
    /// What it calls when its own demand is served, one after another.
    #[serde(default)]
    pub calls: Vec<Call>,
    /// Makes it a family of services; lists in the keys above are taken in turns by its members.
    pub family: Option<Family>,
}

/// How many services a family has, and how requests spread over them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// How many members it has: `NAME.0`, `NAME.1`, ….
    pub count: u32,
    /// To which members requests to the family go.
    #[serde(default)]
    pub popularity: PopularityForm,
}

/// A call to another service, or several at the same time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The service that is called: a service, a family, or a member of one.
    pub service: Option<String>,
    /// Calls that are made at the same time; the next step waits for all of them. Instead of
    /// `service`.
    #[serde(default)]
    pub parallel: Vec<Call>,
    /// With which probability the call is made.
    pub probability: Option<Probability>,
    /// How many times it is made: one after another, or at the same time within `parallel`.
    pub count: Option<u32>,
    /// How long the caller waits for the answer to each attempt; for ever if it is left out.
    pub timeout: Option<Span>,
    /// What becomes of work that nobody waits for any more.
    #[serde(default)]
    pub abandoned: AbandonedForm,
    /// Time on the network, each way; none if it is left out.
    pub latency: Option<Distribution>,
    /// Whether and when the call is tried again.
    pub retries: Option<Retries>,
}

/// Services that share instances, memory and keep-alive.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The services; all on one platform with instances.
    pub services: Vec<String>,
    /// Memory of each instance; 128 MiB if it is left out.
    pub memory: Option<Bytes>,
    /// CPU that each instance reserves on its host; none if it is left out.
    pub cpu: Option<Millicpu>,
    /// Instances at once; as many as the platform allows if it is left out.
    pub max_instances: Option<u64>,
    /// How much of the concurrency of its account is kept for it alone, and is all that it may use.
    pub reserved_concurrency: Option<u64>,
}

/// Where services run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(tag = "kind")]
pub enum Platform {
    /// Servers that are always there.
    Servers(ServersForm),
    /// Instances started on demand.
    Faas(Box<FaasForm>),
}

impl Platform {
    /// The names of the kinds.
    pub const KINDS: &[&str] = &["servers", "faas"];
}

/// A platform of servers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServersForm {
    /// How many servers.
    pub servers: u32,
    /// Seconds of demand that a server serves in a second.
    #[serde(default = "unit")]
    pub speed: f64,
    /// In which order those who wait are served; `fifo` if it is left out.
    pub discipline: Option<DisciplineChoice>,
    /// Gives each server a line of its own, behind this balancer; one central line if left out.
    pub balance: Option<BalanceChoice>,
    /// Bounds the line; no bound if it is left out.
    pub queue: Option<Queue>,
    /// The machine type that each server is, for a price by type.
    pub machine: Option<MachineName>,
    /// What is charged: flat prices, a price sheet, or a list of these.
    pub price: Option<OneOrMany<PriceForm>>,
}

fn unit() -> f64 {
    1.0
}

/// A platform of functions.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaasForm {
    /// Requests that an instance serves at once.
    #[serde(default = "one_request")]
    pub concurrency: u32,
    /// Instances at once, starting ones included; no bound if it is left out.
    pub max_instances: Option<u64>,
    /// Bounds the line; no bound if it is left out.
    #[serde(default)]
    pub queue: FaasQueue,
    /// When an instance may be started for a request that has none; `on-demand` if it is left out.
    pub scaling: Option<ScalingChoice>,
    /// The quota that services without an `[account]` share.
    #[serde(default)]
    pub quota: Quota,
    /// Whether a waiting request takes what is free first, or the instance started for it.
    #[serde(default)]
    pub binding: BindingForm,
    /// Which of the instances with room takes a request.
    #[serde(default)]
    pub which_idle: WhichIdleForm,
    /// How long an instance takes to start; no time if it is left out.
    pub cold_start: Option<Distribution>,
    /// How long an idle instance is kept; for ever (`infinite`) if it is left out.
    pub keep_alive: Option<KeepAliveChoice>,
    /// Which idle instance goes when another needs its room; `lru` if it is left out.
    pub eviction: Option<EvictionChoice>,
    /// On which host an instance goes; `first-fit` if it is left out.
    pub placement: Option<PlacementChoice>,
    /// The hosts; no limit if they are left out.
    #[serde(default)]
    pub hosts: Vec<Hosts>,
    /// What is charged: flat prices, a price sheet, or a list of these.
    pub price: Option<OneOrMany<PriceForm>>,
}

fn one_request() -> u32 {
    1
}

/// Whether a waiting request is bound to an instance.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BindingForm {
    /// It takes whatever is free first.
    #[default]
    Late,
    /// It waits for the instance that was started for it.
    Early,
}

/// Which of the instances with room takes a request.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhichIdleForm {
    /// The one created last.
    Newest,
    /// The one created first.
    Oldest,
    /// The one used last.
    #[default]
    MostRecent,
    /// The one used longest ago.
    LeastRecent,
}

/// Hosts of one make.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hosts {
    /// How many.
    #[serde(default = "one_request")]
    pub count: u32,
    /// The machine type of each.
    pub machine: Option<MachineName>,
    /// CPU of each for instances; that of its machine type if it is left out.
    pub cpu: Option<Millicpu>,
    /// Memory of each for instances; that of its machine type if it is left out.
    pub memory: Option<Bytes>,
}

impl Hosts {
    /// CPU of each.
    pub fn cpu(&self) -> Option<Millicpu> {
        self.cpu.or(self.machine.map(|machine| machine.0.cpu))
    }

    /// Memory of each.
    pub fn memory(&self) -> Option<Bytes> {
        self.memory.or(self.machine.map(|machine| machine.0.memory))
    }
}

/// What is written beside the figures.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Output {
    /// Whether each member of a family has figures of its own.
    pub members: bool,
    /// Samples the levels of each platform into series.csv.
    pub series: Option<Series>,
    /// Writes each request of a client into requests.csv.
    pub requests: bool,
    /// Writes what each instance did when into instances.csv.
    pub instances: bool,
}

/// How often levels are sampled.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// The time between two samples.
    pub every: Span,
}
