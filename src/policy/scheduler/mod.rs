//! Schedulers: on which node a pod goes, a file each.

mod ecs;
mod explanation;
mod high_node_utilization;
mod kubernetes;
mod no_scoring;
pub mod packing;
mod swarm;

use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::explanation::{Explanation, Scored, availability, outside, words};
pub use self::high_node_utilization::HighNodeUtilization;
pub use self::kubernetes::{Fit, Kubernetes};
pub use self::no_scoring::NoScoring;
pub use self::packing::{
    BestFit, Cosine, DotProduct, Fgd, FirstFit, GpuClustering, GpuPacking, Packing, Random,
    WorstFit,
};
use super::orchestration::ecs::Ecs;
use super::orchestration::kubernetes::filter::Filter;
use super::orchestration::kubernetes::preemption::{Budget, Finding};
use super::orchestration::kubernetes::{
    Cluster, Failure, Framework, Node, Outcome, Pod, Rejection,
};
use super::orchestration::swarm::Swarm;
use crate::kernel::{Id, Stream};
use crate::policy::catalogue::catalogue;

/// Whose words for the places of pods a scheduler knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    /// Those of Kubernetes, all that a pod can say.
    Kubernetes,
    /// Those of Amazon ECS: labels that an instance must have, and tasks of a service on instances of their own.
    Ecs,
    /// Those of Docker Swarm: labels that a node must have or not, and tasks of a service on nodes of their own.
    Swarm,
}

/// A scheduler that a scenario can choose.
pub trait SchedulerPolicy: DynClone + Debug + Send + Sync {
    /// The scheduler of a cluster at the start of a run. It may put the nodes into another order.
    fn start(&self, cluster: &mut Cluster, stream: &mut Stream) -> Box<dyn Scheduler>;

    /// Whether it gives GPUs to pods.
    fn gives_gpus(&self) -> bool {
        true
    }

    /// What it knows of the places that pods ask for.
    fn places(&self) -> Places {
        Places::Kubernetes
    }

    /// Whether nodes may come and go under it: what it asks of a node are all its [filters](Scheduler::filters).
    fn allows_node_autoscaling(&self) -> bool {
        true
    }
}

dyn_clone::clone_trait_object!(SchedulerPolicy);

/// Packing evicts nobody.
impl<P: Packing + Clone + 'static> SchedulerPolicy for P {
    fn start(&self, cluster: &mut Cluster, stream: &mut Stream) -> Box<dyn Scheduler> {
        if self.shuffles() {
            cluster.shuffle(stream);
        }
        Box::new(Framework::new(self.profile(cluster), false))
    }
}

/// A scheduler at work: it is asked for one pod after another and sees the cluster as it is.
pub trait Scheduler: Debug + Send {
    /// The node of a pod, or why there is none.
    fn place(&mut self, cluster: &Cluster, pod: Id<Pod>, stream: &mut Stream) -> Outcome;

    /// Whether a node would do for a pod.
    ///
    /// # Errors
    /// What keeps the pod from it.
    fn fits(&self, cluster: &Cluster, pod: Id<Pod>, node: Id<Node>) -> Result<(), Rejection>;

    /// All that it asks of a node, where [nodes may come and go](SchedulerPolicy::allows_node_autoscaling).
    fn filters(&self) -> Vec<Box<dyn Filter>> {
        Vec::new()
    }

    /// Which pods are to go for a pod that has found no node; none if the scheduler evicts none.
    fn make_room(
        &mut self,
        _cluster: &Cluster,
        _pod: Id<Pod>,
        _failure: &Failure,
        _budgets: &[Budget],
        _stream: &mut Stream,
    ) -> Finding {
        Finding::Nothing
    }

    /// Which of the pods of a service goes first when there are too many, of those on nodes; `None` if the
    /// scheduler does not say it.
    fn victim(
        &self,
        _cluster: &Cluster,
        _pods: &[Id<Pod>],
        _stream: &mut Stream,
    ) -> Option<Id<Pod>> {
        None
    }

    /// Whether a pod that has found no node might find one now that this node has changed.
    fn may_help(&self, cluster: &Cluster, pod: Id<Pod>, node: Id<Node>) -> bool;

    /// Whether a pod that has found no node might find one because other pods have come.
    fn waits_for_others(&self, _cluster: &Cluster, _pod: Id<Pod>) -> bool {
        false
    }

    /// What it would say of each node for a pod, and why; changes nothing.
    fn explain(&self, cluster: &Cluster, pod: Id<Pod>) -> Explanation;
}

catalogue! {
    /// A scheduler, chosen by name.
    pub struct SchedulerChoice(Box<dyn SchedulerPolicy>);
    /// The schedulers.
    pub static SCHEDULERS: "scheduler";
    Kubernetes,
    HighNodeUtilization,
    NoScoring,
    Ecs,
    Swarm,
    FirstFit,
    BestFit,
    WorstFit,
    DotProduct,
    Cosine,
    Random,
    GpuPacking,
    GpuClustering,
    Fgd,
}
