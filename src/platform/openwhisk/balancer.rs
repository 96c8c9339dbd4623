//! The load balancer of the controllers: a home invoker by hash, and from there in steps to one with a
//! slot.
//!
//! Source: `ShardingContainerPoolBalancer.scala` of Apache OpenWhisk, commit 1fae641a (2026-08-05).

use crate::kernel::Stream;
use crate::kernel::stream::below;
use crate::model::HostId;
use crate::quantity::Bytes;

/// The least memory of an action: no controller has fewer slots on an invoker
/// (`application.conf`: `memory.min = 128 m`).
const LEAST_MEMORY: Bytes = Bytes::mib(128);

/// Java's `String.hashCode`: `s[0] * 31^(n-1) + … + s[n-1]` over the UTF-16 code units, in 32 bits.
///
/// ```
/// use cloudsched::platform::openwhisk::java_hash;
/// assert_eq!(java_hash("hello"), 99_162_322);
/// assert_eq!(java_hash("Aa"), java_hash("BB"));
/// ```
pub fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0, |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(unit.into()))
}

/// What an action is placed by: the absolute value of the hash of its namespace, exclusive or that
/// of its full name.
pub fn action_hash(namespace: &str, action: &str) -> u32 {
    (java_hash(namespace) ^ java_hash(&format!("{namespace}/{action}"))).unsigned_abs()
}

/// Invokers that stand next to each other, and how an action goes through them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    first: u32,
    count: u32,
    /// Numbers of which no two have a common divisor, nor one with the number of invokers: in such
    /// steps every invoker is met.
    steps: Vec<u32>,
}

impl Ring {
    /// `count` invokers, at least one, from number `first` on.
    pub fn new(first: u32, count: u32) -> Self {
        let mut steps: Vec<u32> = Vec::new();
        for step in 1..=count {
            if gcd(step, count) == 1 && steps.iter().all(|other| gcd(step, *other) == 1) {
                steps.push(step);
            }
        }
        Self { first, count, steps }
    }

    /// The invokers in the order in which an action with this hash tries them: its home, and on in
    /// its step.
    ///
    /// ```
    /// use cloudsched::platform::openwhisk::Ring;
    /// let probes: Vec<u32> = Ring::new(0, 10).probes(13).collect();
    /// assert_eq!(probes, [3, 6, 9, 2, 5, 8, 1, 4, 7, 0]);
    /// ```
    pub fn probes(&self, hash: u32) -> impl Iterator<Item = u32> {
        let step = self.steps[hash as usize % self.steps.len()];
        let (first, count) = (self.first, self.count);
        let next = move |place: &u32| {
            Some(((u64::from(*place) + u64::from(step)) % u64::from(count)) as u32)
        };
        let places = std::iter::successors(Some(hash % count), next);
        places.take(count as usize).map(move |place| first + place)
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Where an attempt was sent, and which controller sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) invoker: HostId,
    pub(super) controller: u32,
}

/// The controllers and what they know of the invokers.
#[derive(Debug)]
pub(super) struct Balancer {
    managed: Ring,
    blackbox: Ring,
    invokers: u32,
    controllers: u32,
    /// The controller that gets the next attempt.
    next: u32,
    /// By controller and invoker: the memory that the controller may still ask for, in bytes; below
    /// zero on an invoker that was chosen though none had a slot.
    slots: Vec<i128>,
    /// By invoker: whether it is there.
    usable: Vec<bool>,
    stream: Stream,
}

impl Balancer {
    /// Controllers that share the memory of so many invokers; the fractions are those of the invokers
    /// for actions of managed runtimes, and for blackbox actions.
    pub(super) fn new(
        (invokers, memory): (u32, Bytes),
        controllers: u32,
        (managed, blackbox): (f64, f64),
        stream: Stream,
    ) -> Self {
        let count = f64::from(invokers);
        let managed = ((count * managed).ceil() as u32).clamp(1, invokers);
        let blackbox = ((count * blackbox).floor() as u32).clamp(1, invokers);
        let share = Bytes::new(memory.get() / u64::from(controllers)).max(LEAST_MEMORY);
        Self {
            managed: Ring::new(0, managed),
            blackbox: Ring::new(invokers - blackbox, blackbox),
            invokers,
            controllers,
            next: 0,
            slots: vec![i128::from(share.get()); (invokers * controllers) as usize],
            usable: vec![true; invokers as usize],
            stream,
        }
    }

    /// An invoker is sent attempts from now on, or none.
    pub(super) fn set_usable(&mut self, invoker: HostId, usable: bool) {
        self.usable[invoker.index()] = usable;
    }

    fn slots(&mut self, route: Route) -> &mut i128 {
        &mut self.slots[(route.controller * self.invokers + route.invoker.number()) as usize]
    }

    /// The controller whose turn it is.
    pub(super) fn next_controller(&mut self) -> u32 {
        let controller = self.next;
        self.next = (controller + 1) % self.controllers;
        controller
    }

    /// A controller sends an attempt at an action, blackbox or not, to an invoker: the first on its way
    /// that has slots for its memory, or any if none has; `None` if none is there.
    pub(super) fn send(
        &mut self,
        controller: u32,
        (hash, blackbox): (u32, bool),
        memory: Bytes,
    ) -> Option<Route> {
        let ring = if blackbox { &self.blackbox } else { &self.managed };
        let need = i128::from(memory.get());
        let slots = &self.slots[(controller * self.invokers) as usize..];
        let usable = |invoker: &u32| self.usable[*invoker as usize];
        let free = |invoker: &u32| usable(invoker) && slots[*invoker as usize] >= need;
        let invoker = if let Some(invoker) = ring.probes(hash).find(free) {
            invoker
        } else {
            let mut there = (ring.first..ring.first + ring.count).filter(usable);
            let count = there.clone().count();
            let drawn = (count > 0).then(|| below(&mut self.stream, count as u64))?;
            there.nth(drawn as usize)?
        };
        let route = Route { invoker: HostId::new(invoker), controller };
        *self.slots(route) -= need;
        Some(route)
    }

    /// An attempt is over.
    pub(super) fn over(&mut self, route: Route, memory: Bytes) {
        *self.slots(route) += i128::from(memory.get());
    }

    /// The memory of all attempts that are sent and not over, in bytes, if each invoker has `memory`.
    pub(super) fn sent(&self, memory: Bytes) -> i128 {
        let share = Bytes::new(memory.get() / u64::from(self.controllers)).max(LEAST_MEMORY);
        self.slots.iter().map(|slots| i128::from(share.get()) - slots).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;

    /// The values of Java: `"".hashCode()` is 0; `"a"` is 97; `"ab"` is 97 * 31 + 98 = 3105;
    /// `"polygenelubricants"` is the text known for `Integer.MIN_VALUE`; `"é"` is U+00E9, 233; the
    /// flag of "𝄞" are two units, 0xD834 and 0xDD1E: 55348 * 31 + 56606 = 1772394.
    #[test]
    fn hashes_are_those_of_java() {
        let texts = ["", "a", "ab", "hello", "guest", "polygenelubricants", "é", "𝄞"];
        let hashes = [0, 97, 3105, 99_162_322, 98_708_952, i32::MIN, 233, 1_772_394];
        assert_eq!(texts.map(java_hash), hashes);
        // The hash of "guest/" is 98708952 * 31 + 47, and "hello" goes on from there: times 31^5 =
        // 28,629,151, and 99162322 more. In 32 bits that is 86723035.
        let prefix = 98_708_952_i32.wrapping_mul(31).wrapping_add(47);
        let full = prefix.wrapping_mul(28_629_151).wrapping_add(99_162_322);
        assert_eq!(full, 86_723_035);
        assert_eq!(action_hash("guest", "hello"), (java_hash("guest") ^ full).unsigned_abs());
    }

    /// The example in the source of OpenWhisk: 10 invokers, hash 13; home 3, steps 1, 3 and 7, of which
    /// number 13 % 3 = 1 is 3.
    #[test]
    fn the_way_of_the_example() {
        let ring = Ring::new(0, 10);
        assert_eq!(ring.steps, [1, 3, 7]);
        assert!(ring.probes(13).eq([3, 6, 9, 2, 5, 8, 1, 4, 7, 0]));
        assert_eq!(Ring::new(0, 9).steps, [1, 2, 5, 7]);
        assert!(Ring::new(7, 1).probes(u32::MAX).eq([7]));
    }

    #[test]
    fn every_way_meets_every_invoker() {
        for count in 1..40 {
            let ring = Ring::new(5, count);
            for hash in 0..200 {
                let mut met: Vec<u32> = ring.probes(hash).collect();
                met.sort_unstable();
                assert!(met.into_iter().eq(5..5 + count), "{count} invokers, hash {hash}");
            }
        }
    }

    /// 512 MiB in two shares are one slot of 256 MiB a controller on each of two invokers. Hash 0: home 0.
    #[test]
    fn slots_are_taken_in_order_and_forced_when_all_are() {
        let stream = Seed::new(1).key("test").stream();
        let mib = Bytes::mib;
        let mut balancer = Balancer::new((2, mib(512)), 2, (1.0, 0.0), stream);
        let mut send = || {
            let controller = balancer.next_controller();
            balancer.send(controller, (0, false), mib(256)).expect("all are there")
        };
        let routes: Vec<Route> = (0..6).map(|_| send()).collect();
        let of = |routes: &[Route]| -> Vec<(u32, u32)> {
            routes.iter().map(|route| (route.controller, route.invoker.number())).collect()
        };
        assert_eq!(of(&routes[..4]), [(0, 0), (1, 0), (0, 1), (1, 1)]);
        assert_eq!(balancer.sent(mib(512)), 6 * (256 << 20));
        // Both controllers have forced a slot on one of the two; freeing it only makes up for that.
        for route in &routes {
            balancer.over(*route, mib(256));
        }
        assert_eq!(balancer.sent(mib(512)), 0);
        assert_eq!(of(&[balancer.send(0, (0, false), mib(256)).expect("all are there")]), [(0, 0)]);
    }

    /// Of ten invokers, nine are for managed runtimes and the last for blackbox actions.
    #[test]
    fn blackbox_actions_have_invokers_of_their_own() {
        let stream = || Seed::new(1).key("test").stream();
        let of = |invokers| Balancer::new((invokers, Bytes::mib(512)), 1, (0.9, 0.1), stream());
        assert_eq!((of(10).managed.count, of(10).blackbox.first), (9, 9));
        assert_eq!((of(1).managed.count, of(1).blackbox.first), (1, 0));
        assert_eq!((of(25).managed.count, of(25).blackbox.first), (23, 23));
        assert_eq!(
            of(10).send(0, (123, true), Bytes::mib(256)).map(|route| route.invoker),
            Some(HostId::new(9))
        );
    }
}
