//! What requests are sent to, and what it calls.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{AbandonedForm, AgeingForm, AutoscalingForm, MemoryForm, PodForm, Retries};
use crate::kernel::Span;
use crate::policy::timetable::Provisioned;
use crate::quantity::{Bytes, Millicpu, Probability};
use crate::scenario::OneOrMany;
use crate::variate::{Distribution, PopularityForm};

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
    /// How many cores its demand can use at once; 1 if it is left out.
    pub threads: Option<OneOrMany<u32>>,
    /// The share of its demand that is computed; the rest waits for others, and takes as long on any
    /// instance. 1 if it is left out.
    pub cpu_share: Option<OneOrMany<Probability>>,
    /// The language and version that it is written in, by the platform's own name, as in
    /// "nodejs:20"; the platform's default, if it has one, where it is left out.
    pub runtime: Option<String>,
    /// The size of the zip package; an empty one if it is left out.
    pub package: Option<Bytes>,
    /// The size of the container image, instead of a package.
    pub image: Option<Bytes>,
    /// The layers of the container image of its pods, instead of its size as a whole. A node has each of them once, by its name
    /// and size, whatever image it is of.
    pub layers: Option<BTreeMap<String, Bytes>>,
    /// What its own code does before an instance can serve, on a core; nothing if it is left out.
    pub init: Option<Distribution>,
    /// Whether instances start from a snapshot; they do not if it is left out.
    pub snapshot: Option<bool>,
    /// The type of core its jobs run on; that of the platform if it is left out.
    pub core_type: Option<String>,
    /// How many cores of one machine a job takes; 1 if it is left out.
    pub cores: Option<u32>,
    /// How many pods are kept running on a cluster to serve its requests, for each member of a family; each
    /// request is a pod of its own if it is left out and the pod is no `daemon`.
    pub replicas: Option<u32>,
    /// How many of them there shall be by what they use; their number stays if it is left out.
    pub autoscaling: Option<AutoscalingForm>,
    /// What its pods are on a cluster beside their CPU and memory.
    pub pod: Option<PodForm>,
    /// How urgent its requests are: higher first, under a discipline or a scheduler that looks at it.
    pub priority: Option<OneOrMany<i32>>,
    /// With which probability an attempt that was served fails, drawn for each attempt; never if it is
    /// left out.
    pub failure: Option<OneOrMany<Probability>>,
    /// With which probability a request is one that fails at every attempt; never if it is left out.
    pub poison: Option<OneOrMany<Probability>>,
    /// How requests take longer with the age of what serves them; they do not if it is left out.
    pub ageing: Option<AgeingForm>,
    /// The memory that what serves it uses: over its limit it is killed. It is not counted if it is left out.
    pub memory_use: Option<MemoryForm>,
    /// Instances at once; as many as the platform allows if it is left out.
    pub max_instances: Option<OneOrMany<u64>>,
    /// Instances that it has ahead of requests, always or by the time of day; each member of a family
    /// has so many. As its platform says if it is left out.
    pub provisioned_concurrency: Option<Provisioned>,
    /// How long a request is served, its calls included, before it is cut and fails; as long as its
    /// platform allows if it is left out. Of a job, which is killed then, whole minutes.
    #[serde(alias = "max_runtime")]
    pub timeout: Option<Span>,
    /// How much of the concurrency of its account is kept for it alone, and is all that it may use.
    pub reserved_concurrency: Option<OneOrMany<u64>>,
    /// What it calls when its own demand is served, one after another.
    #[serde(default)]
    pub calls: Vec<Call>,
    /// Makes it a family of services; lists in the keys above are taken in turns by its members.
    pub family: Option<Family>,
}

impl Service {
    /// The memory that its replicas use: as it says itself, or its `pod`.
    pub fn used_memory(&self) -> Option<MemoryForm> {
        self.memory_use.or(self.pod.as_ref().and_then(|pod| pod.memory_use))
    }

    /// Whether one pod runs on each node of its cluster that takes it.
    pub fn is_daemon(&self) -> bool {
        self.pod.as_ref().is_some_and(|pod| pod.daemon)
    }

    /// Whether pods are kept running on a cluster to serve its requests.
    pub fn has_replicas(&self) -> bool {
        self.replicas.is_some() || self.is_daemon()
    }
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
    /// The service that is called: a service, a family, a member of one, or a workflow.
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
    /// The language and version that its services are written in, by the platform's own name.
    pub runtime: Option<String>,
    /// The size of the zip package; an empty one if it is left out.
    pub package: Option<Bytes>,
    /// The size of the container image, instead of a package.
    pub image: Option<Bytes>,
    /// What their own code does before an instance can serve, on a core; nothing if it is left out.
    pub init: Option<Distribution>,
    /// Whether instances start from a snapshot; they do not if it is left out.
    pub snapshot: Option<bool>,
    /// How requests take longer with the age of an instance; they do not if it is left out.
    pub ageing: Option<AgeingForm>,
    /// The memory that an instance uses: over its `memory` it is killed. It is not counted if it is left out.
    pub memory_use: Option<MemoryForm>,
    /// Instances at once; as many as the platform allows if it is left out.
    pub max_instances: Option<u64>,
    /// Instances that it has ahead of requests, always or by the time of day; as its platform says if
    /// it is left out.
    pub provisioned_concurrency: Option<Provisioned>,
    /// How long a request is served, its calls included, before it is cut and fails; as long as its
    /// platform allows if it is left out.
    pub timeout: Option<Span>,
    /// How much of the concurrency of its account is kept for it alone, and is all that it may use.
    pub reserved_concurrency: Option<u64>,
}
