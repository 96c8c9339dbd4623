//! First fit.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Packing;
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::{Cluster, Profile, Ties, Tightest, filter};

/// The first node in their order on which the pod fits.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstFit {}

impl Described for FirstFit {
    const NAME: &'static str = "first-fit";
    const SUMMARY: &'static str = "The first node on which the pod fits.";
    const SOURCE: &'static str =
        "Johnson 1974, Fast algorithms for bin packing, J. Computer and System Sciences 8(3)";
}

impl Packing for FirstFit {
    fn shuffles(&self) -> bool {
        false
    }

    fn profile(&self, _cluster: &Cluster) -> Profile {
        Profile {
            filters: filter::defaults(),
            scores: Vec::new(),
            percentage: 100,
            ties: Ties::First,
            devices: Box::new(Tightest),
        }
    }
}
