//! Pods that had better be near or far (`plugins/interpodaffinity/scoring.go`).

use std::collections::BTreeMap;

use super::super::affinity::AffinityTerm;
use super::super::cluster::Cluster;
use super::super::names::Symbol;
use super::super::node::{Node, NodeSpec, Site};
use super::super::pod::{Pod, Template};
use super::{BEST, Fault, Rank, Score};
use crate::kernel::Id;

/// Prefers nodes whose domains have pods that the pod prefers near, or that prefer it near, and not those
/// that had better be far.
#[derive(Clone, Copy, Debug)]
pub struct InterPodAffinity {
    /// The weight of pods that need this one near (`hardPodAffinityWeight`).
    pub hard_weight: i64,
    /// Whether what other pods prefer counts only for pods that prefer something themselves.
    pub ignore_others: bool,
}

impl Default for InterPodAffinity {
    fn default() -> Self {
        Self { hard_weight: 1, ignore_others: false }
    }
}

#[derive(Debug)]
struct Neighbours<'a> {
    cluster: &'a Cluster,
    template: &'a Template,
    hard_weight: i64,
    /// By key and value of the domain.
    sums: BTreeMap<(Symbol, Symbol), i64>,
}

impl Score for InterPodAffinity {
    fn name(&self) -> &'static str {
        "InterPodAffinity"
    }

    fn prepare<'a>(
        &'a self,
        cluster: &'a Cluster,
        pod: Id<Pod>,
        _left: &[Id<Node>],
    ) -> Result<Option<Box<dyn Rank + 'a>>, Fault> {
        let template = cluster.template_of(pod);
        let affinity = &template.affinity;
        let prefers = !affinity.preferred.is_empty() || !affinity.preferred_anti.is_empty();
        if self.ignore_others && !prefers && !affinity.malformed {
            return Ok(None);
        }
        if affinity.malformed {
            return Err(Fault::Malformed);
        }
        let (hard_weight, sums) = (self.hard_weight, BTreeMap::new());
        let mut all = Neighbours { cluster, template, hard_weight, sums };
        for node in cluster.nodes() {
            let pods = if prefers { node.load.pods() } else { node.load.with_affinity() };
            for &other in pods {
                all.meet(cluster.template_of(other), &node.spec);
            }
        }
        Ok((!all.sums.is_empty()).then(|| Box::new(all) as Box<dyn Rank>))
    }
}

impl Neighbours<'_> {
    fn add(&mut self, node: &NodeSpec, key: Symbol, weight: i64) {
        if let Some(value) = node.labels.get(key) {
            *self.sums.entry((key, value)).or_default() += weight;
        }
    }

    /// Adds what this pod thinks of another and the other of it.
    fn meet(&mut self, other: &Template, node: &NodeSpec) {
        let (cluster, own) = (self.cluster, self.template);
        let names = &cluster.names;
        let means = |term: &AffinityTerm| {
            term.matches(other.namespace, cluster.namespace(other.namespace), &other.labels, names)
        };
        let namespace = cluster.namespace_labels(own.namespace);
        let is_meant =
            |term: &AffinityTerm| term.matches(own.namespace, Some(namespace), &own.labels, names);
        for (terms, sign) in [(&own.affinity.preferred, 1), (&own.affinity.preferred_anti, -1)] {
            for (weight, term) in terms.iter().filter(|(_, term)| means(term)) {
                self.add(node, term.key, sign * weight);
            }
        }
        if self.hard_weight > 0 {
            for term in other.affinity.required.iter().filter(|term| is_meant(term)) {
                self.add(node, term.key, self.hard_weight);
            }
        }
        for (terms, sign) in [(&other.affinity.preferred, 1), (&other.affinity.preferred_anti, -1)]
        {
            for (weight, term) in terms.iter().filter(|(_, term)| is_meant(term)) {
                self.add(node, term.key, sign * weight);
            }
        }
    }
}

impl Rank for Neighbours<'_> {
    fn rank(&self, site: Site<'_>) -> i64 {
        site.spec.labels.pairs().iter().filter_map(|pair| self.sums.get(pair)).sum()
    }

    fn normalise(&self, _left: &[Id<Node>], scores: &mut [i64]) {
        let least = scores.iter().copied().min().unwrap_or(0);
        let range = scores.iter().copied().max().unwrap_or(0) - least;
        for score in scores {
            let part = if range > 0 { (*score - least) as f64 / range as f64 } else { 0.0 };
            *score = (BEST as f64 * part) as i64;
        }
    }
}
