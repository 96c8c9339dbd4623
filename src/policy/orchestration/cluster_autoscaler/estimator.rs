//! How many nodes of a group would take how many of the pods that wait (`estimator`).
//!
//! Pods are packed first-fit decreasing, with the scheduler's own filters: those that are alike in the
//! order of their size, each on the first new node that takes it, else on one more.

use crate::kernel::Id;
use crate::policy::orchestration::kubernetes::filter::Filter;
use crate::policy::orchestration::kubernetes::{
    Cluster, Labels, Names, Node, NodeSpec, Pod, Resource, Template, first_that_takes,
};

/// At most so many nodes are added at once. Source: `--max-nodes-per-scaleup`. A group is also packed for at
/// most 10 s of computing time (`--max-nodegroup-binpacking-duration`), which is not modelled.
pub const MOST_NODES: usize = 1000;

/// What new nodes would do for pods that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// How many nodes would have pods.
    pub nodes: usize,
    /// The pods that would have a node, in the order in which they found it.
    pub pods: Vec<Id<Pod>>,
}

/// Pods that wait and are alike, so that one speaks for all.
type Alike = Vec<Id<Pod>>;

/// A pod's size on a node: its part of CPU plus its part of memory (`decreasing_pod_orderer.go`).
fn size(template: &Template, node: &NodeSpec) -> f64 {
    let part = |resource| {
        let allocatable = node.allocatable.get(resource);
        let request = template.request.get(resource);
        if allocatable > 0 { request as f64 / allocatable as f64 } else { 0.0 }
    };
    part(Resource::CPU) + part(Resource::MEMORY)
}

/// A cluster with new nodes, on which pods are tried out.
struct Trial<'a> {
    cluster: Cluster,
    filters: &'a [Box<dyn Filter>],
    node: &'a NodeSpec,
    most: usize,
    added: Vec<Id<Node>>,
    /// Where the next search begins: behind the last node that took a pod.
    next: usize,
    estimate: Estimate,
}

impl Trial<'_> {
    /// Whether a pod fits on the new node with this number; if so it is there.
    fn takes(&mut self, pod: Id<Pod>, number: usize) -> bool {
        let node = self.added[number];
        let fits = first_that_takes(&self.cluster, self.filters, &[node], pod).is_some();
        if fits {
            let first = self.cluster.is_unused(node);
            self.estimate.nodes += usize::from(first);
            self.cluster.bind_on_trial(pod, node);
            self.estimate.pods.push(pod);
        }
        fits
    }

    /// Puts a pod on the next new node that takes it, if there is one (`FitsAnyNodeMatching`).
    fn put_on_any(&mut self, pod: Id<Pod>) -> bool {
        let count = self.added.len();
        for step in 0..count {
            let number = (self.next + step) % count;
            if self.takes(pod, number) {
                self.next = (number + 1) % count;
                return true;
            }
        }
        false
    }

    /// Puts a pod on the newest node, or on one more (`tryToScheduleOnNewNodes`); `false` if that
    /// cannot be, and is not worth trying with others that are alike.
    fn put_on_new(&mut self, pod: Id<Pod>) -> bool {
        if let Some(last) = self.added.len().checked_sub(1) {
            if self.takes(pod, last) {
                return true;
            }
            // What an empty node does not take, one more would not take either.
            if self.cluster.is_unused(self.added[last]) {
                return false;
            }
        }
        if self.added.len() >= self.most {
            return false;
        }
        let mut node = self.node.clone();
        let number = self.added.len();
        node.name = self.cluster.names.symbol(&format!("{NEW_NODE}{number}"));
        let host = node.labels.get(Names::HOSTNAME).map(|_| (Names::HOSTNAME, node.name));
        let others = node.labels.pairs().iter().copied().filter(|(key, _)| *key != Names::HOSTNAME);
        node.labels = Labels::new(others.chain(host));
        let node = self.cluster.add_node(node);
        self.cluster.bring_daemons_on_trial(self.filters, node);
        self.added.push(node);
        self.takes(pod, number)
    }
}

/// The name of a new node, to which its number is added.
const NEW_NODE: &str = "cluster-autoscaler-e-";

/// How many nodes like `node`, at most `most`, would take how many of the pods that wait, of which those of
/// a list are alike (`Estimate`).
///
/// A pod goes only where all filters let it; what is there already counts. New nodes have no pods
/// but those of daemon sets when they come. The cluster is copied, and stays as it is.
pub fn estimate(
    cluster: &Cluster,
    filters: &[Box<dyn Filter>],
    node: &NodeSpec,
    most: usize,
    waiting: &[Alike],
) -> Estimate {
    let mut sized: Vec<(f64, &Alike)> = waiting
        .iter()
        .filter_map(|alike| Some((size(cluster.template_of(*alike.first()?), node), alike)))
        .collect();
    sized.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut trial = Trial {
        cluster: cluster.clone(),
        filters,
        node,
        most,
        added: Vec::new(),
        next: 0,
        estimate: Estimate::default(),
    };
    for (_, alike) in sized {
        let on_any = alike.iter().take_while(|&&pod| trial.put_on_any(pod)).count();
        for &pod in &alike[on_any..] {
            if !trial.put_on_new(pod) {
                break;
            }
        }
    }
    trial.estimate
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::orchestration::kubernetes::{
        Amounts, Container, Names, Port, Template, filter,
    };

    fn waiting(cluster: &mut Cluster, count: usize, cpu: i64, port: Option<u16>) -> Alike {
        let mut template = Template::new(Names::EMPTY);
        let mut container = Container::default();
        container.request.set(Resource::CPU, cpu);
        template.demand(&[container], &[], &Amounts::default());
        if let Some(number) = port {
            let protocol = cluster.names.symbol("TCP");
            template.ports.push(Port { address: Names::ANY_ADDRESS, protocol, number });
        }
        let template = cluster.add_template(template);
        (0..count).map(|_| cluster.add_pod(Pod::new(template, Names::EMPTY))).collect()
    }

    fn node(cpu: i64) -> NodeSpec {
        let mut node = NodeSpec::new(Names::EMPTY);
        node.allocatable.set(Resource::CPU, cpu);
        node.most_pods = 110;
        node
    }

    fn estimated(cluster: &Cluster, node: &NodeSpec, most: usize, all: &[Alike]) -> (usize, usize) {
        let Estimate { nodes, pods } = estimate(cluster, &filter::defaults(), node, most, all);
        (nodes, pods.len())
    }

    /// Nodes of 1000. Three pods of 600 take a node each; of the pods of 400 three go beside them, two on a
    /// fourth: 4 nodes. At most two nodes take two of 600 and two of 400.
    #[test]
    fn the_largest_first() {
        let mut cluster = Cluster::default();
        let small = waiting(&mut cluster, 5, 400, None);
        let large = waiting(&mut cluster, 3, 600, None);
        let all = [small, large];
        assert_eq!(estimated(&cluster, &node(1000), MOST_NODES, &all), (4, 8));
        assert_eq!(estimated(&cluster, &node(1000), 2, &all), (2, 4));
        assert_eq!(cluster.nodes().len(), 0, "nothing has happened");
    }

    /// A pod of 2000 fits on no node of 1000: the node that is added for it takes the next, and no node
    /// without pods counts.
    #[test]
    fn what_fits_nowhere_costs_no_node() {
        let mut cluster = Cluster::default();
        let all = [waiting(&mut cluster, 4, 2000, None), waiting(&mut cluster, 2, 500, None)];
        assert_eq!(estimated(&cluster, &node(1000), MOST_NODES, &all[..1]), (0, 0));
        assert_eq!(estimated(&cluster, &node(1000), MOST_NODES, &all), (1, 2));
    }

    /// The scheduler's filters count: pods with a port of the node need one each.
    #[test]
    fn filters_are_those_of_the_scheduler() {
        let mut cluster = Cluster::default();
        let all = [waiting(&mut cluster, 3, 100, Some(80))];
        assert_eq!(estimated(&cluster, &node(1000), MOST_NODES, &all), (3, 3));
    }
}
