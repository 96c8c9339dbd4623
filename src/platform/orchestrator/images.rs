//! Images on nodes: their layers, each of which comes to a node once and stays, for whatever image has it (OCI Image Format
//! Specification: layers are content-addressed; containerd and Docker keep each digest once).

use std::collections::{BTreeMap, BTreeSet};

use super::Orchestrator;
use super::pods::NEVER;
use super::spec::{Layer, OrchestratorSpec, PodId};
use crate::kernel::{Id, Span, Time};
use crate::platform::drawn;
use crate::policy::orchestration::kubernetes::Node;

/// Which node has which layers.
#[derive(Debug)]
pub(super) struct Images {
    /// By layer: the nodes that have it, or to which it is on its way: when it is there.
    there: Vec<BTreeMap<Id<Node>, Time>>,
    /// By layer: the nodes that come with it.
    at_first: Vec<BTreeSet<Id<Node>>>,
}

impl Images {
    /// At the start of a run a node has those of the images that it comes with.
    pub(super) fn new(spec: &OrchestratorSpec) -> Self {
        let layers = spec.pods.iter().flat_map(|pod| &pod.layers);
        let layers = layers.map(|layer| layer.number + 1).max().unwrap_or(0);
        let mut at_first = vec![BTreeSet::new(); layers];
        for pod in &spec.pods {
            let names = &spec.cluster.templates()[pod.template.index()].images;
            let has = |node: &&Node, name| node.spec.images.iter().any(|image| image.name == name);
            let nodes = spec.cluster.nodes().iter();
            let nodes = nodes.filter(|node| names.iter().all(|&name| has(node, name)));
            let nodes: Vec<_> = nodes.map(|node| node.id).collect();
            for layer in pod.layers.iter().filter(|layer| layer.named) {
                at_first[layer.number].extend(&nodes);
            }
        }
        let there = |nodes: &BTreeSet<_>| nodes.iter().map(|&node| (node, Time::ZERO)).collect();
        Self { there: at_first.iter().map(there).collect(), at_first }
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

    /// A node is gone with all that it has; the next one in its place comes with the same.
    pub(super) fn forget(&mut self, node: Id<Node>) {
        for (there, at_first) in self.there.iter_mut().zip(&self.at_first) {
            if !at_first.contains(&node) {
                there.remove(&node);
            }
        }
    }
}

impl Orchestrator {
    /// When a pod has its image: on its node, or on the machine of its own, where each has one.
    pub(super) fn has_image(&mut self, pod: PodId, node: Id<Node>, now: Time) -> Time {
        let Some(row) = self.rows.get(pod) else { return now };
        let application = row.application.index();
        if let Some(there) = self.machine(pod, now) {
            return self.has_image_on_machine(pod, there);
        }
        let until = &mut self.cpus[node.index()].pulls_until;
        self.images.pull(&self.spec.pods[application].layers, node, (until, now))
    }

    /// When the machine of a pod is there, where each has one of its own: it boots once, and is charged for from then on.
    pub(super) fn machine(&mut self, pod: PodId, now: Time) -> Option<Time> {
        let serverless = self.spec.serverless.as_ref()?;
        let row = self.rows.at(pod);
        if row.machine == NEVER {
            let key = self.start_keys[row.application.index()].part(BOOT);
            row.machine = now.plus(drawn(serverless.boot.as_ref(), key, row.number));
            row.account.charge_from(row.machine);
        }
        Some(row.machine.max(now))
    }

    /// When the machine of a pod, which is there at a time, has its image: it comes once, and stays.
    fn has_image_on_machine(&mut self, pod: PodId, there: Time) -> Time {
        let row = self.rows.at(pod);
        if row.image == NEVER {
            let layers = &self.spec.pods[row.application.index()].layers;
            row.image = there.plus(layers.iter().map(|layer| layer.pull).sum());
        }
        row.image.max(there)
    }

    /// Images that are on their way to a node are lost with it.
    pub(super) fn lose_pulls(&mut self, node: Id<Node>, now: Time) {
        self.cpus[node.index()].pulls_until = now;
        self.images.lose(node, now);
    }
}

/// The part of the stream of starts that says how long a machine boots.
const BOOT: u64 = 3;
