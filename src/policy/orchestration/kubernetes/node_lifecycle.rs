//! How fast the pods of nodes that have failed are given up: node by node, slower in a zone of which most nodes have failed,
//! and not at all while all zones have failed, as then it is rather the control plane that hears nothing.
//!
//! A node that is not ready stands in the line of its zone. When it leaves it, it gets the taint by which its pods are evicted after
//! their tolerations.
//!
//! Source: kubernetes/kubernetes 003e8629, `pkg/controller/nodelifecycle/node_lifecycle_controller.go` (`handleDisruption`,
//! `ComputeZoneState`, `ReducedQPSFunc`) and `scheduler/rate_limited_queue.go` (a bucket of one token; a new rate begins without it
//! if the old one's was used up).

use crate::kernel::{Span, Time};

/// The parameters of the controller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvictionPace {
    /// How long after a node the next one of its zone gets its taint; the inverse of `--node-eviction-rate`.
    pub interval: Span,
    /// The same in a zone that is partly disrupted; the inverse of `--secondary-node-eviction-rate`.
    pub secondary_interval: Span,
    /// From which share of failed nodes on a zone is partly disrupted (`--unhealthy-zone-threshold`).
    pub unhealthy_zone: f64,
    /// A zone of more nodes than this goes on when it is partly disrupted (`--large-cluster-size-threshold`).
    pub large_zone: usize,
}

/// How many failed nodes there must be, at least, in a zone that is partly disrupted.
const LEAST_FAILED: usize = 3;

/// How a zone is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Normal,
    Partial,
    Full,
}

/// The nodes of a zone that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ZoneHealth {
    /// How many are ready.
    pub ready: usize,
    /// How many are not.
    pub failed: usize,
}

impl ZoneHealth {
    fn state(self, pace: &EvictionPace) -> State {
        let Self { ready, failed } = self;
        let share = failed as f64 / (failed + ready).max(1) as f64;
        match (ready, failed) {
            (0, 1..) => State::Full,
            (_, LEAST_FAILED..) if share >= pace.unhealthy_zone => State::Partial,
            _ => State::Normal,
        }
    }
}

/// The line of a zone. `N` is a node.
#[derive(Clone, Debug)]
struct Zone<N> {
    state: State,
    /// Between two nodes; `None` if none goes on.
    interval: Option<Span>,
    /// When the next one may go on.
    next: Time,
    line: Vec<N>,
}

/// The controller, of nodes `N`.
#[derive(Clone, Debug)]
pub struct NodeLifecycle<N> {
    pace: EvictionPace,
    zones: Vec<Zone<N>>,
    /// Whether all zones were fully disrupted.
    stopped: bool,
}

impl<N: Copy + PartialEq> NodeLifecycle<N> {
    /// Of so many zones, whose nodes are ready.
    pub fn new(pace: EvictionPace, zones: usize) -> Self {
        let interval = Some(pace.interval);
        let zone = || Zone { state: State::Normal, interval, next: Time::ZERO, line: Vec::new() };
        Self { pace, zones: (0..zones).map(|_| zone()).collect(), stopped: false }
    }

    /// How many zones there are.
    pub fn zones(&self) -> usize {
        self.zones.len()
    }

    /// Looks at the nodes of each zone, of which those without any do not count. Says whether taints are to be taken from all
    /// nodes, as from now on all zones have failed.
    pub fn look(&mut self, healths: &[ZoneHealth], now: Time) -> bool {
        let states: Vec<State> = healths.iter().map(|health| health.state(&self.pace)).collect();
        let there = |health: &&ZoneHealth| health.ready + health.failed > 0;
        let stops = healths.iter().any(|health| there(&health))
            && healths.iter().filter(there).all(|health| health.state(&self.pace) == State::Full);
        let was_stopped = std::mem::replace(&mut self.stopped, stops);
        for ((zone, state), health) in self.zones.iter_mut().zip(states).zip(healths) {
            let changed = std::mem::replace(&mut zone.state, state) != state;
            if stops && !was_stopped {
                zone.set(None, now);
            } else if !stops && (changed || was_stopped) {
                let large = health.ready + health.failed > self.pace.large_zone;
                let interval = match state {
                    State::Normal | State::Full => Some(self.pace.interval),
                    State::Partial => large.then_some(self.pace.secondary_interval),
                };
                zone.set(interval, now);
            }
        }
        stops && !was_stopped
    }

    /// Whether a node of a zone stands in its line.
    pub fn has(&self, zone: usize, node: N) -> bool {
        self.zones[zone].line.contains(&node)
    }

    /// A node of a zone has failed.
    pub fn add(&mut self, zone: usize, node: N) {
        if !self.has(zone, node) {
            self.zones[zone].line.push(node);
        }
    }

    /// A node is ready again, or gone.
    pub fn remove(&mut self, zone: usize, node: N) {
        self.zones[zone].line.retain(|other| *other != node);
    }

    /// The next node that gets its taint now, if any does.
    pub fn take(&mut self, now: Time) -> Option<N> {
        let zone = self.zones.iter_mut().find(|zone| !zone.line.is_empty() && zone.next <= now)?;
        zone.next = zone.interval.map_or(Time::MAX, |interval| now.plus(interval));
        Some(zone.line.remove(0))
    }

    /// When a node gets its taint next as things are, and which one.
    pub fn next(&self) -> Option<(Time, N)> {
        let due = |zone: &Zone<N>| Some((zone.next, *zone.line.first()?));
        let due = self.zones.iter().filter_map(due).filter(|(time, _)| *time < Time::MAX);
        due.reduce(|a, b| if b.0 < a.0 { b } else { a })
    }
}

impl<N> Zone<N> {
    /// Nodes go on by another interval.
    fn set(&mut self, interval: Option<Span>, now: Time) {
        let used_up = self.next > now;
        self.interval = interval;
        self.next = match interval {
            None => Time::MAX,
            Some(interval) if used_up => now.plus(interval),
            Some(_) => now,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: EvictionPace = EvictionPace {
        interval: Span::from_secs(10),
        secondary_interval: Span::from_secs(100),
        unhealthy_zone: 0.55,
        large_zone: 50,
    };

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    fn health(ready: usize, failed: usize) -> ZoneHealth {
        ZoneHealth { ready, failed }
    }

    /// When nodes go on, in seconds, from a second on.
    fn taken(all: &mut NodeLifecycle<u32>, from: u64, to: u64) -> Vec<(u64, u32)> {
        let mut seen = Vec::new();
        for second in from..to {
            while let Some(node) = all.take(at(second)) {
                seen.push((second, node));
            }
        }
        seen
    }

    /// Three of six nodes are half of them: each 10 s, the first at once. Two of three are more than 55 %, but two.
    #[test]
    fn nodes_go_on_one_by_one() {
        for healths in [[health(3, 3)], [health(1, 2)]] {
            let mut all = NodeLifecycle::new(PACE, 1);
            (0..3).for_each(|node| all.add(0, node));
            assert!(!all.look(&healths, at(5)));
            assert_eq!(taken(&mut all, 5, 100), [(5, 0), (15, 1), (25, 2)]);
        }
    }

    /// Three of five nodes are 60 %: none of a small zone; of one with 51 nodes, 29 of which are 56 %, one each 100 s.
    #[test]
    fn a_zone_that_is_partly_disrupted_is_slow_or_stops() {
        let mut all = NodeLifecycle::new(PACE, 1);
        (0..3).for_each(|node| all.add(0, node));
        all.look(&[health(2, 3)], at(5));
        assert_eq!((taken(&mut all, 5, 1000), all.next()), (Vec::new(), None));
        // One of them is back: the two others go on, without a token at first.
        all.remove(0, 1);
        all.look(&[health(3, 2)], at(1000));
        assert_eq!(all.next(), Some((at(1010), 0)));
        assert_eq!(taken(&mut all, 1000, 1100), [(1010, 0), (1020, 2)]);
        let mut large = NodeLifecycle::new(PACE, 1);
        (0..3).for_each(|node| large.add(0, node));
        large.look(&[health(22, 29)], at(5));
        assert_eq!(taken(&mut large, 5, 500), [(5, 0), (105, 1), (205, 2)]);
    }

    /// A zone that has failed as a whole goes on as usual while another has not. If both have, all stops, and goes on when a node is
    /// back. A third zone without nodes does not count.
    #[test]
    fn all_stops_when_every_zone_has_failed() {
        let mut all = NodeLifecycle::new(PACE, 3);
        (0..4).for_each(|node| all.add(0, node));
        assert!(!all.look(&[health(0, 4), health(4, 0), health(0, 0)], at(5)));
        assert_eq!(taken(&mut all, 5, 20), [(5, 0), (15, 1)]);
        assert!(all.look(&[health(0, 4), health(0, 4), health(0, 0)], at(20)));
        assert!(!all.look(&[health(0, 4), health(0, 4), health(0, 0)], at(25)), "it is said once");
        assert!(taken(&mut all, 20, 100).is_empty());
        assert!(!all.look(&[health(0, 4), health(1, 3), health(0, 0)], at(100)));
        assert_eq!(taken(&mut all, 100, 200), [(110, 2), (120, 3)]);
    }
}
