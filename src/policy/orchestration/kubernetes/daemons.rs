//! Daemon sets: pods of which one runs on every node that takes it (`DaemonSet`; the global services of Swarm, the `DAEMON`
//! strategy of ECS).
//!
//! They come with a node and go with it, so that they keep no node and none is ordered for them; but a new node has room for
//! others only beside them.

use super::checks::first_that_takes;
use super::cluster::Cluster;
use super::filter::Filter;
use super::names::Names;
use super::node::Node;
use super::pod::Pod;
use crate::kernel::Id;

impl Cluster {
    /// Whether a node has no pods, but for those of daemon sets.
    pub fn is_unused(&self, node: Id<Node>) -> bool {
        self.at(node).load.pods().iter().all(|&pod| self.template_of(pod).daemon)
    }

    /// A node that has just come on trial has the pods of the daemon sets that it takes.
    pub fn bring_daemons_on_trial(&mut self, filters: &[Box<dyn Filter>], node: Id<Node>) {
        for number in 0..self.daemons().len() {
            let pod = self.add_pod(Pod::new(self.daemons()[number], Names::EMPTY));
            match first_that_takes(self, filters, &[node], pod) {
                Some(node) => self.bind_on_trial(pod, node),
                None => self.remove(pod),
            }
        }
    }

    /// A node that came on trial goes again, with the pods of daemon sets on it.
    ///
    /// # Panics
    /// If it is not there, or has other pods.
    pub fn take_away_on_trial(&mut self, node: Id<Node>) {
        for pod in self.at(node).load.pods().to_vec() {
            if self.template_of(pod).daemon {
                self.remove(pod);
            }
        }
        self.take_away(node);
    }
}
