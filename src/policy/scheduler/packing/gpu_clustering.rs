//! Pods that ask for GPUs alike together.

use schemars::JsonSchema;
use serde::Deserialize;

use super::ByNode;
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::score::{BEST, Rank};
use crate::policy::orchestration::kubernetes::{Cluster, GpuRequest, Site, Template};

/// Nodes that have only pods which ask for GPUs as this one does (a part of one, or so many), then nodes
/// that have such pods among others, then nodes without pods on GPUs, then the others; of those, fuller nodes
/// first. Pods without GPUs go to the first node.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpuClustering {}

#[derive(Debug)]
struct Alike<'a> {
    request: &'a GpuRequest,
    /// What the largest node has, in thousandths of a device.
    largest: i64,
}

impl Described for GpuClustering {
    const NAME: &'static str = "gpu-clustering";
    const SUMMARY: &'static str =
        "Nodes whose pods ask for GPUs alike: for a part of one, or for so many.";
    const SOURCE: &'static str = "Gandiva (Xiao et al., OSDI 2018), as in the simulator of FGD (Weng et al., USENIX ATC 2023)";
}

impl ByNode for GpuClustering {
    const SCORE: &'static str = "GpuClustering";

    fn ranked<'a>(&'a self, template: &'a Template, cluster: &'a Cluster) -> Box<dyn Rank + 'a> {
        Box::new(Alike { request: &template.gpus, largest: cluster.largest_gpus() })
    }
}

impl Rank for Alike<'_> {
    fn rank(&self, site: Site<'_>) -> i64 {
        let &Self { request, largest } = self;
        if request.count == 0 {
            return 0;
        }
        let quarter = BEST / 4;
        let load = site.load.gpus();
        let group = match (load.of_class(request.class()) > 0, load.classes()) {
            (true, 1) => 3 * quarter,
            (true, _) => 2 * quarter,
            (false, 0) => quarter,
            (false, _) => 0,
        };
        quarter * (largest - site.gpus_left().sum::<i64>()) / largest + group
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{scores, take, with_gpus};
    use super::*;

    /// For a part of a device, the largest node having 4: a node with a part of 600 of 2 devices, 1400 left,
    /// 25 · 2600 / 4000 = 16, + 75; with a part and a whole device of 4, 2400 left, 10, + 50; idle with 4,
    /// 0, + 25; with a whole device of 2, 1000 left, 18.
    #[test]
    fn like_goes_with_like() {
        let mut cluster = with_gpus(&[(8000, 2), (8000, 4), (8000, 4), (8000, 2)]);
        take(&mut cluster, 0, 0, 600);
        take(&mut cluster, 1, 0, 600);
        take(&mut cluster, 1, 1, 1000);
        take(&mut cluster, 3, 0, 1000);
        assert_eq!(scores(&GpuClustering {}, cluster, (1, 0, 1, 100)), [91, 60, 25, 18]);
    }
}
