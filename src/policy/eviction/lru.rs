//! Least recently used.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Eviction, InstanceView, Victim};
use crate::policy::catalogue::Described;

/// Assumes that what was not used for long is not needed soon. Its rank is the time since which an
/// instance has been idle, in nanoseconds (exact for the first 104 days).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lru {}

impl Described for Lru {
    const NAME: &'static str = "lru";
    const SUMMARY: &'static str = "The instance that has been idle for longest goes first.";
    const SOURCE: &'static str =
        "Sleator, Tarjan 1985, Amortized efficiency of list update and paging rules, CACM 28(2)";
}

impl Eviction for Lru {
    fn victim(&mut self, idle: &mut dyn Iterator<Item = InstanceView>) -> Option<Victim> {
        let instance = idle.next()?;
        Some(Victim { id: instance.id, rank: instance.idle_since.as_nanos() as f64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Time;
    use crate::policy::eviction::testing::instance;

    #[test]
    fn evicts_the_one_idle_for_longest() {
        let idle = [(4, 10), (2, 20), (7, 30)].map(|(id, since)| InstanceView {
            idle_since: Time::from_nanos(since),
            ..instance(id, 0)
        });
        let victim = Lru::default().victim(&mut idle.into_iter()).unwrap();
        assert_eq!(victim, Victim { id: idle[0].id, rank: 10.0 });
        let elsewhere = Lru::default().victim(&mut idle[1..].iter().copied()).unwrap();
        assert!(victim.rank < elsewhere.rank, "of two hosts the longest idle is cheapest to lose");
        assert_eq!(Lru::default().victim(&mut std::iter::empty()), None);
    }
}
