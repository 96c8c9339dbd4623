//! What a node autoscaler sees.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::kernel::{Id, Time};
use crate::policy::orchestration::kubernetes::filter::Filter;
use crate::policy::orchestration::kubernetes::preemption::Budget;
use crate::policy::orchestration::kubernetes::{Cluster, Node, NodeSpec, Pod, Template};
use crate::quantity::Money;

/// Nodes that are alike, of which some come and go.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// The numbers of its nodes in the cluster, those that are not there included: as many as there may be.
    pub slots: Range<usize>,
    /// How many there are at least.
    pub least: usize,
    /// How many there are at the start.
    pub first: usize,
    /// What a node costs in an hour; `None` if nothing says it.
    pub price: Option<Money>,
}

impl Group {
    /// How many nodes there are at most.
    pub fn most(&self) -> usize {
        self.slots.len()
    }
}

/// Where a node is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is not there.
    Absent,
    /// It was ordered then, and has not come.
    Ordered(Time),
    /// It is there since then.
    Present(Time),
    /// It is there, and goes; it had pods when that began or not.
    Going {
        /// Whether it had pods.
        drained: bool,
    },
}

impl Place {
    /// Whether it counts as a node of its group: it is there or was ordered, and is not to go.
    pub fn counts(self) -> bool {
        matches!(self, Self::Ordered(_) | Self::Present(_))
    }
}

/// A pod that has found no node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The pod.
    pub pod: Id<Pod>,
    /// How urgent it is.
    pub priority: i32,
    /// Its number in the order in which pods came.
    pub came: u64,
}

/// A cluster as a node autoscaler sees it.
#[derive(Debug)]
pub struct View<'a> {
    /// The present instant.
    pub now: Time,
    /// Nodes and pods.
    pub cluster: &'a Cluster,
    /// What the scheduler asks of a node.
    pub filters: &'a [Box<dyn Filter>],
    /// The groups.
    pub groups: &'a [Group],
    /// By node: where it is.
    pub places: &'a [Place],
    /// By node: whether it is known to have failed.
    pub lost: &'a [bool],
    /// Pods that have found no node.
    pub waiting: &'a [Waiting],
    /// How many pods may be evicted.
    pub budgets: &'a [Budget],
}

impl View<'_> {
    /// The nodes of a group that are there or were ordered, and are not to go.
    pub fn size(&self, group: usize) -> usize {
        let slots = self.groups[group].slots.clone();
        self.places[slots].iter().filter(|place| place.counts()).count()
    }

    /// Those of them that have not come.
    pub fn coming(&self, group: usize) -> usize {
        let slots = self.groups[group].slots.clone();
        let ordered = |place: &&Place| matches!(place, Place::Ordered(_));
        self.places[slots].iter().filter(ordered).count()
    }

    /// How many nodes more a group may have: slots of those that still go are not free.
    pub fn room(&self, group: usize) -> usize {
        let slots = self.groups[group].slots.clone();
        self.places[slots].iter().filter(|place| **place == Place::Absent).count()
    }

    /// What a new node of a group is.
    pub fn node_of(&self, group: usize) -> NodeSpec {
        let first = self.cluster.node(Id::from_index(self.groups[group].slots.start));
        // The one that is there may take no more pods.
        NodeSpec { unschedulable: false, ..first.clone() }
    }

    /// The nodes of all groups that are there and are not to go, with their groups and since when they are there.
    pub fn present(&self) -> impl Iterator<Item = (Id<Node>, usize, Time)> + '_ {
        self.nodes_at(|place| match place {
            Place::Present(since) => Some(since),
            _ => None,
        })
    }

    /// The nodes that were ordered and have not come, with their groups and since when.
    pub fn ordered(&self) -> impl Iterator<Item = (Id<Node>, usize, Time)> + '_ {
        self.nodes_at(|place| match place {
            Place::Ordered(since) => Some(since),
            _ => None,
        })
    }

    /// The nodes that are where `at` says since when, with their groups.
    fn nodes_at(
        &self,
        at: fn(Place) -> Option<Time>,
    ) -> impl Iterator<Item = (Id<Node>, usize, Time)> + '_ {
        let places = self.places;
        let of = move |(number, group): (usize, &Group)| {
            let slots = group.slots.clone();
            slots.filter_map(move |slot| Some((Id::from_index(slot), number, at(places[slot])?)))
        };
        self.groups.iter().enumerate().flat_map(of)
    }

    /// The pods of a node that would have to find another if it went: not those of daemon sets.
    pub fn staying(&self, node: Id<Node>) -> Vec<Id<Pod>> {
        let stays = |pod: &&Id<Pod>| {
            !self.cluster.pod(**pod).leaving.is_leaving() && !self.cluster.template_of(**pod).daemon
        };
        self.cluster.at(node).load.pods().iter().filter(stays).copied().collect()
    }

    /// Whether pods may all be evicted at once: none is to stay where it is, and all budgets allow it.
    pub fn may_go(&self, pods: &[Id<Pod>]) -> bool {
        let template = |&pod: &Id<Pod>| self.cluster.template_of(pod);
        let allows = |budget: &Budget| {
            let of = |template: &&Template| {
                budget.namespace == template.namespace
                    && !budget.selector.is_empty()
                    && budget.selector.matches(&template.labels, &self.cluster.names)
            };
            let gone = pods.iter().map(template).filter(of).count();
            gone == 0 || i64::try_from(gone).is_ok_and(|gone| gone <= budget.allowed)
        };
        pods.iter().map(template).all(|template| template.safe_to_evict)
            && self.budgets.iter().all(allows)
    }

    /// The cluster with the nodes that were ordered, as if they had come with their daemons, and these.
    pub fn with_ordered(&self) -> (Cluster, Vec<Id<Node>>) {
        let mut trial = self.cluster.clone();
        let ordered: Vec<Id<Node>> = self.ordered().map(|(node, ..)| node).collect();
        for &node in &ordered {
            trial.bring(node);
            trial.bring_daemons_on_trial(self.filters, node);
        }
        (trial, ordered)
    }

    /// The pods that wait, the most urgent first, then who has waited for longest.
    pub fn by_turn(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.to_vec();
        waiting.sort_by_key(|waiting| (Reverse(waiting.priority), waiting.came));
        waiting
    }
}

/// Pods by their templates: those that are alike, in the order in which they stand.
pub fn alike(cluster: &Cluster, pods: &[Id<Pod>]) -> Vec<Vec<Id<Pod>>> {
    let mut alike: BTreeMap<Id<Template>, Vec<Id<Pod>>> = BTreeMap::new();
    for &pod in pods {
        alike.entry(cluster.pod(pod).template).or_default().push(pod);
    }
    alike.into_values().collect()
}
