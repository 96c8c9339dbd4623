//! The router of OpenShift.

use std::num::NonZeroU8;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Connecting, Exposure, Route, Way, to_another_node, to_connect};
use crate::kernel::Span;
use crate::policy::catalogue::Described;

/// Requests come to the pods of another service, which are those of OpenShift's router: `HAProxy`, with a cookie for each
/// session, and loaded anew when endpoints change.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenshiftRoute {
    /// The service that hands requests on: its `demand` is what each takes there, without that of the service behind it.
    #[schemars(example = &"router")]
    pub router: String,
    /// What the hop from there to a replica adds to the time of a request, there and back together.
    #[serde(default = "to_another_node")]
    #[schemars(with = "Span")]
    pub latency: Span,
    /// How long it waits for the answer of a replica.
    #[serde(default = "half_a_minute")]
    #[schemars(with = "Span")]
    pub timeout: Span,
    /// Whether it gives each session a cookie, so that it stays with its replica as long as that is there.
    #[serde(default = "yes")]
    pub cookie: bool,
    /// How much later than others it knows which replicas there are.
    #[serde(default = "between_reloads")]
    #[schemars(with = "Span")]
    pub reload: Span,
    /// How long it waits for a connection to a replica whose node does not answer.
    #[serde(default = "to_connect")]
    #[schemars(with = "Span")]
    pub connect_timeout: Span,
    /// To how many replicas in turn it sends a request until one can be reached.
    #[serde(default = "four")]
    pub tries: NonZeroU8,
}

/// `timeout server` of the template.
fn half_a_minute() -> Span {
    Span::from_secs(30)
}

fn yes() -> bool {
    true
}

/// The least time between two reloads, `RELOAD_INTERVAL` (recalled), as the most that a change waits for.
fn between_reloads() -> Span {
    Span::from_secs(5)
}

/// Once, and `HAProxy`'s default of `retries` more, which the template does not set (recalled); it sets `option redispatch`.
fn four() -> NonZeroU8 {
    NonZeroU8::MIN.saturating_add(3)
}

/// How long `HAProxy` waits until it asks a server again that has refused a connection (`src/stream.c`, seen in 2026-11).
const TURN_AROUND: Span = Span::from_secs(1);

impl Described for OpenshiftRoute {
    const NAME: &'static str = "route";
    const SUMMARY: &'static str = "Pods of another service hand requests on, as OpenShift's router does: HAProxy, with cookies.";
    const SOURCE: &'static str =
        "openshift/router 4b401a86, haproxy-config.template; the time between reloads is recalled";
}

impl Exposure for OpenshiftRoute {
    fn route(&self) -> Option<Route<'_>> {
        Some(Route {
            router: &self.router,
            latency: self.latency,
            timeout: self.timeout,
            cookie: self.cookie,
            reload: self.reload,
            tries: self.tries,
        })
    }

    fn way(&self) -> Way {
        let connecting = Connecting {
            timeout: self.connect_timeout,
            pause: Some(TURN_AROUND.min(self.connect_timeout)),
        };
        Way { connecting, ..Way::default() }
    }
}
