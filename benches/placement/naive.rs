//! The default profile of Kubernetes as one would write it down: an array of nodes, of which each that is looked at
//! is filtered and scored from scratch for each pod.
//!
//! Sums of what is requested are kept. No pod has affinities; the naive scheduler finds that out by looking at all
//! pods on all nodes, as the filter and the score of affinities have to, or is told and spared that.

use cloudsched::kernel::Stream;
use cloudsched::kernel::stream::below;
use cloudsched::policy::orchestration::kubernetes::{
    Cluster, Effect, Image, Labels, Names, PodAffinity, Port, Resource, Symbol, Taint, Template,
    Toleration, enough_nodes,
};

const MIB: i64 = 1024 * 1024;

struct Node {
    labels: Labels,
    taints: Vec<Taint>,
    unschedulable: bool,
    images: Vec<Image>,
    allocatable: [i64; 2],
    requested: [i64; 2],
    scored: [i64; 2],
    most_pods: usize,
    /// Their kinds.
    pods: Vec<u32>,
    ports: Vec<Port>,
}

/// What replicas have in common.
#[derive(Clone)]
pub struct Kind {
    request: [i64; 2],
    scored: [i64; 2],
    selector: Labels,
    tolerations: Vec<Toleration>,
    ports: Vec<Port>,
    images: Vec<Symbol>,
    affinity: PodAffinity,
}

impl From<&Template> for Kind {
    fn from(template: &Template) -> Self {
        Self {
            request: [Resource::CPU, Resource::MEMORY].map(|one| template.request.get(one)),
            scored: template.scored,
            selector: template.node_affinity.selector.clone(),
            tolerations: template.tolerations.clone(),
            ports: template.ports.clone(),
            images: template.images.clone(),
            affinity: template.affinity.clone(),
        }
    }
}

/// Nodes in the order of searches.
pub struct Naive {
    nodes: Vec<Node>,
    kinds: Vec<Kind>,
    /// Whether it is told that no pod has affinities.
    spared: bool,
    next: usize,
    /// How many nodes have each image.
    with_image: Vec<(Symbol, u32)>,
    left: Vec<usize>,
    totals: Vec<i64>,
    unwanted: Vec<i64>,
    best: Vec<usize>,
}

impl Naive {
    /// The nodes of a cluster without pods.
    pub fn new(cluster: &Cluster, kinds: Vec<Kind>) -> Self {
        let node = |&id| {
            let spec = cluster.node(id);
            Node {
                labels: spec.labels.clone(),
                taints: spec.taints.clone(),
                unschedulable: spec.unschedulable,
                images: spec.images.clone(),
                allocatable: [Resource::CPU, Resource::MEMORY].map(|one| spec.allocatable.get(one)),
                requested: [0; 2],
                scored: [0; 2],
                most_pods: spec.most_pods,
                pods: Vec::new(),
                ports: Vec::new(),
            }
        };
        let nodes: Vec<Node> = cluster.order().iter().map(node).collect();
        let mut with_image: Vec<(Symbol, u32)> = Vec::new();
        for image in nodes.iter().flat_map(|node| &node.images) {
            match with_image.iter_mut().find(|other| other.0 == image.name) {
                Some((_, nodes)) => *nodes += 1,
                None => with_image.push((image.name, 1)),
            }
        }
        let (left, totals, unwanted, best) = Default::default();
        Self { nodes, kinds, spared: true, next: 0, with_image, left, totals, unwanted, best }
    }

    /// Whether it is told from now on that no pod has affinities.
    pub fn spare(&mut self, spared: bool) {
        self.spared = spared;
    }

    /// A pod comes to the node at a place, or goes.
    pub fn count(&mut self, place: usize, number: usize, by: i64) {
        let (node, kind) = (&mut self.nodes[place], &self.kinds[number]);
        for resource in 0..2 {
            node.requested[resource] += by * kind.request[resource];
            node.scored[resource] += by * kind.scored[resource];
        }
        for port in &kind.ports {
            if by > 0 {
                node.ports.push(*port);
            } else if let Some(at) = node.ports.iter().position(|other| other == port) {
                node.ports.swap_remove(at);
            }
        }
        if by > 0 {
            node.pods.push(number as u32);
        } else if let Some(at) = node.pods.iter().position(|&other| other as usize == number) {
            node.pods.swap_remove(at);
        }
    }

    /// Whether a pod anywhere says anything of others.
    fn has_affinities(&self) -> bool {
        let mut pods = self.nodes.iter().flat_map(|node| &node.pods);
        pods.any(|&kind| !self.kinds[kind as usize].affinity.is_empty())
    }

    /// The place of the node of a pod.
    pub fn schedule(&mut self, number: usize, stream: &mut Stream) -> Option<usize> {
        assert!(self.spared || !self.has_affinities());
        let kind = &self.kinds[number];
        let enough = enough_nodes(0, self.nodes.len());
        self.left.clear();
        let mut looked_at = 0;
        for step in 0..self.nodes.len() {
            let place = (self.next + step) % self.nodes.len();
            looked_at += 1;
            if fits(&self.nodes[place], kind) {
                self.left.push(place);
                if self.left.len() == enough {
                    break;
                }
            }
        }
        self.next = (self.next + looked_at) % self.nodes.len();
        if self.left.len() < 2 {
            return self.left.first().copied();
        }
        self.score(number);
        let most = self.totals.iter().max();
        self.best.clear();
        let places = self.left.iter().zip(&self.totals);
        self.best.extend(places.filter(|&(_, total)| Some(total) == most).map(|(&place, _)| place));
        match self.best[..] {
            [only] => Some(only),
            _ => Some(self.best[below(stream, self.best.len() as u64) as usize]),
        }
    }

    fn score(&mut self, number: usize) {
        let kind = &self.kinds[number];
        self.totals.clear();
        self.unwanted.clear();
        for &place in &self.left {
            let node = &self.nodes[place];
            self.unwanted.push(unwanted_taints(node, kind));
            let images = self.images(node, kind);
            self.totals.push(least_allocated(node, kind) + balanced(node, kind) + images);
        }
        let most = self.unwanted.iter().copied().max().unwrap_or(0);
        for (total, unwanted) in self.totals.iter_mut().zip(&self.unwanted) {
            *total += 3 * if most > 0 { 100 - 100 * unwanted / most } else { 100 };
        }
    }

    fn images(&self, node: &Node, kind: &Kind) -> i64 {
        let mut sum = 0;
        for name in &kind.images {
            if let Some(image) = node.images.iter().find(|image| image.name == *name) {
                let nodes = self.with_image.iter().find(|other| other.0 == *name);
                let part = f64::from(nodes.map_or(0, |other| other.1)) / self.nodes.len() as f64;
                sum += (image.bytes as f64 * part) as i64;
            }
        }
        let most = kind.images.iter().fold(0, |most, _| most + 1000 * MIB);
        let sum = if sum < 23 * MIB { 23 * MIB } else { sum.min(most) };
        100 * (sum - 23 * MIB) / (most - 23 * MIB)
    }
}

fn tolerates(kind: &Kind, taint: &Taint) -> bool {
    kind.tolerations.iter().any(|one| one.tolerates(taint))
}

fn fits(node: &Node, kind: &Kind) -> bool {
    let (key, effect) = (Names::UNSCHEDULABLE, Effect::NoSchedule);
    let cordon = Taint { key, value: Names::EMPTY, effect };
    if node.unschedulable && !tolerates(kind, &cordon) {
        return false;
    }
    if node.taints.iter().any(|taint| taint.effect.forbids() && !tolerates(kind, taint)) {
        return false;
    }
    let has = |&(key, value): &(Symbol, Symbol)| node.labels.get(key) == Some(value);
    if !kind.selector.pairs().iter().all(has) {
        return false;
    }
    if kind.ports.iter().any(|port| node.ports.contains(port)) {
        return false;
    }
    let lacks = |resource: usize| {
        let asked = kind.request[resource];
        asked > 0 && asked > node.allocatable[resource] - node.requested[resource]
    };
    node.pods.len() < node.most_pods && !lacks(0) && !lacks(1)
}

fn unwanted_taints(node: &Node, kind: &Kind) -> i64 {
    let unwanted =
        |taint: &&Taint| taint.effect == Effect::PreferNoSchedule && !tolerates(kind, taint);
    node.taints.iter().filter(unwanted).fold(0, |count, _| count + 1)
}

fn least_allocated(node: &Node, kind: &Kind) -> i64 {
    let (mut sum, mut weights) = (0, 0);
    for resource in 0..2 {
        let all = node.allocatable[resource];
        if all > 0 {
            let used = node.scored[resource] + kind.scored[resource];
            sum += if used > all { 0 } else { (all - used) * 100 / all };
            weights += 1;
        }
    }
    if weights == 0 { 0 } else { sum / weights }
}

fn balanced(node: &Node, kind: &Kind) -> i64 {
    if kind.request == [0; 2] {
        return 0;
    }
    let part = |resource: usize| {
        let used = node.requested[resource] + kind.request[resource];
        (used as f64 / node.allocatable[resource] as f64).min(1.0)
    };
    ((1.0 - ((part(0) - part(1)) / 2.0).abs()) * 100.0) as i64
}
