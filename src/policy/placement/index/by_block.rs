//! Hosts in blocks, for a key that changes far more often than anybody asks.

use super::Free;
use crate::model::HostId;
use crate::policy::placement::{HostView, Need};

/// Hosts in a block. A guess: few enough to go through at once, so many that there are few blocks.
const BLOCK: usize = 64;

/// A host: what is asked for, and what is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    key: u64,
    free: Free,
}

/// Consecutive hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    /// The least key of any.
    least: u64,
    /// The most that is free on one of them.
    most: Free,
}

/// Hosts by id, in blocks that know their least key and the most that is free: finds a host with the
/// least key among those that fit.
///
/// An update only marks the block of its host, whatever the key was and is; a search first measures
/// the blocks that are marked. So many changes between two searches cost no more than one look at
/// each host. For n hosts an update costs O(1), a search O(n / 64), the blocks changed since the last,
/// and the blocks it enters: those with a key below the best so far, of which some are entered in vain.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct ByBlock {
    /// By id.
    hosts: Vec<Entry>,
    blocks: Vec<Block>,
    /// By block: whether a host in it has changed since it was measured.
    changed: Vec<bool>,
}

impl Block {
    fn of(hosts: &[Entry]) -> Self {
        let none = Self { least: u64::MAX, most: Free::default() };
        hosts.iter().fold(none, |block, host| Self {
            least: block.least.min(host.key),
            most: block.most.max(host.free),
        })
    }
}

impl ByBlock {
    /// Begins with these hosts and their keys.
    pub(in super::super) fn start(&mut self, hosts: &[HostView], key: impl Fn(&HostView) -> u64) {
        let entry = |view| Entry { key: key(view), free: Free::of(view) };
        self.hosts = hosts.iter().map(entry).collect();
        self.blocks = self.hosts.chunks(BLOCK).map(Block::of).collect();
        self.changed = vec![false; self.blocks.len()];
    }

    /// Host `host` looks like this now, and has this key.
    pub(in super::super) fn observe(&mut self, host: HostId, view: &HostView, key: u64) {
        self.hosts[host.index()] = Entry { key, free: Free::of(view) };
        self.changed[host.index() / BLOCK] = true;
    }

    /// The host with the least key, and of equals the one with the lowest id, on which `need` fits.
    pub(in super::super) fn least(&mut self, need: &Need) -> Option<HostId> {
        let need = Free::needed(need);
        let mut best: Option<(u64, usize)> = None;
        for (number, hosts) in self.hosts.chunks(BLOCK).enumerate() {
            if std::mem::take(&mut self.changed[number]) {
                self.blocks[number] = Block::of(hosts);
            }
            let block = self.blocks[number];
            if !block.most.covers(need) || best.is_some_and(|(key, _)| block.least >= key) {
                continue;
            }
            for (place, host) in hosts.iter().enumerate() {
                if host.free.covers(need) && best.is_none_or(|(key, _)| host.key < key) {
                    best = Some((host.key, number * BLOCK + place));
                }
            }
        }
        best.map(|(_, host)| HostId::from_index(host))
    }
}
