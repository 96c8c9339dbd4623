//! Nodes that a pod prefers (`plugins/nodeaffinity`).

use super::super::cluster::Cluster;
use super::super::node::{Node, Site};
use super::super::node_selector::{NodeTerm, preference};
use super::super::pod::Pod;
use super::{Fault, Rank, Scope, Score, normalise};
use crate::kernel::Id;

/// Prefers nodes that meet terms of the pod, by their weights.
#[derive(Clone, Debug, Default)]
pub struct NodeAffinity {
    /// Terms with weights that count for all pods (`addedAffinity`).
    pub added: Vec<(i64, NodeTerm)>,
}

#[derive(Debug)]
struct Preferences<'a> {
    cluster: &'a Cluster,
    added: &'a [(i64, NodeTerm)],
    own: &'a [(i64, NodeTerm)],
}

fn is_malformed(terms: &[(i64, NodeTerm)]) -> bool {
    terms.iter().any(|(weight, term)| *weight != 0 && term.malformed)
}

impl Score for NodeAffinity {
    fn name(&self) -> &'static str {
        "NodeAffinity"
    }

    fn prepare<'a>(
        &'a self,
        cluster: &'a Cluster,
        pod: Id<Pod>,
        _left: &[Id<Node>],
    ) -> Result<Option<Box<dyn Rank + 'a>>, Fault> {
        let own = &cluster.template_of(pod).node_affinity.preferred;
        if is_malformed(own) {
            return Err(Fault::Malformed);
        }
        if own.is_empty() && self.added.is_empty() {
            return Ok(None);
        }
        Ok(Some(Box::new(Preferences { cluster, added: &self.added, own })))
    }

    fn scope(&self, cluster: &Cluster, pod: Id<Pod>) -> Scope {
        let own = &cluster.template_of(pod).node_affinity.preferred;
        if is_malformed(own) { Scope::Cluster } else { Scope::Values }
    }
}

impl Rank for Preferences<'_> {
    fn rank(&self, site: Site<'_>) -> i64 {
        let names = &self.cluster.names;
        preference(self.added, site.spec, names) + preference(self.own, site.spec, names)
    }

    fn normalise(&self, _left: &[Id<Node>], scores: &mut [i64]) {
        normalise(scores, false);
    }
}
