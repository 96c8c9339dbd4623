//! Bounds: on those who wait, and on what an account may use.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::Span;

/// The holder of quotas: what its services may use together, on each platform.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The services; each on a platform with instances.
    pub services: Vec<String>,
    /// Requests in service at once, those that wait for a start included; no bound if left out.
    pub concurrency: Option<u64>,
    /// Requests in each minute of the clock; no bound if it is left out.
    pub requests_per_minute: Option<u64>,
}

/// What the services of an account may use together.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Requests in service at once, those that wait for a start included; no bound if left out.
    pub concurrency: Option<u64>,
    /// Requests in each minute of the clock; no bound if it is left out.
    pub requests_per_minute: Option<u64>,
}

/// A bound on those who wait.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// How many may wait on the whole platform; further requests are refused.
    pub limit: u64,
}

/// Bounds on those who wait for an instance.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaasQueue {
    /// How many may wait with no instance starting for them; further requests are refused.
    pub limit: Option<u64>,
    /// How long a request waits in line before it is refused; for ever if it is left out.
    pub patience: Option<Span>,
}
