//! How full a node would be (`plugins/noderesources`: `least_allocated.go`, `most_allocated.go`,
//! `requested_to_capacity_ratio.go`).

use super::super::cluster::Cluster;
use super::super::node::{Node, Site};
use super::super::pod::{Pod, Template};
use super::super::resources::Resource;
use super::{BEST, Fault, Rank, Scope, Score, Shape, cpu_and_memory};
use crate::kernel::Id;

/// What a full node is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Empty nodes are better.
    #[default]
    LeastAllocated,
    /// Full nodes are better.
    MostAllocated,
    /// A line tells, by percent of what the node has.
    RequestedToCapacityRatio(Shape),
}

/// Scores by the part of its resources that a node would have given away. Containers that ask for no CPU or
/// memory count with 100 m and 200 MiB.
#[derive(Clone, Debug)]
pub struct ResourceFit {
    /// What a full node is worth.
    pub strategy: Strategy,
    /// The resources that are looked at, with weights.
    pub resources: Vec<(Resource, i64)>,
}

impl ResourceFit {
    /// By CPU and memory alike.
    pub fn new(strategy: Strategy) -> Self {
        Self { strategy, resources: cpu_and_memory() }
    }
}

impl Default for ResourceFit {
    fn default() -> Self {
        Self::new(Strategy::default())
    }
}

#[derive(Debug)]
struct Fullness<'a> {
    strategy: &'a Strategy,
    /// Resource, weight, what the pod is scored with.
    resources: Vec<(Resource, i64, i64)>,
}

/// What a pod is scored with of a resource.
fn scored(template: &Template, resource: Resource) -> i64 {
    let own = template.scored.get(resource.index());
    own.copied().unwrap_or_else(|| template.request.get(resource))
}

impl Score for ResourceFit {
    fn name(&self) -> &'static str {
        "NodeResourcesFit"
    }

    fn prepare<'a>(
        &'a self,
        cluster: &'a Cluster,
        pod: Id<Pod>,
        _left: &[Id<Node>],
    ) -> Result<Option<Box<dyn Rank + 'a>>, Fault> {
        if self.resources.is_empty() {
            return Err(Fault::NoResources);
        }
        let template = cluster.template_of(pod);
        let with_request =
            |&(resource, weight): &(Resource, i64)| (resource, weight, scored(template, resource));
        // A resource that not every pod asks for counts only for pods that do.
        let counts =
            |&(resource, _, asked): &(Resource, i64, i64)| asked != 0 || !resource.is_scalar();
        let resources = self.resources.iter().map(with_request).filter(counts).collect();
        Ok(Some(Box::new(Fullness { strategy: &self.strategy, resources })))
    }

    fn scope(&self, _cluster: &Cluster, _pod: Id<Pod>) -> Scope {
        if self.resources.is_empty() { Scope::Cluster } else { Scope::Node }
    }
}

impl Fullness<'_> {
    /// The score of one resource of which a node has `all` and would give `used` away.
    fn of(&self, used: i64, all: i64) -> i64 {
        match self.strategy {
            Strategy::LeastAllocated if used > all => 0,
            Strategy::LeastAllocated => (all - used) * BEST / all,
            Strategy::MostAllocated => used.min(all) * BEST / all,
            Strategy::RequestedToCapacityRatio(shape) if used > all => shape.at(100),
            Strategy::RequestedToCapacityRatio(shape) => shape.at(used * 100 / all),
        }
    }
}

impl Rank for Fullness<'_> {
    fn rank(&self, site: Site<'_>) -> i64 {
        let by_shape = matches!(self.strategy, Strategy::RequestedToCapacityRatio(_));
        let (mut sum, mut weights) = (0, 0);
        for &(resource, weight, asked) in &self.resources {
            let all = site.spec.allocatable.get(resource);
            if all == 0 {
                continue;
            }
            let score = self.of(site.load.scored(resource) + asked, all);
            if !by_shape || score > 0 {
                sum += score * weight;
                weights += weight;
            }
        }
        if weights == 0 {
            0
        } else if by_shape {
            (sum as f64 / weights as f64).round() as i64
        } else {
            sum / weights
        }
    }
}
