//! The task placement of Amazon ECS.

use super::{Explanation, Places, Scheduler, SchedulerPolicy};
use crate::kernel::{Id, Stream};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::ecs::Ecs;
use crate::policy::orchestration::kubernetes::filter::Filter;
use crate::policy::orchestration::kubernetes::{Cluster, Node, Outcome, Pod, Rejection};

impl Described for Ecs {
    const NAME: &'static str = "ecs";
    const SUMMARY: &'static str = "Amazon ECS: of the instances that meet all constraints, the best by one strategy after the other.";
    const SOURCE: &'static str =
        "Amazon ECS developer guide, task placement; what it does not say is in docs/model.md";
}

impl SchedulerPolicy for Ecs {
    fn start(&self, _cluster: &mut Cluster, _stream: &mut Stream) -> Box<dyn Scheduler> {
        Box::new(self.clone())
    }

    fn gives_gpus(&self) -> bool {
        false
    }

    fn places(&self) -> Places {
        Places::Ecs
    }
}

impl Scheduler for Ecs {
    fn place(&mut self, cluster: &Cluster, pod: Id<Pod>, stream: &mut Stream) -> Outcome {
        self.schedule(cluster, pod, stream)
    }

    fn fits(&self, cluster: &Cluster, pod: Id<Pod>, node: Id<Node>) -> Result<(), Rejection> {
        Ecs::fits(self, cluster, pod, node)
    }

    fn filters(&self) -> Vec<Box<dyn Filter>> {
        self.filters().into_iter().map(dyn_clone::clone_box).collect()
    }

    fn victim(&self, cluster: &Cluster, pods: &[Id<Pod>], stream: &mut Stream) -> Option<Id<Pod>> {
        Ecs::victim(self, cluster, pods, stream)
    }

    /// All that is asked of an instance is asked of it alone.
    fn may_help(&self, cluster: &Cluster, pod: Id<Pod>, node: Id<Node>) -> bool {
        self.fits(cluster, pod, node).is_ok()
    }

    fn waits_for_others(&self, _cluster: &Cluster, _pod: Id<Pod>) -> bool {
        self.asks_for_tasks()
    }

    fn explain(&self, cluster: &Cluster, pod: Id<Pod>) -> Explanation {
        Explanation::of_nodes(cluster, |node| self.fits(cluster, pod, node))
    }
}
