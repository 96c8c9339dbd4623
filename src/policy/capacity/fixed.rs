//! A number of machines that never changes.

use std::num::NonZeroU32;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Capacity, JobView};
use crate::kernel::{Span, Time};
use crate::model::{ApplicationId, CoreTypeId};
use crate::policy::MOST;
use crate::policy::catalogue::Described;
use crate::variate::ParameterError;

/// Has so many machines of each type of core that any service uses, from the start and for ever.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedNodes {
    /// How many machines of each type.
    #[schemars(example = 4)]
    pub nodes: NonZeroU32,
    /// By type of core: how many cores that are.
    #[serde(skip)]
    cores: Vec<u64>,
}

impl Described for FixedNodes {
    const NAME: &'static str = "fixed";
    const SUMMARY: &'static str = "A number of machines of each type of core that never changes.";
    const SOURCE: &'static str = "a cluster of one's own; for comparison";
}

impl Capacity for FixedNodes {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        if self.nodes.get() > MOST {
            let message = format!("more than {MOST} machines are taken for a slip");
            return Err(ParameterError::new("nodes", message).under(Self::NAME));
        }
        Ok(())
    }

    fn start(&mut self, functions: &[JobView], node_cores: &[u32], _lease: Span) {
        self.cores = vec![0; node_cores.len()];
        for JobView { core_type, .. } in functions {
            let each = u64::from(node_cores[core_type.index()]);
            self.cores[core_type.index()] = each * u64::from(self.nodes.get());
        }
    }

    fn came(&mut self, _function: ApplicationId, _now: Time) {}

    fn left(&mut self, _function: ApplicationId) {}

    fn ran(&mut self, _function: ApplicationId, _time: Span) {}

    fn wanted(&mut self, core_type: CoreTypeId, _now: Time, _until: Time) -> u64 {
        self.cores[core_type.index()]
    }

    fn next(&self, _core_type: CoreTypeId, _now: Time) -> Option<Time> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_of_the_types_in_use() {
        let mut policy: FixedNodes = serde_json::from_str(r#"{"nodes": 3}"#).unwrap();
        let job = JobView { core_type: CoreTypeId::new(1), cores: 2 };
        policy.start(&[job], &[20, 8], Span::from_secs(3600));
        let mut wanted =
            |number| policy.wanted(CoreTypeId::new(number), Time::ZERO, Time::from_nanos(1));
        assert_eq!((wanted(0), wanted(1)), (0, 24));
    }
}
