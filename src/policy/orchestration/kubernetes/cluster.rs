//! A cluster: nodes, pods, and what is kept of them as they change.

mod nodes;

use std::collections::BTreeMap;

use super::affinity::PodAffinity;
use super::changes::Changes;
use super::gpu::{Devices, WHOLE, tightest};
use super::kind::Kind;
use super::labels::{Labels, Requirement, Selector};
use super::names::{Names, Symbol};
use super::node::{Node, NodeSpec};
use super::pod::{Pod, Template};
use super::resources::{Amounts, Resource, Resources};
use super::taint::Taint;
use super::zones::Zones;
use crate::kernel::{Arena, Id, Time};

/// Nodes and pods, and all that a scheduler sees of them.
///
/// Whatever depends on all pods of a node, or on all nodes, is kept as it changes: what the pods of a node
/// add up to ([`Load`](super::Load)), on which nodes there are pods that others cannot tell apart
/// ([`Kind`]), how many nodes have an image or a value of a label, which pods are nominated where.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The strings.
    pub names: Names,
    /// The resources.
    pub resources: Resources,
    templates: Vec<Template>,
    /// Those of daemon sets.
    daemons: Vec<Id<Template>>,
    /// The kind of each template.
    kind_of: Vec<Id<Kind>>,
    kinds: Vec<Kind>,
    kind_ids: BTreeMap<(Symbol, Labels, PodAffinity), Id<Kind>>,
    kinds_by_namespace: BTreeMap<Symbol, Vec<Id<Kind>>>,
    /// The kinds that want pods near or far.
    kinds_with_affinity: Vec<Id<Kind>>,
    /// How many nodes have each value of each label.
    domains: BTreeMap<Symbol, BTreeMap<Symbol, usize>>,
    nodes: Vec<Node>,
    /// The most that a node has of each resource.
    largest: Amounts,
    /// The most devices that a node has.
    most_gpus: u8,
    /// The nodes that are there in the order in which they are looked at.
    order: Vec<Id<Node>>,
    /// Whether that order was drawn, so that zones do not matter.
    drawn: bool,
    /// The nodes that are there by region and zone.
    zones: Zones,
    pods: Arena<Pod>,
    namespaces: BTreeMap<Symbol, Labels>,
    /// Those of a namespace that is not known.
    no_labels: Labels,
    services: Vec<(Symbol, Labels)>,
    /// How many nodes have each image.
    image_nodes: BTreeMap<Symbol, u32>,
    /// The pods for which room is being made, by node.
    nominated: BTreeMap<Id<Node>, Vec<Id<Pod>>>,
    changes: Changes,
}

impl Default for Cluster {
    fn default() -> Self {
        let mut names = Names::default();
        Self {
            resources: Resources::new(&mut names),
            names,
            templates: Vec::new(),
            daemons: Vec::new(),
            kind_of: Vec::new(),
            kinds: Vec::new(),
            kind_ids: BTreeMap::new(),
            kinds_by_namespace: BTreeMap::new(),
            kinds_with_affinity: Vec::new(),
            domains: BTreeMap::new(),
            nodes: Vec::new(),
            largest: Amounts::default(),
            most_gpus: 0,
            order: Vec::new(),
            drawn: false,
            zones: Zones::default(),
            pods: Arena::new(),
            namespaces: BTreeMap::new(),
            no_labels: Labels::default(),
            services: Vec::new(),
            image_nodes: BTreeMap::new(),
            nominated: BTreeMap::new(),
            changes: Changes::default(),
        }
    }
}

impl Cluster {
    /// A namespace with labels, which namespace selectors see.
    pub fn add_namespace(&mut self, name: Symbol, labels: Labels) {
        self.namespaces.insert(name, labels);
    }

    /// A service: the pods of a namespace that have these labels. Pods without constraints of their own
    /// are spread over hosts and zones with the others of their services.
    pub fn add_service(&mut self, namespace: Symbol, labels: Labels) {
        self.services.push((namespace, labels));
    }

    /// What pods have in common.
    pub fn add_template(&mut self, template: Template) -> Id<Template> {
        let kind = self.kind_like(&template);
        self.kind_of.push(kind);
        let id = Id::from_index(self.templates.len());
        if template.daemon {
            self.daemons.push(id);
        }
        self.templates.push(template);
        id
    }

    /// More pods of the workload are of a template, besides those by which it is weighed already.
    pub fn weigh_more(&mut self, template: Id<Template>, more: u64) {
        self.templates[template.index()].weight += more;
    }

    /// The kind of a template's pods.
    fn kind_like(&mut self, template: &Template) -> Id<Kind> {
        let Template { namespace, labels, affinity, .. } = template;
        let key = (*namespace, labels.clone(), affinity.clone());
        if let Some(&kind) = self.kind_ids.get(&key) {
            return kind;
        }
        let kind = Id::from_index(self.kinds.len());
        self.kinds.push(Kind::new(*namespace, labels.clone(), affinity.clone()));
        self.kind_ids.insert(key, kind);
        self.kinds_by_namespace.entry(*namespace).or_default().push(kind);
        if !affinity.is_empty() {
            self.kinds_with_affinity.push(kind);
        }
        kind
    }

    /// A node takes no more pods, or does so again (`unschedulable`).
    pub fn cordon(&mut self, node: Id<Node>, cordoned: bool) {
        self.nodes[node.index()].spec.unschedulable = cordoned;
        self.changes.touch(node);
    }

    /// A node has a taint from now on.
    pub fn taint(&mut self, node: Id<Node>, taint: Taint) {
        self.nodes[node.index()].spec.taints.push(taint);
        self.changes.touch(node);
    }

    /// A node has a taint no longer.
    pub fn untaint(&mut self, node: Id<Node>, taint: Taint) {
        self.nodes[node.index()].spec.taints.retain(|other| *other != taint);
        self.changes.touch(node);
    }

    /// A pod; if it says on which node it is, it counts there.
    pub fn add_pod(&mut self, pod: Pod) -> Id<Pod> {
        let id = self.pods.insert(pod);
        if let Some(node) = pod.node {
            let template = &self.templates[pod.template.index()];
            self.nodes[node.index()].load.add(id, template, pod.devices);
            self.count(pod, node, 1);
        } else if let Some(node) = pod.nominated {
            self.keep_room(node, id);
        }
        id
    }

    /// A pod without GPUs begins to run on a node at `now`.
    ///
    /// # Panics
    /// If it runs already, or asks for GPUs.
    pub fn bind(&mut self, id: Id<Pod>, node: Id<Node>, now: Time) {
        self.bind_with(id, node, Devices::NONE, now);
    }

    /// A pod begins to run on a node at `now`, with these of its GPUs.
    ///
    /// # Panics
    /// If it runs already, or asks for another number of GPUs.
    pub fn bind_with(&mut self, id: Id<Pod>, node: Id<Node>, devices: Devices, now: Time) {
        assert!(self.pods[id].node.is_none(), "a pod is bound once");
        assert!(self.nodes[node.index()].is_present(), "a pod is bound to a node that is there");
        self.nominate(id, None);
        let pod = &mut self.pods[id];
        pod.node = Some(node);
        pod.devices = devices;
        pod.started = Some(now);
        let pod = *pod;
        let template = &self.templates[pod.template.index()];
        let wanted = usize::from(template.gpus.count);
        assert_eq!(devices.len(), wanted, "a pod gets the GPUs it asks for");
        self.nodes[node.index()].load.add(id, template, devices);
        self.count(pod, node, 1);
    }

    /// Binds a pod on trial: on the tightest of the GPUs, at no time.
    ///
    /// # Panics
    /// If it runs already, or the node has too few GPUs.
    pub fn bind_on_trial(&mut self, id: Id<Pod>, node: Id<Node>) {
        let devices = tightest(self.at(node).site(), &self.template_of(id).gpus);
        self.bind_with(id, node, devices, Time::ZERO);
    }

    /// A pod is gone, and its id is free.
    pub fn remove(&mut self, id: Id<Pod>) {
        self.nominate(id, None);
        let pod = self.pods[id];
        if let Some(node) = pod.node {
            let template = &self.templates[pod.template.index()];
            self.nodes[node.index()].load.remove(id, template, pod.devices);
            self.count(pod, node, -1);
        }
        self.pods.remove(id);
    }

    /// Room is made for a pod on this node, or no longer.
    pub fn nominate(&mut self, id: Id<Pod>, node: Option<Id<Node>>) {
        if let Some(old) = self.pods[id].nominated
            && let Some(list) = self.nominated.get_mut(&old)
        {
            list.retain(|&other| other != id);
            if list.is_empty() {
                self.nominated.remove(&old);
            }
            self.changes.touch(old);
        }
        self.pods[id].nominated = node;
        if let Some(node) = node {
            self.keep_room(node, id);
        }
    }

    fn keep_room(&mut self, node: Id<Node>, id: Id<Pod>) {
        self.nominated.entry(node).or_default().push(id);
        self.changes.touch(node);
    }

    /// A pod is on its way out: it counts on its node until it is [removed](Self::remove).
    pub fn leave(&mut self, id: Id<Pod>, leaving: super::Leaving) {
        let pod = self.pods[id];
        self.pods[id].leaving = leaving;
        if let Some(node) = pod.node {
            self.count(pod, node, -1);
            self.count(self.pods[id], node, 1);
        }
    }

    /// Counts a pod on a node, or no longer.
    fn count(&mut self, pod: Pod, node: Id<Node>, by: i64) {
        let staying = if pod.leaving.is_leaving() { 0 } else { by };
        let kind = self.kind_of[pod.template.index()];
        self.kinds[kind.index()].change(node, by, staying);
        self.changes.touch(node);
    }

    /// All nodes in order of their ids, also those that are [not there](Node::is_present).
    #[inline]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The nodes that are there, in order of their ids.
    #[inline]
    pub fn present(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.is_present())
    }

    /// The nodes that are there in the order in which they are looked at: round by round, in each round one of every
    /// zone that has one left (`backend/cache/node_tree.go`).
    #[inline]
    pub fn order(&self) -> &[Id<Node>] {
        &self.order
    }

    /// A node.
    #[inline]
    pub fn node(&self, id: Id<Node>) -> &NodeSpec {
        &self.nodes[id.index()].spec
    }

    /// A node with its pods.
    #[inline]
    pub fn at(&self, id: Id<Node>) -> &Node {
        &self.nodes[id.index()]
    }

    /// The most that a node has, had or will have of a resource.
    #[inline]
    pub fn largest(&self, resource: Resource) -> i64 {
        self.largest.get(resource)
    }

    /// The most GPUs that a node has, had or will have, in thousandths of a device.
    #[inline]
    pub fn largest_gpus(&self) -> i64 {
        i64::from(self.most_gpus) * WHOLE
    }

    /// All templates.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// The templates of daemon sets.
    pub fn daemons(&self) -> &[Id<Template>] {
        &self.daemons
    }

    /// A pod.
    #[inline]
    pub fn pod(&self, id: Id<Pod>) -> &Pod {
        &self.pods[id]
    }

    /// What a pod has in common with its replicas.
    #[inline]
    pub fn template_of(&self, id: Id<Pod>) -> &Template {
        &self.templates[self.pods[id].template.index()]
    }

    /// What other pods see of a pod.
    pub fn kind_of(&self, id: Id<Pod>) -> &Kind {
        &self.kinds[self.kind_of[self.pods[id].template.index()].index()]
    }

    /// All kinds of pods.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.iter()
    }

    /// The kinds of pods of a namespace.
    pub fn kinds_in(&self, namespace: Symbol) -> impl Iterator<Item = &Kind> {
        let ids = self.kinds_by_namespace.get(&namespace);
        ids.into_iter().flatten().map(|id| &self.kinds[id.index()])
    }

    /// The kinds of pods that want others near or far.
    pub fn kinds_with_affinity(&self) -> impl Iterator<Item = &Kind> {
        self.kinds_with_affinity.iter().map(|id| &self.kinds[id.index()])
    }

    /// The values of a label that every node has; `None` if there are nodes without it.
    pub fn domains_of_all(&self, key: Symbol) -> Option<impl Iterator<Item = Symbol> + '_> {
        let values = self.domains.get(&key)?;
        let everywhere = values.values().sum::<usize>() == self.order.len();
        everywhere.then(|| values.keys().copied())
    }

    /// The labels of a namespace, if it is known.
    pub fn namespace(&self, name: Symbol) -> Option<&Labels> {
        self.namespaces.get(&name)
    }

    /// The labels of a namespace; none if it is not known.
    pub fn namespace_labels(&self, name: Symbol) -> &Labels {
        self.namespace(name).unwrap_or(&self.no_labels)
    }

    /// How many nodes have an image.
    pub fn nodes_with(&self, image: Symbol) -> u32 {
        self.image_nodes.get(&image).copied().unwrap_or(0)
    }

    /// The pods for which room is being made on a node.
    #[inline]
    pub fn nominated(&self, node: Id<Node>) -> &[Id<Pod>] {
        if self.nominated.is_empty() {
            return &[];
        }
        self.nominated.get(&node).map_or(&[], Vec::as_slice)
    }

    /// How often nodes, or what is on them, have changed.
    pub fn changes_made(&self) -> u64 {
        self.changes.made()
    }

    /// Which nodes have changed since when.
    pub(super) fn changes(&self) -> &Changes {
        &self.changes
    }

    /// The labels that the services of a pod and its controller ask for together
    /// (`plugins/helper/spread.go`).
    pub fn default_selector(&self, template: &Template) -> Selector {
        let has = |&(key, value): &(Symbol, Symbol)| template.labels.get(key) == Some(value);
        let of_pod = |(namespace, labels): &&(Symbol, Labels)| {
            *namespace == template.namespace && labels.pairs().iter().all(has)
        };
        let pairs = self.services.iter().filter(of_pod).flat_map(|(_, labels)| labels.pairs());
        let merged = Labels::new(pairs.copied());
        let equals = |&(key, value): &(Symbol, Symbol)| Requirement::equals(key, value);
        let selector = Selector::All(merged.pairs().iter().map(equals).collect());
        match &template.controller {
            Selector::Nothing => selector,
            Selector::All(more) => selector.and(more.iter().cloned()),
        }
    }
}
