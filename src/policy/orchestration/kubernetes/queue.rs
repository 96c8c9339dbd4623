//! Whose turn it is (`backend/queue`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::pod::Pod;
use crate::kernel::{Id, Span, Time};

/// Times of back-off are compared by whole seconds. Source: `backoffQOrderingWindowDuration`.
const WINDOW: u64 = 1_000_000_000;

/// The whole second of a time, in nanoseconds.
fn whole(time: Time) -> u64 {
    time.as_nanos() - time.as_nanos() % WINDOW
}

/// How long a pod that has found no node waits for its next turn.
///
/// ```
/// use cloudsched::kernel::Span;
/// use cloudsched::policy::orchestration::kubernetes::Backoff;
/// let waits = [1, 2, 4, 5].map(|attempts| Backoff::default().after(attempts));
/// assert_eq!(waits, [1, 2, 8, 10].map(Span::from_secs));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first attempt.
    pub initial: Span,
    /// The longest wait.
    pub most: Span,
}

impl Default for Backoff {
    /// Upstream's: 1 s to 10 s (`podInitialBackoffSeconds`, `podMaxBackoffSeconds`).
    fn default() -> Self {
        Self { initial: Span::from_secs(1), most: Span::from_secs(10) }
    }
}

impl Backoff {
    /// The wait after so many attempts: twice that after one fewer, until it is the longest.
    pub fn after(&self, attempts: u32) -> Span {
        let Some(doublings) = attempts.checked_sub(1) else { return Span::ZERO };
        let (initial, most) = (self.initial.as_nanos(), self.most.as_nanos());
        if initial > most.checked_shr(doublings).unwrap_or(0) {
            return self.most;
        }
        Span::from_nanos(initial.checked_shl(doublings).unwrap_or(0))
    }
}

/// A pod in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queued {
    /// The pod.
    pub pod: Id<Pod>,
    /// Its priority.
    pub priority: i32,
    /// Since when it has been in this queue; the time at which it was last put there.
    pub since: Time,
    /// How often it has found no node.
    pub attempts: u32,
    /// The number of its last change, which makes the order of equals that of time.
    number: u64,
}

/// The order of turns: the higher priority, then the longer wait.
type Turn = (Reverse<i32>, Time, u64);

impl Queued {
    fn turn(&self) -> Turn {
        (Reverse(self.priority), self.since, self.number)
    }
}

/// Pods that wait for their turn, for the end of their back-off, or for something to change.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    backoff: Backoff,
    active: BTreeMap<Turn, Queued>,
    /// By the whole second in which the back-off ends.
    backing_off: BTreeMap<(u64, Turn), Queued>,
    parked: BTreeMap<Id<Pod>, Queued>,
    /// Those that have been parked the longest, first.
    parked_since: BTreeSet<(Time, Id<Pod>)>,
    changes: u64,
}

/// How long a pod is parked at most without a change that might help it. Source:
/// `DefaultPodMaxInUnschedulablePodsDuration`.
const LONGEST_PARKED: Span = Span::from_secs(300);

impl Queue {
    /// An empty queue.
    pub fn new(backoff: Backoff) -> Self {
        Self { backoff, ..Self::default() }
    }

    /// A new pod.
    pub fn push(&mut self, pod: Id<Pod>, priority: i32, now: Time) {
        self.changes += 1;
        let queued = Queued { pod, priority, since: now, attempts: 0, number: self.changes };
        self.active.insert(queued.turn(), queued);
    }

    /// The pod whose turn it is. If no pod waits for its turn only, the one whose back-off ends first.
    pub fn pop(&mut self, now: Time) -> Option<Queued> {
        self.end_backoff(now);
        let next = self.active.pop_first().map(|(_, queued)| queued);
        next.or_else(|| self.backing_off.pop_first().map(|(_, queued)| queued))
    }

    /// A pod has found no node: it is parked until something changes.
    pub fn park(&mut self, mut queued: Queued, now: Time) {
        self.changes += 1;
        queued.attempts += 1;
        queued.since = now;
        queued.number = self.changes;
        self.parked_since.insert((now, queued.pod));
        self.parked.insert(queued.pod, queued);
    }

    /// Something has changed that might help a parked pod: it waits for the end of its back-off, then for
    /// its turn.
    pub fn wake(&mut self, pod: Id<Pod>, now: Time) {
        let Some(queued) = self.parked.remove(&pod) else { return };
        self.parked_since.remove(&(queued.since, pod));
        let end = whole(queued.since.plus(self.backoff.after(queued.attempts)));
        if self.backoff.most > Span::ZERO && end >= whole(now) {
            self.backing_off.insert((end, queued.turn()), queued);
        } else {
            self.active.insert(queued.turn(), queued);
        }
    }

    /// Takes a parked pod out for a turn before all others.
    pub fn take(&mut self, pod: Id<Pod>) -> Option<Queued> {
        let queued = self.parked.remove(&pod)?;
        self.parked_since.remove(&(queued.since, pod));
        Some(queued)
    }

    /// A pod waits no longer, wherever it is in the queue.
    pub fn remove(&mut self, pod: Id<Pod>) {
        self.take(pod);
        self.active.retain(|_, queued| queued.pod != pod);
        self.backing_off.retain(|_, queued| queued.pod != pod);
    }

    /// Wakes all parked pods.
    pub fn wake_all(&mut self, now: Time) {
        let pods: Vec<Id<Pod>> = self.parked.keys().copied().collect();
        for pod in pods {
            self.wake(pod, now);
        }
    }

    /// Wakes the pods that have been parked for longer than five minutes.
    pub fn wake_overdue(&mut self, now: Time) {
        while let Some(&(since, pod)) = self.parked_since.first() {
            if now.since(since) <= LONGEST_PARKED {
                break;
            }
            self.wake(pod, now);
        }
    }

    /// How many pods are in it, wherever.
    pub fn len(&self) -> usize {
        self.active.len() + self.backing_off.len() + self.parked.len()
    }

    /// Whether no pod is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A back-off is over when the second in which it ends is (`isPodBackingoff`).
    fn end_backoff(&mut self, now: Time) {
        while let Some(first) = self.backing_off.first_entry()
            && first.key().0 < whole(now)
        {
            let queued = first.remove();
            self.active.insert(queued.turn(), queued);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Time {
        Time::ZERO.plus(Span::from_secs(seconds))
    }

    fn popped(queue: &mut Queue, now: Time) -> Option<u32> {
        queue.pop(now).map(|queued| queued.pod.number())
    }

    #[test]
    fn the_higher_priority_then_the_longer_wait() {
        let mut queue = Queue::default();
        for (pod, priority, at) in [(0, 0, 0), (1, 5, 2), (2, 5, 1), (3, 0, 0)] {
            queue.push(Id::new(pod), priority, seconds(at));
        }
        let order: Vec<u32> = std::iter::from_fn(|| popped(&mut queue, seconds(3))).collect();
        assert_eq!(order, [2, 1, 0, 3]);
    }

    /// Parked at 0.9 s after one attempt, a pod's back-off ends at 1.9 s, in second 1, which is over at 2 s. Woken
    /// at 0.95 s, it has to wait behind the other, which has its turn, even with the higher priority.
    #[test]
    fn back_off_ends_at_whole_seconds() {
        let mut queue = Queue::default();
        queue.push(Id::new(0), 9, Time::ZERO);
        let first = queue.pop(Time::ZERO).unwrap();
        let at = |millis: u64| Time::from_nanos(millis * 1_000_000);
        queue.park(first, at(900));
        queue.push(Id::new(1), 0, at(900));
        queue.wake(Id::new(0), at(950));
        let mut early = queue.clone();
        assert_eq!(popped(&mut early, at(1000)), Some(1));
        assert_eq!(popped(&mut early, at(1000)), Some(0), "nothing else waits");
        assert_eq!(popped(&mut queue, at(2000)), Some(0));
    }

    /// As above, but woken late: still in second 1 the pod backs off, at 2 s it does not. Without a longest
    /// wait nobody ever backs off.
    #[test]
    fn who_is_woken_late_does_not_back_off() {
        let backoffs = [Backoff::default(), Backoff { most: Span::ZERO, ..Backoff::default() }];
        let at = |millis: u64| Time::from_nanos(millis * 1_000_000);
        for (backoff, woken, next) in
            [(backoffs[0], 1999, 1), (backoffs[0], 2000, 0), (backoffs[1], 900, 0)]
        {
            let mut queue = Queue::new(backoff);
            queue.push(Id::new(0), 9, Time::ZERO);
            let first = queue.pop(Time::ZERO).unwrap();
            queue.park(first, at(900));
            queue.push(Id::new(1), 0, at(900));
            queue.wake(Id::new(0), at(woken));
            assert_eq!(popped(&mut queue, at(woken)), Some(next), "woken at {woken} ms");
        }
    }

    #[test]
    fn nobody_is_parked_for_more_than_five_minutes() {
        let mut queue = Queue::default();
        queue.push(Id::new(0), 0, Time::ZERO);
        let first = queue.pop(Time::ZERO).unwrap();
        queue.park(first, Time::ZERO);
        queue.wake_overdue(seconds(300));
        assert_eq!(popped(&mut queue, seconds(300)), None);
        queue.wake_overdue(seconds(301));
        assert_eq!(popped(&mut queue, seconds(301)), Some(0));
    }
}
