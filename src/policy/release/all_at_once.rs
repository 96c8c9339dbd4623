//! All requests at once.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Step, Strategy};
use crate::policy::catalogue::Described;

/// Sends all requests to the new version from one instant on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllAtOnce {}

impl Described for AllAtOnce {
    const NAME: &'static str = "all-at-once";
    const SUMMARY: &'static str = "All requests go to the new version from one instant on.";
    const SOURCE: &'static str = "AWS CodeDeploy, all-at-once; an alias of AWS Lambda or a revision of Google Cloud Run that \
         gets all traffic: their documentation";
}

impl Strategy for AllAtOnce {
    fn awaits_replicas(&self) -> bool {
        false
    }

    fn step(&self, _number: u32) -> Option<Step> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_no_step_between() {
        assert_eq!(AllAtOnce {}.step(0), None);
    }
}
