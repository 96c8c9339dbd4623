//! No eviction.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Eviction, InstanceView, Victim};
use crate::policy::catalogue::Described;

/// An idle instance goes when its keep-alive window ends, never earlier.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepAll {}

impl Described for KeepAll {
    const NAME: &'static str = "none";
    const SUMMARY: &'static str =
        "No idle instance is evicted, so a full host is full until one expires.";
    const SOURCE: &'static str =
        "Kubernetes: a pod that fits nowhere stays pending and evicts none of equal priority";
}

impl Eviction for KeepAll {
    fn evicts(&self) -> bool {
        false
    }

    fn victim(&mut self, _idle: &mut dyn Iterator<Item = InstanceView>) -> Option<Victim> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::eviction::testing::instance;

    #[test]
    fn evicts_nobody() {
        let mut policy = KeepAll::default();
        assert!(!policy.evicts());
        assert_eq!(policy.victim(&mut [instance(0, 0)].into_iter()), None);
    }
}
