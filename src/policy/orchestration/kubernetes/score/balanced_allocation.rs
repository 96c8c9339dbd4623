//! How evenly a node's resources would be given away (`plugins/noderesources/balanced_allocation.go`).

use super::super::cluster::Cluster;
use super::super::node::{Node, Site};
use super::super::pod::Pod;
use super::super::resources::Resource;
use super::{BEST, Fault, Rank, Scope, Score, cpu_and_memory};
use crate::kernel::Id;

/// Prefers nodes whose resources would be used in like parts, by what pods really ask for. It has nothing
/// to say of pods that ask for none of the resources.
#[derive(Clone, Debug)]
pub struct BalancedAllocation {
    /// The resources that are looked at.
    pub resources: Vec<Resource>,
}

impl Default for BalancedAllocation {
    fn default() -> Self {
        Self { resources: cpu_and_memory().into_iter().map(|(resource, _)| resource).collect() }
    }
}

#[derive(Debug)]
struct Balance(Vec<(Resource, i64)>);

impl Score for BalancedAllocation {
    fn name(&self) -> &'static str {
        "NodeResourcesBalancedAllocation"
    }

    fn prepare<'a>(
        &'a self,
        cluster: &'a Cluster,
        pod: Id<Pod>,
        _left: &[Id<Node>],
    ) -> Result<Option<Box<dyn Rank + 'a>>, Fault> {
        let request = &cluster.template_of(pod).request;
        let asked = self.resources.iter().map(|&resource| (resource, request.get(resource)));
        let counted = asked.filter(|&(resource, asked)| asked != 0 || !resource.is_scalar());
        let counted: Vec<_> = counted.collect();
        if counted.iter().all(|&(_, asked)| asked == 0) {
            return Ok(None);
        }
        Ok(Some(Box::new(Balance(counted))))
    }

    fn scope(&self, _cluster: &Cluster, _pod: Id<Pod>) -> Scope {
        Scope::Node
    }
}

impl Rank for Balance {
    fn rank(&self, site: Site<'_>) -> i64 {
        let part = |&(resource, asked): &(Resource, i64)| {
            let all = site.spec.allocatable.get(resource);
            let used = site.load.requested().get(resource) + asked;
            (all != 0).then(|| (used as f64 / all as f64).min(1.0))
        };
        let parts = || self.0.iter().filter_map(part);
        let (count, sum) = parts().fold((0.0, 0.0), |(count, sum), part| (count + 1.0, sum + part));
        let deviation = if count == 2.0 {
            let mut parts = parts();
            let mut next = || parts.next().unwrap_or(0.0);
            ((next() - next()) / 2.0).abs()
        } else if count > 2.0 {
            let mean = sum / count;
            let square = |part: f64| (part - mean) * (part - mean);
            (parts().fold(0.0, |sum, part| sum + square(part)) / count).sqrt()
        } else {
            0.0
        };
        ((1.0 - deviation) * BEST as f64) as i64
    }
}
