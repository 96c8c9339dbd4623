//! The node that a pod names (`plugins/nodename`).

use super::super::cluster::Cluster;
use super::super::names::Symbol;
use super::super::node::Site;
use super::super::pod::Pod;
use super::{Check, Filter, Prepared, Reason, Verdict};
use crate::kernel::Id;

/// Leaves out all nodes but the one that the pod names.
#[derive(Clone, Copy, Debug, Default)]
pub struct NodeName;

#[derive(Clone, Debug)]
struct Name(Symbol);

impl Filter for NodeName {
    fn name(&self) -> &'static str {
        "NodeName"
    }

    fn prepare<'a>(&'a self, cluster: &'a Cluster, pod: Id<Pod>) -> Prepared<'a> {
        match cluster.template_of(pod).node_name {
            None => Prepared::Skip,
            Some(name) => Prepared::Check(Box::new(Name(name))),
        }
    }

    fn is_local(&self, _cluster: &Cluster, _pod: Id<Pod>) -> bool {
        true
    }
}

impl Check for Name {
    fn check(&self, site: Site<'_>) -> Verdict {
        if site.spec.name == self.0 {
            return Verdict::Fits;
        }
        Verdict::Unresolvable(Reason::OtherNode)
    }
}
