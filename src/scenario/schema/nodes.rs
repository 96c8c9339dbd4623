//! Nodes of clusters, and how it is known how they are.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::Span;
use crate::preset::MachineName;
use crate::quantity::{Bytes, Millicpu, Money};
use crate::variate::Distribution;

/// How it is found out that a node has failed.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeartbeatForm {
    /// How often a node says that it is there.
    pub period: Span,
    /// How long after the last time it counts as failed.
    pub timeout: Span,
    /// How often that is looked at; always if it is left out.
    #[serde(default)]
    #[schemars(with = "Option<Span>")]
    pub check: Span,
}

/// How managers elect the one that leads (Raft). Each waits for word of a leader, for a time that is drawn anew each time
/// from `least` to `most`, and stands then.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElectionForm {
    /// The shortest wait; a leader that has reached too few for as long leads no more.
    pub least: Span,
    /// The longest wait.
    pub most: Span,
}

/// How the kubelet of a node meets a lack of memory.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PressureForm {
    /// What is held back beside the memory for pods: if less of it is left, a replica is evicted at once.
    pub hard: Bytes,
    /// If less than this is left for `soft_grace`, one is evicted, too; never if it is left out.
    pub soft: Option<Bytes>,
    /// For how long less than `soft` must be left.
    pub soft_grace: Option<Span>,
    /// How often it looks.
    pub period: Span,
    /// How long after the last lack pods come again that ask for nothing.
    pub transition: Span,
}

/// Nodes of one make.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodesForm {
    /// How many; at the start, if they come and go.
    pub count: Option<u32>,
    /// How many there are at least, if they come and go; 0 if it is left out.
    pub min: Option<u32>,
    /// How many there are at most, if they come and go.
    pub max: Option<u32>,
    /// How many of them are managers, the first ones; a control plane that never fails is elsewhere if none is.
    #[serde(default)]
    pub managers: u32,
    /// How long it takes from the order of a node until pods find it; no time if it is left out.
    pub boot: Option<Distribution>,
    /// What an hour of each costs in USD, whatever `price` says: 0 for machines that one has.
    pub price_hour: Option<Money>,
    /// Their name, with a number behind it if there are several; `node` if it is left out.
    pub name: Option<String>,
    /// The machine type of each.
    pub machine: Option<MachineName>,
    /// CPU of each for pods; that of its machine type if it is left out.
    pub cpu: Option<Millicpu>,
    /// Memory of each for pods; that of its machine type if it is left out.
    pub memory: Option<Bytes>,
    /// The most pods of each.
    #[serde(default = "most_pods")]
    pub pods: u32,
    /// How many GPUs each has, which pods take whole or in shares.
    #[serde(default)]
    #[schemars(range(max = 16))]
    pub gpus: u8,
    /// What these GPUs are, as in `"T4"`.
    pub gpu_model: Option<String>,
    /// A list of nodes in the format of the trace `openb`: their names, CPU, memory and GPUs, instead of those
    /// keys; relative to the scenario file.
    pub openb: Option<String>,
    /// Other resources of each for pods, such as `"nvidia.com/gpu"`: how many.
    #[serde(default)]
    pub resources: BTreeMap<String, u32>,
    /// The zone that they are in: the label `topology.kubernetes.io/zone`.
    pub zone: Option<String>,
    /// Their labels beside those of name, zone and machine type.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Their taints, as in `"dedicated=batch:NoSchedule"`.
    #[serde(default)]
    pub taints: Vec<String>,
    /// The container images that they have already, with their sizes.
    #[serde(default)]
    pub images: BTreeMap<String, Bytes>,
}

/// Kubernetes' default of `maxPods`.
fn most_pods() -> u32 {
    110
}

impl NodesForm {
    /// Whether they come and go.
    pub fn varies(&self) -> bool {
        self.min.is_some() || self.max.is_some()
    }

    /// How many there are at the start: the least if nothing says it and they come and go, else one.
    pub fn first(&self) -> u32 {
        self.count.unwrap_or(if self.varies() { self.min.unwrap_or(0) } else { 1 })
    }

    /// How many there are at most.
    pub fn most(&self) -> u32 {
        if self.varies() { self.max.unwrap_or(0) } else { self.first() }
    }

    /// CPU of each.
    pub fn cpu(&self) -> Option<Millicpu> {
        self.cpu.or(self.machine.map(|machine| machine.0.cpu))
    }

    /// Memory of each.
    pub fn memory(&self) -> Option<Bytes> {
        self.memory.or(self.machine.map(|machine| machine.0.memory))
    }
}
