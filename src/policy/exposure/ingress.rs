//! An ingress controller in pods of its own.

use std::num::NonZeroU8;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Connecting, Exposure, Route, Way, to_another_node, to_connect};
use crate::kernel::Span;
use crate::policy::catalogue::Described;

/// Requests come to the pods of another service, as those of ingress-nginx, which hand them on and wait for the answers:
/// with its own replicas, `demand`, `concurrency`, and its own exposure.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ingress {
    /// The service that hands requests on: its `demand` is what each takes there, without that of the service behind it.
    #[schemars(example = &"router")]
    pub router: String,
    /// What the hop from there to a replica adds to the time of a request, there and back together.
    #[serde(default = "to_another_node")]
    #[schemars(with = "Span")]
    pub latency: Span,
    /// How long it waits for the answer of a replica.
    #[serde(default = "a_minute")]
    #[schemars(with = "Span")]
    pub timeout: Span,
    /// Whether it gives each session a cookie, so that it stays with its replica as long as that is there.
    #[serde(default)]
    pub cookie: bool,
    /// How much later than others it knows which replicas there are.
    #[serde(default)]
    pub reload: Span,
    /// How long it waits for a connection to a replica whose node does not answer.
    #[serde(default = "to_connect")]
    #[schemars(with = "Span")]
    pub connect_timeout: Span,
    /// To how many replicas in turn it sends a request until one can be reached.
    #[serde(default = "three")]
    pub tries: NonZeroU8,
}

/// The default of nginx's `proxy_read_timeout` (recalled).
fn a_minute() -> Span {
    Span::from_secs(60)
}

/// The default of ingress-nginx' `proxy-next-upstream-tries`; `proxy-next-upstream` is `error timeout`.
fn three() -> NonZeroU8 {
    NonZeroU8::MIN.saturating_add(2)
}

impl Described for Ingress {
    const NAME: &'static str = "ingress";
    const SUMMARY: &'static str =
        "Pods of another service hand requests on, as those of ingress-nginx.";
    const SOURCE: &'static str = "kubernetes/ingress-nginx (recalled): endpoints change without a reload, no cookie unless it is asked for";
}

impl Exposure for Ingress {
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
        let connecting = Connecting { timeout: self.connect_timeout, pause: None };
        Way { connecting, ..Way::default() }
    }
}
