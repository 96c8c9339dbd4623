//! Any node.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ByNode, Packing};
use crate::kernel::Stream;
use crate::kernel::stream::below;
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::score::Rank;
use crate::policy::orchestration::kubernetes::{
    Cluster, DeviceChoice, Devices, Profile, Site, Template, Ties, tightest,
};

/// Each node on which the pod fits is as likely as the others, and so is each device for a part of one.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Random {}

impl Described for Random {
    const NAME: &'static str = "random";
    const SUMMARY: &'static str = "A node drawn from all on which the pod fits.";
    const SOURCE: &'static str = "the simulator of FGD (Weng et al., USENIX ATC 2023)";
}

impl Packing for Random {
    fn profile(&self, cluster: &Cluster) -> Profile {
        Profile { ties: Ties::Draw, devices: Box::new(*self), ..Alike.profile(cluster) }
    }
}

/// All nodes are alike.
#[derive(Clone, Copy, Debug)]
struct Alike;

impl ByNode for Alike {
    const SCORE: &'static str = "Random";

    fn ranked<'a>(&'a self, _template: &'a Template, _cluster: &'a Cluster) -> Box<dyn Rank + 'a> {
        Box::new(*self)
    }
}

impl Rank for Alike {
    fn rank(&self, _site: Site<'_>) -> i64 {
        0
    }
}

impl DeviceChoice for Random {
    fn choose(&self, site: Site<'_>, template: &Template, stream: &mut Stream) -> Devices {
        let request = &template.gpus;
        if !request.is_share() {
            return tightest(site, request);
        }
        let fitting = || {
            let devices = site.gpus_left().enumerate();
            devices.filter(|&(_, left)| left >= request.milli).map(|(device, _)| device)
        };
        let drawn = below(stream, fitting().count() as u64) as usize;
        fitting().nth(drawn).into_iter().collect()
    }
}
