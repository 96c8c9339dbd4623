//! Devices that are in use first.

use schemars::JsonSchema;
use serde::Deserialize;

use super::ByNode;
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::score::{BEST, Rank};
use crate::policy::orchestration::kubernetes::{
    Cluster, GpuRequest, Site, Template, WHOLE, tightest,
};

/// Fills devices that are in use, then idle devices of nodes in use, then idle nodes. Pods without GPUs go
/// to the first node.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GpuPacking {}

/// Where a request would go on a node.
#[derive(Debug)]
struct InUse<'a>(&'a GpuRequest);

impl Described for GpuPacking {
    const NAME: &'static str = "gpu-packing";
    const SUMMARY: &'static str =
        "Devices in use first, then idle ones of nodes in use, then idle nodes.";
    const SOURCE: &'static str = "MLaaS in the Wild (Weng et al., NSDI 2022), as in the simulator of FGD (Weng et al., USENIX ATC 2023)";
}

impl ByNode for GpuPacking {
    const SCORE: &'static str = "GpuPacking";

    fn ranked<'a>(&'a self, template: &'a Template, _cluster: &'a Cluster) -> Box<dyn Rank + 'a> {
        Box::new(InUse(&template.gpus))
    }
}

impl Rank for InUse<'_> {
    fn rank(&self, site: Site<'_>) -> i64 {
        let Self(request) = self;
        if request.count == 0 {
            return 0;
        }
        let devices = i64::from(site.spec.gpus.count);
        let idle = site.gpus_left().map(|left| i64::from(left == WHOLE)).sum::<i64>();
        if idle == devices {
            return (BEST / 3 - idle).max(idle);
        }
        let (mut idle_used, mut left_used) = (0, 0);
        for device in tightest(site, request).iter() {
            let left = site.gpus_left().nth(device).unwrap_or(0);
            idle_used += i64::from(left == WHOLE);
            left_used += left * BEST / WHOLE;
        }
        if idle_used > 0 {
            (BEST / 2 - idle_used).max(BEST / 3)
        } else {
            (BEST - left_used / 10).max(BEST / 2)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{scores, take, with_gpus};
    use super::*;

    /// A part of 300: an idle node of 4 devices 33 - 4; a device with 400 left 100 - 40/10; where a device
    /// is idle and the other has 200 left, 50 - 1. Two devices: 50 - 2. Without GPUs 0.
    #[test]
    fn what_is_in_use_is_better() {
        let mut cluster = with_gpus(&[(8000, 4), (8000, 2), (8000, 2)]);
        take(&mut cluster, 1, 0, 600);
        take(&mut cluster, 2, 1, 800);
        let score = |count, milli| scores(&GpuPacking {}, cluster.clone(), (1, 0, count, milli));
        assert_eq!(score(1, 300), [29, 96, 49]);
        assert_eq!(score(0, 0), [0, 0, 0]);
        let mut large = with_gpus(&[(8000, 4)]);
        take(&mut large, 0, 0, 1000);
        assert_eq!(scores(&GpuPacking {}, large, (1, 0, 2, 1000)), [48]);
    }
}
