//! The types of a scenario file. Their comments are what `schema` and `explain` show; what they
//! mean together is checked in `compile`.

mod autoscaling;
mod bounds;
mod client;
mod cold_start;
mod cores;
mod fault;
mod fn_project;
mod health;
mod named_choice;
mod nodes;
mod openwhisk;
mod orchestrator;
mod picloud;
mod platform;
mod release;
mod servers;
mod service;
mod wear;
mod workflow;

pub use autoscaling::AutoscalingForm;
pub use bounds::{Account, FaasQueue, Memory, Queue, Quota};
pub use client::{AbandonedForm, ArrivalsForm, Client, JitterForm, Retries};
pub use cold_start::{
    CodeForm, ColdStartForm, ImageForm, OriginForm, PhasesForm, RuntimeForm, TierForm, ZipForm,
};
pub use cores::{CoresForm, LinearCores};
pub use fault::{FaultForm, FaultKindForm};
pub use fn_project::{FnForm, PlacerForm};
pub use health::{CheckForm, NodeEvictionForm, RestartForm, RestartPolicyForm};
pub use nodes::{ElectionForm, HeartbeatForm, NodesForm, PressureForm};
pub use openwhisk::{OpenwhiskForm, ReactiveForm, StemCellsForm};
pub use orchestrator::{
    AffinityForm, DnsForm, NodeAffinityForm, OrchestratorForm, PodForm, ServerlessForm, SizesForm,
    SpreadForm, UnsatisfiableForm,
};
pub use picloud::{CoreTypeForm, NodeForm, PiCloudForm, RealtimeForm};
pub use platform::{BindingForm, FaasForm, Hosts, Platform, WhichIdleForm};
pub use release::{AlarmForm, FIXED, GateForm, PipelineForm, ReleaseForm, VersionForm};
pub use servers::{HealthCheckForm, ServersForm};
pub use service::{Application, Call, Family, Service};
pub use wear::{AgeingForm, MemoryForm};
pub use workflow::{DependsOnErrorsForm, Job, Workflow};

use named_choice::named_choice;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::sweep::Sweep;
use crate::kernel::Span;

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
    /// Jobs of services that depend on each other, by name.
    #[serde(default)]
    pub workflow: BTreeMap<String, Workflow>,
    /// Where services run, by name.
    #[serde(default)]
    pub platform: BTreeMap<String, Platform>,
    /// Services that share instances, by name.
    #[serde(default)]
    pub application: BTreeMap<String, Application>,
    /// Holders of quotas, by name.
    #[serde(default)]
    pub account: BTreeMap<String, Account>,
    /// What makes nodes of clusters, servers, or hosts of instances fail, by name.
    #[serde(default)]
    pub fault: BTreeMap<String, FaultForm>,
    /// New versions of services, by name.
    #[serde(default)]
    pub release: BTreeMap<String, ReleaseForm>,
    /// What is written beside the figures.
    #[serde(default)]
    pub output: Output,
    /// Many runs with other values, for the command `sweep`.
    pub sweep: Option<Sweep>,
}

fn one() -> u64 {
    1
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
    /// Requests that take longer count as slow.
    pub slow: Option<Span>,
}

/// How often levels are sampled.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// The time between two samples.
    pub every: Span,
}
