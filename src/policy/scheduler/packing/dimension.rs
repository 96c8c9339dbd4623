//! Pods and nodes as vectors: in each dimension a part of what the largest node has.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::orchestration::kubernetes::{Cluster, Resource, Site, Template};

/// What a policy looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dimension {
    /// CPU.
    Cpu,
    /// Memory.
    Memory,
    /// All GPUs of a node together.
    Gpu,
}

/// What a template asks for, in the dimensions that a policy looks at.
#[derive(Clone, Debug)]
pub(super) struct Demand(Vec<Part>);

/// A pod and a node in one dimension.
#[derive(Clone, Copy, Debug)]
struct Part {
    dimension: Dimension,
    asked: i64,
    /// What the largest node has, above 0.
    largest: f64,
}

/// What is left of a node in one dimension, before the pod comes, and what the pod asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Along {
    pub left: i64,
    pub asked: i64,
    /// What the largest node of the cluster has.
    pub largest: f64,
}

impl Demand {
    /// In these dimensions; without any, in CPU and GPUs or memory. Those that no node has are left out.
    pub fn of(template: &Template, cluster: &Cluster, dimensions: &[Dimension]) -> Self {
        let usual = match cluster.largest_gpus() {
            0 => [Dimension::Cpu, Dimension::Memory],
            _ => [Dimension::Cpu, Dimension::Gpu],
        };
        let dimensions = if dimensions.is_empty() { &usual } else { dimensions };
        let part = |&dimension: &Dimension| {
            let (asked, largest) = match dimension {
                Dimension::Cpu => of_resource(template, cluster, Resource::CPU),
                Dimension::Memory => of_resource(template, cluster, Resource::MEMORY),
                Dimension::Gpu => (template.gpus.total(), cluster.largest_gpus()),
            };
            (largest > 0).then_some(Part { dimension, asked, largest: largest as f64 })
        };
        Self(dimensions.iter().filter_map(part).collect())
    }

    /// How many dimensions there are.
    pub fn dimensions(&self) -> f64 {
        self.0.len().max(1) as f64
    }

    /// A node in each dimension.
    pub fn along(&self, site: Site<'_>) -> impl Iterator<Item = Along> {
        self.0.iter().map(move |&Part { dimension, asked, largest }| {
            let left = match dimension {
                Dimension::Cpu => left_of(site, Resource::CPU),
                Dimension::Memory => left_of(site, Resource::MEMORY),
                Dimension::Gpu => site.gpus_left().sum(),
            };
            Along { left, asked, largest }
        })
    }

    /// The mean over dimensions of what the pod would leave of a node, in parts of the largest.
    pub fn left_over(&self, site: Site<'_>) -> f64 {
        let weight = 1.0 / self.dimensions();
        let part = |Along { left, asked, largest }| weight * (left - asked) as f64 / largest;
        self.along(site).map(part).fold(0.0, |sum, part| sum + part)
    }
}

fn of_resource(template: &Template, cluster: &Cluster, resource: Resource) -> (i64, i64) {
    (template.request.get(resource), cluster.largest(resource))
}

/// What is left of a resource.
pub(super) fn left_of(site: Site<'_>, resource: Resource) -> i64 {
    site.spec.allocatable.get(resource) - site.load.requested().get(resource)
}
