//! Processor sharing.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Discipline, Line};
use crate::policy::catalogue::Described;

/// Serves all at once, each at an equal share of the speed, as a time-sharing system with a very
/// small quantum does.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessorSharing {}

impl Described for ProcessorSharing {
    const NAME: &'static str = "processor-sharing";
    const SUMMARY: &'static str = "Nobody waits: all are served at once and share the servers.";
    const SOURCE: &'static str =
        "Kleinrock 1967, Time-shared systems: a theoretical treatment, J. ACM 14(2)";
}

impl Discipline for ProcessorSharing {
    fn line(&self) -> Option<Box<dyn Line>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_no_line() {
        assert!(ProcessorSharing {}.line().is_none());
    }
}
