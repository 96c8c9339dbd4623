//! Pods that must be near or far (`plugins/interpodaffinity/filtering.go`).

use std::collections::BTreeMap;

use super::super::affinity::AffinityTerm;
use super::super::cluster::Cluster;
use super::super::labels::Labels;
use super::super::names::Symbol;
use super::super::node::{NodeSpec, Site};
use super::super::pod::{Pod, Template};
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
    template: &'a Template,
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
        let template = cluster.template_of(pod);
        if template.affinity.malformed {
            return Prepared::Reject(Verdict::Unresolvable(Reason::Malformed));
        }
        let namespace = cluster.namespace_labels(template.namespace);
        let counts = Counts::default;
        let (near, far, others_far) = (counts(), counts(), counts());
        let mut all = Neighbours { cluster, template, namespace, near, far, others_far };
        let says_nothing =
            template.affinity.required.is_empty() && template.affinity.required_anti.is_empty();
        for node in cluster.nodes() {
            for &other in node.load.with_anti_affinity() {
                all.count_others(cluster.template_of(other), &node.spec, 1);
            }
            if !says_nothing {
                for &other in node.load.pods() {
                    all.count_own(cluster.template_of(other), &node.spec, 1);
                }
            }
        }
        if says_nothing && all.others_far.0.is_empty() {
            return Prepared::Skip;
        }
        Prepared::Check(Box::new(all))
    }
}

impl Neighbours<'_> {
    /// Whether a term of this pod means another.
    fn means(&self, term: &AffinityTerm, other: &Template) -> bool {
        let namespace = self.cluster.namespace(other.namespace);
        term.matches(other.namespace, namespace, &other.labels, &self.cluster.names)
    }

    fn means_all(&self, other: &Template) -> bool {
        let terms = &self.template.affinity.required;
        !terms.is_empty() && terms.iter().all(|term| self.means(term, other))
    }

    /// Counts a pod as this one's terms see it.
    fn count_own(&mut self, other: &Template, node: &NodeSpec, by: i64) {
        if self.means_all(other) {
            for term in &self.template.affinity.required {
                self.near.change(node, term.key, by);
            }
        }
        for term in &self.template.affinity.required_anti {
            if self.means(term, other) {
                self.far.change(node, term.key, by);
            }
        }
    }

    /// Counts a pod as its terms see this one.
    fn count_others(&mut self, other: &Template, node: &NodeSpec, by: i64) {
        for term in &other.affinity.required_anti {
            let own = self.template;
            let names = &self.cluster.names;
            if term.matches(own.namespace, Some(self.namespace), &own.labels, names) {
                self.others_far.change(node, term.key, by);
            }
        }
    }

    fn change(&mut self, pod: Id<Pod>, site: Site<'_>, by: i64) {
        let other = self.cluster.template_of(pod);
        self.count_others(other, site.spec, by);
        self.count_own(other, site.spec, by);
    }

    /// Whether the pods that must be near are. If none of them is anywhere, a pod that matches its own
    /// terms may be the first.
    fn has_near(&self, labels: &Labels) -> bool {
        let mut all_near = true;
        for term in &self.template.affinity.required {
            let Some(value) = labels.get(term.key) else { return false };
            all_near &= self.near.any(term.key, value);
        }
        all_near || (self.near.0.is_empty() && self.means_all(self.template))
    }

    fn has_far(&self, labels: &Labels) -> bool {
        let near = |term: &AffinityTerm| {
            labels.get(term.key).is_some_and(|value| self.far.any(term.key, value))
        };
        !self.far.0.is_empty() && self.template.affinity.required_anti.iter().any(near)
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
