//! What a cluster under an orchestrator is made of, and what happens on it.

use crate::kernel::{Id, Span};
use crate::model::PlatformNumber;
use crate::policy::orchestration::kubernetes::{Cluster, Pod, Selector, Symbol, Template};
use crate::policy::scheduler::SchedulerPolicy;
use crate::quantity::{Bytes, Millicpu};

/// The number of a pod of a cluster; used again when the pod is gone.
pub type PodId = Id<Pod>;

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
    /// How long a pod that is evicted goes on until it is stopped.
    pub grace: Span,
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
    /// CPU that each reserves.
    pub cpu: Millicpu,
    /// Memory that each reserves.
    pub memory: Bytes,
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
    pub least: u64,
}

/// What happens to pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The own demand of what runs in a pod may be served.
    Ended(PlatformNumber, PodId),
    /// A pod that was evicted may have had its time to stop.
    Stopped(PlatformNumber, PodId),
}
