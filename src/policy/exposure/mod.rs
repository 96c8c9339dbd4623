//! Exposure: the way of requests from outside a cluster to the replicas of a service, a file each.

mod ingress;
mod load_balancer;
mod node_port;
mod route;

use std::fmt::Debug;

use dyn_clone::DynClone;
use schemars::JsonSchema;
use serde::Deserialize;

pub use self::ingress::Ingress;
pub use self::load_balancer::LoadBalancer;
pub use self::node_port::NodePort;
pub use self::route::OpenshiftRoute;
use super::catalogue::catalogue;
use crate::kernel::{Span, Time};
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
}

/// Requests that come to any node, which hands them on to a replica, wherever that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nodes {
    /// What it adds if the replica is on another node, there and back together.
    pub forward: Span,
    /// How those outside find out that a node has failed; `None` if they never do.
    pub check: Option<NodeCheck>,
}

/// How a load balancer looks whether a node works: at all of them at the same times, from time zero on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NodeCheck {
    /// How often; more than no time.
    pub period: Span,
    /// How long it waits for an answer.
    pub timeout: Span,
    /// How many looks in a row must fail until no requests go there; one that does not is enough for the contrary.
    pub failures: u32,
}

impl Default for NodeCheck {
    /// The defaults of a target group of an Application Load Balancer (recalled, as for `ecs`; there five looks in a row
    /// must be answered for the contrary).
    fn default() -> Self {
        Self { period: Span::from_secs(30), timeout: Span::from_secs(5), failures: 2 }
    }
}

impl NodeCheck {
    /// The first look at `at` or later.
    fn look(&self, at: Time) -> Time {
        let period = self.period.as_nanos().max(1);
        Time::ZERO.plus(Span::from_nanos(at.as_nanos().div_ceil(period).saturating_mul(period)))
    }

    /// Whether a node that failed last at `failed`, and came back at `back` if that is later, counts as failed.
    pub fn is_out(&self, failed: Time, back: Time, now: Time) -> bool {
        let more = u64::from(self.failures.max(1)) - 1;
        let more = Span::from_nanos(self.period.as_nanos().saturating_mul(more));
        let last = self.look(failed).plus(more);
        if back <= failed {
            return last.plus(self.timeout) <= now;
        }
        // The last look that failed was before it came back; the next one is answered.
        last < back && last.plus(self.timeout) <= now && now < self.look(back)
    }

    /// Looks whether it ever looks.
    fn check(&self) -> Result<(), ParameterError> {
        if self.period == Span::ZERO {
            return Err(ParameterError::new(
                "period",
                "there is time between two looks: write more than \"0s\"",
            )
            .under("health_check"));
        }
        Ok(())
    }
}

/// What a request adds that goes on from one node to another, there and back together: a guess, twice 0.1 ms in a data
/// centre.
fn to_another_node() -> Span {
    Span::from_nanos(200_000)
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

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    /// Of a node that failed at 11 the looks at 20, 30 and 40 fail, the last at 42. If it is back at 95, that at 100 finds it;
    /// if it was back at 40, nobody has noticed.
    #[test]
    fn a_node_is_out_from_the_last_of_its_failures_to_the_next_look() {
        let secs = Span::from_secs;
        let check = NodeCheck { period: secs(10), timeout: secs(2), failures: 3 };
        let out = |back: u64, now: u64| check.is_out(at(11), at(back), at(now));
        assert!(!out(0, 41) && out(0, 42) && out(0, 9_000));
        assert!(out(95, 99) && !out(95, 100));
        assert!(!out(40, 42) && !out(40, 45));
        assert!(!check.is_out(Time::MAX, Time::ZERO, at(9_000)), "it never failed");
    }

    #[test]
    fn a_look_each_no_time_is_an_error() {
        let exposure: ExposureChoice = serde_json::from_str(
            r#"{ "load-balancer": { "nodes": { "health_check": { "period": "0s" } } } }"#,
        )
        .unwrap();
        assert_eq!(exposure.0.check().unwrap_err().key, ["nodes", "health_check", "period"]);
    }
}
