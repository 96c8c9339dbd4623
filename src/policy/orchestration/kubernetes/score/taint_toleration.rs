//! Taints that a pod had better not stand (`plugins/tainttoleration`).

use super::super::cluster::Cluster;
use super::super::node::{Node, Site};
use super::super::pod::Pod;
use super::super::taint::{Effect, Taint, Toleration};
use super::{Fault, Rank, Scope, Score, normalise};
use crate::kernel::Id;

/// Prefers nodes with fewer taints `PreferNoSchedule` that the pod does not tolerate.
#[derive(Clone, Copy, Debug, Default)]
pub struct TaintToleration;

#[derive(Debug)]
struct Tolerations<'a>(&'a [Toleration]);

impl Score for TaintToleration {
    fn name(&self) -> &'static str {
        "TaintToleration"
    }

    fn prepare<'a>(
        &'a self,
        cluster: &'a Cluster,
        pod: Id<Pod>,
        _left: &[Id<Node>],
    ) -> Result<Option<Box<dyn Rank + 'a>>, Fault> {
        Ok(Some(Box::new(Tolerations(&cluster.template_of(pod).tolerations))))
    }

    fn scope(&self, _cluster: &Cluster, _pod: Id<Pod>) -> Scope {
        Scope::Values
    }
}

impl Rank for Tolerations<'_> {
    fn rank(&self, site: Site<'_>) -> i64 {
        let unwanted = |taint: &&Taint| {
            taint.effect == Effect::PreferNoSchedule
                && !self.0.iter().any(|one| one.tolerates(taint))
        };
        site.spec.taints.iter().filter(unwanted).fold(0, |count, _| count + 1)
    }

    fn normalise(&self, _left: &[Id<Node>], scores: &mut [i64]) {
        normalise(scores, true);
    }
}
