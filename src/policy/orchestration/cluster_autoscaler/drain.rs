//! Whether the pods of a node would find another (`simulator/cluster.go`).

use crate::kernel::{Id, Time};
use crate::policy::orchestration::kubernetes::filter::Filter;
use crate::policy::orchestration::kubernetes::{Checks, Cluster, Node, Pod};

/// Whether all pods of a node would find another, if the node and those that are `closed` took none: one
/// after the other, each on the first node that takes it. Pods that are on their way out need none. The
/// cluster is copied, and stays as it is.
///
/// Whether a pod may be moved at all is the caller's to say: upstream leaves nodes alone that have pods
/// of the system, pods without a controller, or with local storage.
pub fn would_move(
    cluster: &Cluster,
    filters: &[Box<dyn Filter>],
    node: Id<Node>,
    closed: &[Id<Node>],
) -> bool {
    let mut trial = cluster.clone();
    let mut moving: Vec<Id<Pod>> = Vec::new();
    for &pod in cluster.at(node).load.pods() {
        let was = *cluster.pod(pod);
        trial.remove(pod);
        if !was.leaving.is_leaving() {
            moving.push(trial.add_pod(Pod::new(was.template, was.name)));
        }
    }
    let open: Vec<Id<Node>> =
        cluster.order().iter().copied().filter(|at| *at != node && !closed.contains(at)).collect();
    moving.into_iter().all(|pod| {
        let place = first_that_takes(&trial, filters, &open, pod);
        if let Some(place) = place {
            trial.bind(pod, place, Time::ZERO);
        }
        place.is_some()
    })
}

/// The first of some nodes that takes a pod.
fn first_that_takes(
    cluster: &Cluster,
    filters: &[Box<dyn Filter>],
    nodes: &[Id<Node>],
    pod: Id<Pod>,
) -> Option<Id<Node>> {
    let checks = Checks::prepare(filters, cluster, pod).ok()?;
    let takes =
        |&node: &Id<Node>| checks.admits(node) && checks.plainly(cluster.at(node).site()).is_ok();
    nodes.iter().copied().find(takes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::orchestration::kubernetes::{
        Amounts, Container, Leaving, Names, NodeSpec, Resource, Template, filter,
    };

    /// Three nodes of 1000: two pods of 300 on the first, 600 used on the second, 700 on the third. One
    /// pod fits on each of the others, so both find a node only if both are open, or one of them is on its
    /// way out.
    #[test]
    fn all_pods_must_find_a_node() {
        let mut cluster = Cluster::default();
        let mut spec = NodeSpec::new(Names::EMPTY);
        spec.allocatable.set(Resource::CPU, 1000);
        spec.most_pods = 10;
        let nodes = [0, 1, 2].map(|_| cluster.add_node(spec.clone()));
        let run = |cluster: &mut Cluster, node: usize, cpu| {
            let mut container = Container::default();
            container.request.set(Resource::CPU, cpu);
            let mut template = Template::new(Names::EMPTY);
            template.demand(&[container], &[], &Amounts::default());
            let template = cluster.add_template(template);
            let pod = cluster.add_pod(Pod::new(template, Names::EMPTY));
            cluster.bind(pod, nodes[node], Time::ZERO);
            pod
        };
        let first = run(&mut cluster, 0, 300);
        for (node, cpu) in [(0, 300), (1, 600), (2, 700)] {
            run(&mut cluster, node, cpu);
        }
        let filters = filter::defaults();
        let moves =
            |cluster: &Cluster, closed: &[_]| would_move(cluster, &filters, nodes[0], closed);
        assert!(moves(&cluster, &[]));
        assert!(!moves(&cluster, &nodes[1..2]));
        assert_eq!(cluster.at(nodes[0]).load.pods().len(), 2, "nothing has happened");
        cluster.leave(first, Leaving::Deleted);
        assert!(moves(&cluster, &nodes[1..2]));
    }
}
