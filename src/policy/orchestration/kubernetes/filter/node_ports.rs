//! Ports of nodes (`plugins/nodeports`).

use super::super::cluster::Cluster;
use super::super::node::Site;
use super::super::pod::Pod;
use super::super::ports::Port;
use super::{Check, Filter, Prepared, Reason, Verdict};
use crate::kernel::Id;

/// Leaves out nodes on which a port that the pod wants is taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct NodePorts;

#[derive(Clone, Debug)]
struct Wanted<'a>(&'a [Port]);

impl Filter for NodePorts {
    fn name(&self) -> &'static str {
        "NodePorts"
    }

    fn prepare<'a>(&'a self, cluster: &'a Cluster, pod: Id<Pod>) -> Prepared<'a> {
        let ports = &cluster.template_of(pod).ports;
        if ports.iter().all(|port| port.number == 0) {
            return Prepared::Skip;
        }
        Prepared::Check(Box::new(Wanted(ports)))
    }

    fn is_local(&self, _cluster: &Cluster, _pod: Id<Pod>) -> bool {
        true
    }
}

impl Check for Wanted<'_> {
    fn check(&self, site: Site<'_>) -> Verdict {
        let taken = |&port: &Port| port.number > 0 && site.load.ports().conflicts(port);
        if self.0.iter().any(taken) {
            return Verdict::Unschedulable(Reason::Port);
        }
        Verdict::Fits
    }
}
