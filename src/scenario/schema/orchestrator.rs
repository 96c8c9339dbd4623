//! Clusters under an orchestrator, and the pods of services on them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    CheckForm, ElectionForm, HeartbeatForm, MemoryForm, NodeEvictionForm, NodesForm, PressureForm,
    RestartForm,
};
use crate::kernel::Span;
use crate::policy::balance::BalanceChoice;
use crate::policy::exposure::ExposureChoice;
use crate::policy::node_autoscaling::NodeAutoscalingChoice;
use crate::policy::replica_autoscaling::ReplicaAutoscalingChoice;
use crate::policy::rollout::RolloutChoice;
use crate::policy::scheduler::SchedulerChoice;
use crate::pricing::sheet::PriceForm;
use crate::quantity::{Bandwidth, Bytes, Millicpu, Probability, Share};
use crate::scenario::OneOrMany;
use crate::variate::Distribution;

/// A cluster: nodes, and a scheduler that puts pods on them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrchestratorForm {
    /// The nodes.
    #[serde(default)]
    pub nodes: Vec<NodesForm>,
    /// Machines that come and go with each pod; there are no `nodes` then.
    pub serverless: Option<ServerlessForm>,
    /// Who says on which node a pod goes; `kubernetes` if it is left out.
    pub scheduler: Option<SchedulerChoice>,
    /// Who says when nodes come and go; all are always there if it is left out.
    pub node_autoscaling: Option<NodeAutoscalingChoice>,
    /// Who says how many replicas there shall be of a service with `autoscaling`; `horizontal` if it is left out.
    pub autoscaler: Option<ReplicaAutoscalingChoice>,
    /// To which replica of a service a request goes; `random` if it is left out.
    pub balance: Option<BalanceChoice>,
    /// How long it takes until requests go to a replica that is ready, or no longer to one that is to stop.
    #[serde(default)]
    #[schemars(with = "Option<Span>")]
    pub endpoint_delay: Span,
    /// How fast images come to a node that does not have them; at once if it is left out.
    pub image_bandwidth: Option<Bandwidth>,
    /// How it is found out that a node has failed; at once if it is left out.
    pub heartbeat: Option<HeartbeatForm>,
    /// How managers of nodes elect the one that leads; nodes have no managers if it is left out.
    pub election: Option<ElectionForm>,
    /// How long after that the pods of the node are given up.
    #[serde(default)]
    #[schemars(with = "Option<Span>")]
    pub eviction_delay: Span,
    /// How fast nodes are given up one after the other; all at once if it is left out.
    pub node_eviction: Option<NodeEvictionForm>,
    /// How a lack of memory on a node is met before all of it is used; not at all if it is left out.
    pub memory_pressure: Option<PressureForm>,
    /// What checks of readiness are like where a pod leaves it out.
    pub readiness: Option<CheckForm>,
    /// What checks of startup and liveness are like where a pod leaves it out.
    pub liveness: Option<CheckForm>,
    /// Whether readiness and liveness are one check, so that a pod with one of them has the other, too.
    #[serde(default)]
    pub single_health_check: bool,
    /// How containers that have ended are started again; where they were and at once if it is left out.
    pub restart: Option<RestartForm>,
    /// Whether it is a single host, which has no other node.
    #[serde(default)]
    pub single_node: bool,
    /// Whether replicas reserve the CPU and memory that they ask for, so that a node takes no more than it has; where they do not,
    /// their CPU is a weight and no more.
    #[serde(default = "yes")]
    #[schemars(with = "Option<bool>")]
    pub reserves: bool,
    /// How long a pod that is to stop goes on until it is killed.
    #[serde(default = "half_a_minute")]
    #[schemars(with = "Span")]
    pub termination_grace: Span,
    /// How long before that a pod behind a load balancer is told, and ends the requests that it has; it stops at once if it is
    /// left out.
    #[serde(default)]
    #[schemars(with = "Option<Span>")]
    pub deregistration_delay: Span,
    /// How the replicas of a new version of a service take the place of the old one's; `rolling-update` if it is left
    /// out.
    pub rollout: Option<RolloutChoice>,
    /// Which way requests from outside come to the replicas of a service; each finds a replica by itself, in no time, if
    /// it is left out.
    pub exposure: Option<ExposureChoice>,
    /// For how long after its last request a session stays with its replica, where a service has `session_affinity`; as
    /// long as the replica is there if it is left out.
    pub session_timeout: Option<Span>,
    /// What is charged: flat prices, a price sheet, or a list of these.
    pub price: Option<OneOrMany<PriceForm>>,
}

fn yes() -> bool {
    true
}

/// Kubernetes' default of `terminationGracePeriodSeconds`.
fn half_a_minute() -> Span {
    Span::from_secs(30)
}

/// Machines that come and go with each pod.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerlessForm {
    /// How long it takes from the order of a pod's machine until its image can come; no time if it is left out.
    pub boot: Option<Distribution>,
    /// The sizes that these machines have: that of a pod is the smallest that holds what it asks for. It is as large as that if
    /// this is left out.
    pub sizes: Option<SizesForm>,
}

/// Whose sizes.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SizesForm {
    /// Those of tasks on AWS Fargate, as `explain fargate` has them.
    Fargate,
}

/// What the pods of a service are beside their CPU and memory.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PodForm {
    /// Their labels; `app` is the name of the service unless it is given here.
    pub labels: BTreeMap<String, String>,
    /// The GPUs that each asks for.
    pub gpus: Option<GpusForm>,
    /// Other resources that each asks for, such as `"nvidia.com/gpu"`: how many.
    pub resources: BTreeMap<String, u32>,
    /// Labels that a node must have.
    pub node_selector: BTreeMap<String, String>,
    /// Nodes by their labels: those without a weight are needed, one of them; those with a weight are
    /// preferred.
    pub node_affinity: Vec<NodeAffinityForm>,
    /// Taints that they stand, as in `"dedicated=batch:NoSchedule"`, `"dedicated"` for any value and
    /// effect, or `"*"` for all.
    pub tolerations: Vec<String>,
    /// How evenly they are spread over domains.
    pub topology_spread: Vec<SpreadForm>,
    /// Pods that they need in their domain or, with a weight, prefer there.
    pub affinity: Vec<AffinityForm>,
    /// Pods that must not be in their domain or, with a weight, had better not be.
    pub anti_affinity: Vec<AffinityForm>,
    /// Ports of the node that each takes.
    pub host_ports: Vec<u16>,
    /// Whether one of them runs on each node that takes it, and serves requests, instead of `replicas` (a daemon set).
    pub daemon: bool,
    /// The images of their containers.
    pub images: Vec<String>,
    /// How many requests each replica serves at once; any number, which share its CPU, if it is left out.
    pub concurrency: Option<u32>,
    /// The CPU that each replica may use at most; what its node has if it is left out.
    pub cpu_limit: Option<Millicpu>,
    /// How long the containers of a replica take to start; no time if it is left out.
    pub start: Option<Distribution>,
    /// The memory that each replica may use: one that uses more is killed.
    pub memory_limit: Option<Bytes>,
    /// The memory that each replica uses, if the service does not say it.
    pub memory_use: Option<MemoryForm>,
    /// How often a start of a replica fails: its containers end when they should be able to serve.
    pub start_failure: Option<Probability>,
    /// How often its image cannot be pulled to a node that does not have it.
    pub pull_failure: Option<Probability>,
    /// How it is found out that a replica has started, before the other checks look; they do from the start if it is
    /// left out.
    pub startup: Option<CheckForm>,
    /// How it is found out that a replica is ready, and that it is not any more; at once, and never, if it is left out.
    pub readiness: Option<CheckForm>,
    /// How it is found out that a replica must be started again; never if it is left out.
    pub liveness: Option<CheckForm>,
    /// How its containers are started again when they have ended, where that differs from the platform.
    pub restart: Option<RestartForm>,
    /// How the replicas of a new version take the place of the old one's; as the `rollout` of the cluster says if it is
    /// left out.
    pub rollout: Option<RolloutChoice>,
    /// Which way requests from outside come to the replicas; as the `exposure` of the cluster says if it is left out.
    pub exposure: Option<ExposureChoice>,
    /// To which replica a request goes; as the `balance` of the cluster says if it is left out.
    pub balance: Option<BalanceChoice>,
    /// That its name resolves to the addresses of its replicas, of which a caller takes one at random, and not to one address behind
    /// which `balance` says (`dnsrr` of Docker Swarm, a headless service of Kubernetes).
    pub dns: Option<DnsForm>,
    /// Whether the requests of a session go to the same replica as long as it gets requests.
    pub session_affinity: bool,
    /// Whether they never evict others, whatever their priority.
    pub never_preempts: bool,
    /// Whether they may be evicted so that their node can go; true if it is left out.
    pub safe_to_evict: Option<bool>,
    /// How many of them go on running when others are evicted for pods of higher priority, where that is
    /// possible (a disruption budget): a number, or a percentage of the replicas, rounded up; none is kept if it is left out.
    pub min_available: Option<Share>,
    /// How many of the replicas may be missing when that is so, instead: a number, or a percentage of them, rounded up.
    pub max_unavailable: Option<Share>,
}

/// How callers find the replicas of a service by its name.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DnsForm {
    /// For how long a caller keeps the address that it has resolved; it resolves the name for each request if it is left out.
    #[schemars(with = "Option<Span>")]
    pub cache: Span,
}

/// The GPUs that a pod asks for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpusForm {
    /// On how many it runs.
    #[serde(default = "one_gpu")]
    #[schemars(range(min = 1, max = 16))]
    pub count: u8,
    /// How much of each, in thousandths.
    #[serde(default = "whole")]
    #[schemars(range(min = 1, max = 1000))]
    pub milli: u16,
    /// The models that will do; any if it is left out.
    #[serde(default)]
    pub models: Vec<String>,
}

fn one_gpu() -> u8 {
    1
}

fn whole() -> u16 {
    1000
}

/// Nodes that pods need or prefer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeAffinityForm {
    /// Their labels, as in `"disk in (ssd, nvme), !spot"`.
    #[serde(rename = "match")]
    pub selector: String,
    /// What each of them is worth, 1 to 100; they are needed if it is left out.
    #[schemars(range(min = 1, max = 100))]
    pub weight: Option<u8>,
}

/// Pods that are wanted near or far.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AffinityForm {
    /// Their labels, as in `"app=cache"`.
    #[serde(rename = "match")]
    pub selector: String,
    /// The label of nodes whose value is the domain; `zone` and `host` are short for those of
    /// Kubernetes.
    #[serde(default = "host")]
    pub topology: String,
    /// What each of them is worth, 1 to 100; it must be so if it is left out.
    #[schemars(range(min = 1, max = 100))]
    pub weight: Option<u8>,
}

fn host() -> String {
    "host".to_owned()
}

/// How evenly pods are spread.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpreadForm {
    /// The label of nodes whose value is the domain; `zone` and `host` are short for those of
    /// Kubernetes.
    pub topology: String,
    /// By how many pods a domain may be above the least one.
    #[serde(default = "skew")]
    #[schemars(range(min = 1))]
    pub max_skew: u32,
    /// What becomes of a pod that would break it.
    #[serde(default)]
    pub when_unsatisfiable: UnsatisfiableForm,
    /// The labels of the pods that are counted; those of the service if it is left out.
    #[serde(rename = "match")]
    pub selector: Option<String>,
    /// If there are fewer domains than this, the least one counts as empty.
    #[schemars(range(min = 1))]
    pub min_domains: Option<u32>,
}

fn skew() -> u32 {
    1
}

/// What becomes of a pod that would break a constraint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnsatisfiableForm {
    /// It waits.
    #[default]
    DoNotSchedule,
    /// It goes where it breaks the constraint least.
    ScheduleAnyway,
}
