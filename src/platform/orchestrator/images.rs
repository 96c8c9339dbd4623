//! Images on nodes: their layers, each of which comes to a node once and stays, for whatever image has it (OCI Image Format
//! Specification: layers are content-addressed; containerd and Docker keep each digest once).

use std::collections::BTreeMap;

use super::spec::{Layer, OrchestratorSpec};
use crate::kernel::{Id, Span, Time};
use crate::policy::orchestration::kubernetes::Node;

/// Which node has which layers.
#[derive(Debug)]
pub(super) struct Images {
    /// By layer: the nodes that have it, or to which it is on its way: when it is there.
    there: Vec<BTreeMap<Id<Node>, Time>>,
}

impl Images {
    /// At the start of a run no node has any.
    pub(super) fn new(spec: &OrchestratorSpec) -> Self {
        let replicas = spec.pods.iter().filter_map(|pod| pod.replicas.as_ref());
        let layers = replicas.flat_map(|of| &of.layers).map(|layer| layer.number + 1).max();
        Self { there: vec![BTreeMap::new(); layers.unwrap_or(0)] }
    }

    /// Whether a node has all of an image, or that is on its way.
    pub(super) fn has(&self, image: &[Layer], node: Id<Node>) -> bool {
        image.iter().all(|layer| self.there[layer.number].contains_key(&node))
    }

    /// A node has an image that takes no time to come.
    pub(super) fn came_at_once(&mut self, image: &[Layer], node: Id<Node>, now: Time) {
        for layer in image.iter().filter(|layer| layer.pull == Span::ZERO) {
            self.there[layer.number].entry(node).or_insert(now);
        }
    }

    /// When a node has all of an image: the layers that it lacks come one after the other, behind those that are on their way
    /// until then, and who needs one of these waits for it.
    pub(super) fn pull(
        &mut self,
        image: &[Layer],
        node: Id<Node>,
        (until, now): (&mut Time, Time),
    ) -> Time {
        let pulls = image.iter().filter(|layer| layer.pull > Span::ZERO);
        let there = pulls.map(|layer| {
            *self.there[layer.number].entry(node).or_insert_with(|| {
                *until = (*until).max(now).plus(layer.pull);
                *until
            })
        });
        there.max().map_or(now, |last| last.max(now))
    }

    /// What is on its way to a node is lost.
    pub(super) fn lose(&mut self, node: Id<Node>, now: Time) {
        for layer in &mut self.there {
            if layer.get(&node).is_some_and(|there| *there > now) {
                layer.remove(&node);
            }
        }
    }

    /// A node is gone with all that it has.
    pub(super) fn forget(&mut self, node: Id<Node>) {
        for layer in &mut self.there {
            layer.remove(&node);
        }
    }
}
