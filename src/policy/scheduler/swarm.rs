//! The scheduler of Docker Swarm.

use super::{Explanation, Places, Scheduler, SchedulerPolicy};
use crate::kernel::{Id, Stream};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::{Cluster, Node, Outcome, Pod, Rejection};
use crate::policy::orchestration::swarm::Swarm;

impl Described for Swarm {
    const NAME: &'static str = "swarm";
    const SUMMARY: &'static str = "Docker Swarm: the node with the fewest tasks of the service, then with the fewest tasks of all.";
    const SOURCE: &'static str = "moby/swarmkit 3e72cb64, manager/scheduler";
}

impl SchedulerPolicy for Swarm {
    fn start(&self, _cluster: &mut Cluster, _stream: &mut Stream) -> Box<dyn Scheduler> {
        Box::new(self.clone())
    }

    fn gives_gpus(&self) -> bool {
        false
    }

    fn places(&self) -> Places {
        Places::Swarm
    }

    fn allows_node_autoscaling(&self) -> bool {
        false
    }
}

impl Scheduler for Swarm {
    fn place(&mut self, cluster: &Cluster, pod: Id<Pod>, stream: &mut Stream) -> Outcome {
        self.schedule(cluster, pod, stream)
    }

    fn fits(&self, cluster: &Cluster, pod: Id<Pod>, node: Id<Node>) -> Result<(), Rejection> {
        Swarm::fits(self, cluster, pod, node)
    }

    fn may_help(&self, cluster: &Cluster, pod: Id<Pod>, node: Id<Node>) -> bool {
        self.fits(cluster, pod, node).is_ok()
    }

    fn explain(&self, cluster: &Cluster, pod: Id<Pod>) -> Explanation {
        Explanation::of_nodes(cluster, |node| self.fits(cluster, pod, node))
    }
}
