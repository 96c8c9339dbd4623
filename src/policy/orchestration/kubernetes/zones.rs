//! The order in which nodes are looked at: zones take turns (`backend/cache/node_tree.go`).

use super::labels::Labels;
use super::names::{Names, Symbol};
use super::node::Node;
use crate::kernel::Id;

/// The nodes by region and zone, in the order in which these were first seen; those of a zone in the order in
/// which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Zones(Vec<(Zone, Vec<Id<Node>>)>);

/// A region and a zone in it.
type Zone = [Option<Symbol>; 2];

/// The region and the zone of a node with these labels (`GetZoneKey`).
pub fn zone(labels: &Labels) -> Zone {
    [labels.get(Names::REGION), labels.get(Names::ZONE)]
}

impl Zones {
    /// A node with these labels comes; says where in the order.
    pub(super) fn add(&mut self, node: Id<Node>, labels: &Labels) -> usize {
        let zone = zone(labels);
        let at = self.0.iter().position(|other| other.0 == zone).unwrap_or_else(|| {
            self.0.push((zone, Vec::new()));
            self.0.len() - 1
        });
        let round = self.0[at].1.len();
        self.0[at].1.push(node);
        let before = self.0.iter().enumerate().map(|(other, (_, nodes))| {
            if other < at { nodes.len().min(round + 1) } else { nodes.len().min(round) }
        });
        before.sum()
    }

    /// A node with these labels goes. A zone without nodes is forgotten.
    pub(super) fn remove(&mut self, node: Id<Node>, labels: &Labels) {
        let zone = zone(labels);
        if let Some((_, nodes)) = self.0.iter_mut().find(|other| other.0 == zone) {
            nodes.retain(|other| *other != node);
        }
        self.0.retain(|(_, nodes)| !nodes.is_empty());
    }

    /// All nodes, round by round.
    pub(super) fn order(&self) -> Vec<Id<Node>> {
        let rounds = self.0.iter().map(|(_, nodes)| nodes.len()).max().unwrap_or(0);
        let round = |round| self.0.iter().filter_map(move |(_, nodes)| nodes.get(round).copied());
        (0..rounds).flat_map(round).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::orchestration::kubernetes::{Cluster, NodeSpec};

    /// Zones a, b, c with 3, 1 and 2 nodes, which come in the order a b a c a c: a0 b0 c0, a1 c1, a2.
    #[test]
    fn zones_take_turns() {
        let mut cluster = Cluster::default();
        for zone in ["a", "b", "a", "c", "a", "c"] {
            let zone = cluster.names.symbol(zone);
            let mut node = NodeSpec::new(Names::EMPTY);
            node.labels = Labels::new([(Names::ZONE, zone)]);
            cluster.add_node(node);
        }
        let order: Vec<usize> = cluster.order().iter().map(|id| id.index()).collect();
        assert_eq!(order, [0, 1, 3, 2, 5, 4]);
    }
}
