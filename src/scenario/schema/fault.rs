//! What may happen to the nodes and replicas of a cluster, to servers, and to hosts of instances.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::Span;
use crate::scenario::OneOrMany;
use crate::variate::Distribution;

/// Something that makes nodes or replicas of a cluster, servers, or hosts of instances fail.
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
    /// The services whose replicas it hits, with all their versions; all with replicas on the cluster if it is left out.
    pub service: Option<OneOrMany<String>>,
    /// When it hits them, all at once; with `spot`, when the notice comes.
    #[serde(default)]
    pub at: Vec<Span>,
    /// Or how long each of them works until it fails, each for itself.
    pub between: Option<Distribution>,
    /// How long it takes until they work again; for ever if it is left out, or until somebody restarts them.
    pub lasts: Option<Distribution>,
    /// The speed that a `slow` node or server has left: a share of its own.
    pub speed: Option<f64>,
    /// How long after the notice a `spot` node, server or host is taken away; two minutes if it is left out.
    pub notice: Option<Span>,
    /// The exit code of a `container-crash`, by which `on-failure` decides; 1 if it is left out.
    pub exit_code: Option<u8>,
}

/// What a fault does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKindForm {
    /// Nodes or servers stop, and all that runs on them.
    #[default]
    Crash,
    /// Nodes or servers work, but nobody hears of them and no request reaches them.
    Partition,
    /// They compute at a part of their speed.
    Slow,
    /// They are taken away after a notice.
    Spot,
    /// The containers of replicas end.
    ContainerCrash,
    /// Replicas or servers take requests and answer none.
    Hang,
}

impl FaultKindForm {
    /// Whether it hits replicas, not nodes.
    pub fn is_of_replicas(self) -> bool {
        matches!(self, Self::ContainerCrash | Self::Hang)
    }
}
