//! Indexes of hosts by what is free on them, kept up to date host by host.

mod by_block;
mod by_key;

pub(super) use self::by_block::ByBlock;
pub(super) use self::by_key::ByKey;
use super::{HostView, Need};
use crate::model::HostId;

/// What is free: of one host, or the most of either over several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Free {
    cpu: u64,
    memory: u64,
}

impl Free {
    fn of(view: &HostView) -> Self {
        Self { cpu: view.cpu.get(), memory: view.memory.get() }
    }

    fn needed(need: &Need) -> Self {
        Self { cpu: need.cpu.get(), memory: need.memory.get() }
    }

    fn covers(self, need: Self) -> bool {
        self.cpu >= need.cpu && self.memory >= need.memory
    }

    fn max(self, other: Self) -> Self {
        Self { cpu: self.cpu.max(other.cpu), memory: self.memory.max(other.memory) }
    }
}

/// Hosts in order of their ids: finds the first that fits, from any host on.
///
/// A tournament tree (Knuth, TAOCP vol. 3, 5.4.1) whose nodes hold the most free CPU and the most
/// free memory below them. A subtree is left out when either falls short; where the two maxima are
/// of different hosts it is entered in vain, so a search costs O(log n) when one resource is the
/// scarce one and O(n) at worst. An update costs O(log n), and less where the maxima stay.
#[derive(Clone, Debug, Default)]
pub(super) struct ById {
    /// Node 1 is the root, node k has the children 2k and 2k + 1; the leaves are the last half.
    nodes: Vec<Free>,
    hosts: usize,
}

impl ById {
    /// Begins with these hosts.
    pub(super) fn start(&mut self, hosts: &[HostView]) {
        self.hosts = hosts.len();
        let leaves = hosts.len().next_power_of_two();
        self.nodes = vec![Free::default(); 2 * leaves];
        for (leaf, host) in self.nodes[leaves..].iter_mut().zip(hosts) {
            *leaf = Free::of(host);
        }
        for node in (1..leaves).rev() {
            self.nodes[node] = self.nodes[2 * node].max(self.nodes[2 * node + 1]);
        }
    }

    /// How many hosts there are.
    pub(super) fn len(&self) -> usize {
        self.hosts
    }

    /// Host `host` looks like this now.
    pub(super) fn observe(&mut self, host: HostId, view: &HostView) {
        let mut node = self.nodes.len() / 2 + host.index();
        let mut free = Free::of(view);
        while node > 0 && self.nodes[node] != free {
            self.nodes[node] = free;
            free = free.max(self.nodes[node ^ 1]);
            node /= 2;
        }
    }

    /// The first host at or after number `from` on which `need` fits.
    pub(super) fn first_from(&self, from: usize, need: &Need) -> Option<HostId> {
        if from >= self.hosts {
            return None;
        }
        let need = Free::needed(need);
        let leaves = self.nodes.len() / 2;
        let mut node = leaves + from;
        loop {
            if !self.nodes[node].covers(need) {
                // Leave this subtree for the next to its right.
                while node % 2 == 1 {
                    node /= 2;
                }
                if node == 0 {
                    return None;
                }
                node += 1;
            } else if node < leaves {
                node *= 2;
            } else {
                let host = node - leaves;
                return (host < self.hosts).then(|| HostId::from_index(host));
            }
        }
    }

    /// The first host at or after number `from`, and around to those before it, on which `need`
    /// fits.
    pub(super) fn first_around(&self, from: usize, need: &Need) -> Option<HostId> {
        self.first_from(from, need).or_else(|| self.first_from(0, need))
    }
}
