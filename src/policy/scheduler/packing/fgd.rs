//! Fragmentation gradient descent.

use schemars::JsonSchema;
use serde::Deserialize;

use super::dimension::left_of;
use super::fragmentation::{Fragmentation, Rest, typical};
use super::{ByNode, Packing};
use crate::kernel::Stream;
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::score::{BEST, Rank};
use crate::policy::orchestration::kubernetes::{
    Cluster, DeviceChoice, Devices, Profile, Resource, Site, Template, tightest,
};

/// The node and the device on which fragmentation grows least, or shrinks most, by the typical pods of the
/// workload: 100 · sigmoid(what it shrinks by, in devices), truncated. Other requests than for a part of a
/// device take idle devices in order of their numbers.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fgd {
    /// How many percent of the pods are typical: the most frequent kinds that are so many together.
    #[serde(default = "usual")]
    #[schemars(range(min = 1, max = 100))]
    pub typical_percent: u8,
}

impl Default for Fgd {
    fn default() -> Self {
        Self { typical_percent: usual() }
    }
}

/// As in the published experiments.
fn usual() -> u8 {
    95
}

/// The score, which knows the typical pods.
#[derive(Clone, Debug)]
struct Descent(Fragmentation);

#[derive(Debug)]
struct Steps<'a> {
    fragmentation: &'a Fragmentation,
    template: &'a Template,
}

impl Described for Fgd {
    const NAME: &'static str = "fgd";
    const SUMMARY: &'static str = "The node and device on which the fragmentation of GPUs grows least, by the typical pods of the workload.";
    const SOURCE: &'static str = "Weng et al., Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent, USENIX ATC 2023";
}

impl Fgd {
    /// Fragmentation by the typical pods of a cluster's templates and their weights.
    pub fn fragmentation(&self, cluster: &Cluster) -> Fragmentation {
        let pods = cluster.templates().iter().map(|template| (template, template.weight));
        Fragmentation::new(&typical(pods, self.typical_percent, &cluster.names))
    }
}

impl Packing for Fgd {
    fn profile(&self, cluster: &Cluster) -> Profile {
        let descent = Descent(self.fragmentation(cluster));
        Profile { devices: Box::new(descent.clone()), ..descent.profile(cluster) }
    }
}

impl ByNode for Descent {
    const SCORE: &'static str = "FGD";

    fn ranked<'a>(&'a self, template: &'a Template, _cluster: &'a Cluster) -> Box<dyn Rank + 'a> {
        Box::new(Steps { fragmentation: &self.0, template })
    }
}

impl Steps<'_> {
    /// The best score on a node, and the first device that has it if the pod asks for a part of one.
    fn best(&self, site: Site<'_>) -> (i64, Option<usize>) {
        let request = &self.template.gpus;
        let (model, cpu) = (site.spec.gpus.model, left_of(site, Resource::CPU));
        let now = Rest::of(site);
        let before = self.fragmentation.sum(model, cpu, &now);
        let cpu = cpu - self.template.request.get(Resource::CPU);
        let score = |then: &Rest| {
            let shrinks = before - self.fragmentation.sum(model, cpu, then);
            (sigmoid(self.fragmentation.mean(shrinks) / 1000.0) * BEST as f64) as i64
        };
        if !request.is_share() {
            let left = |device| site.gpus_left().nth(device).unwrap_or(0);
            let taken = |rest: Rest, device| rest.without(request.milli, left(device));
            return (score(&tightest(site, request).iter().fold(now, taken)), None);
        }
        let mut best: (i64, Option<usize>) = (0, None);
        for (device, left) in site.gpus_left().enumerate() {
            // A device that has as much left as one before it is as good.
            let seen = site.gpus_left().take(device).any(|other| other == left);
            if left < request.milli || seen {
                continue;
            }
            let score = score(&now.without(request.milli, left));
            if best.1.is_none() || score > best.0 {
                best = (score, Some(device));
            }
        }
        best
    }
}

impl Rank for Steps<'_> {
    fn rank(&self, site: Site<'_>) -> i64 {
        self.best(site).0
    }
}

impl DeviceChoice for Descent {
    fn choose(&self, site: Site<'_>, template: &Template, _stream: &mut Stream) -> Devices {
        if !template.gpus.is_share() {
            return tightest(site, &template.gpus);
        }
        let steps = Steps { fragmentation: &self.0, template };
        steps.best(site).1.into_iter().collect()
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{scores, take, template, with_gpus};
    use super::*;
    use crate::kernel::Seed;

    /// Shares of 300 are typical, and 500 and 1000 are left. On the first device a share leaves 200, which are
    /// lost: sigmoid(-0.2) = 0.450; on the second 700, of which nothing is lost: 0.5. The tightest would be the first.
    #[test]
    fn a_share_goes_where_nothing_is_lost() {
        let mut cluster = with_gpus(&[(1000, 2)]);
        take(&mut cluster, 0, 0, 500);
        let descent = Descent(Fragmentation::new(&[(1, template(1, 0, 1, 300).gpus, 1)]));
        let share = template(1, 0, 1, 300);
        let site = cluster.nodes()[0].site();
        let steps = Steps { fragmentation: &descent.0, template: &share };
        assert_eq!(steps.best(site), (50, Some(1)));
        let devices = descent.choose(site, &share, &mut Seed::new(1).key("test").stream());
        assert_eq!(devices.iter().collect::<Vec<_>>(), [1]);
        assert_eq!(scores(&descent, cluster, (1, 0, 1, 300)), [50]);
    }

    /// Whole devices with 4 of CPU are typical. A pod that takes CPU so that 3 are left of 5 makes the idle device
    /// of the first node useless, sigmoid(-1) = 0.268; of the second, without a device, nothing is lost: 0.5. A pod
    /// that takes the device itself loses nothing either.
    #[test]
    fn cpu_that_devices_need_counts() {
        let cluster = with_gpus(&[(5, 1), (5, 0)]);
        let descent = Descent(Fragmentation::new(&[(4, template(4, 0, 1, 1000).gpus, 1)]));
        assert_eq!(scores(&descent, cluster.clone(), (2, 0, 0, 0)), [26, 50]);
        assert_eq!(scores(&descent, cluster, (2, 0, 1, 1000))[0], 50);
    }

    /// The templates of a cluster count by their weights; 4 of 100 are left out.
    #[test]
    fn the_templates_of_the_cluster_are_the_workload() {
        let mut cluster = with_gpus(&[(1000, 1)]);
        for (template, weight) in [(template(1, 0, 1, 1000), 96), (template(1, 0, 0, 0), 4)] {
            cluster.add_template(Template { weight, ..template });
        }
        let of = |fgd: Fgd| fgd.fragmentation(&cluster).of(cluster.nodes()[0].site());
        assert_eq!(of(Fgd::default()), 0.0);
        assert_eq!(of(Fgd { typical_percent: 100 }), 40.0);
    }
}
