//! Hosts in order of a key.

use super::Free;
use crate::model::HostId;
use crate::policy::placement::{HostView, Need};

/// A chunk holds at most so many hosts. With more it splits in two.
const FULL: usize = 64;
/// Neighbours that hold no more than this together after a removal become one.
const SMALL: usize = 48;
/// Two neighbours hold at least so many: half a chunk that has split, and one host.
const PAIR: usize = FULL / 2 + 1;

/// A host among those in order of their keys.
#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    host: u32,
    free: Free,
}

impl Entry {
    /// Where it stands: by key, and by id among equal keys.
    fn rank(&self) -> (u64, u32) {
        (self.key, self.host)
    }
}

/// Consecutive entries.
#[derive(Clone, Debug)]
struct Chunk {
    /// No entry here is before this rank, and all in chunks before are; of no account in the first.
    fence: (u64, u32),
    /// No host here has more free than this; it falls when a search has come here in vain.
    most: Free,
    /// In order; at least one, at most [`FULL`].
    entries: Vec<Entry>,
}

/// Hosts in order of a key, those of one key in order of their ids: finds the first that fits,
/// from any key on.
///
/// An unrolled sorted list: chunks of consecutive entries, each with the maxima of what is free in
/// it, so that a search leaves out chunks whole. For n hosts an update costs O(log n) and the move
/// of a few entries, a search O(log n + n / 64) and the chunks it enters in vain, as in
/// [`ById`](super::ById), or because what was free there is gone since a search last came by. At the sizes of a data centre this is faster than a balanced tree, whose
/// nodes are all over the memory. Nothing is allocated after the start.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct ByKey {
    chunks: Vec<Chunk>,
    /// Room for chunks to come.
    spare: Vec<Vec<Entry>>,
    /// The keys of all hosts, by id.
    keys: Vec<u64>,
}

impl Chunk {
    fn new(entries: Vec<Entry>) -> Self {
        let fence = entries.first().map_or((0, 0), Entry::rank);
        let mut chunk = Self { fence, most: Free::default(), entries };
        chunk.measure();
        chunk
    }

    fn measure(&mut self) {
        let frees = self.entries.iter().map(|entry| entry.free);
        self.most = frees.fold(Free::default(), Free::max);
    }

    fn find(&self, rank: (u64, u32)) -> usize {
        self.entries.partition_point(|entry| entry.rank() < rank)
    }
}

impl ByKey {
    /// Begins with these hosts and their keys.
    pub(in super::super) fn start(&mut self, hosts: &[HostView], key: impl Fn(&HostView) -> u64) {
        let entry = |(host, view)| Entry { key: key(view), host, free: Free::of(view) };
        let mut entries: Vec<Entry> = (0..).zip(hosts).map(entry).collect();
        self.keys = entries.iter().map(|entry| entry.key).collect();
        entries.sort_unstable_by_key(Entry::rank);
        let most_chunks = 2 * hosts.len() / PAIR + 2;
        self.spare = (0..most_chunks).map(|_| Vec::with_capacity(FULL)).collect();
        self.chunks = Vec::with_capacity(most_chunks);
        for part in entries.chunks(FULL / 2) {
            let mut room = self.room();
            room.extend_from_slice(part);
            self.chunks.push(Chunk::new(room));
        }
    }

    /// Host `host` looks like this now, and has this key.
    pub(in super::super) fn observe(&mut self, host: HostId, view: &HostView, key: u64) {
        let old = (std::mem::replace(&mut self.keys[host.index()], key), host.number());
        let new = Entry { key, host: host.number(), free: Free::of(view) };
        let at = self.chunk_of(old);
        let chunk = &mut self.chunks[at];
        let place = chunk.find(old);
        if old == new.rank() {
            chunk.entries[place] = new;
            chunk.most = chunk.most.max(new.free);
        } else {
            chunk.entries.remove(place);
            self.shrunk(at);
            self.insert(new);
        }
    }

    /// The first host with key `from` or more on which `need` fits.
    pub(in super::super) fn first_from(&mut self, from: u64, need: &Need) -> Option<HostId> {
        let need = Free::needed(need);
        let first = self.chunk_of((from, 0));
        for chunk in self.chunks.get_mut(first..)? {
            if !chunk.most.covers(need) {
                continue;
            }
            let fits = |entry: &&Entry| entry.free.covers(need) && entry.key >= from;
            if let Some(found) = chunk.entries.iter().find(fits) {
                return Some(HostId::new(found.host));
            }
            chunk.measure();
        }
        None
    }

    /// The chunk in which an entry of this rank stands, or would.
    fn chunk_of(&self, rank: (u64, u32)) -> usize {
        let rest = self.chunks.get(1..).unwrap_or_default();
        rest.partition_point(|chunk| chunk.fence <= rank)
    }

    /// An empty list with room for a chunk.
    fn room(&mut self) -> Vec<Entry> {
        self.spare.pop().unwrap_or_else(|| Vec::with_capacity(FULL))
    }

    fn insert(&mut self, entry: Entry) {
        if self.chunks.is_empty() {
            let room = self.room();
            self.chunks.push(Chunk::new(room));
        }
        let mut at = self.chunk_of(entry.rank());
        if self.chunks[at].entries.len() == FULL {
            let mut upper = self.room();
            upper.extend(self.chunks[at].entries.drain(FULL / 2..));
            self.chunks[at].measure();
            self.chunks.insert(at + 1, Chunk::new(upper));
            at = self.chunk_of(entry.rank());
        }
        let chunk = &mut self.chunks[at];
        chunk.most = chunk.most.max(entry.free);
        let place = chunk.find(entry.rank());
        chunk.entries.insert(place, entry);
    }

    /// Takes chunk `at`, which has lost an entry, away if it is empty, and joins it with a
    /// neighbour if both are small.
    fn shrunk(&mut self, at: usize) {
        if self.chunks[at].entries.is_empty() {
            let emptied = self.chunks.remove(at);
            self.spare.push(emptied.entries);
            return;
        }
        for left in [Some(at), at.checked_sub(1)].into_iter().flatten() {
            let Some([this, next]) = self.chunks.get_mut(left..left + 2) else { continue };
            if this.entries.len() + next.entries.len() <= SMALL {
                this.entries.append(&mut next.entries);
                this.most = this.most.max(next.most);
                let emptied = self.chunks.remove(left + 1);
                self.spare.push(emptied.entries);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;
    use crate::kernel::stream::below;
    use crate::policy::placement::testing::host;

    /// Asserts what the fields of `ByKey` and `Chunk` say.
    fn check(index: &ByKey, hosts: &[(HostView, u64)]) {
        let entries: Vec<&Entry> = index.chunks.iter().flat_map(|chunk| &chunk.entries).collect();
        assert_eq!(entries.len(), hosts.len());
        assert!(entries.is_sorted_by(|a, b| a.rank() < b.rank()));
        for entry in entries {
            let (view, key) = hosts[entry.host as usize];
            assert_eq!((entry.key, entry.free), (key, Free::of(&view)));
        }
        for (at, chunk) in index.chunks.iter().enumerate() {
            assert!((1..=FULL).contains(&chunk.entries.len()));
            assert!(at == 0 || chunk.fence <= chunk.entries[0].rank());
            assert!(at == 0 || index.chunks[at - 1].entries.last().unwrap().rank() < chunk.fence);
            let most = Chunk::new(chunk.entries.clone()).most;
            assert_eq!(chunk.most, chunk.most.max(most), "{most:?} is free here");
        }
        let lengths: Vec<usize> = index.chunks.iter().map(|chunk| chunk.entries.len()).collect();
        assert!(lengths.windows(2).all(|pair| pair[0] + pair[1] >= PAIR), "{lengths:?}");
    }

    #[test]
    fn chunks_split_and_join_as_keys_crowd_and_scatter() {
        let mut chance = Seed::new(1).key("test").stream();
        let mut hosts = vec![(host(1, 1), 0); 500];
        let mut index = ByKey::default();
        index.start(&hosts.iter().map(|(view, _)| *view).collect::<Vec<_>>(), |_| 0);
        let room = index.chunks.len() + index.spare.len();
        // Keys crowd in turn at the end, at the start and everywhere.
        for (low, high) in [(0, 1_000), (990, 1_000), (0, 3), (0, 1_000), (500, 501), (0, 1_000)] {
            for _ in 0..2_000 {
                let which = below(&mut chance, 500);
                let view = host(below(&mut chance, 50), below(&mut chance, 50));
                let key = low + below(&mut chance, high - low);
                hosts[which as usize] = (view, key);
                index.observe(HostId::from_index(which as usize), &view, key);
            }
            check(&index, &hosts);
            assert_eq!(index.chunks.len() + index.spare.len(), room, "nothing was allocated");
        }
    }
}
