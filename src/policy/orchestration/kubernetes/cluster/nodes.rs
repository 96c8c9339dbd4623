//! Nodes that come and go.

use std::collections::BTreeSet;

use super::super::names::Symbol;
use super::super::node::{Load, Node, NodeSpec};
use super::Cluster;
use crate::kernel::stream::shuffle;
use crate::kernel::{Id, Stream};

impl Cluster {
    /// A node without pods.
    pub fn add_node(&mut self, spec: NodeSpec) -> Id<Node> {
        let cordoned = spec.unschedulable;
        let id = self.add_absent_node(spec);
        self.bring(id);
        self.nodes[id.index()].spec.unschedulable = cordoned;
        id
    }

    /// A node that is not there: no scheduler sees it until it [comes](Self::bring).
    pub fn add_absent_node(&mut self, spec: NodeSpec) -> Id<Node> {
        let id = Id::from_index(self.nodes.len());
        self.largest.raise_to(&spec.allocatable);
        self.most_gpus = self.most_gpus.max(spec.gpus.count);
        self.nodes.push(Node { id, spec, load: Load::default(), present: false });
        self.changes.add();
        id
    }

    /// A node that is not there comes, and takes pods.
    ///
    /// # Panics
    /// If it is there.
    pub fn bring(&mut self, id: Id<Node>) {
        let node = &mut self.nodes[id.index()];
        assert!(!node.present, "a node comes once");
        node.present = true;
        node.spec.unschedulable = false;
        let spec = &node.spec;
        for image in images(spec) {
            *self.image_nodes.entry(image).or_default() += 1;
        }
        for &(key, value) in spec.labels.pairs() {
            *self.domains.entry(key).or_default().entry(value).or_default() += 1;
        }
        let place = self.zones.add(id, &spec.labels);
        self.order.insert(if self.drawn { self.order.len() } else { place }, id);
        self.changes.rearranged();
        self.changes.touch(id);
    }

    /// A node goes. Room that was being made there is made no longer.
    ///
    /// # Panics
    /// If it is not there, or has pods.
    pub fn take_away(&mut self, id: Id<Node>) {
        for pod in self.nominated(id).to_vec() {
            self.nominate(pod, None);
        }
        let node = &mut self.nodes[id.index()];
        assert!(node.present, "a node goes once");
        assert!(node.load.pods().is_empty(), "a node that goes has no pods");
        node.present = false;
        let spec = &node.spec;
        for image in images(spec) {
            if let Some(nodes) = self.image_nodes.get_mut(&image) {
                *nodes -= 1;
            }
        }
        for &(key, value) in spec.labels.pairs() {
            let Some(values) = self.domains.get_mut(&key) else { continue };
            if let Some(nodes) = values.get_mut(&value) {
                *nodes -= 1;
            }
            values.retain(|_, nodes| *nodes > 0);
        }
        self.zones.remove(id, &spec.labels);
        if self.drawn {
            self.order.retain(|other| *other != id);
        } else {
            self.order = self.zones.order();
        }
        self.changes.rearranged();
        self.changes.touch(id);
    }

    /// Puts the nodes into an order at random; those that come later stand behind them.
    pub fn shuffle(&mut self, stream: &mut Stream) {
        shuffle(&mut self.order, stream);
        self.drawn = true;
        self.changes.rearranged();
    }
}

/// The names of the images of a node.
fn images(spec: &NodeSpec) -> BTreeSet<Symbol> {
    spec.images.iter().map(|image| image.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::orchestration::kubernetes::{Image, Labels, Names};

    fn node(cluster: &mut Cluster, zone: &str) -> NodeSpec {
        let mut node = NodeSpec::new(Names::EMPTY);
        node.labels = Labels::new([(Names::ZONE, cluster.names.symbol(zone))]);
        node.images = vec![Image { name: Names::ZONE, bytes: 1 }];
        node
    }

    fn order(cluster: &Cluster) -> Vec<usize> {
        cluster.order().iter().map(|id| id.index()).collect()
    }

    /// Zones a, b with nodes 0, 1, 3 and 2: in turns 0 2 1 3. Without 0 the others of a move up: 1 2 3. When it
    /// comes again it is the last of a: 1 2 3 0. Without 2 there is no zone b, and when it comes again b is
    /// again the second.
    #[test]
    fn who_goes_is_seen_no_longer_and_comes_again_as_the_last() {
        let mut cluster = Cluster::default();
        let zones = ["a", "a", "b", "a"].map(|zone| node(&mut cluster, zone));
        for spec in zones {
            cluster.add_node(spec);
        }
        assert_eq!(order(&cluster), [0, 2, 1, 3]);
        cluster.take_away(Id::new(0));
        assert_eq!(order(&cluster), [1, 2, 3]);
        assert_eq!((cluster.nodes_with(Names::ZONE), cluster.present().count()), (3, 3));
        cluster.bring(Id::new(0));
        assert_eq!(order(&cluster), [1, 2, 3, 0]);
        cluster.take_away(Id::new(2));
        let domains = |cluster: &Cluster| cluster.domains_of_all(Names::ZONE).unwrap().count();
        assert_eq!((order(&cluster), domains(&cluster)), (vec![1, 3, 0], 1));
        cluster.bring(Id::new(2));
        assert_eq!((order(&cluster), domains(&cluster)), (vec![1, 2, 3, 0], 2));
    }

    #[test]
    fn who_is_not_there_counts_for_nothing() {
        let mut cluster = Cluster::default();
        let spec = node(&mut cluster, "a");
        let absent = cluster.add_absent_node(spec);
        assert!(order(&cluster).is_empty() && !cluster.at(absent).is_present());
        assert_eq!(cluster.nodes_with(Names::ZONE), 0);
        cluster.bring(absent);
        assert_eq!(order(&cluster), [0]);
    }
}
