//! Dot product of what a pod asks for and what a node has left.

use schemars::JsonSchema;
use serde::Deserialize;

use super::dimension::{Along, Demand, Dimension};
use super::{ByNode, FINE};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::score::{BEST, Rank};
use crate::policy::orchestration::kubernetes::{Cluster, Site, Template};

/// The mean over dimensions of (what is left · what is asked), both in parts of the largest node.
///
/// The simulator of FGD prefers the smallest product, which its published results are of: 100 · (1 - the
/// mean), truncated. Panigrahy et al. and Tetris prefer the largest (`aligned`), here in millionths.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DotProduct {
    /// Whether the largest product is best, as in Tetris, and not the smallest.
    #[serde(default)]
    pub aligned: bool,
    /// What is looked at; without it CPU and GPUs, or CPU and memory where there are no GPUs.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
}

#[derive(Debug)]
struct Product {
    demand: Demand,
    aligned: bool,
}

impl Described for DotProduct {
    const NAME: &'static str = "dot-product";
    const SUMMARY: &'static str = "The node with the smallest, or with `aligned` the largest, dot product of what it has left and what the pod asks for.";
    const SOURCE: &'static str = "Panigrahy et al. 2011, Heuristics for vector bin packing; Tetris (Grandl et al., SIGCOMM 2014); the smallest: the simulator of FGD (Weng et al., USENIX ATC 2023)";
}

impl ByNode for DotProduct {
    const SCORE: &'static str = "DotProduct";

    fn ranked<'a>(&'a self, template: &'a Template, cluster: &'a Cluster) -> Box<dyn Rank + 'a> {
        let demand = Demand::of(template, cluster, &self.dimensions);
        Box::new(Product { demand, aligned: self.aligned })
    }
}

impl Rank for Product {
    fn rank(&self, site: Site<'_>) -> i64 {
        let part =
            |Along { left, asked, largest }| left as f64 / largest * (asked as f64 / largest);
        let sum = self.demand.along(site).map(part).fold(0.0, |sum, part| sum + part);
        let mean = sum / self.demand.dimensions();
        if self.aligned { (FINE * mean) as i64 } else { (BEST as f64 * (1.0 - mean)) as i64 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{scores, with_gpus};
    use super::*;

    /// Largest: 8 cores, 4 GPUs. The pod takes 4 cores and 2 GPUs. Of 8 and 4: 1·0.5 and 1·0.5, mean 0.5; of
    /// 6 and 2: 0.75·0.5 and 0.5·0.5, mean 0.3125.
    #[test]
    fn the_mean_of_products() {
        let cluster = with_gpus(&[(8000, 4), (6000, 2)]);
        assert_eq!(scores(&DotProduct::default(), cluster.clone(), (4000, 0, 2, 1000)), [50, 68]);
        let aligned = DotProduct { aligned: true, ..DotProduct::default() };
        assert_eq!(scores(&aligned, cluster, (4000, 0, 2, 1000)), [500_000, 312_500]);
    }
}
