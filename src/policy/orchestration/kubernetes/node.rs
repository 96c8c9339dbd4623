//! Nodes: what each is, and what the pods on it add up to.

use super::gpu::{Devices, GpuLoad, Gpus};
use super::labels::Labels;
use super::names::Symbol;
use super::pod::{Pod, Template};
use super::ports::UsedPorts;
use super::resources::{Amounts, Resource};
use super::taint::Taint;
use crate::kernel::Id;

/// An image that a node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name, with tag.
    pub name: Symbol,
    /// Its size in bytes.
    pub bytes: i64,
}

/// What a node is.
#[derive(Clone, Debug)]
pub struct NodeSpec {
    /// Its name.
    pub name: Symbol,
    /// Its labels.
    pub labels: Labels,
    /// Its taints.
    pub taints: Vec<Taint>,
    /// Whether it takes no more pods (cordoned).
    pub unschedulable: bool,
    /// What it has for pods.
    pub allocatable: Amounts,
    /// Its GPUs.
    pub gpus: Gpus,
    /// The most pods it takes.
    pub most_pods: usize,
    /// The images it has, each name once.
    pub images: Vec<Image>,
}

impl NodeSpec {
    /// A node that has nothing.
    pub fn new(name: Symbol) -> Self {
        Self {
            name,
            labels: Labels::default(),
            taints: Vec::new(),
            unschedulable: false,
            allocatable: Amounts::default(),
            gpus: Gpus::default(),
            most_pods: 0,
            images: Vec::new(),
        }
    }
}

/// What the pods of a node add up to. It changes with each pod that comes or goes; nothing is counted
/// again.
#[derive(Clone, Debug, Default)]
pub struct Load {
    pods: Vec<Id<Pod>>,
    requested: Amounts,
    scored: [i64; 2],
    ports: UsedPorts,
    gpus: GpuLoad,
}

impl Load {
    /// The pods, in the order in which they came.
    #[inline]
    pub fn pods(&self) -> &[Id<Pod>] {
        &self.pods
    }

    /// What the pods ask for.
    #[inline]
    pub fn requested(&self) -> &Amounts {
        &self.requested
    }

    /// What the pods are scored with of a resource: CPU and memory of containers that ask for none
    /// count with the defaults.
    #[inline]
    pub fn scored(&self, resource: Resource) -> i64 {
        match self.scored.get(resource.index()) {
            Some(&amount) => amount,
            None => self.requested.get(resource),
        }
    }

    /// The ports that are taken.
    pub fn ports(&self) -> &UsedPorts {
        &self.ports
    }

    /// What is taken of the GPUs.
    #[inline]
    pub fn gpus(&self) -> &GpuLoad {
        &self.gpus
    }

    /// A pod has come, which takes these GPUs.
    pub fn add(&mut self, pod: Id<Pod>, template: &Template, devices: Devices) {
        self.pods.push(pod);
        self.count(template, devices, 1);
        for &port in &template.ports {
            self.ports.take(port);
        }
    }

    /// A pod has gone, which had these GPUs.
    pub fn remove(&mut self, pod: Id<Pod>, template: &Template, devices: Devices) {
        if let Some(at) = self.pods.iter().position(|&other| other == pod) {
            self.pods.remove(at);
        }
        self.count(template, devices, -1);
        for &port in &template.ports {
            self.ports.free(port);
        }
    }

    fn count(&mut self, template: &Template, devices: Devices, times: i64) {
        self.requested.add(&template.request, times);
        for (own, amount) in self.scored.iter_mut().zip(template.scored) {
            *own += amount * times;
        }
        self.gpus.count(&template.gpus, devices, times);
    }
}

/// A node with its pods.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its number in the cluster.
    pub id: Id<Node>,
    /// What it is.
    pub spec: NodeSpec,
    /// What its pods add up to.
    pub load: Load,
    /// Whether it is there.
    pub(super) present: bool,
}

/// A node as filters and scores see it: as it is, or as it would be if some pods came or went.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// Its number in the cluster.
    pub id: Id<Node>,
    /// What it is.
    pub spec: &'a NodeSpec,
    /// What its pods add up to.
    pub load: &'a Load,
}

impl Node {
    /// Whether it is there: of those that come and go, some are not.
    #[inline]
    pub fn is_present(&self) -> bool {
        self.present
    }

    /// The node as it is.
    #[inline]
    pub fn site(&self) -> Site<'_> {
        Site { id: self.id, spec: &self.spec, load: &self.load }
    }
}
