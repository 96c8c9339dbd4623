//! A load balancer of the cloud.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Exposure, NodeCheck, Nodes, Way, to_another_node};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::variate::ParameterError;

/// One more hop, which chooses a replica itself, as an Application Load Balancer with targets of type `ip` does, or a
/// node that hands the request on, as with targets of type `instance`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadBalancer {
    /// What the hop adds to the time of a request, there and back together.
    #[serde(default = "hop")]
    #[schemars(with = "Span")]
    pub latency: Span,
    /// How it goes by way of the nodes; it chooses a replica itself if this is left out.
    #[serde(default)]
    #[schemars(example = by_nodes(), extend("default" = null))]
    pub nodes: Option<Targets>,
}

/// A hop through a load balancer, there and back: a guess.
fn hop() -> Span {
    Span::from_millis(1)
}

fn by_nodes() -> serde_json::Value {
    serde_json::json!({ "forward": "200us" })
}

/// A load balancer whose targets are the nodes.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// What it adds if the replica is on another node, there and back together.
    #[serde(default = "to_another_node")]
    pub forward: Span,
    /// How it finds out that a node has failed: how often it looks, for how long it waits, how many looks in a row must
    /// fail, and how many must then be answered.
    #[serde(default)]
    pub health_check: NodeCheck,
}

impl Described for LoadBalancer {
    const NAME: &'static str = "load-balancer";
    const SUMMARY: &'static str =
        "A load balancer of the cloud: one hop to a replica, or to a node that hands on.";
    const SOURCE: &'static str =
        "Elastic Load Balancing, target groups (recalled); what a hop takes is a guess";
}

impl Exposure for LoadBalancer {
    fn check(&self) -> Result<(), ParameterError> {
        self.nodes.map_or(Ok(()), |nodes| {
            nodes.health_check.check().map_err(|error| error.under("nodes"))
        })
    }

    fn way(&self) -> Way {
        let by_nodes = |of: Targets| Nodes { forward: of.forward, check: Some(of.health_check) };
        let nodes = self.nodes.map(by_nodes);
        Way { latency: self.latency, balanced: true, nodes, ..Way::default() }
    }
}
