//! The scheduler on the nodes of a [`Cluster`], one task at a time.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::kubernetes::filter::{Reason, Verdict};
use super::super::kubernetes::{
    self, Cluster, Devices, Failure, Kind, NodeAffinity, NodeSpec, Operator, Outcome, Placed, Pod,
    Rejection, Resource,
};
use super::constraint::Constraint;
use super::filter::{Objection, fits};
use super::group::{Group, Platform, Port};
use super::node::Node;
use super::schedule::schedule;
use crate::kernel::{Id, Stream, Time};

/// Places tasks as Docker Swarm does, one at a time.
///
/// Pods of a namespace with the same labels are tasks of one service, a template is a version of it. Labels of
/// a node that the language of constraints has words of its own for say what it is: `node.role` (`manager`),
/// `node.ip`, `node.platform.os`, `node.platform.arch`, `engine.labels.NAME`; all others are the swarm's
/// (`node.labels.NAME`). The node's name is that of its host, too. What a pod needs of the labels of its node are constraints
/// of its service; one that is to be apart from others has at most one on a node.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Swarm {
    /// Conditions that a node has to meet, such as `node.labels.zone == east`.
    #[serde(default)]
    pub constraints: Vec<Constraint>,
    /// The labels over whose values tasks are spread, the first one first, such as `node.labels.zone`.
    #[serde(default)]
    pub spread: Vec<String>,
    /// The most tasks of a service on a node; 0 for no bound.
    #[serde(default)]
    pub max_replicas_per_node: u64,
    /// The nodes of the cluster.
    #[serde(skip)]
    nodes: Vec<Node>,
    #[serde(skip)]
    now: Time,
}

/// The one service for which the tasks of a node are counted: that of the task which is placed.
const SERVICE: u32 = 0;

/// Places for pods, which the nodes of a cluster have and those of a swarm do not, as a generic resource.
const PODS: &str = "pods";

impl Swarm {
    /// The node of a task. Of equal nodes it is the first, so nothing is drawn.
    pub fn schedule(&mut self, cluster: &Cluster, pod: Id<Pod>, _stream: &mut Stream) -> Outcome {
        let group = self.group(cluster, pod);
        self.observe(cluster, pod, &group);
        if let [number] = schedule(&group, 1, &mut self.nodes, self.now)[..] {
            return Outcome::Chosen(Id::from_index(number), Devices::NONE);
        }
        let rejections = self.nodes.iter().enumerate().filter_map(|(number, node)| {
            let objection = fits(&group, node).err()?;
            Some((Id::from_index(number), rejection(objection)))
        });
        Outcome::Failed(Failure::NoNode(rejections.collect()))
    }

    /// Whether a node would do for a task.
    ///
    /// # Errors
    /// What keeps the task from it.
    pub fn fits(
        &self,
        cluster: &Cluster,
        pod: Id<Pod>,
        node: Id<kubernetes::Node>,
    ) -> Result<(), Rejection> {
        let (group, theirs) = (self.group(cluster, pod), cluster.at(node));
        let mut own = known(cluster, &theirs.spec);
        observe(&mut own, cluster, pod, &group, theirs);
        for kind in services(cluster, pod).filter(|kind| kind.1).map(|kind| kind.0) {
            let here = kind.placed().find(|(other, _)| *other == node);
            let tasks = here.map_or(0, |(_, placed)| placed.staying);
            own.count(SERVICE, tasks, tasks);
        }
        fits(&group, &own).map_err(rejection)
    }

    /// What time it is: from it on, failures are as old as they are.
    pub fn at(&mut self, now: Time) {
        self.now = now;
    }

    /// A task has failed on its node. Five of these in five minutes, of one version of a service, push the node back.
    pub fn failed(&mut self, cluster: &Cluster, pod: Id<Pod>, now: Time) {
        self.at(now);
        let group = self.group(cluster, pod);
        self.learn(cluster);
        if let Some(node) = cluster.pod(pod).node {
            self.nodes[node.index()].fail(&group, now);
        }
    }

    /// What the tasks of the same version of a service have in common.
    fn group(&self, cluster: &Cluster, pod: Id<Pod>) -> Group {
        let template = cluster.template_of(pod);
        let mut group = Group::new(SERVICE);
        group.version = cluster.pod(pod).template.index() as u64;
        group.constraints.clone_from(&self.constraints);
        group.constraints.extend(of_labels(cluster, &template.node_affinity));
        group.spread.clone_from(&self.spread);
        let is_apart = !template.affinity.required_anti.is_empty();
        group.most_replicas = if is_apart { 1 } else { self.max_replicas_per_node };
        for (resource, amount) in template.request.iter().filter(|&(_, amount)| amount != 0) {
            group.reservation.set(resource, amount, || name_of(cluster, resource));
        }
        group.reservation.generic.insert(PODS.to_owned(), 1);
        let port = |port: &kubernetes::Port| Port {
            protocol: cluster.names.text(port.protocol).to_owned(),
            number: port.number,
        };
        group.ports = template.ports.iter().map(port).collect();
        group
    }

    /// Makes the acquaintance of nodes that are new.
    fn learn(&mut self, cluster: &Cluster) {
        for node in &cluster.nodes()[self.nodes.len()..] {
            self.nodes.push(known(cluster, &node.spec));
        }
    }

    /// Takes over what the tasks of each node add up to.
    fn observe(&mut self, cluster: &Cluster, pod: Id<Pod>, group: &Group) {
        self.learn(cluster);
        for (node, theirs) in self.nodes.iter_mut().zip(cluster.nodes()) {
            observe(node, cluster, pod, group, theirs);
        }
        for (kind, own) in services(cluster, pod) {
            for (node, Placed { staying, .. }) in kind.placed() {
                self.nodes[node.index()].count(SERVICE, if own { staying } else { 0 }, staying);
            }
        }
    }
}

/// The labels that a task needs of its node as constraints: each has one value, or has none of some.
fn of_labels(cluster: &Cluster, needed: &NodeAffinity) -> Vec<Constraint> {
    let text = |symbol| cluster.names.text(symbol);
    let selector = needed.selector.pairs().iter();
    let selector = selector.map(|&(key, value)| Constraint::of_label(text(key), true, text(value)));
    let terms = needed.required.iter().flatten().flat_map(|term| &term.labels);
    let of_term = terms.flat_map(|one| {
        let equal = one.operator() == Operator::In;
        let values = one.values().iter();
        values.map(move |&value| Constraint::of_label(text(one.key()), equal, text(value)))
    });
    selector.chain(of_term).collect()
}

/// All kinds of tasks, and whether they are of the service of a task.
fn services(cluster: &Cluster, pod: Id<Pod>) -> impl Iterator<Item = (&Kind, bool)> {
    let own = cluster.kind_of(pod);
    let same = |kind: &Kind| kind.namespace == own.namespace && kind.labels == own.labels;
    cluster.kinds().map(move |kind| (kind, same(kind)))
}

/// Takes over what is free of a node, but for how many tasks it has.
fn observe(
    node: &mut Node,
    cluster: &Cluster,
    pod: Id<Pod>,
    group: &Group,
    theirs: &kubernetes::Node,
) {
    node.available = theirs.is_present() && !theirs.spec.unschedulable;
    node.forget_tasks();
    for (resource, amount) in theirs.spec.allocatable.iter() {
        let left = amount - theirs.load.requested().get(resource);
        node.free.set(resource, left, || name_of(cluster, resource));
    }
    let places = theirs.spec.most_pods.saturating_sub(theirs.load.pods().len());
    node.free.generic(PODS, i64::try_from(places).unwrap_or(i64::MAX));
    let taken = cluster.template_of(pod).ports.iter().zip(&group.ports);
    for (_, port) in taken.filter(|(port, _)| theirs.load.ports().conflicts(**port)) {
        node.take(port);
    }
}

/// The name of a resource that the swarm calls generic.
fn name_of(cluster: &Cluster, resource: Resource) -> &str {
    cluster.resources.name(resource).map_or("", |name| cluster.names.text(name))
}

/// A node as the swarm knows it, by its labels.
pub(super) fn known(cluster: &Cluster, spec: &NodeSpec) -> Node {
    let text = |symbol| cluster.names.text(symbol);
    let mut node = Node::new(text(spec.name));
    text(spec.name).clone_into(&mut node.hostname);
    let mut platform = Platform::default();
    for &(key, value) in spec.labels.pairs() {
        let (key, value) = (text(key), text(value).to_owned());
        match key {
            "node.role" => node.manager = value == "manager",
            "node.ip" => node.address = value.parse().ok(),
            "node.platform.os" => platform.os = value,
            "node.platform.arch" => platform.arch = value,
            _ => match key.strip_prefix("engine.labels.") {
                Some(key) => drop(node.engine_labels.insert(key.to_owned(), value)),
                None => drop(node.labels.insert(key.to_owned(), value)),
            },
        }
    }
    node.platform = Some(platform).filter(|platform| *platform != Platform::default());
    node
}

/// Why a node cannot take a task, with the name of upstream's filter. The leaving of tasks helps against what they
/// have taken.
fn rejection(objection: Objection) -> Rejection {
    let (filter, verdict) = match objection {
        Objection::Unavailable => ("ReadyFilter", Verdict::Unresolvable(Reason::Cordoned)),
        Objection::Resources => {
            ("ResourceFilter", Verdict::Unschedulable(Reason::Other("insufficient resources")))
        }
        Objection::Plugin => {
            ("PluginFilter", Verdict::Unresolvable(Reason::Other("missing plugin")))
        }
        Objection::Constraint => {
            ("ConstraintFilter", Verdict::Unresolvable(Reason::Other("constraint not satisfied")))
        }
        Objection::Platform => {
            ("PlatformFilter", Verdict::Unresolvable(Reason::Other("unsupported platform")))
        }
        Objection::Port => ("HostPortFilter", Verdict::Unschedulable(Reason::Port)),
        Objection::Replicas => {
            ("MaxReplicasFilter", Verdict::Unschedulable(Reason::Other("max replicas per node")))
        }
    };
    Rejection { filter, verdict }
}
