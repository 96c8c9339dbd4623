//! Exposure: the way of requests from outside a cluster to the replicas of a service, a file each.

mod ingress;
mod load_balancer;
mod node_check;
mod node_port;
mod route;

use std::fmt::Debug;
use std::num::NonZeroU8;

use dyn_clone::DynClone;

pub use self::ingress::Ingress;
pub use self::load_balancer::LoadBalancer;
pub use self::node_check::{Found, NodeCheck};
pub use self::node_port::NodePort;
pub use self::route::OpenshiftRoute;
use super::catalogue::catalogue;
use crate::kernel::Span;
use crate::variate::ParameterError;

/// The way of a request from outside to a replica.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// What it adds to the time of a request, there and back together.
    pub latency: Span,
    /// Whether it is that of a load balancer, which is paid for by what goes through it.
    pub balanced: bool,
    /// How it goes by way of the nodes; `None` if it leads to the replicas themselves.
    pub nodes: Option<Nodes>,
    /// How a router finds out that a replica cannot be reached, and what it does then.
    pub connecting: Connecting,
}

/// What a router does when a replica cannot be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connecting {
    /// How long it waits where nobody answers; where the node answers that nobody is there, it knows at once.
    pub timeout: Span,
    /// How long after such an answer it asks the same replica again, which it does but for the last time where the session of
    /// the request is there or there is no other; `None` if it asks any other one at once.
    pub pause: Option<Span>,
}

/// Requests that another service hands on and waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route<'a> {
    /// The name of that service.
    pub router: &'a str,
    /// What the hop from there to a replica adds, there and back together.
    pub latency: Span,
    /// How long it waits for the answer.
    pub timeout: Span,
    /// Whether sessions stay with their replicas as long as these are there.
    pub cookie: bool,
    /// How much later than others it knows which replicas there are.
    pub reload: Span,
    /// To how many replicas in turn it sends a request until one can be reached.
    pub tries: NonZeroU8,
}

/// Requests that come to any node, which hands them on to a replica, wherever that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nodes {
    /// What it adds if the replica is on another node, there and back together.
    pub forward: Span,
    /// How those outside find out that a node has failed; `None` if they never do.
    pub check: Option<NodeCheck>,
}

/// What a request adds that goes on from one node to another, there and back together: a guess, twice 0.1 ms in a data
/// centre.
fn to_another_node() -> Span {
    Span::from_nanos(200_000)
}

/// How long a router waits until it takes a replica for one that cannot be reached: `timeout connect` of OpenShift's template,
/// and the default of ingress-nginx' `proxy-connect-timeout`.
fn to_connect() -> Span {
    Span::from_secs(5)
}

/// Says which way requests from outside take.
pub trait Exposure: DynClone + Debug + Send + Sync {
    /// Looks whether its parameters make sense.
    ///
    /// # Errors
    /// If they do not, by the key of a parameter.
    fn check(&self) -> Result<(), ParameterError> {
        Ok(())
    }

    /// The way to a replica, from a router if it leads by one.
    fn way(&self) -> Way {
        Way::default()
    }

    /// By which service it leads, if by one.
    fn route(&self) -> Option<Route<'_>> {
        None
    }
}

dyn_clone::clone_trait_object!(Exposure);

catalogue! {
    /// An exposure, chosen by name.
    pub struct ExposureChoice(Box<dyn Exposure>);
    /// The exposures.
    pub static EXPOSURES: "exposure";
    LoadBalancer,
    NodePort,
    Ingress,
    OpenshiftRoute,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_each_no_time_is_an_error() {
        let exposure: ExposureChoice = serde_json::from_str(
            r#"{ "load-balancer": { "nodes": { "health_check": { "period": "0s" } } } }"#,
        )
        .unwrap();
        assert_eq!(exposure.0.check().unwrap_err().key, ["nodes", "health_check", "period"]);
    }
}
