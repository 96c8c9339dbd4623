//! What is observed of the pods of a cluster beside what all instances have.

use super::platform::{Area, either, since};
use crate::kernel::Time;
use crate::platform::orchestrator::ClusterFigures;
use crate::stats::Moments;

/// Observations of pods, and of what became of failures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PodFigures {
    /// Pods that had no node.
    pub pending: Area,
    /// Managers that lacked a leader: one at any time at most, if there are managers.
    pub leaderless: Option<Area>,
    /// Containers that were started again, if any may fail.
    pub restarts: Option<u64>,
    /// Pods that had to leave their node, if any may have to.
    pub evictions: Option<u64>,
    /// How long it took until failures were known.
    pub detection: Moments,
    /// How long it took until failures were made good.
    pub recovery: Moments,
}

impl PodFigures {
    /// Of a cluster at `end`.
    pub(super) fn of(cluster: &ClusterFigures, end: Time) -> Self {
        Self {
            pending: Area { area: cluster.pending.area(end), max: Some(cluster.pending.max(end)) },
            leaderless: cluster.has_managers.then(|| Area::of(&cluster.leaderless, end)),
            restarts: cluster.containers_fail.then_some(cluster.restarts),
            evictions: cluster.pods_leave.then_some(cluster.evictions),
            detection: cluster.detection,
            recovery: cluster.recovery,
        }
    }

    pub(super) fn since(self, earlier: Self) -> Self {
        let minus = |now: Option<u64>, then: Option<u64>| Some(now? - then.unwrap_or(0));
        Self {
            pending: self.pending.since(earlier.pending),
            leaderless: since(self.leaderless, earlier.leaderless, Area::since),
            restarts: minus(self.restarts, earlier.restarts),
            evictions: minus(self.evictions, earlier.evictions),
            detection: self.detection.since(&earlier.detection),
            recovery: self.recovery.since(&earlier.recovery),
        }
    }

    pub(super) fn plus(mut self, other: Self) -> Self {
        self.detection.merge(&other.detection);
        self.recovery.merge(&other.recovery);
        Self {
            pending: self.pending.plus(other.pending),
            leaderless: either(self.leaderless, other.leaderless, Area::plus),
            restarts: either(self.restarts, other.restarts, |a, b| a + b),
            evictions: either(self.evictions, other.evictions, |a, b| a + b),
            ..self
        }
    }
}
