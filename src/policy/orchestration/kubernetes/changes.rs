//! Which nodes have changed since when.

use super::node::Node;
use crate::kernel::Id;

/// The nodes in the order in which they last changed: whoever knows what it saw last goes through those
/// that have changed since, each once. A change costs constant time, and a node a row, however many changes
/// there are and however many look at them.
#[derive(Clone, Debug)]
pub(super) struct Changes {
    /// How many changes there were.
    made: u64,
    /// How often the nodes that there are, or their order, changed.
    layout: u64,
    /// By node.
    rows: Vec<Row>,
    newest: u32,
}

/// No node.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Row {
    /// The number of its last change.
    at: u64,
    newer: u32,
    older: u32,
}

impl Default for Changes {
    fn default() -> Self {
        Self { made: 0, layout: 0, rows: Vec::new(), newest: NONE }
    }
}

impl Changes {
    /// There is one node more, anywhere in the order.
    pub(super) fn add(&mut self) {
        let node = self.rows.len() as u32;
        self.rearranged();
        self.rows.push(Row { at: 0, newer: NONE, older: NONE });
        self.link(node);
    }

    /// The nodes have another order.
    pub(super) fn rearranged(&mut self) {
        self.layout += 1;
    }

    /// A node has changed.
    pub(super) fn touch(&mut self, node: Id<Node>) {
        let node = node.number();
        if node == self.newest {
            self.made += 1;
            self.rows[node as usize].at = self.made;
            return;
        }
        let Row { newer, older, .. } = self.rows[node as usize];
        self.rows[newer as usize].older = older;
        if older != NONE {
            self.rows[older as usize].newer = newer;
        }
        self.link(node);
    }

    /// Makes a node that is not in the list the newest.
    fn link(&mut self, node: u32) {
        self.made += 1;
        self.rows[node as usize] = Row { at: self.made, newer: NONE, older: self.newest };
        if self.newest != NONE {
            self.rows[self.newest as usize].newer = node;
        }
        self.newest = node;
    }

    /// How many changes there were.
    pub(super) fn made(&self) -> u64 {
        self.made
    }

    /// How often the nodes that there are, or their order, changed.
    pub(super) fn layout(&self) -> u64 {
        self.layout
    }

    /// The nodes that have changed since there were `seen` changes, each once.
    pub(super) fn since(&self, seen: u64) -> impl Iterator<Item = Id<Node>> {
        let mut next = self.newest;
        std::iter::from_fn(move || {
            let row = self.rows.get(next as usize).filter(|row| row.at > seen)?;
            let node = Id::new(next);
            next = row.older;
            Some(node)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes 0 to 3, then changes of 1, 3, 1, 1, 0: the last of each is 1 at 8, 3 at 6, 0 at 9.
    #[test]
    fn each_node_comes_once_the_newest_first() {
        let mut changes = Changes::default();
        for _ in 0..4 {
            changes.add();
        }
        for node in [1, 3, 1, 1, 0] {
            changes.touch(Id::new(node));
        }
        let since = |seen| changes.since(seen).map(Id::number).collect::<Vec<_>>();
        assert_eq!((changes.made(), changes.layout()), (9, 4));
        assert_eq!(since(0), [0, 1, 3, 2]);
        assert_eq!(since(5), [0, 1, 3]);
        assert_eq!(since(6), [0, 1]);
        assert!(since(9).is_empty());
    }
}
