//! Which replicas go first (`controller_utils.go`, `ActivePodsWithRanks`; `replica_set.go`).
//!
//! Source: kubernetes as of 1.27, with `LogarithmicScaleDown` and `PodDeletionCost`, which are on by default.

use std::cmp::{Ordering, Reverse};

use super::status::Phase;
use crate::kernel::Time;

/// A replica that may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replica {
    /// Whether it has a node.
    pub assigned: bool,
    /// How far it has come; one that has ended is no replica.
    pub phase: Phase,
    /// Since when it can serve; `None` if it cannot.
    pub ready_since: Option<Time>,
    /// What its annotation `controller.kubernetes.io/pod-deletion-cost` says; 0 if there is none.
    pub cost: i32,
    /// How many pods of the same owner, itself among them, are on its node.
    pub together: u32,
    /// How often the container of it that began anew most often did.
    pub restarts: u32,
    /// Since when it is there.
    pub created: Time,
    /// A random number of its own, by which equals are told apart.
    pub uid: u64,
}

/// The power of two of an age in nanoseconds; that of an age of nothing is below all others.
fn bucket(since: Time, now: Time) -> i64 {
    let age = now.since(since).as_nanos();
    age.checked_ilog2().map_or(-1, i64::from)
}

/// The order of two times by the power of two of their ages, the newer first; of equals by number.
fn newer_first(one: (Time, u64), other: (Time, u64), now: Time) -> Ordering {
    let buckets = bucket(one.0, now).cmp(&bucket(other.0, now));
    buckets.then(one.1.cmp(&other.1))
}

impl Replica {
    /// Whether it goes before another ([`Less`](Ordering::Less)).
    ///
    /// In this order: without a node; pending, then unknown; not ready; the lower cost; more of the owner
    /// on its node; ready for a shorter time; more restarts; newer. Times differ by the power of two of their
    /// ages, below which the numbers decide.
    pub fn order(&self, other: &Self, now: Time) -> Ordering {
        let phase = |phase| match phase {
            Phase::Unknown => 1,
            Phase::Running => 2,
            Phase::Pending | Phase::Succeeded | Phase::Failed => 0,
        };
        let key = |one: &Self| {
            let ready = one.ready_since.is_some();
            (one.assigned, phase(one.phase), ready, one.cost, Reverse(one.together))
        };
        let plain = key(self).cmp(&key(other));
        if plain.is_ne() {
            return plain;
        }
        if let (Some(one), Some(two)) = (self.ready_since, other.ready_since)
            && one != two
        {
            return newer_first((one, self.uid), (two, other.uid), now);
        }
        let restarts = other.restarts.cmp(&self.restarts);
        if restarts.is_ne() || self.created == other.created {
            return restarts;
        }
        newer_first((self.created, self.uid), (other.created, other.uid), now)
    }
}

/// The numbers of the `count` replicas that go, the first to go first.
///
/// The original's order is not one in the strict sense: three replicas may go round in a circle, if two were
/// ready at the same time and the third nearly so. Each is put before the first that it goes before, in the order given.
pub fn victims(replicas: &[Replica], count: usize, now: Time) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(replicas.len());
    for (number, replica) in replicas.iter().enumerate() {
        let before = |&other: &usize| replica.order(&replicas[other], now).is_lt();
        let place = order.iter().position(before).unwrap_or(order.len());
        order.insert(place, number);
    }
    order.truncate(count);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Span;

    fn ago(seconds: u64) -> Time {
        Time::from_nanos(now().as_nanos() - seconds * 1_000_000_000)
    }

    fn now() -> Time {
        Time::ZERO.plus(Span::from_secs(100_000))
    }

    fn plain() -> Replica {
        Replica {
            assigned: true,
            phase: Phase::Running,
            ready_since: Some(ago(1000)),
            cost: 0,
            together: 1,
            restarts: 0,
            created: ago(1010),
            uid: 5,
        }
    }

    /// Each of these goes before a plain one, and in this order.
    #[test]
    fn the_order_of_going() {
        let created = ago(100);
        let all = [
            plain(),
            Replica { ready_since: Some(ago(100)), ..plain() },
            Replica { together: 2, ..plain() },
            Replica { cost: -1, ..plain() },
            Replica { ready_since: None, restarts: 0, ..plain() },
            Replica { ready_since: None, created, ..plain() },
            Replica { ready_since: None, restarts: 3, ..plain() },
            Replica { phase: Phase::Unknown, ..plain() },
            Replica { phase: Phase::Pending, ..plain() },
            Replica { assigned: false, ..plain() },
        ];
        assert_eq!(victims(&all, 10, now()), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        assert_eq!(victims(&all, 2, now()), [9, 8]);
    }

    /// 1000 s and 600 s are 2^39.9 and 2^39.1 ns: the same, so the number decides. 500 s are 2^38.9 ns.
    #[test]
    fn ages_differ_by_powers_of_two() {
        let aged = |age, uid| Replica { ready_since: Some(ago(age)), uid, ..plain() };
        let all = [aged(1000, 1), aged(600, 2), aged(500, 3), aged(0, 4)];
        assert_eq!(victims(&all, 4, now()), [3, 2, 0, 1]);
    }
}
