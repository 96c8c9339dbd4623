//! Greedy-dual caching of instances.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Eviction, InstanceView, Victim};
use crate::policy::catalogue::Described;
use crate::quantity::Bytes;

/// Treats idle instances as a cache of functions: keeps what is used often, starts slowly and is
/// small.
///
/// The priority of an instance is `clock + uses * cost / size`: `clock` is that of its host when
/// it was last used, `uses` those of all live instances of its application, `cost` its cold start
/// in seconds, `size` its memory in MiB. The idle instance of lowest priority goes, of equals the
/// one idle for longest, and the clock of its host becomes that priority, so that instances not
/// used since sink below new ones.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GreedyDual {
    /// Of each host: the highest priority evicted there.
    #[serde(skip)]
    clocks: Vec<f64>,
    /// Of each application: the uses of its live instances.
    #[serde(skip)]
    uses: Vec<u64>,
    /// Of each instance that lives.
    #[serde(skip)]
    instances: Vec<Record>,
}

/// What is remembered of an instance.
#[derive(Clone, Copy, Debug, Default)]
struct Record {
    /// The clock of its host when it was last used.
    clock: f64,
    /// How often it was used.
    uses: u64,
}

impl Described for GreedyDual {
    const NAME: &'static str = "greedy-dual";
    const SUMMARY: &'static str =
        "The instance with the least frequency times start-up cost per memory, aged, goes first.";
    const SOURCE: &'static str = "Fuerst, Sharma 2021, FaasCache, ASPLOS";
}

/// The entry at `index` of a table that grows as needed.
fn entry<T: Clone + Default>(table: &mut Vec<T>, index: usize) -> &mut T {
    if index >= table.len() {
        table.resize(index + 1, T::default());
    }
    &mut table[index]
}

/// The entry at `index`, or what it would begin as.
fn peek<T: Copy + Default>(table: &[T], index: usize) -> T {
    table.get(index).copied().unwrap_or_default()
}

impl GreedyDual {
    fn priority(&self, instance: &InstanceView) -> f64 {
        let clock = peek(&self.instances, instance.id.index()).clock;
        let uses = peek(&self.uses, instance.application.index()) as f64;
        // One byte at least, so that an instance without memory has a priority.
        let mib = instance.memory.get().max(1) as f64 / Bytes::mib(1).get() as f64;
        clock + uses * instance.cold_start.as_secs_f64() / mib
    }
}

impl Eviction for GreedyDual {
    fn follows_uses(&self) -> bool {
        true
    }

    fn used(&mut self, instance: &InstanceView) {
        let clock = peek(&self.clocks, instance.host.index());
        let record = entry(&mut self.instances, instance.id.index());
        record.clock = clock;
        record.uses += 1;
        *entry(&mut self.uses, instance.application.index()) += 1;
    }

    fn gone(&mut self, instance: &InstanceView, evicted: bool) {
        if evicted {
            let priority = self.priority(instance);
            let clock = entry(&mut self.clocks, instance.host.index());
            *clock = clock.max(priority);
        }
        // The id will be that of another instance.
        let record = std::mem::take(entry(&mut self.instances, instance.id.index()));
        *entry(&mut self.uses, instance.application.index()) -= record.uses;
    }

    fn victim(&mut self, idle: &mut dyn Iterator<Item = InstanceView>) -> Option<Victim> {
        let ranked =
            idle.map(|instance| Victim { id: instance.id, rank: self.priority(&instance) });
        ranked.reduce(|lowest, other| if other.rank < lowest.rank { other } else { lowest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Span;
    use crate::model::{ApplicationId, HostId};
    use crate::policy::eviction::testing::instance;

    /// An instance with a cold start of one second.
    fn sized(id: u32, application: u32, mib: u64) -> InstanceView {
        let cold_start = Span::from_secs(1);
        InstanceView { memory: Bytes::mib(mib), cold_start, ..instance(id, application) }
    }

    fn victim(policy: &mut GreedyDual, idle: &[InstanceView]) -> (u32, f64) {
        let victim = policy.victim(&mut idle.iter().copied()).unwrap();
        (victim.id.number(), victim.rank)
    }

    #[test]
    fn follows_the_example_worked_by_hand() {
        let mut policy = GreedyDual::default();
        // a: 256 MiB, b: 128 MiB, c: 512 MiB with a start of four seconds.
        let (a, b) = (sized(0, 0, 256), sized(1, 1, 128));
        let c = InstanceView { cold_start: Span::from_secs(4), ..sized(2, 2, 512) };
        for used in [&a, &a, &a, &b, &c] {
            policy.used(used);
        }
        // a: 3 * 1 / 256 = 3/256. b: 1 * 1 / 128 = 2/256. c: 1 * 4 / 512 = 2/256.
        // b and c are equal, so the one idle for longest goes.
        assert_eq!(victim(&mut policy, &[a, b, c]), (1, 2.0 / 256.0));
        assert_eq!(victim(&mut policy, &[a, c, b]), (2, 2.0 / 256.0));
        // b goes: the clock is 2/256. A new b, used once at that clock: 2/256 + 2/256 = 4/256.
        policy.gone(&b, true);
        policy.used(&b);
        policy.used(&c); // 2/256 + 2 * 4 / 512 = 6/256.
        assert_eq!(victim(&mut policy, &[b, c]), (1, 4.0 / 256.0));
        // a was used before the clock moved, and is still at 3/256: three uses have aged.
        assert_eq!(victim(&mut policy, &[b, c, a]), (0, 3.0 / 256.0));
    }

    #[test]
    fn counts_the_uses_of_live_instances_of_the_application() {
        let mut policy = GreedyDual::default();
        let (first, second) = (sized(0, 5, 1), sized(1, 5, 1));
        policy.used(&first);
        policy.used(&first);
        policy.used(&second);
        assert_eq!(victim(&mut policy, &[second]), (1, 3.0));
        // The first expires: it takes its two uses along and leaves the clock alone.
        policy.gone(&first, false);
        assert_eq!(victim(&mut policy, &[second]), (1, 1.0));
        // Its id goes to an instance of another application, which begins anew.
        let third = sized(0, 6, 1);
        assert_eq!(victim(&mut policy, &[third]), (0, 0.0));
        policy.used(&third);
        assert_eq!(victim(&mut policy, &[third]), (0, 1.0));
    }

    #[test]
    fn keeps_a_clock_for_each_host() {
        let mut policy = GreedyDual::default();
        let here = sized(0, 0, 1);
        let there = InstanceView { host: HostId::new(3), ..sized(1, 1, 1) };
        policy.used(&here);
        policy.gone(&here, true);
        policy.used(&here);
        policy.used(&there);
        assert_eq!(victim(&mut policy, &[here]), (0, 2.0));
        assert_eq!(victim(&mut policy, &[there]), (1, 1.0));
        // The clock never goes back: a victim of priority 1 leaves it at 2.
        policy.gone(&here, true);
        let unused = InstanceView { application: ApplicationId::new(9), ..here };
        policy.gone(&unused, true);
        policy.used(&here);
        assert_eq!(victim(&mut policy, &[here]), (0, 3.0));
    }
}
