//! The calendar: the list of future events, in exact order.
//!
//! # Structure
//! A radix heap with digits of 6 bits: eleven levels of 64 buckets, each bucket a `Vec`. The key of
//! an entry is `time << 3 | class`. With `base` a key that no pending key is below, an entry lies on
//! level `msb(key XOR base) / 6`, in the bucket named by that digit of its key. To pop, the first
//! bucket of the lowest level in use is redistributed over the levels below it, with the smallest
//! key in it as the new base; buckets are appended to and swept in order, never searched.
//!
//! A bucket of up to `RUN_TAKEN` entries is not redistributed but sorted into the `run`, with the
//! next buckets of its level until there are `RUN_WANTED` entries; the run is popped from its end.
//! A push that is not after the last entry of the run is inserted there; when it has grown to
//! `RUN_MOST` entries, the run goes back into the buckets.
//!
//! One entry, `early`, is filed nowhere as long as no later push has a key up to its own. What is
//! due next is often scheduled last, as the next arrival of a client is: it never enters a bucket.
//!
//! # Why the order is exact without a sequence number
//! Pop order is (key, push order):
//! - Level and bucket are functions of key and base alone, so entries of equal key always share a
//!   bucket, in push order: a bucket is redistributed front to back, and only while all lower
//!   levels are empty, before any later push can reach them.
//! - Every entry in a bucket is after every entry of the run: the run was the first buckets, and what
//!   is pushed at or before its end is inserted into it, after its equals. So the run may go back
//!   into the buckets at any time (the base has not moved) without overtaking an equal key.
//! - The early entry is popped after all entries of its own key: they were pushed before it, since
//!   a push of an equal key files it first. Filed by a push of an earlier key, it comes to stand
//!   behind them.
//! - A push at the present instant of an earlier class than the one being served (a completion
//!   that an arrival causes at once) has a key below the base; it joins the run, and so is served
//!   next, in order.
//!
//! # Cost
//! A push is an append or an insertion into a short run; a pop moves an entry about three times
//! in its life, however many are pending. 16 bytes an entry for an 8-byte event. Nothing is removed
//! before its time: timers that move are re-armed lazily, see [`Timer`](super::Timer).

use super::Time;

/// Bits in a digit of a key.
const DIGIT: u32 = 6;
/// Buckets on a level.
const BUCKETS: usize = 1 << DIGIT;
/// Levels: digits in a 64-bit key.
const LEVELS: usize = u64::BITS.div_ceil(DIGIT) as usize;
/// Bits of the class in a key.
const CLASS_BITS: u32 = 3;
/// A bucket with at most so many entries is sorted into the run.
const RUN_TAKEN: usize = 32;
/// A run of fewer entries takes the next bucket too.
const RUN_WANTED: usize = 8;
/// A run with so many entries goes back into the buckets.
const RUN_MOST: usize = 64;

/// What kind of thing an event is; at one instant they happen in this order, and within one kind
/// in the order in which they were scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Work that ends: services, starts, answers.
    Completion = 0,
    /// Requests that arrive.
    Arrival = 1,
    /// Timeouts and windows that run out.
    Expiry = 2,
    /// Control loops and observers.
    Control = 3,
}

/// What knows the present instant.
pub trait Clock {
    /// The present instant.
    fn now(&self) -> Time;
}

/// Where events are put, for handlers that know events of kind `E` only. A calendar of any event
/// that an `E` can become is one, so a component is tested alone with its own events.
pub trait Agenda<E>: Clock {
    /// Lets `event` happen at `at`, among its `class`; an `at` in the past means now.
    fn schedule(&mut self, at: Time, class: Class, event: E);

    /// Whether a timer that is pending may stand for a later deadline (see [`Timer`](super::Timer)). Only an
    /// engine built for comparison says no.
    fn rearms_lazily(&self) -> bool {
        true
    }
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    key: u64,
    event: E,
}

/// The future events of a run, popped in order of (time, class, order of scheduling); see the
/// [module](self) for the structure, the proof of its order and its costs.
///
/// ```
/// use cloudsched::kernel::{Agenda, Calendar, Class, Time};
/// let mut calendar = Calendar::<char>::new();
/// calendar.schedule(Time::from_nanos(20), Class::Arrival, 'c');
/// calendar.schedule(Time::from_nanos(10), Class::Expiry, 'b');
/// calendar.schedule(Time::from_nanos(10), Class::Completion, 'a');
/// let order: String = std::iter::from_fn(|| calendar.pop()).collect();
/// assert_eq!(order, "abc");
/// ```
#[derive(Clone, Debug)]
pub struct Calendar<E> {
    /// By level and digit.
    buckets: Box<[Vec<Entry<E>>; LEVELS * BUCKETS]>,
    /// By level: which digits have something in their bucket.
    used: [u64; LEVELS],
    /// Bit `l` is set when level `l` holds something.
    levels_used: u32,
    /// Sorted, the next entry last.
    run: Vec<Entry<E>>,
    /// What becomes the run; empty otherwise.
    taken: Vec<Entry<E>>,
    /// An entry that was earlier than any scheduled since it was.
    early: Option<Entry<E>>,
    /// No entry in a bucket has a key below; 0 where that is not known.
    floor: u64,
    /// Empty vectors for buckets that grow.
    spare: Vec<Vec<Entry<E>>>,
    /// How many entries of the first bucket of level 0 were popped already.
    served: usize,
    base: u64,
    now: u64,
    pending: usize,
}

impl<E: Copy> Default for Calendar<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Copy> Calendar<E> {
    /// An empty calendar at time zero.
    pub fn new() -> Self {
        Self {
            buckets: Box::new(std::array::from_fn(|_| Vec::new())),
            used: [0; LEVELS],
            levels_used: 0,
            run: Vec::with_capacity(RUN_MOST + 1),
            taken: Vec::with_capacity(RUN_TAKEN),
            early: None,
            floor: 0,
            spare: Vec::new(),
            served: 0,
            base: 0,
            now: 0,
            pending: 0,
        }
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.pending
    }

    /// Whether no event is pending.
    pub fn is_empty(&self) -> bool {
        self.pending == 0
    }

    /// The key (time and class) of the event popped last; what a digest takes in.
    pub fn key(&self) -> u64 {
        self.now
    }

    /// Takes the next event and moves the present to it.
    #[inline]
    pub fn pop(&mut self) -> Option<E> {
        let entry = match self.run.last() {
            Some(next) if self.early_precedes(next.key) => self.early.take()?,
            Some(_) => self.run.pop()?,
            None if self.early_precedes(self.floor) => self.early.take()?,
            None => self.pop_bucket()?,
        };
        self.pending -= 1;
        self.now = self.now.max(entry.key);
        Some(entry.event)
    }

    #[inline]
    fn early_precedes(&self, key: u64) -> bool {
        self.early.is_some_and(|early| early.key < key)
    }

    /// Pops while the run is empty.
    #[inline(never)]
    fn pop_bucket(&mut self) -> Option<Entry<E>> {
        while self.levels_used != 0 {
            let level = self.levels_used.trailing_zeros() as usize;
            let digit = self.first_used(level);
            let slot = level * BUCKETS + digit;
            let start = self.start(level, digit);
            if self.early_precedes(start) {
                self.floor = start;
                break;
            }
            self.floor = 0;
            if level == 0 {
                return Some(self.pop_instant(slot));
            }
            if self.buckets[slot].len() <= RUN_TAKEN {
                return self.take_run(level);
            }
            self.unmark(slot);
            self.redistribute(slot);
        }
        self.early.take()
    }

    /// The least key that a bucket may hold.
    fn start(&self, level: usize, digit: usize) -> u64 {
        let shift = level as u32 * DIGIT;
        let above = u64::MAX.checked_shl(shift + DIGIT).unwrap_or(0);
        self.base & above | (digit as u64) << shift
    }

    /// Makes the first bucket of a level, which is short, the run, with those after it as long as the
    /// run is shorter than wanted; pops from that, or the early entry.
    fn take_run(&mut self, level: usize) -> Option<Entry<E>> {
        while self.used[level] != 0 && self.taken.len() < RUN_WANTED {
            let slot = level * BUCKETS + self.first_used(level);
            if self.taken.len() + self.buckets[slot].len() > RUN_TAKEN {
                break;
            }
            self.taken.append(&mut self.buckets[slot]);
            self.unmark(slot);
        }
        sort_last_first(&self.taken, &mut self.run);
        self.taken.clear();
        let next = self.run.last()?.key;
        let entry = if self.early_precedes(next) { self.early.take()? } else { self.run.pop()? };
        self.base = entry.key;
        Some(entry)
    }

    /// Spreads a long bucket over the levels below it, which are empty.
    fn redistribute(&mut self, slot: usize) {
        let mut bucket = std::mem::take(&mut self.buckets[slot]);
        let keys = bucket.iter().chain(&self.early).map(|entry| entry.key);
        self.base = keys.min().unwrap_or(self.base);
        for &entry in &bucket {
            self.put(entry);
        }
        bucket.clear();
        // The vector goes round: the bucket is left with the smallest that is to spare.
        let smallest = (0..self.spare.len()).min_by_key(|&spare| self.spare[spare].capacity());
        if let Some(smallest) = smallest
            && self.spare[smallest].capacity() < bucket.capacity()
        {
            std::mem::swap(&mut self.spare[smallest], &mut bucket);
        }
        self.buckets[slot] = bucket;
    }

    /// Makes room in a full bucket: with a vector to spare, if there is one at least twice as large.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, slot: usize) {
        let bucket = &mut self.buckets[slot];
        let wanted = (2 * bucket.capacity()).max(RUN_TAKEN);
        let larger = (0..self.spare.len())
            .filter(|&spare| self.spare[spare].capacity() >= wanted)
            .min_by_key(|&spare| self.spare[spare].capacity());
        if let Some(larger) = larger {
            self.spare[larger].append(bucket);
            std::mem::swap(&mut self.spare[larger], bucket);
            return;
        }
        let mut larger = Vec::with_capacity(wanted);
        larger.append(bucket);
        let smaller = std::mem::replace(bucket, larger);
        if smaller.capacity() > 0 {
            self.spare.push(smaller);
        }
    }

    /// Pops from the first bucket of level 0, whose entries all have the same key.
    fn pop_instant(&mut self, slot: usize) -> Entry<E> {
        let bucket = &mut self.buckets[slot];
        let entry = bucket[self.served];
        self.base = entry.key;
        self.served += 1;
        if self.served == bucket.len() {
            bucket.clear();
            self.served = 0;
            self.unmark(slot);
        }
        entry
    }

    /// The first digit of a level that is marked as used.
    #[inline]
    fn first_used(&self, level: usize) -> usize {
        self.used[level].trailing_zeros() as usize % BUCKETS
    }

    #[inline]
    fn unmark(&mut self, slot: usize) {
        let (level, digit) = (slot / BUCKETS, slot % BUCKETS);
        self.used[level] &= !(1 << digit);
        if self.used[level] == 0 {
            self.levels_used &= !(1 << level);
        }
    }

    /// Puts an entry where it belongs: into the run or a bucket.
    #[inline]
    fn file(&mut self, entry: Entry<E>) {
        let joins_run = self.run.first().is_some_and(|last| entry.key <= last.key);
        if joins_run || entry.key < self.base {
            self.insert_into_run(entry);
        } else {
            self.put(entry);
        }
    }

    /// Puts an entry that is not before the base into its bucket.
    #[inline]
    fn put(&mut self, entry: Entry<E>) {
        let differing = (entry.key ^ self.base) | 1;
        let level = (differing.ilog2() / DIGIT) as usize;
        let digit = (entry.key >> (level as u32 * DIGIT)) as usize % BUCKETS;
        let slot = level * BUCKETS + digit;
        self.floor = self.floor.min(entry.key);
        if self.buckets[slot].len() == self.buckets[slot].capacity() {
            self.grow(slot);
        }
        self.buckets[slot].push(entry);
        self.used[level] |= 1 << digit;
        self.levels_used |= 1 << level;
    }

    /// Inserts into the run, after its equals.
    #[inline(never)]
    fn insert_into_run(&mut self, entry: Entry<E>) {
        if self.run.len() >= RUN_MOST && self.run.last().is_some_and(|next| next.key >= self.base) {
            let mut run = std::mem::take(&mut self.run);
            while let Some(next) = run.pop() {
                self.put(next);
            }
            self.run = run;
            if entry.key >= self.base {
                self.put(entry);
                return;
            }
        }
        let mut place = self.run.len();
        while place > 0 && self.run[place - 1].key <= entry.key {
            place -= 1;
        }
        self.run.insert(place, entry);
    }
}

/// Sorts short runs so that the first to be popped is last, and of equals the one pushed first. Each
/// entry goes where the number of those before it says: no branch depends on the keys.
fn sort_last_first<E: Copy>(taken: &[Entry<E>], run: &mut Vec<Entry<E>>) {
    run.extend_from_slice(taken);
    for (pushed, &entry) in taken.iter().enumerate() {
        let (earlier, later) = taken.split_at(pushed);
        let before = earlier.iter().filter(|other| other.key <= entry.key).count()
            + later.iter().filter(|other| other.key < entry.key).count();
        run[taken.len() - 1 - before] = entry;
    }
}

impl<E> Clock for Calendar<E> {
    fn now(&self) -> Time {
        Time::from_nanos(self.now >> CLASS_BITS)
    }
}

impl<E: Copy, X: Into<E>> Agenda<X> for Calendar<E> {
    #[inline]
    fn schedule(&mut self, at: Time, class: Class, event: X) {
        debug_assert!(at <= Time::MAX, "{at:?} is past the range of a calendar");
        let at = at.as_nanos().max(self.now >> CLASS_BITS);
        let entry = Entry { key: at << CLASS_BITS | class as u64, event: event.into() };
        self.pending += 1;
        let Some(early) = self.early else {
            self.early = Some(entry);
            return;
        };
        if entry.key > early.key {
            self.file(entry);
            return;
        }
        // Of equals the one scheduled first is filed first.
        self.file(early);
        self.early = Some(entry);
    }
}

#[cfg(test)]
mod tests;
