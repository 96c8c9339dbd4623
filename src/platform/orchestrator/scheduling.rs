//! Turns of pods at the scheduler: who looks for a node when, and who goes for whom.
//!
//! What may help those that have found no node is noted as news: a node that a pod has left, or on which room is no
//! longer kept for one. At the end of each event they are asked whether it helps them, among the pods that are in
//! the queue, all in one order. The original moves all whom an event concerns to its queue, where most of
//! them find nothing (`MoveAllToActiveOrBackoffQueue`); here one of each group is asked of the nodes that have changed.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::Orchestrator;
use super::chronicle::What;
use super::parked::Rank;
use super::pods::Work;
use super::spec::{Event, NodeId, PodId};
use crate::kernel::{Agenda, Class, Span};
use crate::platform::Context;
use crate::policy::orchestration::kubernetes::preemption::{Candidate, Finding};
use crate::policy::orchestration::kubernetes::{Failure, Leaving, Outcome, Pod, tightest};

/// What has happened since those who wait have looked.
#[derive(Debug, Default)]
pub(super) struct News {
    /// Nodes on which there may be room.
    pub(super) nodes: BTreeSet<NodeId>,
    /// Whether there may be room anywhere.
    anywhere: bool,
    /// Whether any of this has not been told yet.
    untold: bool,
    /// Whether a pod has come to a node.
    pub(super) came: bool,
}

impl News {
    /// There may be room on a node.
    pub(super) fn room_on(&mut self, node: NodeId) {
        self.nodes.insert(node);
        self.untold = true;
    }

    /// There may be room anywhere.
    pub(super) fn room_anywhere(&mut self) {
        (self.anywhere, self.untold) = (true, true);
    }
}

impl Orchestrator {
    /// Everybody looks who may find a node now: pods in the queue, and those that have found none before and whom
    /// the news may help. At last those who wait for others to come. Nobody does while nobody leads.
    pub(super) fn settle<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        if !self.is_led() {
            return;
        }
        self.go_where_empty(ctx);
        let mut asked = BTreeSet::new();
        let mut others_came = false;
        loop {
            if std::mem::take(&mut self.news.untold) {
                asked = self.whom_to_ask(others_came);
            }
            let next = asked.first().copied();
            if let Some(rank) = next.filter(|rank| self.queue.first().is_none_or(|due| rank < due))
            {
                asked.remove(&rank);
                let (.., pod) = rank;
                if self.parked.rank(pod) != Some(rank) {
                    // It does not wait any more: another answers for its group.
                    self.news.untold = true;
                    continue;
                }
                if !self.may_help(pod, others_came) {
                    continue;
                }
                let Some((group, _)) = self.parked.remove(pod) else { continue };
                if self.any_turn(pod, ctx) {
                    // Others of its group may find something, too.
                    asked.extend(self.parked.first(group));
                }
            } else if let Some((.., pod)) = self.queue.pop_first() {
                self.any_turn(pod, ctx);
            } else if std::mem::take(&mut self.news.came) && self.parked.sees() {
                others_came = true;
                // All else that was new has been told.
                (self.news.anywhere, self.news.untold) = (false, true);
                self.news.nodes.clear();
            } else {
                break;
            }
        }
        self.news = News::default();
        self.nodes_changed(ctx);
    }

    /// One of each group of pods that have found no node, and each pod for which room was made where there is news.
    fn whom_to_ask(&self, others_came: bool) -> BTreeSet<Rank> {
        let mut asked: BTreeSet<Rank> = self.parked.firsts().collect();
        if self.news.anywhere || others_came {
            asked.extend(self.parked.expecting());
        }
        let nominated = self.news.nodes.iter().flat_map(|&node| self.cluster.nominated(node));
        asked.extend(nominated.filter_map(|&pod| self.parked.rank(pod)));
        asked
    }

    /// Whether a pod that has found no node may find one, or have room made for it, by what is new.
    fn may_help(&self, pod: PodId, others_came: bool) -> bool {
        let on = |&node: &NodeId| self.may_help_on(pod, node);
        self.news.anywhere
            || (others_came && self.parked.waits_for_others(pod))
            || self.news.nodes.iter().any(on)
    }

    /// The same of one node.
    pub(super) fn may_help_on(&self, pod: PodId, node: NodeId) -> bool {
        self.pinned(pod).is_none_or(|only| only == node)
            && self.scheduler.may_help(&self.cluster, pod, node)
    }

    /// A node is there again: all that have found none look again.
    pub(super) fn look_everywhere<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        self.news.room_anywhere();
        self.settle(ctx);
    }

    /// Pods in the queue have their turns, until nobody waits for one, if anybody leads.
    pub(super) fn turns<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        while self.is_led()
            && let Some((.., pod)) = self.queue.pop_first()
        {
            self.any_turn(pod, ctx);
        }
    }

    /// A pod has its turn. Says whether it got anything: a node, or room that is being made for it.
    pub(super) fn turn<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) -> bool {
        match self.place(pod) {
            Outcome::Chosen(node, devices) => {
                if self.cluster.pod(pod).nominated != Some(node) {
                    self.nominate(pod, None);
                }
                self.bind(pod, (node, devices), ctx);
                true
            }
            Outcome::Failed(failure) => {
                let is_made = self.make_room(pod, &failure, ctx);
                self.found_none(pod, ctx.now());
                if self.chronicle.is_some() {
                    self.tell_pending(pod, ctx);
                }
                let Pod { template, nominated, .. } = *self.cluster.pod(pod);
                let sees = self.scheduler.waits_for_others(&self.cluster, pod);
                let group = (template, nominated.is_some(), self.pinned(pod));
                self.parked.insert(group, self.rank_of(pod), sees);
                is_made
            }
        }
    }

    /// The node of a pod: that for which it is, or the one that the scheduler chooses.
    fn place(&mut self, pod: PodId) -> Outcome {
        let Some(node) = self.pinned(pod) else {
            return self.scheduler.place(&self.cluster, pod, &mut self.stream);
        };
        match self.scheduler.fits(&self.cluster, pod, node) {
            Ok(()) => {
                let gpus = &self.cluster.template_of(pod).gpus;
                Outcome::Chosen(node, tightest(self.cluster.at(node).site(), gpus))
            }
            Err(rejection) => Outcome::Failed(Failure::NoNode(vec![(node, rejection)])),
        }
    }

    /// When the turn of a pod is, against the others.
    pub(super) fn rank_of(&self, pod: PodId) -> Rank {
        let row = self.rows.get(pod).expect("it is there");
        (Reverse(self.spec.pods[row.application.index()].priority), row.came, pod)
    }

    /// A pod that has found no node looks again, whatever there is for it.
    pub(super) fn wake(&mut self, pod: PodId) {
        if let Some((_, rank)) = self.parked.remove(pod) {
            self.queue.insert(rank);
        }
    }

    /// Room is made for a pod on this node, or no longer. Where it was made before, it is the others'
    /// (`updatePodInSchedulingQueue`).
    pub(super) fn nominate(&mut self, pod: PodId, node: Option<NodeId>) {
        let before = self.cluster.pod(pod).nominated;
        if before == node {
            return;
        }
        if let Some(before) = before {
            self.news.room_on(before);
        }
        self.cluster.nominate(pod, node);
    }

    /// A node takes no more pods. Those for which room was being made on it look elsewhere; the original wakes them
    /// when any pod has gone from its node, or after five minutes.
    pub(super) fn cordon(&mut self, node: NodeId) {
        self.cluster.cordon(node, true);
        for pod in self.cluster.nominated(node).to_vec() {
            self.wake(pod);
        }
    }

    /// Lets pods go for one that has found no node, if the scheduler says so. Says whether it does.
    fn make_room<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        failure: &Failure,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let priority = self.cluster.template_of(pod).priority;
        if self.priorities.first_key_value().is_none_or(|(&lowest, _)| lowest >= priority) {
            // Nobody may be evicted for it.
            self.nominate(pod, None);
            return false;
        }
        let budgets = self.budgets(ctx.now());
        let Self { scheduler, cluster, stream, .. } = self;
        match scheduler.make_room(cluster, pod, failure, &budgets, stream) {
            Finding::Waits => false,
            Finding::Nothing => {
                self.nominate(pod, None);
                false
            }
            Finding::Candidate(Candidate { node, victims, .. }) => {
                self.watch_room(pod, node, &victims, ctx.now());
                for victim in victims {
                    self.evict(victim, ctx);
                }
                for other in self.cluster.nominated(node).to_vec() {
                    if self.cluster.template_of(other).priority < priority {
                        // It may find room elsewhere (`prepareCandidate`).
                        self.nominate(other, None);
                        self.wake(other);
                    }
                }
                self.nominate(pod, Some(node));
                true
            }
        }
    }

    /// A pod is to stop within its grace, for another.
    pub(super) fn evict<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        if self.cluster.pod(pod).leaving.is_leaving() {
            // Who waits for its room need not make more elsewhere; the original may do so.
            self.cluster.leave(pod, Leaving::Preempted);
            return;
        }
        self.of_cluster.preemptions += 1;
        self.tell_pod(pod, What::PodEvicted, "preempted", ctx.now());
        self.move_away(pod, Leaving::Preempted, ctx);
    }

    /// How long a pod that is to go is with its load balancer still, if it has one, before it is told to stop.
    fn deregistration_delay(&self, pod: PodId) -> Span {
        let row = self.rows.get(pod);
        let is_balanced =
            row.is_some_and(|row| self.spec.pods[row.application.index()].is_balanced());
        if is_balanced { self.spec.deregistration_delay } else { Span::ZERO }
    }

    /// A pod on a node is to go: it is told to stop, at once or when its load balancer has let it go.
    pub(super) fn leave<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        why: Leaving,
        ctx: &mut Context<'_, A>,
    ) {
        assert!(!self.cluster.pod(pod).leaving.is_leaving(), "a pod is told to stop once");
        self.cluster.leave(pod, why);
        let told = ctx.now().plus(self.deregistration_delay(pod));
        let row = self.rows.at(pod);
        self.staying[row.application.index()] -= 1;
        row.stops = told.plus(self.spec.grace);
        let event = Event::Stopped(self.number, pod);
        ctx.agenda.schedule(row.stops, Class::Expiry, event);
        if told > ctx.now() {
            ctx.agenda.schedule(told, Class::Expiry, event);
        }
    }

    /// A pod that is to go may have to be told to stop, or has had its time.
    pub(super) fn may_stop<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let Some(row) = self.rows.get(pod) else { return };
        let (stops, is_replica) = (row.stops, matches!(row.work, Work::Replica(_)));
        if stops == ctx.now() && self.is_heard(pod) {
            self.stop(pod, ctx);
            self.settle(ctx);
        } else if is_replica && stops == ctx.now().plus(self.spec.grace) {
            self.go_if_idle(pod, ctx);
        }
    }

    /// A pod that was told to stop has had its time.
    pub(super) fn stop<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        match self.rows.at(pod).work {
            Work::Job { .. } => self.job_stopped(pod, ctx),
            Work::Replica(_) => self.kill_replica(pod, ctx),
        }
    }
}
