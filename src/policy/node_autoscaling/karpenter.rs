//! Karpenter.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::{Place, View};
use super::{NEVER, NodeAutoscaler, NodeAutoscalingPolicy, Orders};
use crate::kernel::{Id, Span, Stream, Time};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::cluster_autoscaler::would_move;
use crate::policy::orchestration::kubernetes::{Cluster, Node, Pod, Resource, first_that_takes};
use crate::quantity::Probability;

/// Karpenter: for pods that find no node, the cheapest nodes that hold them, a second after the last of them came; nodes
/// that are empty or whose pods find room elsewhere go.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Karpenter {
    /// How long after a pod it looks, unless another one comes.
    pub batch_idle_duration: Span,
    /// How long after the first pod at most.
    pub batch_max_duration: Span,
    /// Which nodes go: those without pods, or also those whose pods find room elsewhere.
    pub consolidation_policy: Consolidation,
    /// For how long nothing must have changed on a node that goes.
    pub consolidate_after: Span,
    /// Which share of the nodes may be going at once, rounded up.
    pub disruption_budget: Probability,
}

impl Default for Karpenter {
    fn default() -> Self {
        Self {
            batch_idle_duration: Span::from_secs(1),
            batch_max_duration: Span::from_secs(10),
            consolidation_policy: Consolidation::default(),
            consolidate_after: Span::ZERO,
            disruption_budget: Probability::new(0.1).expect("a share"),
        }
    }
}

/// Which nodes go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Consolidation {
    /// Those without pods.
    WhenEmpty,
    /// Those without pods, then one whose pods find room on others.
    #[default]
    WhenEmptyOrUnderutilized,
}

/// How often it looks for nodes that may go, and how long such a node must still be one then. Source:
/// `disruption/controller.go`, `disruption/validation.go`, as of 2023; not read again.
const POLL: Span = Span::from_secs(10);
const VALIDATION: Span = Span::from_secs(15);

/// How often a pod that waits is brought before it again. From memory: the pod controller of `provisioning/controller.go`,
/// `RequeueAfter`; there each pod has its own ten seconds, here all have the same. Before anything has changed it would find
/// nothing new.
const REQUEUE: Span = Span::from_secs(10);

impl Described for Karpenter {
    const NAME: &'static str = "karpenter";
    const SUMMARY: &'static str = "Karpenter: the cheapest nodes that hold the pods that find none, 1 to 10 s after they came; nodes go when their pods find room elsewhere.";
    const SOURCE: &'static str = "kubernetes-sigs/karpenter as of 2023, its documentation recalled";
}

impl NodeAutoscalingPolicy for Karpenter {
    fn start(&self) -> Box<dyn NodeAutoscaler> {
        Box::new(Controllers {
            of: self.clone(),
            batch: None,
            waits: false,
            again: None,
            poll: Some(Time::ZERO.plus(POLL)),
            seen: Vec::new(),
            chosen: None,
        })
    }

    fn needs_prices(&self) -> bool {
        true
    }

    fn fault(&self) -> Option<(String, &'static str)> {
        (self.batch_idle_duration > self.batch_max_duration).then(|| {
            let message = "a batch is idle for no longer than it may last".to_owned();
            (message, "write a `batch_idle_duration` of at most `batch_max_duration`")
        })
    }
}

/// Its controllers for provisioning and disruption.
#[derive(Debug)]
struct Controllers {
    of: Karpenter,
    /// When the first and the last pod came for which it has not looked.
    batch: Option<(Time, Time)>,
    /// Whether pods waited when it looked for nodes for them last, and when it does so again, if anything has changed and no
    /// batch is open.
    waits: bool,
    again: Option<Time>,
    /// When it looks next for nodes that may go, if anything has changed.
    poll: Option<Time>,
    /// By node: its pods when it was looked at last, and since when they are the same.
    seen: Vec<(Vec<Id<Pod>>, Time)>,
    /// Nodes that go if they still may then.
    chosen: Option<(Vec<Id<Node>>, Time)>,
}

impl NodeAutoscaler for Controllers {
    fn changed(&mut self, now: Time, came: bool) -> Time {
        if came {
            let first = self.batch.map_or(now, |(first, _)| first);
            (self.batch, self.again) = (Some((first, now)), None);
        } else if self.waits && self.batch.is_none() {
            let idle = self.of.batch_idle_duration;
            self.again.get_or_insert_with(|| after(now, REQUEUE).plus(idle));
        }
        self.poll.get_or_insert_with(|| after(now, POLL));
        self.due()
    }

    fn look(&mut self, view: &View<'_>, _stream: &mut Stream) -> Orders {
        let mut orders = Orders::default();
        let is_over = |due: Option<Time>| due.is_some_and(|due| due <= view.now);
        if is_over(self.batch_ends()) || is_over(self.again) {
            (self.batch, self.again) = (None, None);
            orders.more = provision(view);
            self.waits = !view.waiting.is_empty();
        }
        let due = self.chosen.as_ref().map(|(_, due)| *due);
        let polls = self.poll.is_some_and(|poll| poll <= view.now);
        if due.is_some_and(|due| due <= view.now) {
            let (chosen, _) = self.chosen.take().expect("some are due");
            let still = self.may_go(view);
            orders.gone = chosen.into_iter().filter(|node| still.contains(node)).collect();
            self.poll = Some(after(view.now, POLL));
        } else if polls && due.is_none() {
            self.poll = None;
            let chosen = self.may_go(view);
            if !chosen.is_empty() {
                self.chosen = Some((chosen, view.now.plus(VALIDATION)));
            }
        }
        orders.again = self.due();
        orders
    }
}

/// The first multiple of a span after a time.
fn after(time: Time, span: Span) -> Time {
    let times = (time - Time::ZERO).as_nanos() / span.as_nanos() + 1;
    Time::ZERO.plus(Span::from_nanos(times.saturating_mul(span.as_nanos())))
}

impl Controllers {
    /// When the batch is over.
    fn batch_ends(&self) -> Option<Time> {
        let (first, last) = self.batch?;
        let idle = last.plus(self.of.batch_idle_duration);
        Some(idle.min(first.plus(self.of.batch_max_duration)))
    }

    /// When it looks next.
    fn due(&self) -> Time {
        let validation = self.chosen.as_ref().map(|(_, due)| *due);
        let poll = self.poll.filter(|_| validation.is_none());
        let looks = [self.batch_ends(), self.again, validation, poll];
        looks.into_iter().flatten().min().unwrap_or(NEVER)
    }

    /// The nodes that may go now: all those without pods, or else the first one, of the fewest pods, whose pods find
    /// room elsewhere; no more than the budget allows. Looks again where time decides.
    fn may_go(&mut self, view: &View<'_>) -> Vec<Id<Node>> {
        self.seen.resize(view.places.len(), (Vec::new(), view.now));
        let going = view.places.iter().filter(|place| matches!(place, Place::Going { .. })).count();
        let nodes = view.present().count() + going;
        let budget = (self.of.disruption_budget.get() * nodes as f64).ceil() as usize;
        let mut left = budget.saturating_sub(going);
        let mut sizes: Vec<usize> = (0..view.groups.len()).map(|group| view.size(group)).collect();
        let mut ready = Vec::new();
        for (node, group, since) in view.present() {
            let pods = view.staying(node);
            let (seen, last) = &mut self.seen[node.index()];
            if *seen != pods || *last < since {
                (*seen, *last) = (pods.clone(), view.now);
            }
            let due = last.plus(self.of.consolidate_after);
            if due <= view.now {
                ready.push((pods.len(), node, group));
            } else {
                let poll = after(due, POLL);
                self.poll = Some(self.poll.map_or(poll, |other| other.min(poll)));
            }
        }
        ready.sort_unstable_by_key(|&(pods, node, _)| (pods, node));
        let mut gone = Vec::new();
        for &(_, node, group) in ready.iter().filter(|(pods, ..)| *pods == 0) {
            if left > 0 && sizes[group] > view.groups[group].least {
                (left, sizes[group]) = (left - 1, sizes[group] - 1);
                gone.push(node);
            }
        }
        let empties_only = self.of.consolidation_policy == Consolidation::WhenEmpty;
        if !gone.is_empty() || empties_only || left == 0 || !view.waiting.is_empty() {
            return gone;
        }
        let closed: Vec<Id<Node>> = closed(view);
        let (mut trial, _) = view.with_ordered();
        let fits = |&&(pods, node, group): &&(usize, Id<Node>, usize)| {
            pods > 0
                && sizes[group] > view.groups[group].least
                && view.may_go(&view.staying(node))
                && would_move(&mut trial, view.filters, node, &closed)
        };
        ready.iter().find(fits).map(|&(_, node, _)| node).into_iter().collect()
    }
}

/// The nodes that are to go.
fn closed(view: &View<'_>) -> Vec<Id<Node>> {
    let going = |(_, place): &(usize, &Place)| matches!(place, Place::Going { .. });
    view.places.iter().enumerate().filter(going).map(|(at, _)| Id::from_index(at)).collect()
}

/// A node that is to be ordered, of the cheapest make that holds its pods so far.
struct Claim {
    group: usize,
    node: Id<Node>,
    pods: Vec<Id<Pod>>,
}

/// How many nodes of which group are ordered: pods by CPU, then memory, the largest first, each on the first of the nodes
/// that are on their way, then of the new ones that takes it, where a new one may still become one of a dearer make, else
/// on one more.
fn provision(view: &View<'_>) -> Vec<(usize, usize)> {
    let (mut trial, ordered) = view.with_ordered();
    let mut cheapest: Vec<usize> = (0..view.groups.len()).collect();
    cheapest.sort_by_key(|&group| (view.groups[group].price, group));
    let size = |pod: Id<Pod>| {
        let request = &view.cluster.template_of(pod).request;
        (request.get(Resource::CPU), request.get(Resource::MEMORY))
    };
    let mut waiting = view.by_turn();
    waiting.sort_by(|a, b| size(b.pod).cmp(&size(a.pod)).then(a.came.cmp(&b.came)));
    let mut room: Vec<usize> = (0..view.groups.len()).map(|group| view.room(group)).collect();
    let mut claims: Vec<Claim> = Vec::new();
    for pod in waiting.into_iter().map(|waiting| waiting.pod) {
        if let Some(node) = first_that_takes(&trial, view.filters, &ordered, pod) {
            trial.bind_on_trial(pod, node);
            continue;
        }
        let holds = |claim: &mut Claim, trial: &mut Cluster, room: &mut [usize]| {
            let dearer = cheapest.iter().position(|group| *group == claim.group);
            let makes = &cheapest[dearer.expect("it is one of them")..];
            makes.iter().any(|&group| {
                (group == claim.group || room[group] > 0)
                    && grow(view, trial, claim, (group, pod), room)
            })
        };
        if claims.iter_mut().any(|claim| holds(claim, &mut trial, &mut room)) {
            continue;
        }
        for &group in cheapest.iter().filter(|group| room[**group] > 0) {
            let node = add(view, &mut trial, group);
            if first_that_takes(&trial, view.filters, &[node], pod).is_some() {
                trial.bind_on_trial(pod, node);
                claims.push(Claim { group, node, pods: vec![pod] });
                room[group] -= 1;
                break;
            }
            trial.take_away_on_trial(node);
        }
    }
    let count = |group| claims.iter().filter(|claim| claim.group == group).count();
    (0..view.groups.len()).map(|group| (group, count(group))).filter(|(_, n)| *n > 0).collect()
}

/// A new node of a group, on trial: that of its first free slot, or of one more if these are all taken.
fn add(view: &View<'_>, trial: &mut Cluster, group: usize) -> Id<Node> {
    let slots = view.groups[group].slots.clone().map(Id::from_index);
    let free = |node: &Id<Node>| {
        view.places[node.index()] == Place::Absent && !trial.at(*node).is_present()
    };
    let free = slots.into_iter().find(free);
    let node = free.expect("there is room in the group");
    trial.bring(node);
    trial.bring_daemons_on_trial(view.filters, node);
    node
}

/// Whether a new node takes one more pod, as one of this group; if so it is one, with all its pods.
fn grow(
    view: &View<'_>,
    trial: &mut Cluster,
    claim: &mut Claim,
    (group, pod): (usize, Id<Pod>),
    room: &mut [usize],
) -> bool {
    if group == claim.group {
        let takes = first_that_takes(trial, view.filters, &[claim.node], pod).is_some();
        if takes {
            trial.bind_on_trial(pod, claim.node);
            claim.pods.push(pod);
        }
        return takes;
    }
    let node = add(view, trial, group);
    let mut grown = trial.clone();
    let mut pods = Vec::new();
    for &other in &claim.pods {
        let was = *grown.pod(other);
        grown.remove(other);
        pods.push(grown.add_pod(Pod::new(was.template, was.name)));
    }
    pods.push(pod);
    for &other in &pods {
        if first_that_takes(&grown, view.filters, &[node], other).is_none() {
            trial.take_away_on_trial(node);
            return false;
        }
        grown.bind_on_trial(other, node);
    }
    grown.take_away_on_trial(claim.node);
    *trial = grown;
    room[claim.group] += 1;
    room[group] -= 1;
    *claim = Claim { group, node, pods };
    true
}
