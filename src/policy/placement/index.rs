//! Indexes of hosts by what is free on them, kept up to date host by host.

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

/// No node.
const NIL: u32 = u32::MAX;

/// A host among those in order of their keys.
#[derive(Clone, Copy, Debug)]
struct Node {
    key: u64,
    left: u32,
    right: u32,
    free: Free,
    /// The most that is free on a host at or below this node.
    most: Free,
}

/// Hosts in order of a key, those of one key in order of their ids: finds the first that fits,
/// from any key on.
///
/// A treap (Seidel and Aragon 1996) with one node a host, so that it allocates nothing after its
/// start; the priority of a node is a fixed hash of its host. Its nodes hold the maxima of
/// [`ById`], with the same consequence. An update costs O(log n) expected; so does a search in
/// which one resource decides.
#[derive(Clone, Debug)]
pub(super) struct ByKey {
    nodes: Vec<Node>,
    root: u32,
}

impl Default for ByKey {
    fn default() -> Self {
        Self { nodes: Vec::new(), root: NIL }
    }
}

/// The priority of a host's node in the treap: a bijection, so no two are equal.
fn priority(host: u32) -> u32 {
    let host = (host ^ (host >> 16)).wrapping_mul(0x85eb_ca6b);
    let host = (host ^ (host >> 13)).wrapping_mul(0xc2b2_ae35);
    host ^ (host >> 16)
}

impl ByKey {
    /// Begins with these hosts and their keys.
    pub(super) fn start(&mut self, hosts: &[HostView], key: impl Fn(&HostView) -> u64) {
        self.root = NIL;
        self.nodes.clear();
        for (host, view) in (0..).zip(hosts) {
            let free = Free::of(view);
            self.nodes.push(Node { key: key(view), left: NIL, right: NIL, free, most: free });
            self.root = self.insert(self.root, host);
        }
    }

    /// Host `host` looks like this now, and has this key.
    pub(super) fn observe(&mut self, host: HostId, view: &HostView, key: u64) {
        let (host, free) = (host.number(), Free::of(view));
        let node = self.nodes[host as usize];
        if node.key == key && node.free == free {
            return;
        }
        self.root = self.remove(self.root, host);
        self.nodes[host as usize] = Node { key, left: NIL, right: NIL, free, most: free };
        self.root = self.insert(self.root, host);
    }

    /// The first host with key `from` or more on which `need` fits.
    pub(super) fn first_from(&self, from: u64, need: &Need) -> Option<HostId> {
        self.search(self.root, from, Free::needed(need)).map(HostId::new)
    }

    fn search(&self, root: u32, from: u64, need: Free) -> Option<u32> {
        let mut at = root;
        while at != NIL {
            let node = &self.nodes[at as usize];
            if !node.most.covers(need) {
                return None;
            }
            if node.key >= from {
                if let Some(found) = self.search(node.left, from, need) {
                    return Some(found);
                }
                if node.free.covers(need) {
                    return Some(at);
                }
            }
            at = node.right;
        }
        None
    }

    fn before(&self, a: u32, b: u32) -> bool {
        (self.nodes[a as usize].key, a) < (self.nodes[b as usize].key, b)
    }

    /// Sets the maxima of `at` from its children.
    fn pull(&mut self, at: u32) {
        let Node { left, right, free, .. } = self.nodes[at as usize];
        let below = |child: u32| self.nodes.get(child as usize).map_or(free, |node| node.most);
        self.nodes[at as usize].most = free.max(below(left)).max(below(right));
    }

    /// The tree at `root` with the single node `host`.
    fn insert(&mut self, root: u32, host: u32) -> u32 {
        if root == NIL {
            return host;
        }
        if priority(host) > priority(root) {
            let (left, right) = self.split(root, host);
            let node = &mut self.nodes[host as usize];
            (node.left, node.right) = (left, right);
            self.pull(host);
            return host;
        }
        if self.before(host, root) {
            self.nodes[root as usize].left = self.insert(self.nodes[root as usize].left, host);
        } else {
            self.nodes[root as usize].right = self.insert(self.nodes[root as usize].right, host);
        }
        self.pull(root);
        root
    }

    /// The tree at `root` without `host`, which is in it.
    fn remove(&mut self, root: u32, host: u32) -> u32 {
        let Node { left, right, .. } = self.nodes[root as usize];
        if root == host {
            return self.join(left, right);
        }
        if self.before(host, root) {
            self.nodes[root as usize].left = self.remove(left, host);
        } else {
            self.nodes[root as usize].right = self.remove(right, host);
        }
        self.pull(root);
        root
    }

    /// The nodes of the tree at `root` before `pivot`, and those after it.
    fn split(&mut self, root: u32, pivot: u32) -> (u32, u32) {
        if root == NIL {
            return (NIL, NIL);
        }
        let Node { left, right, .. } = self.nodes[root as usize];
        if self.before(root, pivot) {
            let (near, far) = self.split(right, pivot);
            self.nodes[root as usize].right = near;
            self.pull(root);
            (root, far)
        } else {
            let (near, far) = self.split(left, pivot);
            self.nodes[root as usize].left = far;
            self.pull(root);
            (near, root)
        }
    }

    /// One tree of two, all of `left` being before all of `right`.
    fn join(&mut self, left: u32, right: u32) -> u32 {
        if left == NIL || right == NIL {
            return left.min(right);
        }
        let top = if priority(left) > priority(right) {
            self.nodes[left as usize].right = self.join(self.nodes[left as usize].right, right);
            left
        } else {
            self.nodes[right as usize].left = self.join(left, self.nodes[right as usize].left);
            right
        };
        self.pull(top);
        top
    }
}
