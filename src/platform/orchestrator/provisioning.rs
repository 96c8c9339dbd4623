//! Nodes that come and go: ordered, booted, there, on their way out.
//!
//! A node has a slot, which is its number in the cluster: that of its make and its place in it. The first free slot of
//! a make is taken, so that what chance does to a slot meets every autoscaler alike.

use std::cmp::Reverse;

use super::chronicle::What;
use super::pods::{NEVER, Work};
use super::spec::{Event, NodeId, OrchestratorSpec, PodId};
use super::{Orchestrator, cpu::NodeCpu};
use crate::kernel::{Agenda, Class, Stream, StreamKey, Time, Timer};
use crate::platform::{Context, drawn};
use crate::policy::node_autoscaling::{NodeAutoscaler, Place, View, Waiting};
use crate::policy::orchestration::kubernetes::filter::Filter;
use crate::policy::orchestration::kubernetes::{Cluster, Leaving};

/// Nodes that come and go, on a running cluster.
#[derive(Debug)]
pub(super) struct Provisioning {
    autoscaler: Box<dyn NodeAutoscaler>,
    filters: Vec<Box<dyn Filter>>,
    stream: Stream,
    boots: StreamKey,
    /// By node: where it is, when it comes if it was ordered, how often it was.
    places: Vec<Place>,
    joins: Vec<Time>,
    orders: Vec<u64>,
    /// When the autoscaler looks next, and the event for that.
    due: Time,
    timer: Timer,
    /// Whether pods have come that find no node, since it was told.
    pub(super) came: bool,
    /// The changes of the cluster that it was told of.
    told: u64,
}

impl Provisioning {
    /// At the start of a run; `None` if nodes are always there.
    pub(super) fn new(
        spec: &OrchestratorSpec,
        cluster: &Cluster,
        filters: Vec<Box<dyn Filter>>,
        key: impl Fn(&str) -> StreamKey,
    ) -> Option<Box<Self>> {
        let autoscaler = spec.provisioning.as_ref()?.autoscaler.start();
        let nodes = cluster.nodes();
        let place = |node: &crate::policy::orchestration::kubernetes::Node| {
            if node.is_present() { Place::Present(Time::ZERO) } else { Place::Absent }
        };
        Some(Box::new(Self {
            autoscaler,
            filters,
            stream: key("node_autoscaling").stream(),
            boots: key("boot"),
            places: nodes.iter().map(place).collect(),
            joins: vec![NEVER; nodes.len()],
            orders: vec![0; nodes.len()],
            due: NEVER,
            timer: Timer::default(),
            came: false,
            told: 0,
        }))
    }

    /// Where a node is.
    fn place(&self, node: NodeId) -> Place {
        self.places[node.index()]
    }

    /// How many nodes were ordered that are not there yet.
    fn ordered(&self) -> usize {
        self.places.iter().filter(|place| matches!(place, Place::Ordered(_))).count()
    }

    /// Whether a node comes or goes, or the autoscaler may say so.
    pub(super) fn is_moving(&self) -> bool {
        let moves = |place: &Place| matches!(place, Place::Ordered(_) | Place::Going { .. });
        self.due < NEVER || self.places.iter().any(moves)
    }
}

impl Orchestrator {
    /// Whether a node is of a group, so that another may come in its place when it has gone.
    pub(super) fn comes_and_goes(&self, node: NodeId) -> bool {
        let spec = self.spec.provisioning.as_ref();
        let groups = spec.into_iter().flat_map(|spec| &spec.groups);
        groups.into_iter().any(|group| group.slots.contains(&node.index()))
    }

    /// How many nodes were ordered that are not there yet.
    pub(super) fn nodes_ordered(&self) -> usize {
        self.provisioning.as_ref().map_or(0, |all| all.ordered())
    }

    /// Whether a node is there and is to go.
    pub(super) fn is_going(&self, node: NodeId) -> bool {
        let place = self.provisioning.as_ref().map(|all| all.place(node));
        matches!(place, Some(Place::Going { .. }))
    }

    /// Tells the node autoscaler if nodes or pods have changed.
    pub(super) fn nodes_changed<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        let Some(provisioning) = &mut self.provisioning else { return };
        let made = self.cluster.changes_made();
        let came = std::mem::take(&mut provisioning.came);
        if made == provisioning.told && !came {
            return;
        }
        provisioning.told = made;
        let due = provisioning.autoscaler.changed(ctx.now(), came);
        self.review_at(due, ctx);
    }

    /// Nodes may go now that could not before, although no node or pod has come or gone.
    pub(super) fn nodes_may_go<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        let Some(provisioning) = &mut self.provisioning else { return };
        let due = provisioning.autoscaler.changed(ctx.now(), false);
        self.review_at(due, ctx);
    }

    /// The node autoscaler looks at this time or before.
    fn review_at<A: Agenda<Event>>(&mut self, time: Time, ctx: &mut Context<'_, A>) {
        let Some(provisioning) = &mut self.provisioning else { return };
        provisioning.due = provisioning.due.min(time);
        if provisioning.due < NEVER {
            let event = Event::Review(self.number);
            provisioning.timer.arm(ctx.agenda, provisioning.due, Class::Control, event);
        }
    }

    /// The node autoscaler looks.
    pub(super) fn review_nodes<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let Some(provisioning) = &mut self.provisioning else { return };
        if !provisioning.timer.fired(now) {
            return;
        }
        if now < provisioning.due {
            self.review_at(NEVER, ctx);
            return;
        }
        let Some(mut provisioning) = self.provisioning.take() else { return };
        let Some(spec) = &self.spec.provisioning else { return };
        provisioning.due = NEVER;
        let waiting: Vec<Waiting> =
            self.parked.iter().filter_map(|(pod, _)| self.waiting_pod(pod)).collect();
        let nodes = self.cluster.nodes().iter();
        let lost: Vec<bool> = nodes.map(|node| self.is_lost(node.id)).collect();
        let view = View {
            now,
            cluster: &self.cluster,
            filters: &provisioning.filters,
            groups: &spec.groups,
            places: &provisioning.places,
            lost: &lost,
            waiting: &waiting,
            budgets: &self.budgets(now),
        };
        let orders = provisioning.autoscaler.look(&view, &mut provisioning.stream);
        self.provisioning = Some(provisioning);
        self.review_at(orders.again, ctx);
        for (group, count) in orders.more {
            for _ in 0..count {
                self.order_node(group, ctx);
            }
        }
        for node in orders.gone {
            self.let_node_go(node, ctx);
        }
        self.settle(ctx);
    }

    /// A node of a group is ordered: the first slot that is free.
    fn order_node<A: Agenda<Event>>(&mut self, group: usize, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let (Some(all), Some(spec)) = (&mut self.provisioning, &self.spec.provisioning) else {
            return;
        };
        let mut slots = spec.groups[group].slots.clone();
        let slot = slots.find(|slot| all.places[*slot] == Place::Absent);
        let slot = slot.expect("an autoscaler orders as many nodes as there is room for");
        let boot =
            drawn(spec.boots[group].as_ref(), all.boots, (slot as u64) << 32 | all.orders[slot]);
        all.orders[slot] += 1;
        all.places[slot] = Place::Ordered(now);
        all.joins[slot] = now.plus(boot);
        let node = NodeId::from_index(slot);
        ctx.agenda.schedule(all.joins[slot], Class::Control, Event::NodeJoins(self.number, node));
        self.leases.begin(node, now);
        self.of_cluster.node_starts += 1;
        self.tell_node(node, What::NodeOrdered, "", now);
    }

    /// A node that was ordered comes: whoever waits for one looks.
    pub(super) fn node_joins<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let Some(provisioning) = &mut self.provisioning else { return };
        let is_due = provisioning.joins[node.index()] == now;
        if !is_due || !matches!(provisioning.place(node), Place::Ordered(_)) {
            return;
        }
        provisioning.places[node.index()] = Place::Present(now);
        provisioning.joins[node.index()] = NEVER;
        self.cluster.bring(node);
        self.of_cluster.node_comes(self.cluster.at(node), now);
        self.pace_evictions(ctx);
        self.tell_node(node, What::NodeReady, "", now);
        self.daemons_come(node, ctx);
        self.look_everywhere(ctx);
    }

    /// A node is to go: one that has not come is not waited for, one that is there takes no more pods, and goes when
    /// those that it has are gone, daemons last.
    fn let_node_go<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let pods = self.cluster.at(node).load.pods().iter().copied();
        let pods: Vec<PodId> = pods.filter(|pod| !self.is_daemon(*pod)).collect();
        let Some(provisioning) = &mut self.provisioning else { return };
        match provisioning.place(node) {
            Place::Absent | Place::Going { .. } => return,
            Place::Ordered(_) => {
                provisioning.places[node.index()] = Place::Absent;
                provisioning.joins[node.index()] = NEVER;
                self.leases.end(node, now);
                self.of_cluster.node_removals += 1;
                self.tell_node(node, What::NodeWithdrawn, "", now);
                return;
            }
            Place::Present(_) => {
                let drained = !pods.is_empty();
                provisioning.places[node.index()] = Place::Going { drained };
            }
        }
        self.tell_node(node, What::NodeDrained, "", now);
        self.cordon(node);
        self.withdraw_daemons(node, now);
        for pod in pods {
            if !self.cluster.pod(pod).leaving.is_leaving() {
                self.of_cluster.evictions += 1;
                self.tell_pod(pod, What::PodEvicted, "node drained", now);
            }
            self.move_away(pod, Leaving::Deleted, ctx);
        }
        self.goes_if_empty(node, ctx);
    }

    /// A pod is to stop within its grace, and another one takes its place elsewhere.
    pub(super) fn move_away<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        why: Leaving,
        ctx: &mut Context<'_, A>,
    ) {
        if self.cluster.pod(pod).leaving.is_leaving() {
            return;
        }
        let row = self.rows.at(pod);
        if let Work::Replica(_) = row.work {
            let application = row.application;
            self.stop_replica(pod, why, ctx);
            self.reconcile(application, ctx);
        } else {
            self.leave(pod, why, ctx);
        }
    }

    /// Takes note that a pod has found no node, if that is new.
    pub(super) fn found_none(&mut self, pod: PodId, now: Time) {
        if let Some(provisioning) = &mut self.provisioning {
            let is_new = self.rows.get(pod).is_some_and(|row| row.since == now);
            provisioning.came |= is_new && !self.cluster.template_of(pod).daemon;
        }
    }

    /// A pod that has found no node, as the node autoscaler sees it, which looks away from daemons: no other node would do.
    fn waiting_pod(&self, pod: PodId) -> Option<Waiting> {
        let (Reverse(priority), came, pod) = self.rank_of(pod);
        (!self.is_daemon(pod)).then_some(Waiting { pod, priority, came })
    }

    /// Nodes that are to go, and that pods have left, do so if they have none any more.
    pub(super) fn go_where_empty<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        if self.provisioning.is_some() {
            let left: Vec<NodeId> = self.news.nodes.iter().copied().collect();
            for node in left {
                self.goes_if_empty(node, ctx);
            }
        }
    }

    /// A node that is to go does so when it has no pods; daemons stop when they are all that it has.
    fn goes_if_empty<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        if !self.is_going(node) {
            return;
        }
        self.daemons_go(node, ctx);
        if !self.cluster.at(node).load.pods().is_empty() {
            return;
        }
        for pod in self.cluster.nominated(node).to_vec() {
            self.nominate(pod, None);
            self.wake(pod);
        }
        self.cluster.take_away(node);
        if let Some(provisioning) = &mut self.provisioning {
            provisioning.places[node.index()] = Place::Absent;
        }
        self.of_cluster.node_removals += 1;
        self.tell_node(node, What::NodeRemoved, "", now);
        if !self.is_taken(node) {
            self.of_cluster.node_goes(self.cluster.at(node), now);
            self.leases.end(node, now);
        }
        self.forget_faults(node);
        self.cpus[node.index()] = NodeCpu::new(self.cluster.at(node));
        self.images.forget(node);
        self.pace_evictions(ctx);
    }

    /// Looks whether nodes are where they are said to be.
    ///
    /// # Panics
    /// If they are not, or a group has more or fewer nodes than it may.
    pub(super) fn check_places(&self) {
        let (Some(all), Some(spec)) = (&self.provisioning, &self.spec.provisioning) else { return };
        for (node, place) in self.cluster.nodes().iter().zip(&all.places) {
            let there = matches!(place, Place::Present(_) | Place::Going { .. });
            assert_eq!(node.is_present(), there, "{:?} is {place:?}", node.id);
            assert!(there || node.load.pods().is_empty(), "pods on {:?}, {place:?}", node.id);
            let is_paid = *place != Place::Absent && !self.is_taken(node.id);
            assert_eq!(self.leases.is_open(node.id), is_paid, "{:?}", node.id);
        }
        for group in &spec.groups {
            let places = &all.places[group.slots.clone()];
            let nodes = places.iter().filter(|place| place.counts()).count();
            assert!((group.least..=group.most()).contains(&nodes), "{nodes} of {}", group.name);
        }
    }
}
