//! Worst fit.

use schemars::JsonSchema;
use serde::Deserialize;

use super::dimension::{Demand, Dimension};
use super::{ByNode, FINE};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::score::Rank;
use crate::policy::orchestration::kubernetes::{Cluster, Site, Template};

/// The node of which most is left: the mean of what is left, in parts of the largest node, in millionths.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorstFit {
    /// What is looked at; without it CPU and GPUs, or CPU and memory where there are no GPUs.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
}

#[derive(Debug)]
struct Empty(Demand);

impl Described for WorstFit {
    const NAME: &'static str = "worst-fit";
    const SUMMARY: &'static str =
        "The node of which most would be left, in the mean of its resources.";
    const SOURCE: &'static str =
        "Johnson 1974, Fast algorithms for bin packing, J. Computer and System Sciences 8(3)";
}

impl ByNode for WorstFit {
    const SCORE: &'static str = "WorstFit";

    fn ranked<'a>(&'a self, template: &'a Template, cluster: &'a Cluster) -> Box<dyn Rank + 'a> {
        Box::new(Empty(Demand::of(template, cluster, &self.dimensions)))
    }
}

impl Rank for Empty {
    fn rank(&self, site: Site<'_>) -> i64 {
        (FINE * self.0.left_over(site)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{plain, scores};
    use super::*;

    /// Largest: 10 cores, 100 bytes. The pod takes 2 and 10. Left of 10 and 50: 8/10 and 40/100, mean 0.6;
    /// of 4 and 100 memory alone: 0.9.
    #[test]
    fn what_is_left_counts() {
        let cluster = plain(&[(10_000, 50), (4000, 100)]);
        assert_eq!(scores(&WorstFit::default(), cluster.clone(), (2000, 10, 0, 0))[0], 600_000);
        let memory = WorstFit { dimensions: vec![Dimension::Memory] };
        assert_eq!(scores(&memory, cluster, (2000, 10, 0, 0))[1], 900_000);
    }
}
