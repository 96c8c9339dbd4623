//! The router of OpenShift.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Exposure, Route, to_another_node};
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
        })
    }
}
