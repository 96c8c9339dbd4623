//! How evenly pods shall be spread (`plugins/podtopologyspread/common.go`).

use super::cluster::Cluster;
use super::kind::Kind;
use super::labels::{Labels, Selector};
use super::names::{Names, Symbol};
use super::node::{Node, NodeSpec};
use super::pod::Template;
use super::taint::forbidding;
use crate::kernel::Id;

/// A constraint on how evenly the pods of a selector are spread over domains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The label of nodes whose value is the domain.
    pub key: Symbol,
    /// By how many pods a domain may be above the least one.
    pub most_skew: i32,
    /// Whether nodes that break it are left out (`DoNotSchedule`), or only score less.
    pub hard: bool,
    /// If there are fewer domains than this, the least one counts as empty.
    pub least_domains: i32,
    /// The pods that are counted.
    pub selector: Selector,
    /// Whether only nodes that the pod's own node affinity allows are counted.
    pub honour_affinity: bool,
    /// Whether nodes with taints that forbid them to the pod are not counted.
    pub honour_taints: bool,
}

impl Spread {
    /// A constraint that leaves everything but these at the API's defaults.
    pub fn new(key: Symbol, most_skew: i32, hard: bool, selector: Selector) -> Self {
        Self {
            key,
            most_skew,
            hard,
            least_domains: 1,
            selector,
            honour_affinity: true,
            honour_taints: false,
        }
    }

    /// Upstream's constraints for pods that have none: spread over hosts and zones, in scores only.
    pub fn system_defaults() -> Vec<Self> {
        [(Names::HOSTNAME, 3), (Names::ZONE, 5)]
            .map(|(key, most_skew)| Self::new(key, most_skew, false, Selector::Nothing))
            .into()
    }

    /// Whether a node counts for a pod of this template.
    pub(super) fn counts(&self, template: &Template, node: &NodeSpec, names: &Names) -> bool {
        (!self.honour_affinity || template.node_affinity.allows(node, names))
            && (!self.honour_taints || forbidding(&node.taints, &template.tolerations).is_none())
    }

    /// Whether every node counts for a pod of this template.
    pub(super) fn counts_all(&self, template: &Template) -> bool {
        (!self.honour_affinity || template.node_affinity.needs_nothing()) && !self.honour_taints
    }

    /// The nodes that have pods that are meant, in a namespace and not on their way out, and how many; a node
    /// may come several times.
    pub(super) fn meant<'a>(
        &'a self,
        cluster: &'a Cluster,
        namespace: Symbol,
    ) -> impl Iterator<Item = (Id<Node>, i64)> + 'a {
        let kinds = cluster.kinds_in(namespace).filter(|kind| {
            !self.selector.is_empty() && self.selector.matches(&kind.labels, &cluster.names)
        });
        kinds.flat_map(Kind::placed).map(|(node, placed)| (node, placed.staying))
    }
}

/// The constraints of a pod that are hard, or that are not: its own, or if it has none at all the
/// defaults, with the selector of its services and controller.
pub(super) fn constraints(
    cluster: &Cluster,
    template: &Template,
    defaults: &[Spread],
    hard: bool,
) -> Vec<Spread> {
    let of_kind = |spread: &&Spread| spread.hard == hard;
    if !template.spread.is_empty() {
        return template.spread.iter().filter(of_kind).cloned().collect();
    }
    let mut chosen: Vec<Spread> = defaults.iter().filter(of_kind).cloned().collect();
    if chosen.is_empty() {
        return chosen;
    }
    let selector = cluster.default_selector(template);
    if selector.is_empty() {
        return Vec::new();
    }
    for spread in &mut chosen {
        spread.selector = selector.clone();
    }
    chosen
}

/// Whether a node with these labels is in a domain of every constraint.
pub(super) fn has_all_keys(labels: &Labels, constraints: &[Spread]) -> bool {
    constraints.iter().all(|spread| labels.get(spread.key).is_some())
}
