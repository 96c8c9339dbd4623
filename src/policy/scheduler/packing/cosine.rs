//! Cosine of the angle between what a pod asks for and what a node has left.

use schemars::JsonSchema;
use serde::Deserialize;

use super::dimension::{Along, Demand, Dimension};
use super::{ByNode, FINE};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::score::Rank;
use crate::policy::orchestration::kubernetes::{Cluster, Site, Template};

/// The node whose rest is most alike to the pod in shape, whatever their sizes: the cosine in millionths, of
/// vectors in parts of the largest node. A pod that asks for nothing has none, and all nodes are alike to it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cosine {
    /// What is looked at; without it CPU and GPUs, or CPU and memory where there are no GPUs.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
}

#[derive(Debug)]
struct Angle(Demand);

impl Described for Cosine {
    const NAME: &'static str = "cosine";
    const SUMMARY: &'static str =
        "The node whose free resources are most alike in proportion to what the pod asks for.";
    const SOURCE: &'static str = "Panigrahy et al. 2011, Heuristics for vector bin packing (normalised dot product); Tetris (Grandl et al., SIGCOMM 2014)";
}

impl ByNode for Cosine {
    const SCORE: &'static str = "Cosine";

    fn ranked<'a>(&'a self, template: &'a Template, cluster: &'a Cluster) -> Box<dyn Rank + 'a> {
        Box::new(Angle(Demand::of(template, cluster, &self.dimensions)))
    }
}

impl Rank for Angle {
    fn rank(&self, site: Site<'_>) -> i64 {
        let (mut product, mut node, mut pod) = (0.0, 0.0, 0.0);
        for Along { left, asked, largest } in self.0.along(site) {
            let (left, asked) = (left as f64 / largest, asked as f64 / largest);
            product += left * asked;
            node += left * left;
            pod += asked * asked;
        }
        let lengths = (node * pod).sqrt();
        if lengths > 0.0 { (FINE * product / lengths) as i64 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{plain, scores};
    use super::*;

    /// Largest: 4 cores, 4 bytes. The pod is (0.5, 0.5). Nodes: (1, 1), the same direction; (0.75, 1):
    /// (0.375 + 0.5) / sqrt(1.5625 · 0.5) = 0.989949.
    #[test]
    fn shape_counts_and_size_does_not() {
        let cluster = plain(&[(4, 4), (3, 4)]);
        assert_eq!(scores(&Cosine::default(), cluster, (2, 2, 0, 0)), [1_000_000, 989_949]);
    }
}
