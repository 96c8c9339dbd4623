//! A port of every node.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Exposure, Nodes, Way, to_another_node};
use crate::kernel::Span;
use crate::policy::catalogue::Described;

/// Those outside know all nodes and ask any of them, at random, whether it works or not: a `NodePort` of Kubernetes, the
/// routing mesh of Docker Swarm, a published port of Docker on its only host.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodePort {
    /// What it adds if the replica is on another node, there and back together.
    #[serde(default = "to_another_node")]
    #[schemars(with = "Span")]
    pub forward: Span,
}

impl Described for NodePort {
    const NAME: &'static str = "node-port";
    const SUMMARY: &'static str = "A port of every node, which hands on to a replica: NodePort, Swarm's routing mesh, a published port.";
    const SOURCE: &'static str =
        "Kubernetes, Service of type NodePort; Docker Swarm, ingress network (recalled)";
}

impl Exposure for NodePort {
    fn way(&self) -> Way {
        let nodes = Nodes { forward: self.forward, check: None };
        Way { nodes: Some(nodes), ..Way::default() }
    }
}
