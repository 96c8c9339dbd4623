//! Where services run.

use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    ColdStartForm, CoresForm, FaasQueue, FnForm, Memory, OpenwhiskForm, OrchestratorForm,
    PiCloudForm, Quota, ServersForm,
};
use crate::kernel::Span;
use crate::policy::eviction::EvictionChoice;
use crate::policy::keep_alive::KeepAliveChoice;
use crate::policy::placement::PlacementChoice;
use crate::policy::scaling::ScalingChoice;
use crate::policy::timetable::Provisioned;
use crate::preset::{MachineName, PLATFORMS};
use crate::pricing::sheet::PriceForm;
use crate::quantity::{Bytes, Millicpu, Rate};
use crate::scenario::OneOrMany;
use crate::variate::Distribution;

/// Where services run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(tag = "kind", transform = with_names)]
pub enum Platform {
    /// Servers, always there or in a group that comes and goes.
    Servers(Box<ServersForm>),
    /// Instances started on demand.
    Faas(Box<FaasForm>),
    /// Apache OpenWhisk: requests sent to a home invoker by hash, containers that pause, stem cells.
    Openwhisk(Box<OpenwhiskForm>),
    /// The Fn project: a load balancer that asks runner after runner, containers that are frozen.
    Fn(Box<FnForm>),
    /// One queue of jobs for cores of several types, on machines rented by the hour.
    #[serde(rename = "picloud")]
    PiCloud(Box<PiCloudForm>),
    /// A cluster whose scheduler puts pods on nodes.
    Orchestrator(Box<OrchestratorForm>),
}

impl Platform {
    /// The names of the kinds.
    pub const KINDS: &[&str] = &["servers", "faas", "openwhisk", "fn", "picloud", "orchestrator"];
}

/// Adds to each kind in the schema the named platforms that are of it.
fn with_names(schema: &mut Schema) {
    let variants = schema.get_mut("oneOf").and_then(Value::as_array_mut);
    for variant in variants.into_iter().flatten() {
        let Some(kind) = variant.pointer_mut("/properties/kind") else { continue };
        let Some(base) = kind.get("const").and_then(Value::as_str) else { continue };
        let of_base = PLATFORMS.iter().filter(|platform| platform.base == base);
        let presets = of_base.map(|platform| platform.preset.name.as_str());
        let mut names: Vec<&str> = std::iter::once(base).chain(presets).collect();
        names.dedup();
        if names.len() > 1 {
            *kind = json!({ "type": "string", "enum": names });
        }
    }
}

/// A platform of functions.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaasForm {
    /// Requests that an instance serves at once.
    #[serde(default = "one_request")]
    pub concurrency: u32,
    /// The memory that instances can have; any if it is left out.
    #[serde(default)]
    pub memory: Memory,
    /// The cores of an instance, by its memory; a core at any size if it is left out.
    pub cores: Option<CoresForm>,
    /// Instances at once, starting ones included; no bound if it is left out.
    pub max_instances: Option<u64>,
    /// Instances that each application has ahead of requests, always or by the time of day, and that
    /// serve before others; none if it is left out.
    pub provisioned_concurrency: Option<Provisioned>,
    /// How fast those of an application start; all at once if it is left out.
    pub provisioned_ramp: Option<Rate>,
    /// How long an instance lives: if it is idle after that, it goes; for ever if it is left out.
    pub max_lifetime: Option<Distribution>,
    /// How long a request is served, its calls included, before it is cut and fails; for ever if it
    /// is left out.
    pub max_duration: Option<Span>,
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
    /// How long an instance takes to start, as a distribution or by `phases`; no time if it is left out.
    pub cold_start: Option<ColdStartForm>,
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
