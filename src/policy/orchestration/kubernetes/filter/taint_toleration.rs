//! Taints that a pod does not stand (`plugins/tainttoleration`).

use super::super::cluster::Cluster;
use super::super::node::Site;
use super::super::pod::Pod;
use super::super::taint::{Toleration, forbidding};
use super::{Check, Filter, Prepared, Reason, Verdict};
use crate::kernel::Id;

/// Leaves out nodes with a taint `NoSchedule` or `NoExecute` that the pod does not tolerate.
#[derive(Clone, Copy, Debug, Default)]
pub struct TaintToleration;

#[derive(Clone, Debug)]
struct Tolerations<'a>(&'a [Toleration]);

impl Filter for TaintToleration {
    fn name(&self) -> &'static str {
        "TaintToleration"
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
        match forbidding(&site.spec.taints, self.0) {
            None => Verdict::Fits,
            Some(&taint) => Verdict::Unresolvable(Reason::Taint(taint)),
        }
    }
}
