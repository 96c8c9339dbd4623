//! Pods that must be near or far (`plugins/interpodaffinity/filtering.go`).

use std::collections::BTreeMap;

use super::super::affinity::AffinityTerm;
use super::super::cluster::Cluster;
use super::super::kind::Kind;
use super::super::labels::Labels;
use super::super::names::Symbol;
use super::super::node::{NodeSpec, Site};
use super::super::pod::Pod;
use super::{Check, Filter, Prepared, Reason, Verdict};
use crate::kernel::Id;

/// Leaves out nodes whose domains have not the pods that must be near, or have those that must be far from
/// this one or it from them.
#[derive(Clone, Copy, Debug, Default)]
pub struct InterPodAffinity;

/// How many pods there are by key and value of a domain; none of them 0.
#[derive(Clone, Debug, Default)]
struct Counts(BTreeMap<(Symbol, Symbol), i64>);

impl Counts {
    fn change(&mut self, node: &NodeSpec, key: Symbol, by: i64) {
        if let Some(value) = node.labels.get(key) {
            let count = self.0.entry((key, value)).or_default();
            *count += by;
            if *count == 0 {
                self.0.remove(&(key, value));
            }
        }
    }

    fn any(&self, key: Symbol, value: Symbol) -> bool {
        self.0.get(&(key, value)).is_some_and(|&count| count > 0)
    }
}

#[derive(Clone, Debug)]
struct Neighbours<'a> {
    cluster: &'a Cluster,
    own: &'a Kind,
    /// The pod's namespace.
    namespace: &'a Labels,
    /// Pods that match all that must be near.
    near: Counts,
    /// Pods that must be far from this one.
    far: Counts,
    /// Pods from which this one must be far.
    others_far: Counts,
}

impl Filter for InterPodAffinity {
    fn name(&self) -> &'static str {
        "InterPodAffinity"
    }

    fn prepare<'a>(&'a self, cluster: &'a Cluster, pod: Id<Pod>) -> Prepared<'a> {
        let own = cluster.kind_of(pod);
        if own.affinity.malformed {
            return Prepared::Reject(Verdict::Unresolvable(Reason::Malformed));
        }
        let namespace = cluster.namespace_labels(own.namespace);
        let counts = Counts::default;
        let (near, far, others_far) = (counts(), counts(), counts());
        let mut all = Neighbours { cluster, own, namespace, near, far, others_far };
        let says_nothing =
            own.affinity.required.is_empty() && own.affinity.required_anti.is_empty();
        for kind in cluster.kinds_with_affinity() {
            for (node, placed) in kind.placed() {
                all.count_others(kind, cluster.node(node), placed.all);
            }
        }
        if !says_nothing {
            for kind in cluster.kinds() {
                all.count_kind(kind);
            }
        }
        if says_nothing && all.others_far.0.is_empty() {
            return Prepared::Skip;
        }
        Prepared::Check(Box::new(all))
    }

    /// Where neither this pod nor one that is placed says anything of the other.
    fn is_local(&self, cluster: &Cluster, pod: Id<Pod>) -> bool {
        let own = cluster.kind_of(pod);
        let namespace = cluster.namespace_labels(own.namespace);
        let means_own = |term: &AffinityTerm| {
            term.matches(own.namespace, Some(namespace), &own.labels, &cluster.names)
        };
        !own.affinity.malformed
            && own.affinity.required.is_empty()
            && own.affinity.required_anti.is_empty()
            && !cluster
                .kinds_with_affinity()
                .any(|kind| kind.is_placed() && kind.affinity.required_anti.iter().any(means_own))
    }
}

impl Neighbours<'_> {
    /// Whether a term of this pod means another.
    fn means(&self, term: &AffinityTerm, other: &Kind) -> bool {
        let namespace = self.cluster.namespace(other.namespace);
        term.matches(other.namespace, namespace, &other.labels, &self.cluster.names)
    }

    fn means_all(&self, other: &Kind) -> bool {
        let terms = &self.own.affinity.required;
        !terms.is_empty() && terms.iter().all(|term| self.means(term, other))
    }

    /// Counts all pods of a kind as this one's terms see them.
    fn count_kind(&mut self, kind: &Kind) {
        let near = self.means_all(kind);
        let terms = &self.own.affinity.required_anti;
        let far: Vec<Symbol> =
            terms.iter().filter(|term| self.means(term, kind)).map(|term| term.key).collect();
        if near || !far.is_empty() {
            for (node, placed) in kind.placed() {
                self.count_own(near, &far, self.cluster.node(node), placed.all);
            }
        }
    }

    /// Counts pods of which it is known whether they shall be near, and by which keys far.
    fn count_own(&mut self, near: bool, far: &[Symbol], node: &NodeSpec, by: i64) {
        if near {
            for term in &self.own.affinity.required {
                self.near.change(node, term.key, by);
            }
        }
        for &key in far {
            self.far.change(node, key, by);
        }
    }

    /// Counts pods as their terms see this one.
    fn count_others(&mut self, other: &Kind, node: &NodeSpec, by: i64) {
        for term in &other.affinity.required_anti {
            let (own, names) = (self.own, &self.cluster.names);
            if term.matches(own.namespace, Some(self.namespace), &own.labels, names) {
                self.others_far.change(node, term.key, by);
            }
        }
    }

    fn change(&mut self, pod: Id<Pod>, site: Site<'_>, by: i64) {
        let other = self.cluster.kind_of(pod);
        self.count_others(other, site.spec, by);
        let near = self.means_all(other);
        let terms = &self.own.affinity.required_anti;
        let far: Vec<Symbol> =
            terms.iter().filter(|term| self.means(term, other)).map(|term| term.key).collect();
        self.count_own(near, &far, site.spec, by);
    }

    /// Whether the pods that must be near are. If none of them is anywhere, a pod that matches its own
    /// terms may be the first.
    fn has_near(&self, labels: &Labels) -> bool {
        let mut all_near = true;
        for term in &self.own.affinity.required {
            let Some(value) = labels.get(term.key) else { return false };
            all_near &= self.near.any(term.key, value);
        }
        all_near || (self.near.0.is_empty() && self.means_all(self.own))
    }

    fn has_far(&self, labels: &Labels) -> bool {
        let near = |term: &AffinityTerm| {
            labels.get(term.key).is_some_and(|value| self.far.any(term.key, value))
        };
        !self.far.0.is_empty() && self.own.affinity.required_anti.iter().any(near)
    }
}

impl Check for Neighbours<'_> {
    fn check(&self, site: Site<'_>) -> Verdict {
        let labels = &site.spec.labels;
        if !self.has_near(labels) {
            return Verdict::Unresolvable(Reason::Affinity);
        }
        if self.has_far(labels) {
            return Verdict::Unschedulable(Reason::AntiAffinity);
        }
        let pushed = |&(key, value): &(Symbol, Symbol)| self.others_far.any(key, value);
        if !self.others_far.0.is_empty() && labels.pairs().iter().any(pushed) {
            return Verdict::Unschedulable(Reason::OthersAntiAffinity);
        }
        Verdict::Fits
    }

    fn added(&mut self, pod: Id<Pod>, site: Site<'_>) {
        self.change(pod, site, 1);
    }

    fn removed(&mut self, pod: Id<Pod>, site: Site<'_>) {
        self.change(pod, site, -1);
    }
}
