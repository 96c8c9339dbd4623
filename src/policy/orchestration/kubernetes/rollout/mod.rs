//! How a Deployment replaces the pods of an old template by those of a new one
//! (`pkg/controller/deployment`: `rolling.go`, `recreate.go`, `sync.go`, `util/deployment_util.go`).
//!
//! A Deployment has a [`ReplicaSet`] for each template; one of them is the newest. Each step compares
//! how many replicas the sets shall have with how many of them can serve. Checked against the cases of the
//! tests of v1.19.14. Not modelled: pauses, the limit of old sets that are kept. What is
//! done about deadlines stands in [`rollout`](crate::policy::rollout).
//!
//! ```
//! use cloudsched::kernel::Time;
//! use cloudsched::policy::orchestration::kubernetes::{Deployment, ReplicaSet, Strategy};
//! // Ten replicas of an old template; by default a quarter more may be there, a quarter may be missing.
//! let deployment = Deployment { replicas: 10, strategy: Strategy::default() };
//! let old = ReplicaSet { replicas: 10, available: 10, ..ReplicaSet::new(Time::ZERO) };
//! let mut sets = [old, ReplicaSet::new(Time::ZERO)];
//! deployment.roll(&mut sets, 1);
//! assert_eq!(sets[1].replicas, 3, "three more may be there");
//! deployment.roll(&mut sets, 1);
//! assert_eq!(sets[0].replicas, 8, "two may be missing");
//! ```

mod scale;
mod strategy;

pub use strategy::{Fenceposts, Strategy};

use crate::kernel::Time;

/// The replicas of one template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplicaSet {
    /// How many there shall be.
    pub replicas: i64,
    /// How many can serve, and have been able to for `minReadySeconds`.
    pub available: i64,
    /// Since when it is there.
    pub created: Time,
    /// How many replicas the Deployment should have, and how many all sets might have together, when this
    /// one's replicas were last changed (`desired-replicas`, `max-replicas`).
    pub scaled_for: Option<(i64, i64)>,
}

impl ReplicaSet {
    /// One without replicas.
    pub fn new(created: Time) -> Self {
        Self { replicas: 0, available: 0, created, scaled_for: None }
    }
}

/// The sum of the replicas.
fn total(sets: &[ReplicaSet]) -> i64 {
    sets.iter().map(|set| set.replicas).sum()
}

/// The numbers of the sets but the newest that have replicas, the oldest first.
fn old_with_replicas(sets: &[ReplicaSet], new: usize) -> Vec<usize> {
    let with_replicas = |&number: &usize| number != new && sets[number].replicas > 0;
    let mut old: Vec<usize> = (0..sets.len()).filter(with_replicas).collect();
    old.sort_by_key(|&number| (sets[number].created, number));
    old
}

/// A number of replicas, and how they are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// How many there shall be.
    pub replicas: i64,
    /// How they are replaced.
    pub strategy: Strategy,
}

impl Deployment {
    /// How many more may be there (`MaxSurge`).
    pub fn surge(&self) -> i64 {
        match self.strategy {
            Strategy::Recreate => 0,
            Strategy::Rolling { surge, unavailable } => {
                Fenceposts::of(surge, unavailable, self.replicas).surge
            }
        }
    }

    /// How many may be missing (`MaxUnavailable`).
    pub fn unavailable(&self) -> i64 {
        match self.strategy {
            Strategy::Rolling { surge, unavailable } if self.replicas != 0 => {
                Fenceposts::of(surge, unavailable, self.replicas).unavailable.min(self.replicas)
            }
            _ => 0,
        }
    }

    /// How many replicas the newest set shall have, if it has `new` now and all sets together have `total`
    /// (`NewRSNewReplicas`).
    pub fn new_replicas(&self, new: i64, total: i64) -> i64 {
        let Strategy::Rolling { surge, .. } = self.strategy else { return self.replicas };
        let most = self.replicas + surge.rounded_up(self.replicas);
        if total >= most {
            return new;
        }
        new + (most - total).min(self.replicas - new)
    }

    /// Changes how many replicas a set shall have; says whether that is a change.
    fn resize(&self, set: &mut ReplicaSet, replicas: i64) -> bool {
        let changes = set.replicas != replicas;
        set.replicas = replicas;
        set.scaled_for = Some((self.replicas, self.replicas + self.surge()));
        changes
    }

    /// A step of replacing: new replicas come if they may, else old ones go if they may. Says whether
    /// anything has changed (`rolloutRolling`, `rolloutRecreate`). With [`Strategy::Recreate`] the
    /// newest set gets its replicas once the others have none; the caller waits until the pods are gone.
    pub fn roll(&self, sets: &mut [ReplicaSet], new: usize) -> bool {
        if self.strategy == Strategy::Recreate {
            let old = old_with_replicas(sets, new);
            for &number in &old {
                self.resize(&mut sets[number], 0);
            }
            return !old.is_empty() || self.reconcile_new(sets, new);
        }
        self.reconcile_new(sets, new) || self.reconcile_old(sets, new)
    }

    /// Brings the newest set's replicas nearer to what they shall be (`reconcileNewReplicaSet`).
    pub fn reconcile_new(&self, sets: &mut [ReplicaSet], new: usize) -> bool {
        let present = sets[new].replicas;
        if present == self.replicas {
            return false;
        }
        let replicas = if present > self.replicas {
            self.replicas
        } else {
            self.new_replicas(present, total(sets))
        };
        replicas != present && self.resize(&mut sets[new], replicas)
    }

    /// Takes replicas away from old sets, those first that cannot serve, as far as enough can serve
    /// without them and without those of the newest set that cannot yet (`reconcileOldReplicaSets`).
    pub fn reconcile_old(&self, sets: &mut [ReplicaSet], new: usize) -> bool {
        if old_with_replicas(sets, new).is_empty() {
            return false;
        }
        let least = self.replicas - self.unavailable();
        let not_yet = sets[new].replicas - sets[new].available;
        let spare = total(sets) - least - not_yet;
        if spare <= 0 {
            return false;
        }
        let Some(cleaned) = self.clean_up(sets, new, spare) else { return false };
        cleaned + self.scale_down_old(sets, new) > 0
    }

    /// Takes away up to `most` replicas of old sets that cannot serve, and says how many
    /// (`cleanupUnhealthyReplicas`); `None` if more of a set can serve than there shall be, which is an error
    /// upstream, where nothing more happens in this step.
    pub fn clean_up(&self, sets: &mut [ReplicaSet], new: usize, most: i64) -> Option<i64> {
        let mut cleaned = 0;
        for number in old_with_replicas(sets, new) {
            if cleaned >= most {
                break;
            }
            let set = &mut sets[number];
            let unhealthy = set.replicas - set.available;
            if unhealthy < 0 {
                return None;
            }
            let gone = unhealthy.min(most - cleaned);
            if gone > 0 {
                self.resize(set, set.replicas - gone);
            }
            cleaned += gone;
        }
        Some(cleaned)
    }

    /// Takes away replicas of old sets as far as enough can serve without them, and says how many
    /// (`scaleDownOldReplicaSetsForRollingUpdate`).
    pub fn scale_down_old(&self, sets: &mut [ReplicaSet], new: usize) -> i64 {
        let least = self.replicas - self.unavailable();
        let spare = sets.iter().map(|set| set.available).sum::<i64>() - least;
        let mut gone = 0;
        for number in old_with_replicas(sets, new) {
            if gone >= spare {
                break;
            }
            let set = &mut sets[number];
            let more = set.replicas.min(spare - gone);
            self.resize(set, set.replicas - more);
            gone += more;
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Share;

    pub(super) fn rolling(replicas: i64, surge: i64, unavailable: i64) -> Deployment {
        let (surge, unavailable) = (Share::Count(surge), Share::Count(unavailable));
        Deployment { replicas, strategy: Strategy::Rolling { surge, unavailable } }
    }

    pub(super) fn sets(all: &[(i64, i64)]) -> Vec<ReplicaSet> {
        let set = |(number, &(replicas, available)): (usize, &(i64, i64))| {
            let created = Time::from_nanos(number as u64);
            ReplicaSet { replicas, available, ..ReplicaSet::new(created) }
        };
        all.iter().enumerate().map(set).collect()
    }

    pub(super) fn replicas(sets: &[ReplicaSet]) -> Vec<i64> {
        sets.iter().map(|set| set.replicas).collect()
    }

    /// Ten replicas, two more may be there, none missing. All that are new can serve after each step.
    #[test]
    fn old_replicas_go_as_new_ones_come() {
        let deployment = rolling(10, 2, 0);
        let mut all = sets(&[(10, 10), (0, 0)]);
        let mut steps = Vec::new();
        while deployment.roll(&mut all, 1) {
            steps.push((all[0].replicas, all[1].replicas));
            for set in &mut all {
                set.available = set.replicas;
            }
        }
        let expected =
            [(10, 2), (8, 2), (8, 4), (6, 4), (6, 6), (4, 6), (4, 8), (2, 8), (2, 10), (0, 10)];
        assert_eq!(steps, expected);
    }

    /// The example of the original's comment: 13 pods, 8 must serve, the 5 new ones cannot. One old one
    /// cannot either: 13 - 8 - 5 = 0, so nothing goes.
    #[test]
    fn new_replicas_that_cannot_serve_hold_up_old_ones() {
        let deployment = rolling(10, 3, 2);
        let mut all = sets(&[(8, 7), (5, 0)]);
        assert!(!deployment.roll(&mut all, 1));
        // Back to the old template, of which 1 of 8 cannot serve: 13 - 8 - 1 = 4 of the others go.
        assert!(!deployment.reconcile_new(&mut all, 0));
        assert!(deployment.reconcile_old(&mut all, 0));
        assert_eq!(replicas(&all), [8, 1]);
    }

    /// 13 - 8 = 5 may go: two of the oldest set and one of the next, which cannot serve; then 10 - 8 = 2
    /// more of the oldest.
    #[test]
    fn those_that_cannot_serve_go_first() {
        let deployment = rolling(10, 3, 2);
        let mut all = sets(&[(6, 4), (7, 6), (0, 0)]);
        assert_eq!(deployment.clean_up(&mut all.clone(), 2, 1), Some(1));
        assert!(deployment.reconcile_old(&mut all, 2));
        assert_eq!(replicas(&all), [2, 6, 0]);
        assert_eq!(deployment.clean_up(&mut sets(&[(1, 2), (0, 0)]), 1, 3), None);
    }

    #[test]
    fn recreate_waits_for_the_old_to_go() {
        let deployment = Deployment { replicas: 3, strategy: Strategy::Recreate };
        let mut all = sets(&[(2, 2), (1, 1), (0, 0)]);
        assert!(deployment.roll(&mut all, 2));
        assert_eq!(replicas(&all), [0, 0, 0]);
        assert!(deployment.roll(&mut all, 2));
        assert_eq!(replicas(&all), [0, 0, 3]);
        assert!(!deployment.roll(&mut all, 2));
    }
}
