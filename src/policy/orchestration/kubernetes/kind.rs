//! Pods that others cannot tell apart, and where they are: the index of all that looks at other pods.

use std::collections::BTreeMap;

use super::affinity::PodAffinity;
use super::labels::Labels;
use super::names::Symbol;
use super::node::Node;
use crate::kernel::Id;

/// What other pods see of a pod, and on which nodes there are such pods. Whoever counts pods by their labels
/// goes through kinds, not through pods.
#[derive(Clone, Debug)]
pub struct Kind {
    /// The namespace.
    pub namespace: Symbol,
    /// The labels.
    pub labels: Labels,
    /// The pods it wants near or far.
    pub affinity: PodAffinity,
    placed: BTreeMap<Id<Node>, Placed>,
}

/// How many pods of a kind a node has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placed {
    /// All of them.
    pub all: i64,
    /// Those that are not on their way out.
    pub staying: i64,
}

impl Kind {
    /// A kind of which there is no pod.
    pub(super) fn new(namespace: Symbol, labels: Labels, affinity: PodAffinity) -> Self {
        Self { namespace, labels, affinity, placed: BTreeMap::new() }
    }

    /// The nodes that have such pods, and how many.
    pub fn placed(&self) -> impl Iterator<Item = (Id<Node>, Placed)> + '_ {
        self.placed.iter().map(|(&node, &placed)| (node, placed))
    }

    /// Whether there is any such pod on a node.
    pub fn is_placed(&self) -> bool {
        !self.placed.is_empty()
    }

    /// Some have come to a node or left it.
    pub(super) fn change(&mut self, node: Id<Node>, all: i64, staying: i64) {
        let placed = self.placed.entry(node).or_default();
        placed.all += all;
        placed.staying += staying;
        if placed.all == 0 {
            self.placed.remove(&node);
        }
    }
}
