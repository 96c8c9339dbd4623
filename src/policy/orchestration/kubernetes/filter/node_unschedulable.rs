//! Nodes that take no more pods (`plugins/nodeunschedulable`).

use super::super::cluster::Cluster;
use super::super::names::Names;
use super::super::node::Site;
use super::super::pod::Pod;
use super::super::taint::{Effect, Taint, Toleration};
use super::{Check, Filter, Prepared, Reason, Verdict};
use crate::kernel::Id;

/// Leaves cordoned nodes out, unless the pod tolerates the taint that stands for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NodeUnschedulable;

#[derive(Clone, Debug)]
struct Tolerations<'a>(&'a [Toleration]);

impl Filter for NodeUnschedulable {
    fn name(&self) -> &'static str {
        "NodeUnschedulable"
    }

    fn prepare<'a>(&'a self, cluster: &'a Cluster, pod: Id<Pod>) -> Prepared<'a> {
        Prepared::Check(Box::new(Tolerations(&cluster.template_of(pod).tolerations)))
    }

    fn is_local(&self, _cluster: &Cluster, _pod: Id<Pod>) -> bool {
        true
    }
}

impl Check for Tolerations<'_> {
    fn check(&self, site: Site<'_>) -> Verdict {
        let (key, value) = (Names::UNSCHEDULABLE, Names::EMPTY);
        let taint = Taint { key, value, effect: Effect::NoSchedule };
        if site.spec.unschedulable && !self.0.iter().any(|one| one.tolerates(&taint)) {
            return Verdict::Unresolvable(Reason::Cordoned);
        }
        Verdict::Fits
    }
}
