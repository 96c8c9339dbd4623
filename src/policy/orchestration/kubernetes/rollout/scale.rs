//! What happens when a Deployment's replicas change, in the midst of a replacement too (`sync.go`,
//! `util/deployment_util.go`).

use super::{Deployment, ReplicaSet, Strategy, old_with_replicas, total};

impl Deployment {
    /// Whether the Deployment's replicas have changed since its sets were last scaled (`isScalingEvent`).
    pub fn was_scaled(&self, sets: &[ReplicaSet]) -> bool {
        let with_replicas = sets.iter().filter(|set| set.replicas > 0);
        let mut known = with_replicas.filter_map(|set| set.scaled_for);
        known.any(|(replicas, _)| replicas != self.replicas)
    }

    /// Follows a change of the Deployment's replicas, in the midst of a replacement in proportion
    /// (`sync.go`, `scale`). `present` is how many pods there are (`status.replicas`).
    pub fn scale(&self, sets: &mut [ReplicaSet], new: usize, present: i64) {
        let mut active: Vec<usize> =
            (0..sets.len()).filter(|&number| sets[number].replicas > 0).collect();
        if let [] | [_] = active[..] {
            let only = active.first().copied().unwrap_or(new);
            if sets[only].replicas != self.replicas {
                self.resize(&mut sets[only], self.replicas);
            }
            return;
        }
        if self.is_saturated(&sets[new]) {
            for number in old_with_replicas(sets, new) {
                self.resize(&mut sets[number], 0);
            }
            return;
        }
        if self.strategy == Strategy::Recreate {
            return;
        }
        let allowed = if self.replicas > 0 { self.replicas + self.surge() } else { 0 };
        let to_add = allowed - total(sets);
        let age = |number: usize| (sets[number].created, number);
        // The largest first; of equals the newer if replicas come, the older if they go.
        active.sort_by(|&one, &other| {
            let by_age = age(one).cmp(&age(other));
            let by_age = if to_add > 0 { by_age.reverse() } else { by_age };
            sets[other].replicas.cmp(&sets[one].replicas).then(by_age)
        });
        let mut added = 0;
        let mut sizes = Vec::with_capacity(active.len());
        for &number in &active {
            let part = self.proportion(&sets[number], present, to_add, added);
            sizes.push(sets[number].replicas + part);
            added += part;
        }
        sizes[0] = (sizes[0] + to_add - added).max(0);
        for (number, size) in active.into_iter().zip(sizes) {
            self.resize(&mut sets[number], size);
        }
    }

    /// Whether all replicas are of a set, and can serve (`IsSaturated`).
    fn is_saturated(&self, set: &ReplicaSet) -> bool {
        let desired = set.scaled_for.map(|(replicas, _)| replicas);
        desired == Some(self.replicas)
            && set.replicas == self.replicas
            && set.available == self.replicas
    }

    /// The part of a set in replicas that are added or taken away (`GetProportion`,
    /// `getReplicaSetFraction`), rounded to the nearest.
    fn proportion(&self, set: &ReplicaSet, present: i64, to_add: i64, added: i64) -> i64 {
        if to_add == added {
            return 0;
        }
        let fraction = if self.replicas == 0 {
            -set.replicas
        } else {
            let before = set.scaled_for.map_or(present, |(_, most)| most);
            let size = set.replicas * (self.replicas + self.surge());
            (2 * size + before) / (2 * before) - set.replicas
        };
        let left = to_add - added;
        if to_add > 0 { fraction.min(left) } else { fraction.max(left) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{replicas, rolling, sets};

    /// The example of the documentation of Deployments: 10 replicas with 3 more, 8 old and 5 new, become
    /// 15 with 3 more: 5 are added. 8 × 18 ÷ 13 = 11.08, three more; 5 × 18 ÷ 13 = 6.92, two more.
    #[test]
    fn replicas_come_in_proportion() {
        let deployment = rolling(15, 3, 2);
        let mut all = sets(&[(8, 8), (5, 0)]);
        for set in &mut all {
            set.scaled_for = Some((10, 13));
        }
        assert!(deployment.was_scaled(&all));
        deployment.scale(&mut all, 1, 13);
        assert_eq!(replicas(&all), [11, 7]);
        assert!(!deployment.was_scaled(&all));
    }

    /// 5, 5 and 5 become 4 in all, so 11 go: 5 × 4 ÷ 15 = 1.33, 4 of the oldest and 4 of the next, then 3 are
    /// left.
    #[test]
    fn replicas_go_in_proportion() {
        let deployment = rolling(4, 0, 1);
        let mut all = sets(&[(5, 5), (5, 5), (5, 5)]);
        deployment.scale(&mut all, 2, 15);
        assert_eq!(replicas(&all), [1, 1, 2]);
        rolling(0, 1, 1).scale(&mut all, 2, 4);
        assert_eq!(replicas(&all), [0, 0, 0]);
        rolling(6, 1, 1).scale(&mut all, 2, 0);
        assert_eq!(replicas(&all), [0, 0, 6], "without replicas the newest gets them");
    }
}
