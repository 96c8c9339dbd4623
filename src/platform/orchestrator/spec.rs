//! What a cluster under an orchestrator is made of, and what happens on it.

use std::ops::Range;

use super::faults::FaultSpec;
use super::health::CheckSpec;
use super::pressure::PressureSpec;
use super::quorum::QuorumSpec;
use super::restart::RestartSpec;
use crate::kernel::{Id, Span};
use crate::model::{Ageing, ApplicationId, AttemptId, MemoryUse, OutageId, PlatformNumber};
use crate::policy::balance::Balance;
use crate::policy::exposure::Way;
use crate::policy::node_autoscaling::{Group, NodeAutoscalingPolicy};
use crate::policy::orchestration::kubernetes::{
    Cluster, EvictionPace, Node, Pod, Selector, Symbol, Template,
};
use crate::policy::replica_autoscaling::{ReplicaAutoscalingPolicy, Target};
use crate::policy::rollout::Rollout;
use crate::policy::scheduler::SchedulerPolicy;
use crate::quantity::{Bytes, Millicpu, Probability, Share};
use crate::variate::Variate;

/// The number of a pod of a cluster; used again when the pod is gone.
pub type PodId = Id<Pod>;
/// The number of a node of a cluster.
pub type NodeId = Id<Node>;

/// A platform of kind `orchestrator`.
#[derive(Clone, Debug)]
pub struct OrchestratorSpec {
    /// Its nodes, and what pods have in common; without pods.
    pub cluster: Cluster,
    /// By application: its pods.
    pub pods: Vec<PodSpec>,
    /// Who says on which node a pod goes.
    pub scheduler: Box<dyn SchedulerPolicy>,
    /// How many pods of each budget must go on running when others are evicted.
    pub budgets: Vec<BudgetSpec>,
    /// How long a pod that is to stop goes on until it is killed.
    pub grace: Span,
    /// How long before that, behind a load balancer, it is told, and ends the requests that it has.
    pub deregistration_delay: Span,
    /// How long it takes until requests go to a pod that is ready, or no longer to one that is to stop.
    pub endpoint_delay: Span,
    /// To which endpoint of a service a request goes.
    pub balance: Box<dyn Balance>,
    /// How it is found out that a node has failed.
    pub heartbeat: HeartbeatSpec,
    /// How long after that its pods are given up.
    pub eviction_delay: Span,
    /// The managers; `None` if the control plane is elsewhere, and never fails.
    pub quorum: Option<QuorumSpec>,
    /// How fast nodes are given up one after the other; `None` if each is after that delay.
    pub eviction_pace: Option<EvictionPace>,
    /// How a lack of memory on a node is met before all of it is used; `None` if it is not.
    pub pressure: Option<PressureSpec>,
    /// What may happen to nodes and replicas.
    pub faults: Vec<FaultSpec>,
    /// The numbers of the nodes of each make, also of those that are not there at first.
    pub makes: Vec<Range<usize>>,
    /// How nodes come and go; `None` if they are always there.
    pub provisioning: Option<ProvisioningSpec>,
    /// Where each pod has a machine of its own instead of nodes.
    pub serverless: Option<ServerlessSpec>,
    /// The name of a pod whose turns are told when the run has ended ([`RunOutcome::watched`]).
    ///
    /// [`RunOutcome::watched`]: crate::metric::RunOutcome::watched
    pub watched: Option<String>,
}

/// Machines that come and go with each pod, of which the one node of the cluster has as many as are wanted.
#[derive(Clone, Debug)]
pub struct ServerlessSpec {
    /// How long it takes from the order of a pod's machine until its image can come; `None` is no time.
    pub boot: Option<Variate>,
}

/// How nodes come and go.
#[derive(Clone, Debug)]
pub struct ProvisioningSpec {
    /// Who says when.
    pub autoscaler: Box<dyn NodeAutoscalingPolicy>,
    /// The groups of nodes of which some come and go.
    pub groups: Vec<Group>,
    /// By group: how long it takes until a node that was ordered is there; `None` is no time.
    pub boots: Vec<Option<Variate>>,
}

/// How it is found out that a node has failed.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeartbeatSpec {
    /// How often a node says that it is there.
    pub period: Span,
    /// How long after the last time it counts as failed.
    pub timeout: Span,
    /// How often that is looked at; always if it is no time.
    pub check: Span,
}

/// The pods of an application: a service, or a member of a family.
#[derive(Clone, Debug)]
pub struct PodSpec {
    /// The name of the application.
    pub name: String,
    /// What its pods have in common.
    pub template: Id<Template>,
    /// How urgent they are.
    pub priority: i32,
    /// CPU that each asks for: its weight, and what it reserves if its template says so, too.
    pub cpu: Millicpu,
    /// Memory that each asks for.
    pub memory: Bytes,
    /// Whether it reserves what it asks for; otherwise nothing is known of the memory that it uses unless that is told.
    pub reserves: bool,
    /// What each has of GPUs, in thousandths.
    pub gpus: u64,
    /// The layers of their image; one, if it is told as a whole.
    pub layers: Vec<Layer>,
    /// How long their containers take to start when the image is there; `None` is no time.
    pub start: Option<Variate>,
    /// How they are kept running and serve requests; `None` if each request is a pod of its own.
    pub replicas: Option<ReplicaSpec>,
    /// Whether it is a later version of another, and has no replicas before its release.
    pub waits: bool,
}

impl PodSpec {
    /// Whether the memory of its replicas is counted.
    pub(super) fn counts_memory(&self) -> bool {
        self.replicas.as_ref().is_some_and(|of| of.memory.is_some())
    }

    /// Whether requests from outside come to its replicas through a load balancer.
    pub(super) fn is_balanced(&self) -> bool {
        let way = self.replicas.as_ref().and_then(|of| of.exposure);
        way.is_some_and(|way| way.balanced)
    }
}

/// Replicas of a service.
#[derive(Clone, Debug)]
pub struct ReplicaSpec {
    /// How many there shall be.
    pub replicas: u32,
    /// Whether there is one on each node that takes it instead (a daemon set).
    pub daemon: bool,
    /// How many requests each serves at once; `None` is any number.
    pub concurrency: Option<u32>,
    /// The CPU that each may use at most; `None` is what its node has.
    pub cpu_limit: Option<Millicpu>,
    /// What memory it uses and how much it may; `None` if that is not counted.
    pub memory: Option<MemoryUse>,
    /// How its requests take longer as it ages; `None` if they do not.
    pub ageing: Option<Ageing>,
    /// How often a start goes wrong; `None` if none does.
    pub bad_start: Option<BadStart>,
    /// How it is found out that it has started, before the other checks look; `None` if these look from the start.
    pub startup: Option<CheckSpec>,
    /// How it is found out that it is ready, and that it is not any more; `None` if it is as soon as it has started, and
    /// stays so.
    pub readiness: Option<CheckSpec>,
    /// How it is found out that its containers are to be started again; `None` if that is never found.
    pub liveness: Option<CheckSpec>,
    /// How its containers are started again when they have ended.
    pub restart: RestartSpec,
    /// How many there shall be by what they use; `None` if their number stays.
    pub autoscaling: Option<AutoscalingSpec>,
    /// How they take the place of those of another version.
    pub rollout: Box<dyn Rollout>,
    /// To which of them a request goes, where that differs from the cluster.
    pub balance: Option<Box<dyn Balance>>,
    /// Which way requests from outside come to them; `None` if each finds one by itself.
    pub exposure: Option<Way>,
    /// How much later than by the `endpoint_delay` of the cluster it is known which of them there are.
    pub reload: Span,
    /// For how long after its last request a session stays with its replica; `None` if it does not.
    pub sessions: Option<Span>,
    /// For how long a caller keeps the address of a replica to which the name of the service has resolved; `None` if that is one
    /// address of all.
    pub dns: Option<Span>,
}

/// A part of an image that comes to a node by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Which it is: images that have it have the same number.
    pub number: usize,
    /// How long it takes to a node that does not have it.
    pub pull: Span,
    /// Whether it is of the images that its pods name ([`Template::images`]), so that nodes that have these have it.
    pub named: bool,
}

/// How often a start goes wrong.
#[derive(Clone, Copy, Debug)]
pub struct BadStart {
    /// How often the image cannot be pulled to a node that does not have it.
    pub pull: Probability,
    /// How often the containers end when they should be able to serve.
    pub start: Probability,
}

/// How many replicas there shall be by what they use.
#[derive(Clone, Debug)]
pub struct AutoscalingSpec {
    /// Who says it.
    pub autoscaler: Box<dyn ReplicaAutoscalingPolicy>,
    /// What they are to have.
    pub target: Target,
}

impl AutoscalingSpec {
    /// Whether an autoscaler at work may go on as this one.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.target == other.target && *self.autoscaler == *other.autoscaler
    }
}

/// How many pods must go on running when others are evicted (`PodDisruptionBudget`).
#[derive(Clone, Debug)]
pub struct BudgetSpec {
    /// The namespace of its pods.
    pub namespace: Symbol,
    /// Its pods.
    pub selector: Selector,
    /// The applications whose pods these are.
    pub applications: Vec<u32>,
    /// How many must go on.
    pub keeps: Keeps,
}

/// How many pods must go on running: a number of them, or a part of those that there shall be, rounded up (`pkg/controller/disruption`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// At least so many (`minAvailable`).
    AtLeast(Share),
    /// All but so many (`maxUnavailable`).
    AllBut(Share),
}

impl Keeps {
    /// How many of `all` that is.
    pub(super) fn of(self, all: u64) -> u64 {
        let whole = i64::try_from(all).unwrap_or(i64::MAX);
        let count = |share: Share| u64::try_from(share.rounded_up(whole)).unwrap_or(0);
        match self {
            Self::AtLeast(share) => count(share),
            Self::AllBut(share) => all.saturating_sub(count(share)),
        }
    }
}

/// What happens to pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The own demand of what runs in a pod may be served.
    Ended(PlatformNumber, PodId),
    /// Requests may have computed what they have to in a replica.
    Computed(PlatformNumber, PodId),
    /// A replica may become an endpoint of its service.
    Joins(PlatformNumber, PodId),
    /// A replica may be an endpoint no longer.
    Leaves(PlatformNumber, PodId),
    /// Something may be due of the containers of a pod.
    Due(PlatformNumber, PodId),
    /// A fault hits a node or replica.
    Fails(PlatformNumber, OutageId),
    /// A node or replica is no longer under a fault.
    Returns(PlatformNumber, OutageId),
    /// The heartbeats of a node may have been missing for long enough.
    Lost(PlatformNumber, NodeId),
    /// The memory of a node may be used up, or it is time to look at it.
    Memory(PlatformNumber, NodeId),
    /// The pods of a node may have to be given up.
    GivenUp(PlatformNumber, NodeId),
    /// A manager may lead from now on.
    Elected(PlatformNumber),
    /// The pods of a node that will be taken away are moved, as far as they may be.
    Drains(PlatformNumber, NodeId),
    /// A node that was ordered may come.
    NodeJoins(PlatformNumber, NodeId),
    /// The node autoscaler looks.
    Review(PlatformNumber),
    /// The autoscaler of an application looks.
    Scale(PlatformNumber, ApplicationId),
    /// The rollout that an application is a version of may have another step.
    Rolls(PlatformNumber, ApplicationId),
    /// What was ordered of a new version beside the old one may be there.
    Beside(PlatformNumber, ApplicationId),
    /// A pod that is to stop may have had its time.
    Stopped(PlatformNumber, PodId),
    /// A request from outside reaches a replica.
    Enters(PlatformNumber, AttemptId),
}
