//! Which pods a pod wants near, or far (`framework/types.go`, `AffinityTerm`).

use super::labels::{Labels, Selector};
use super::names::{Names, Symbol};

/// Pods, and the key of the domain in which they are near.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AffinityTerm {
    /// The namespaces of the pods that are meant, by name.
    pub namespaces: Vec<Symbol>,
    /// More namespaces, by their labels.
    pub namespace_selector: Selector,
    /// The labels of the pods that are meant.
    pub selector: Selector,
    /// The label of nodes whose value is the domain.
    pub key: Symbol,
}

impl AffinityTerm {
    /// Whether a pod with these labels in this namespace is meant. `namespace_labels` are those of the
    /// namespace; `None` if no such namespace is known.
    pub fn matches(
        &self,
        namespace: Symbol,
        namespace_labels: Option<&Labels>,
        labels: &Labels,
        names: &Names,
    ) -> bool {
        let there = self.namespaces.contains(&namespace)
            || self.namespace_selector.is_empty()
            || namespace_labels
                .is_some_and(|labels| self.namespace_selector.matches(labels, names));
        there && self.selector.matches(labels, names)
    }
}

/// The pods that a pod needs or prefers near or far.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodAffinity {
    /// Pods that must be in the domain of the node.
    pub required: Vec<AffinityTerm>,
    /// Pods that must not.
    pub required_anti: Vec<AffinityTerm>,
    /// Pods that draw it to their domain, with weights.
    pub preferred: Vec<(i64, AffinityTerm)>,
    /// Pods that push it from their domain, with weights.
    pub preferred_anti: Vec<(i64, AffinityTerm)>,
    /// Whether the API's rules forbid one of its selectors: then no node will do.
    pub malformed: bool,
}

impl PodAffinity {
    /// Whether it says nothing of other pods.
    pub fn is_empty(&self) -> bool {
        self.required.is_empty()
            && self.required_anti.is_empty()
            && self.preferred.is_empty()
            && self.preferred_anti.is_empty()
    }
}
