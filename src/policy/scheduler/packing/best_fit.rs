//! Best fit.

use schemars::JsonSchema;
use serde::Deserialize;

use super::ByNode;
use super::dimension::{Demand, Dimension};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::score::{BEST, Rank};
use crate::policy::orchestration::kubernetes::{Cluster, Site, Template};

/// The node of which least is left: 100 · (1 - the mean of what is left, in parts of the largest node),
/// truncated.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BestFit {
    /// What is looked at; without it CPU and GPUs, or CPU and memory where there are no GPUs.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
}

#[derive(Debug)]
struct Full(Demand);

impl Described for BestFit {
    const NAME: &'static str = "best-fit";
    const SUMMARY: &'static str =
        "The node of which least would be left, in the mean of its resources.";
    const SOURCE: &'static str = "Protean (Hadary et al., OSDI 2020), as in the simulator of FGD (Weng et al., USENIX ATC 2023)";
}

impl ByNode for BestFit {
    const SCORE: &'static str = "BestFit";

    fn ranked<'a>(&'a self, template: &'a Template, cluster: &'a Cluster) -> Box<dyn Rank + 'a> {
        Box::new(Full(Demand::of(template, cluster, &self.dimensions)))
    }
}

impl Rank for Full {
    fn rank(&self, site: Site<'_>) -> i64 {
        (BEST as f64 * (1.0 - self.0.left_over(site))) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{plain, scores, with_gpus};
    use super::*;

    /// Largest: 8 cores, 64 bytes. The pod takes 2 and 8. Left of 8 and 32: 6/8 and 24/64, mean 0.5625, so
    /// 43; of 2 and 64: 0 and 56/64, mean 0.4375, so 56.
    #[test]
    fn the_mean_of_cpu_and_memory_without_gpus() {
        let cluster = plain(&[(8000, 32), (2000, 64)]);
        assert_eq!(scores(&BestFit::default(), cluster, (2000, 8, 0, 0)), [43, 56]);
    }

    /// Largest: 8 cores, 4 GPUs. The pod takes 1 core and half a GPU. Left of 8 and 4: 7/8 and 3.5/4, mean
    /// 0.875, so 12; of 5 cores and 2 GPUs: 4/8 and 1.5/4, mean 0.4375, so 56; memory does not count.
    #[test]
    fn the_mean_of_cpu_and_gpus() {
        let cluster = with_gpus(&[(8000, 4), (5000, 2)]);
        assert_eq!(scores(&BestFit::default(), cluster, (1000, 7, 1, 500)), [12, 56]);
    }
}
