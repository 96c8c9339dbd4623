//! Pods that had better be near or far (`plugins/interpodaffinity/scoring.go`).

use std::collections::BTreeMap;

use super::super::affinity::AffinityTerm;
use super::super::cluster::Cluster;
use super::super::kind::Kind;
use super::super::names::Symbol;
use super::super::node::{Node, Site};
use super::super::pod::Pod;
use super::{BEST, Fault, Rank, Scope, Score};
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
    own: &'a Kind,
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
        let own = cluster.kind_of(pod);
        let affinity = &own.affinity;
        let prefers = !affinity.preferred.is_empty() || !affinity.preferred_anti.is_empty();
        if self.ignore_others && !prefers && !affinity.malformed {
            return Ok(None);
        }
        if affinity.malformed {
            return Err(Fault::Malformed);
        }
        let (hard_weight, sums) = (self.hard_weight, BTreeMap::new());
        let mut all = Neighbours { cluster, own, hard_weight, sums };
        if prefers {
            cluster.kinds().for_each(|kind| all.meet(kind));
        } else {
            cluster.kinds_with_affinity().for_each(|kind| all.meet(kind));
        }
        Ok((!all.sums.is_empty()).then(|| Box::new(all) as Box<dyn Rank>))
    }

    /// Where neither this pod nor one that is placed prefers anything of the other, it has nothing to say.
    fn scope(&self, cluster: &Cluster, pod: Id<Pod>) -> Scope {
        let own = cluster.kind_of(pod);
        let affinity = &own.affinity;
        let prefers = !affinity.preferred.is_empty() || !affinity.preferred_anti.is_empty();
        let is_met = |kind: &Kind| {
            kind.is_placed() && !weights(cluster, self.hard_weight, own, kind).is_empty()
        };
        let speaks = affinity.malformed
            || prefers
            || !self.ignore_others && cluster.kinds_with_affinity().any(is_met);
        if speaks { Scope::Cluster } else { Scope::Node }
    }
}

impl Neighbours<'_> {
    /// Adds what this pod thinks of the pods of a kind, and they of it.
    fn meet(&mut self, other: &Kind) {
        let weights = weights(self.cluster, self.hard_weight, self.own, other);
        if weights.is_empty() {
            return;
        }
        for (node, placed) in other.placed() {
            for &(key, weight) in &weights {
                if let Some(value) = self.cluster.node(node).labels.get(key) {
                    *self.sums.entry((key, value)).or_default() += weight * placed.all;
                }
            }
        }
    }
}

/// By which keys pods of two kinds want each other near, and how much.
fn weights(cluster: &Cluster, hard_weight: i64, own: &Kind, other: &Kind) -> Vec<(Symbol, i64)> {
    let names = &cluster.names;
    let means = |term: &AffinityTerm| {
        term.matches(other.namespace, cluster.namespace(other.namespace), &other.labels, names)
    };
    let namespace = cluster.namespace_labels(own.namespace);
    let is_meant =
        |term: &AffinityTerm| term.matches(own.namespace, Some(namespace), &own.labels, names);
    let mut weights: Vec<(Symbol, i64)> = Vec::new();
    for (terms, sign) in [(&own.affinity.preferred, 1), (&own.affinity.preferred_anti, -1)] {
        let own_terms = terms.iter().filter(|(_, term)| means(term));
        weights.extend(own_terms.map(|(weight, term)| (term.key, sign * weight)));
    }
    if hard_weight > 0 {
        let its_terms = other.affinity.required.iter().filter(|term| is_meant(term));
        weights.extend(its_terms.map(|term| (term.key, hard_weight)));
    }
    for (terms, sign) in [(&other.affinity.preferred, 1), (&other.affinity.preferred_anti, -1)] {
        let its_terms = terms.iter().filter(|(_, term)| is_meant(term));
        weights.extend(its_terms.map(|(weight, term)| (term.key, sign * weight)));
    }
    weights
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
