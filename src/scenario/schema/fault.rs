//! What may happen to the nodes of a cluster, to servers, and to hosts of instances.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::Span;
use crate::variate::Distribution;

/// Something that makes nodes of a cluster, servers, or hosts of instances fail.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultForm {
    /// The cluster, the platform of servers, or the one with `hosts`.
    pub platform: String,
    /// What it does.
    #[serde(default)]
    pub kind: FaultKindForm,
    /// The nodes that it hits, by their labels, as in `"topology.kubernetes.io/zone=a"`, or the servers, as in
    /// `"zone=a"` or `"slot in (0, 1)"`; all of them if it is left out.
    #[serde(rename = "match")]
    pub selector: Option<String>,
    /// The hosts of instances that it hits, by their numbers from 0 on, as in `"0, 4-7"`; all of them if it is left out.
    pub hosts: Option<String>,
    /// When it hits them, all at once.
    #[serde(default)]
    pub at: Vec<Span>,
    /// Or how long each of them works until it fails, each for itself.
    pub between: Option<Distribution>,
    /// How long it takes until they work again; for ever if it is left out.
    pub lasts: Option<Distribution>,
    /// The speed that a `slow` server has left: a share of its own.
    pub speed: Option<f64>,
    /// How long before a `spot` server or host is taken away that is known; two minutes if it is left out.
    pub notice: Option<Span>,
}

/// What a fault does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKindForm {
    /// They stop, and all that runs on them.
    #[default]
    Crash,
    /// They compute at a part of their speed.
    Slow,
    /// They are taken away after a notice.
    Spot,
}
