//! Whether the pods of a node would find another (`simulator/cluster.go`).

use crate::kernel::Id;
use crate::policy::orchestration::kubernetes::filter::Filter;
use crate::policy::orchestration::kubernetes::{Cluster, Node, Pod, first_that_takes};

/// Whether all pods of a node would find another, if the node and those that are `closed` took none: one
/// after the other, each on the first node that takes it. Pods that are on their way out need none. If so, they are
/// there in the trial from then on, with new numbers; if not, they are where they were.
///
/// Whether a pod may be moved at all is the caller's to say: upstream leaves nodes alone that have pods
/// of the system, pods without a controller, or with local storage.
pub fn would_move(
    trial: &mut Cluster,
    filters: &[Box<dyn Filter>],
    node: Id<Node>,
    closed: &[Id<Node>],
) -> bool {
    let stays =
        |pod: &&Id<Pod>| !trial.pod(**pod).leaving.is_leaving() && !trial.template_of(**pod).daemon;
    let moving: Vec<Id<Pod>> = trial.at(node).load.pods().iter().filter(stays).copied().collect();
    let open: Vec<Id<Node>> =
        trial.order().iter().copied().filter(|at| *at != node && !closed.contains(at)).collect();
    let mut moved: Vec<(Id<Pod>, Pod)> = Vec::new();
    for pod in moving {
        let was = *trial.pod(pod);
        trial.remove(pod);
        let pod = trial.add_pod(Pod::new(was.template, was.name));
        moved.push((pod, was));
        let Some(place) = first_that_takes(trial, filters, &open, pod) else {
            for (pod, was) in moved {
                trial.remove(pod);
                trial.add_pod(was);
            }
            return false;
        };
        trial.bind_on_trial(pod, place);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Time;
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
            |trial: &mut Cluster, closed: &[_]| would_move(trial, &filters, nodes[0], closed);
        let pods = |trial: &Cluster| nodes.map(|node| trial.at(node).load.pods().len());
        let mut trial = cluster.clone();
        assert!(!moves(&mut trial, &nodes[1..2]));
        assert_eq!(pods(&trial), [2, 1, 1], "nothing has happened");
        assert!(moves(&mut trial, &[]));
        assert_eq!(pods(&trial), [0, 2, 2]);
        cluster.leave(first, Leaving::Deleted);
        assert!(moves(&mut cluster, &nodes[1..2]));
    }
}
