//! Any node.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Packing, highest};
use crate::kernel::stream::below;
use crate::kernel::{Id, Stream};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::score::{Fault, Rank, Scope, Score};
use crate::policy::orchestration::kubernetes::{
    Cluster, DeviceChoice, Devices, Node, Pod, Profile, Site, Template, Ties, tightest,
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
    fn profile(&self, _cluster: &Cluster) -> Profile {
        Profile { ties: Ties::Draw, devices: Box::new(*self), ..highest(*self) }
    }
}

impl Score for Random {
    fn name(&self) -> &'static str {
        "Random"
    }

    fn prepare<'a>(
        &'a self,
        _cluster: &'a Cluster,
        _pod: Id<Pod>,
        _left: &[Id<Node>],
    ) -> Result<Option<Box<dyn Rank + 'a>>, Fault> {
        Ok(Some(Box::new(*self)))
    }

    fn scope(&self, _cluster: &Cluster, _pod: Id<Pod>) -> Scope {
        Scope::Node
    }
}

/// All nodes are alike, so that one of them is drawn.
impl Rank for Random {
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
