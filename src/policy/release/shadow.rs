//! Copies first.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Step, Strategy};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::quantity::Probability;

/// Sends copies of requests to the new version for a time, for whose answers nobody waits; then all requests go
/// to it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shadow {
    /// The share of requests that are copied.
    #[serde(default = "all")]
    pub copies: Probability,
    /// How long requests are copied.
    #[schemars(example = "30m")]
    pub hold: Span,
}

fn all() -> Probability {
    Probability::new(1.0).expect("it is one")
}

impl Described for Shadow {
    const NAME: &'static str = "shadow";
    const SUMMARY: &'static str = "Copies of requests go to the new version for a time, and nobody waits for their answers; then all.";
    const SOURCE: &'static str =
        "Request mirroring of Istio and Envoy (shadow traffic): their documentation";
}

impl Strategy for Shadow {
    fn step(&self, number: u32) -> Option<Step> {
        let copies = self.copies.get();
        (number == 0).then_some(Step { weight: 0.0, copies, hold: self.hold })
    }
}
