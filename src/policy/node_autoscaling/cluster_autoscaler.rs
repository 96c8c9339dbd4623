//! The Cluster Autoscaler of Kubernetes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::{Place, View, alike};
use super::{NEVER, NodeAutoscaler, NodeAutoscalingPolicy, Orders};
use crate::kernel::{Id, Span, Stream, Time};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::cluster_autoscaler::estimator::{MOST_NODES, estimate};
use crate::policy::orchestration::cluster_autoscaler::expander::{
    Chain, Expander, Expansion, LeastNodes, LeastWaste, Malformed, MostPods, Price, Priority,
};
use crate::policy::orchestration::cluster_autoscaler::scale_down::{
    Candidate, Going, Group, ScaleDown, Settings, utilisation,
};
use crate::policy::orchestration::cluster_autoscaler::{
    Backoff, PodPrices, SCAN_INTERVAL, would_move,
};
use crate::policy::orchestration::kubernetes::{Cluster, Node, Pod, Resource, first_that_takes};
use crate::quantity::{Money, Probability};

/// The pod whose worth the expander `price` adds to both sides: thousandths of a core, and bytes. Source:
/// kubernetes/autoscaler, `expander/price/price.go`, `priceStabilizationPod` (read in a copy, 2026-11).
const STABILISATION_POD: [i64; 2] = [500, 500 << 20];

/// The Cluster Autoscaler: nodes are ordered for pods that find none, and go when little of them has been used for
/// some time.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClusterAutoscaler {
    /// How often it looks.
    pub scan_interval: Span,
    /// Of which group nodes are ordered, if several would do: one is asked after the other until one group
    /// is left; if there are more in the end, one is drawn.
    pub expander: Vec<ExpanderChoice>,
    /// For the expander `priority`: patterns of names of groups by their priority, the highest first.
    pub priorities: BTreeMap<String, Vec<String>>,
    /// How many nodes are ordered at once at most.
    pub max_nodes_per_scaleup: usize,
    /// How long it waits for a node that was ordered.
    pub max_node_provision_time: Span,
    /// Whether nodes go.
    pub scale_down: bool,
    /// Less than this share of the CPU and of the memory of a node that goes is asked for by its pods.
    pub scale_down_utilization_threshold: Probability,
    /// How long that must have been so.
    pub scale_down_unneeded_time: Span,
    /// How long, for a node that has failed.
    pub scale_down_unready_time: Span,
    /// How long no node goes after some were ordered.
    pub scale_down_delay_after_add: Span,
    /// How long no node goes after some went; the time between two looks if it is left out.
    pub scale_down_delay_after_delete: Option<Span>,
    /// How many nodes may be going at once.
    pub max_scale_down_parallelism: usize,
    /// How many of them may have pods that must go elsewhere.
    pub max_drain_parallelism: usize,
    /// For pods of a lower priority than this no nodes come.
    pub expendable_pods_priority_cutoff: i32,
}

impl Default for ClusterAutoscaler {
    fn default() -> Self {
        let Settings { threshold, unneeded, unready, after_add, at_once, drained_at_once, .. } =
            Settings::default();
        Self {
            scan_interval: SCAN_INTERVAL,
            expander: vec![ExpanderChoice::LeastWaste],
            priorities: BTreeMap::new(),
            max_nodes_per_scaleup: MOST_NODES,
            max_node_provision_time: Span::from_secs(15 * 60),
            scale_down: true,
            scale_down_utilization_threshold: Probability::new(threshold).expect("a share"),
            scale_down_unneeded_time: unneeded,
            scale_down_unready_time: unready,
            scale_down_delay_after_add: after_add,
            scale_down_delay_after_delete: None,
            max_scale_down_parallelism: at_once,
            max_drain_parallelism: drained_at_once,
            expendable_pods_priority_cutoff: -10,
        }
    }
}

/// An expander, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExpanderChoice {
    /// One is drawn.
    Random,
    /// The most pods would find room.
    MostPods,
    /// The least CPU and memory would be left over.
    LeastWaste,
    /// The fewest nodes.
    LeastNodes,
    /// The nodes cost least by what their pods are worth, and are of a size that suits the cluster.
    Price,
    /// The group whose name matches a pattern of the highest priority.
    Priority,
}

impl Described for ClusterAutoscaler {
    const NAME: &'static str = "cluster-autoscaler";
    const SUMMARY: &'static str = "The Cluster Autoscaler of Kubernetes: each 10 s nodes for pods that find none, by an expander; a node of which little is used goes after 10 minutes.";
    const SOURCE: &'static str = "kubernetes/autoscaler, cluster-autoscaler 1.36.1";
}

impl ClusterAutoscaler {
    /// The patterns of the expander `priority`.
    fn levels(&self) -> Result<Priority, String> {
        let mut levels = Vec::new();
        for (priority, patterns) in &self.priorities {
            let number: i64 = priority
                .parse()
                .map_err(|_| format!("`{priority}` is no priority, which is a whole number"))?;
            levels.push((number, patterns.iter().map(String::as_str).collect()));
        }
        Priority::new(levels).map_err(|error: Malformed| error.to_string())
    }

    /// The expanders, where there are so many nodes.
    fn chain(&self, nodes: usize) -> Chain {
        let stabilisation = PodPrices::default().of(STABILISATION_POD);
        let expander = |choice: &ExpanderChoice| -> Option<Box<dyn Expander>> {
            Some(match choice {
                ExpanderChoice::Random => return None,
                ExpanderChoice::MostPods => Box::new(MostPods),
                ExpanderChoice::LeastWaste => Box::new(LeastWaste),
                ExpanderChoice::LeastNodes => Box::new(LeastNodes),
                ExpanderChoice::Price => Box::new(Price { nodes, stabilisation }),
                ExpanderChoice::Priority => Box::new(self.levels().expect("it was checked")),
            })
        };
        // What would come behind one that draws is not asked.
        let named = self.expander.iter().take_while(|one| **one != ExpanderChoice::Random);
        Chain(named.filter_map(expander).collect())
    }
}

impl NodeAutoscalingPolicy for ClusterAutoscaler {
    fn start(&self) -> Box<dyn NodeAutoscaler> {
        let settings = Settings {
            threshold: self.scale_down_utilization_threshold.get(),
            unneeded: self.scale_down_unneeded_time,
            unready: self.scale_down_unready_time,
            after_add: self.scale_down_delay_after_add,
            after_delete: self.scale_down_delay_after_delete.unwrap_or(self.scan_interval),
            at_once: self.max_scale_down_parallelism,
            drained_at_once: self.max_drain_parallelism,
            ..Settings::default()
        };
        Box::new(Loop {
            flags: self.clone(),
            scale_down: ScaleDown::new(settings),
            backoffs: BTreeMap::new(),
            last: Time::ZERO,
        })
    }

    fn needs_prices(&self) -> bool {
        self.expander.contains(&ExpanderChoice::Price)
    }

    fn fault(&self) -> Option<(String, &'static str)> {
        if self.scan_interval == Span::ZERO {
            let message = "the Cluster Autoscaler looks once in a while".to_owned();
            return Some((message, "write how often, as in `scan_interval = \"10s\"`"));
        }
        let message = self.levels().err()?;
        Some((
            message,
            "write patterns by priority, as in `priorities = { 50 = [\"^own\"], 10 = [\".*\"] }`",
        ))
    }
}

/// The autoscaler at work (`core/static_autoscaler.go`, `RunOnce`).
#[derive(Debug)]
struct Loop {
    flags: ClusterAutoscaler,
    scale_down: ScaleDown,
    /// By group: of those that failed to bring a node.
    backoffs: BTreeMap<usize, Backoff>,
    /// When it looked last.
    last: Time,
}

impl NodeAutoscaler for Loop {
    /// At its next scan.
    fn changed(&mut self, now: Time, _came: bool) -> Time {
        self.scale_down.changed(now);
        self.scan_at(now).max(self.last.plus(self.flags.scan_interval))
    }

    fn look(&mut self, view: &View<'_>, stream: &mut Stream) -> Orders {
        let (now, interval) = (view.now, self.flags.scan_interval);
        self.scale_down.skipped_until(Time::ZERO.plus((now - Time::ZERO).minus(interval)));
        self.last = now;
        let mut orders = Orders { gone: self.overdue(view), ..Orders::default() };
        let (cluster, pods) = self.unschedulable(view, &orders.gone);
        if let Some((group, nodes)) = self.scale_up(view, &cluster, &pods, stream) {
            self.scale_down.added(now);
            orders.more.push((group, nodes));
            orders.again = now.plus(interval);
            return orders;
        }
        let until = |backoff: &Backoff| backoff.until();
        let backoff = self.backoffs.values().map(until).filter(|until| *until > now).min();
        let awaited = view.ordered().map(|(.., since)| since.plus(self.provision_time()));
        let overdue = awaited.filter(|at| *at > now).min();
        let mut again = overdue.into_iter().chain(backoff.filter(|_| !pods.is_empty())).min();
        if self.flags.scale_down {
            let (gone, next) = self.scale_down(view, cluster);
            orders.gone.extend(gone);
            again = again.into_iter().chain(next).min();
        }
        orders.again = again.map_or(NEVER, |again| self.scan_at(again));
        orders
    }
}

impl Loop {
    /// The first scan that is not before a time.
    fn scan_at(&self, time: Time) -> Time {
        let interval = self.flags.scan_interval.as_nanos();
        let scans = (time - Time::ZERO).as_nanos().div_ceil(interval).max(1);
        Time::ZERO.plus(Span::from_nanos(scans.saturating_mul(interval)))
    }

    /// From how long on a node has not come in time.
    fn provision_time(&self) -> Span {
        self.flags.max_node_provision_time + Span::from_nanos(1)
    }

    /// The nodes that have not come in time; their groups are left alone for a while.
    fn overdue(&mut self, view: &View<'_>) -> Vec<Id<Node>> {
        let late = |&(_, _, since): &(Id<Node>, usize, Time)| {
            view.now.since(since) >= self.provision_time()
        };
        let overdue: Vec<_> = view.ordered().filter(late).collect();
        for &(_, group, _) in &overdue {
            self.backoffs.entry(group).or_default().failed(view.now);
        }
        overdue.into_iter().map(|(node, ..)| node).collect()
    }

    /// The cluster with the nodes that are on their way, and the pods that find no place on these either
    /// (`filterOutSchedulable`).
    fn unschedulable(&self, view: &View<'_>, overdue: &[Id<Node>]) -> (Cluster, Vec<Id<Pod>>) {
        let (mut trial, mut ordered) = view.with_ordered();
        for &node in overdue {
            trial.take_away_on_trial(node);
        }
        ordered.retain(|node| !overdue.contains(node));
        let mut left = Vec::new();
        for waiting in view.by_turn() {
            if waiting.priority < self.flags.expendable_pods_priority_cutoff {
                continue;
            }
            match first_that_takes(&trial, view.filters, &ordered, waiting.pod) {
                Some(node) => trial.bind_on_trial(waiting.pod, node),
                None => left.push(waiting.pod),
            }
        }
        (trial, left)
    }

    /// Of which group how many nodes are ordered for pods.
    fn scale_up(
        &self,
        view: &View<'_>,
        cluster: &Cluster,
        pods: &[Id<Pod>],
        stream: &mut Stream,
    ) -> Option<(usize, usize)> {
        if pods.is_empty() {
            return None;
        }
        let alike = alike(cluster, pods);
        let mut options = Vec::new();
        for group in 0..view.groups.len() {
            let room = view.room(group).min(self.flags.max_nodes_per_scaleup);
            let rests = self.backoffs.get(&group).is_some_and(|of| view.now < of.until());
            if room == 0 || rests {
                continue;
            }
            let estimate = estimate(cluster, view.filters, &view.node_of(group), room, &alike);
            if estimate.nodes > 0 {
                options.push((group, expansion(view, group, &estimate.pods, estimate.nodes)));
            }
        }
        let expansions: Vec<Expansion> = options.iter().map(|(_, option)| option.clone()).collect();
        let chain = self.flags.chain(view.cluster.order().len());
        let (group, option) = options.get(chain.choose(&expansions, stream)?)?;
        Some((*group, usize::try_from(option.nodes).unwrap_or(0)))
    }

    /// The nodes that go, and when others might although nothing changes.
    fn scale_down(&mut self, view: &View<'_>, mut trial: Cluster) -> (Vec<Id<Node>>, Option<Time>) {
        let mut candidates = Vec::new();
        let going = |(place, _): &(&Place, usize)| matches!(place, Place::Going { .. });
        let mut closed: Vec<Id<Node>> =
            view.places.iter().zip(0..).filter(going).map(|(_, at)| Id::from_index(at)).collect();
        // Nodes without pods come first, so that no pod is thought onto one that goes (`emptycandidates`).
        let mut nodes: Vec<(Id<Node>, usize)> =
            view.present().map(|(node, group, _)| (node, group)).collect();
        nodes.sort_by_key(|(node, _)| !view.staying(*node).is_empty());
        for (node, group) in nodes {
            let Some(utilisation) = utilisation(view.cluster.at(node)) else { continue };
            if !self.scale_down.is_eligible(view.now, node, utilisation) {
                continue;
            }
            let staying = view.staying(node);
            let drained = !staying.is_empty();
            let movable = view.may_go(&staying)
                && (!drained || would_move(&mut trial, view.filters, node, &closed));
            if movable {
                closed.push(node);
            }
            let ready = !view.lost[node.index()];
            candidates.push(Candidate { node, group, utilisation, ready, drained, movable });
        }
        let drained = view.places.iter().filter(|place| **place == Place::Going { drained: true });
        let going = Going { empty: 0, drained: drained.count() };
        let size =
            |group| Group { size: view.size(group), least: view.groups[group].least, going: 0 };
        let groups: Vec<Group> = (0..view.groups.len()).map(size).collect();
        let gone = self.scale_down.scan(view.now, &candidates, &groups, going);
        if !gone.is_empty() {
            self.scale_down.deleted(view.now);
        }
        candidates.retain(|candidate| !gone.contains(&candidate.node));
        (gone, self.scale_down.next(view.now, &candidates, &groups))
    }
}

/// What so many nodes of a group for some pods would bring.
fn expansion(view: &View<'_>, group: usize, pods: &[Id<Pod>], nodes: usize) -> Expansion {
    let node = view.node_of(group);
    let resources = [Resource::CPU, Resource::MEMORY];
    let request = |pod: &Id<Pod>| {
        resources.map(|resource| view.cluster.template_of(*pod).request.get(resource))
    };
    let requests: Vec<[i64; 2]> = pods.iter().map(request).collect();
    let prices = PodPrices::default();
    let hour = view.groups[group].price.map_or(0.0, Money::as_usd);
    Expansion {
        group: view.groups[group].name.clone(),
        nodes: i64::try_from(nodes).unwrap_or(i64::MAX),
        cpu: node.allocatable.get(Resource::CPU),
        memory: node.allocatable.get(Resource::MEMORY),
        price: [hour, requests.iter().map(|request| prices.of(*request)).sum()],
        pods: requests,
        gpu: node.gpus.count > 0,
    }
}
