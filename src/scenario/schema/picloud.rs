//! `PiCloud`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::Span;
use crate::policy::capacity::CapacityChoice;
use crate::pricing::sheet::PriceForm;
use crate::quantity::Bytes;
use crate::scenario::OneOrMany;
use crate::variate::Distribution;

/// A queue of jobs for cores of several types. Its name brings the values of `PiCloud`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PiCloudForm {
    /// The types of core, by name.
    #[serde(default)]
    pub core_types: BTreeMap<String, CoreTypeForm>,
    /// The type on which jobs run whose service names none.
    pub core_type: Option<String>,
    /// How long a machine takes to start; no time if it is left out.
    pub boot: Option<Distribution>,
    /// How long a process takes to start for a job that finds none; no time if it is left out.
    pub spawn: Option<Distribution>,
    /// For how long a machine is paid at once.
    #[serde(default = "hour")]
    pub lease: Span,
    /// How many cores of each type are rented; `hour-ahead` if it is left out.
    pub capacity: Option<CapacityChoice>,
    /// Cores that accounts have for themselves, all of the time.
    #[serde(default)]
    pub realtime: Vec<RealtimeForm>,
    /// What is charged: flat prices, a price sheet, or a list of these.
    pub price: Option<OneOrMany<PriceForm>>,
}

fn hour() -> Span {
    Span::from_secs(3600)
}

/// A type of core.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoreTypeForm {
    /// Compute units: seconds of demand that a core serves in a second.
    pub units: f64,
    /// Memory of each core.
    pub memory: Bytes,
    /// How many cores a job may take.
    pub cores: Vec<u32>,
    /// The machines that have such cores.
    pub node: NodeForm,
}

/// A machine.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeForm {
    /// How many cores it has.
    pub cores: u32,
    /// Its memory; enough for that of its cores.
    pub memory: Bytes,
}

/// Cores that an account has for itself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RealtimeForm {
    /// The account; that of the services without one if it is left out.
    pub account: Option<String>,
    /// Of which type; that of the platform if it is left out.
    pub core_type: Option<String>,
    /// How many.
    pub cores: u32,
}
