//! Nodes that a pod needs (`plugins/nodeaffinity`).

use super::super::cluster::Cluster;
use super::super::node::Site;
use super::super::node_selector::{self, NodeTerm};
use super::super::pod::Pod;
use super::{Check, Filter, Prepared, Reason, Verdict};
use crate::kernel::Id;

/// Leaves out nodes that are not as the pod needs them.
#[derive(Clone, Debug, Default)]
pub struct NodeAffinity {
    /// Terms of which a node must meet one whatever the pod says (`addedAffinity`).
    pub added: Option<Vec<NodeTerm>>,
}

#[derive(Clone, Debug)]
struct Needs<'a> {
    cluster: &'a Cluster,
    added: Option<&'a [NodeTerm]>,
    own: &'a node_selector::NodeAffinity,
}

impl Filter for NodeAffinity {
    fn name(&self) -> &'static str {
        "NodeAffinity"
    }

    fn prepare<'a>(&'a self, cluster: &'a Cluster, pod: Id<Pod>) -> Prepared<'a> {
        let own = &cluster.template_of(pod).node_affinity;
        if own.needs_nothing() && self.added.is_none() {
            return Prepared::Skip;
        }
        let check = Box::new(Needs { cluster, added: self.added.as_deref(), own });
        match own.only() {
            None => Prepared::Check(check),
            Some(names) if names.is_empty() => {
                Prepared::Reject(Verdict::Unresolvable(Reason::NodeAffinity))
            }
            Some(names) => Prepared::Within(names, check),
        }
    }

    fn is_local(&self, cluster: &Cluster, pod: Id<Pod>) -> bool {
        cluster.template_of(pod).node_affinity.only().is_none()
    }
}

impl Check for Needs<'_> {
    fn check(&self, site: Site<'_>) -> Verdict {
        let names = &self.cluster.names;
        if let Some(added) = self.added
            && !added.iter().any(|term| term.matches(site.spec, names))
        {
            return Verdict::Unresolvable(Reason::EnforcedAffinity);
        }
        if self.own.allows(site.spec, names) {
            return Verdict::Fits;
        }
        Verdict::Unresolvable(Reason::NodeAffinity)
    }
}
