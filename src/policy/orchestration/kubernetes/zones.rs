//! The order in which nodes are looked at: zones take turns (`backend/cache/node_tree.go`).

use super::labels::Labels;
use super::names::{Names, Symbol};

/// How many nodes there are by region and zone, in the order in which these were first seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Zones(Vec<([Option<Symbol>; 2], usize)>);

impl Zones {
    /// Where a new node with these labels comes in the order.
    pub(super) fn place(&mut self, labels: &Labels) -> usize {
        let zone = [labels.get(Names::REGION), labels.get(Names::ZONE)];
        let at = self.0.iter().position(|other| other.0 == zone).unwrap_or_else(|| {
            self.0.push((zone, 0));
            self.0.len() - 1
        });
        let round = self.0[at].1;
        self.0[at].1 += 1;
        let before = self.0.iter().enumerate().map(|(other, &(_, nodes))| {
            if other < at { nodes.min(round + 1) } else { nodes.min(round) }
        });
        before.sum()
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
