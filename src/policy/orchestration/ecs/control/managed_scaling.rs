//! How many instances a capacity provider has (cluster auto scaling).

/// Tasks that wait for an instance and are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provisioning {
    /// How many.
    pub tasks: u64,
    /// How many of them an empty instance takes.
    pub on_an_instance: u64,
}

/// M, the instances that are needed: of `running` ones those that are not `idle`, if no task waits; else all
/// and so many more as the group of tasks that are alike needs that needs the most. A lower bound, as
/// groups might not share them. Recalled. Tasks that no instance takes need none.
///
/// ```
/// use cloudsched::policy::orchestration::ecs::control::{Provisioning, instances_needed};
/// assert_eq!(instances_needed(5, 2, &[]), 3);
/// let waiting = [(5, 2), (7, 4)].map(|(tasks, on_an_instance)| Provisioning { tasks, on_an_instance });
/// assert_eq!(instances_needed(5, 0, &waiting), 8);
/// ```
pub fn instances_needed(running: u64, idle: u64, waiting: &[Provisioning]) -> u64 {
    let more = waiting
        .iter()
        .filter(|group| group.tasks > 0 && group.on_an_instance > 0)
        .map(|group| group.tasks.div_ceil(group.on_an_instance))
        .max();
    match more {
        Some(more) => running + more,
        None => running.saturating_sub(idle),
    }
}

/// `CapacityProviderReservation`: the needed by the running instances, in percent (documented). Without running
/// ones 100 if none is needed, else 200 (recalled).
pub fn reservation(needed: u64, running: u64) -> f64 {
    match (needed, running) {
        (0, 0) => 100.0,
        (_, 0) => 200.0,
        _ => needed as f64 / running as f64 * 100.0,
    }
}

/// Scales the instances of a capacity provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagedScaling {
    /// What the reservation shall be, in percent (`targetCapacity`).
    pub target: u64,
    /// The fewest instances that come at once (`minimumScalingStepSize`).
    pub least_step: u64,
    /// The most that come at once (`maximumScalingStepSize`).
    pub most_step: u64,
    /// How many minutes in a row fewer instances must be needed before some go.
    pub patience: u64,
    /// For how many minutes that has been so.
    below: u64,
}

impl Default for ManagedScaling {
    /// Documented: a target of 100, steps of 1 to 10 000 (an older page says 1 at most). Recalled: 15 minutes.
    fn default() -> Self {
        Self { target: 100, least_step: 1, most_step: 10_000, patience: 15, below: 0 }
    }
}

impl ManagedScaling {
    /// One with this target capacity and these least and most steps.
    pub fn new(target: u64, [least_step, most_step]: [u64; 2]) -> Self {
        Self { target, least_step, most_step, ..Self::default() }
    }

    /// A minute's numbers: how many instances there shall be, of which so many run and so many are needed.
    /// More come at once, fewer are left after some time (recalled). Those that wait for their
    /// tasks to end, which is how ECS takes instances away, are the caller's.
    pub fn observe(&mut self, needed: u64, running: u64) -> u64 {
        let wanted = (needed * 100).div_ceil(self.target);
        if wanted > running {
            self.below = 0;
            return running + (wanted - running).clamp(self.least_step, self.most_step);
        }
        self.below = if wanted < running { self.below + 1 } else { 0 };
        if self.below < self.patience {
            return running;
        }
        self.below = 0;
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reservation_without_instances() {
        assert_eq!([(0, 0), (3, 0), (3, 4)].map(|(m, n)| reservation(m, n)), [100.0, 200.0, 75.0]);
    }

    /// A target of 80 % keeps a quarter more: 8 needed are 10; 1 more is the least step, 3 here the most.
    #[test]
    fn instances_come_in_steps_and_go_after_a_while() {
        let mut scaling = ManagedScaling { target: 80, most_step: 3, ..ManagedScaling::default() };
        assert_eq!(scaling.observe(8, 5), 8);
        assert_eq!(scaling.observe(8, 8), 10);
        assert_eq!(scaling.observe(8, 10), 10);
        let sizes: Vec<u64> = (0..16).map(|_| scaling.observe(4, 10)).collect();
        assert_eq!(sizes[..14], [10; 14]);
        assert_eq!(sizes[14], 5, "4 ÷ 0.8");
        assert_eq!(sizes[15], 10, "the next is a minute of its own");
        assert_eq!(instances_needed(3, 1, &[Provisioning { tasks: 2, on_an_instance: 0 }]), 2);
    }
}
