//! Bounds: on those who wait, and on what an account may use.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::Span;
use crate::quantity::Bytes;

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

/// The memory that instances can have; any if nothing is said.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// What an instance has where its service says nothing; 128 MiB if it is left out.
    pub default: Option<Bytes>,
    /// The least.
    pub least: Option<Bytes>,
    /// The most.
    pub most: Option<Bytes>,
    /// It is a multiple of this.
    pub step: Option<Bytes>,
    /// It is one of these.
    pub sizes: Option<Vec<Bytes>>,
}

/// Memory of an instance where nothing says how much: 128 MiB, the least that AWS Lambda offers
/// (docs.aws.amazon.com/lambda, "Lambda quotas", 2026-11).
const DEFAULT_MEMORY: Bytes = Bytes::mib(128);

impl Memory {
    /// What an instance has where its service says nothing.
    pub fn default_size(&self) -> Bytes {
        self.default.unwrap_or(DEFAULT_MEMORY)
    }

    /// Whether an instance can have so much.
    pub fn allows(&self, memory: Bytes) -> bool {
        self.least.is_none_or(|least| memory >= least)
            && self.most.is_none_or(|most| memory <= most)
            && self.step.is_none_or(|step| memory.get().is_multiple_of(step.get()))
            && self.sizes.as_ref().is_none_or(|sizes| sizes.contains(&memory))
    }

    /// What it can have, in words.
    pub fn choices(&self) -> String {
        let mut words = Vec::new();
        words.extend(self.least.map(|least| format!("at least {least}")));
        words.extend(self.most.map(|most| format!("at most {most}")));
        words.extend(self.step.map(|step| format!("a multiple of {step}")));
        words.extend(self.sizes.as_ref().map(|sizes| {
            let sizes: Vec<String> = sizes.iter().map(ToString::to_string).collect();
            format!("one of {}", sizes.join(", "))
        }));
        words.join(", ")
    }
}
