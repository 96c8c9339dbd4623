//! Attributes of instances, and groups of tasks, in a cluster.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::kubernetes::{Cluster, Kind, Labels, Node, NodeSpec, Pod, Symbol};
use crate::kernel::Id;

/// The label of a task that names its group. A task without it is of the group `service:NAME`, by its label
/// [`APP`].
pub const GROUP: &str = "task:group";
/// The label of a task that names its service.
pub const APP: &str = "app";

/// Attributes that ECS gives instances itself, and the labels that say the same on nodes of Kubernetes.
const SAME: [(&str, &str); 4] = [
    ("ecs.availability-zone", "topology.kubernetes.io/zone"),
    ("ecs.instance-type", "node.kubernetes.io/instance-type"),
    ("ecs.os-type", "kubernetes.io/os"),
    ("ecs.cpu-architecture", "kubernetes.io/arch"),
];

/// An attribute of a cluster's instances: the label that is called so, or else the one that says the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute([Option<Symbol>; 2]);

impl Attribute {
    pub(super) fn named(name: &str, cluster: &Cluster) -> Self {
        let same = SAME.iter().find(|(own, _)| *own == name);
        let label = |text| cluster.names.known(text);
        Self([label(name), same.and_then(|(_, other)| label(other))])
    }

    /// Its value on an instance.
    pub(super) fn of(self, node: &NodeSpec) -> Option<Symbol> {
        self.0.into_iter().flatten().find_map(|key| node.labels.get(key))
    }
}

/// Labels by which tasks are of a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Groups([Option<Symbol>; 2]);

impl Groups {
    pub(super) fn of(cluster: &Cluster) -> Self {
        Self([GROUP, APP].map(|label| cluster.names.known(label)))
    }

    /// The label that names the group of tasks with these labels, and its value.
    fn label(self, labels: &Labels) -> Option<(Symbol, Symbol)> {
        let named = |key| Some((key, labels.get(key)?));
        self.0.into_iter().flatten().find_map(named)
    }

    /// The name of the group of tasks with these labels.
    pub(super) fn name<'a>(self, labels: &Labels, cluster: &'a Cluster) -> Option<Cow<'a, str>> {
        let (key, value) = self.label(labels)?;
        let value = cluster.names.text(value);
        let is_name = self.0[0] == Some(key);
        Some(if is_name { value.into() } else { format!("service:{value}").into() })
    }
}

/// Where the tasks of the group of a task are; if it has none, those with the same labels. Tasks on their way
/// out do not count.
#[derive(Clone, Debug)]
pub(super) struct Group {
    on: BTreeMap<Id<Node>, i64>,
}

impl Group {
    /// The group of a task.
    pub(super) fn of(cluster: &Cluster, task: Id<Pod>) -> Self {
        let groups = Groups::of(cluster);
        let own = cluster.kind_of(task);
        let group = groups.label(&own.labels);
        let belongs = |kind: &&Kind| match group {
            Some(group) => groups.label(&kind.labels) == Some(group),
            None => kind.namespace == own.namespace && kind.labels == own.labels,
        };
        let mut on = BTreeMap::new();
        for (node, placed) in cluster.kinds().filter(belongs).flat_map(Kind::placed) {
            if placed.staying > 0 {
                *on.entry(node).or_default() += placed.staying;
            }
        }
        Self { on }
    }

    /// How many of its tasks an instance has.
    pub(super) fn tasks_on(&self, node: Id<Node>) -> i64 {
        self.on.get(&node).copied().unwrap_or(0)
    }

    /// How many of its tasks there are for each value of an attribute; instances without it are one value of
    /// their own.
    pub(super) fn by_value(
        &self,
        cluster: &Cluster,
        attribute: Attribute,
    ) -> BTreeMap<Option<Symbol>, i64> {
        let mut tasks = BTreeMap::new();
        for (&node, count) in &self.on {
            *tasks.entry(attribute.of(cluster.node(node))).or_default() += count;
        }
        tasks
    }
}
