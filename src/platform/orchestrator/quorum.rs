//! Managers: which of them leads, and what waits while none does.
//!
//! Whatever a control plane decides its leader does, and more than half of the managers have to agree (Raft). While fewer of them
//! are reached, or those that are have not elected a leader yet, nothing is scheduled, replaced, scaled, rolled out or moved.
//! What runs goes on and serves, for nodes need no manager for that: they even stop what they were told to, and kill containers
//! that are not healthy; requests go elsewhere, for the nodes themselves tell each other where tasks run.

use std::collections::BTreeSet;

use super::Orchestrator;
use super::chronicle::What;
use super::pods::NEVER;
use super::spec::{Event, NodeId, PodId};
use crate::kernel::stream::uniform;
use crate::kernel::{Agenda, Class, Span, StreamKey, Time};
use crate::model::ApplicationId;
use crate::platform::Context;

/// The managers of a cluster.
#[derive(Clone, Debug)]
pub struct QuorumSpec {
    /// These nodes, of which more than half have to agree; at least one.
    pub managers: Vec<NodeId>,
    /// How long each waits for word of a leader until it stands for election, drawn anew each time: at least and at most. A
    /// leader that has reached too few for the least of it leads no more.
    pub waits: (Span, Span),
}

/// Which of the managers leads.
#[derive(Clone, Debug)]
pub(super) struct Quorum {
    /// Whether as many are reached as have to agree.
    enough: bool,
    /// Whether one does.
    leads: bool,
    /// Who did last, unless it has crashed since.
    leader: Option<NodeId>,
    /// Since when nobody leads, if that is so.
    since: Time,
    /// Who will lead, and from when on, if enough are reached.
    next: Option<(Time, NodeId)>,
    waits: StreamKey,
    elections: u64,
    /// Pods whose containers have ended for good, and which nobody has replaced yet.
    owed: BTreeSet<PodId>,
}

impl Quorum {
    /// At the start of a run, when the first manager leads.
    pub(super) fn new(spec: &QuorumSpec, waits: StreamKey) -> Self {
        Self {
            enough: true,
            leads: true,
            leader: spec.managers.first().copied(),
            since: Time::ZERO,
            next: None,
            waits,
            elections: 0,
            owed: BTreeSet::new(),
        }
    }

    /// Whether one leads, or will without anything else that happens.
    fn goes_on(&self) -> bool {
        self.leads || self.next.is_some()
    }

    /// Which of these managers stands first of those that wait from `now` on. One that has no others need not wait.
    fn elect(
        &mut self,
        now: Time,
        reached: &[NodeId],
        spec: &QuorumSpec,
    ) -> Option<(Time, NodeId)> {
        if let (&[only], 1) = (reached, spec.managers.len()) {
            return Some((now, only));
        }
        let (least, most) = spec.waits;
        let spread = most.minus(least).as_nanos() as f64;
        let mut draws = self.waits.draws(self.elections);
        self.elections += 1;
        let wait = |&manager: &NodeId| {
            let more = Span::from_nanos((uniform(&mut draws) * spread) as u64);
            (now.plus(least + more), manager)
        };
        reached.iter().map(wait).min()
    }
}

impl Orchestrator {
    /// Whether there is anybody who decides.
    pub(super) fn is_led(&self) -> bool {
        self.quorum.as_ref().is_none_or(|quorum| quorum.leads)
    }

    /// Whether anybody decides, or will without anything else that happens.
    pub(super) fn will_be_led(&self) -> bool {
        self.quorum.as_ref().is_none_or(Quorum::goes_on)
    }

    /// A node is reached no longer, or again: if it is a manager, there may be too few, or another has to lead.
    pub(super) fn managers_changed<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        self.count_managers(now);
        let (Some(spec), Some(quorum)) = (&self.spec.quorum, &mut self.quorum) else { return };
        let enough = quorum.enough;
        let up = |node: &NodeId| self.healths[node.index()].is_up();
        let reached: Vec<NodeId> = spec.managers.iter().copied().filter(up).collect();
        let crashed = |node: NodeId| self.healths[node.index()].crashed > 0;
        quorum.leader = quorum.leader.filter(|&leader| !crashed(leader));
        let is_reached = |leader: &NodeId| reached.contains(leader);
        if quorum.leads {
            if enough && quorum.leader.as_ref().is_some_and(is_reached) {
                return;
            }
            (quorum.leads, quorum.since) = (false, now);
            self.of_cluster.leaderless.add(now, 1);
        }
        quorum.leader = quorum.leader.filter(|_| now - quorum.since < spec.waits.0);
        quorum.next = match (quorum.next, quorum.leader.filter(is_reached)) {
            _ if !enough => None,
            (_, Some(leader)) => Some((now, leader)),
            (Some(next), None) if is_reached(&next.1) => return,
            _ => quorum.elect(now, &reached, spec),
        };
        if let Some((at, _)) = quorum.next {
            ctx.agenda.schedule(at, Class::Control, Event::Elected(self.number));
        }
    }

    /// Looks whether as many managers are reached as have to agree.
    fn count_managers(&mut self, now: Time) {
        let (Some(spec), Some(quorum)) = (&self.spec.quorum, &mut self.quorum) else { return };
        let up = |node: &&NodeId| self.healths[node.index()].is_up();
        let enough = spec.managers.iter().filter(up).count() > spec.managers.len() / 2;
        if std::mem::replace(&mut quorum.enough, enough) != enough {
            let what = if enough { What::QuorumBack } else { What::QuorumLost };
            self.tell_of_cluster(None, what, "", now);
        }
    }

    /// A manager may lead from now on.
    pub(super) fn elected<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let Some(quorum) = &mut self.quorum else { return };
        let Some((_, leader)) = quorum.next.take_if(|(at, _)| *at == now) else { return };
        let is_new = quorum.leader != Some(leader);
        (quorum.leads, quorum.leader) = (true, Some(leader));
        self.of_cluster.leaderless.sub(now, 1);
        if is_new {
            self.tell_node(leader, What::LeaderElected, "", now);
        }
        for node in 0..self.healths.len() {
            self.look_at_node_again(NodeId::from_index(node), is_new, ctx);
        }
        for node in (0..self.healths.len()).map(NodeId::from_index) {
            if self.healths[node.index()].is_up() && self.healths[node.index()].noticed > 0 {
                self.drain(node, ctx);
            }
        }
        self.catch_up(ctx);
    }

    /// A leader looks whether a node is there. A new one takes none of which it has not heard, and gives each twice the time to be
    /// heard of (swarmkit, `manager/dispatcher`, `markNodesUnknown`).
    fn look_at_node_again<A: Agenda<Event>>(
        &mut self,
        node: NodeId,
        is_new: bool,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let timeout = self.spec.heartbeat.timeout;
        let health = &mut self.healths[node.index()];
        if health.is_up() {
            return;
        }
        if health.known < NEVER {
            health.known = if is_new { now + timeout + timeout } else { health.known.max(now) };
            ctx.agenda.schedule(health.known, Class::Control, Event::Lost(self.number, node));
            if is_new {
                self.cordon(node);
            }
        } else {
            self.give_up_by(node, now, ctx);
        }
    }

    /// All that was left undone while nobody led is done.
    fn catch_up<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        let owed = self.quorum.as_mut().map(|quorum| std::mem::take(&mut quorum.owed));
        for pod in owed.into_iter().flatten() {
            self.replace_owed(pod, ctx);
        }
        self.start_daemons(ctx);
        for number in 0..self.deployments.len() {
            self.reconcile(ApplicationId::from_index(number), ctx);
        }
        for number in 0..self.deployments.len() {
            self.scale_again(ApplicationId::from_index(number), ctx);
        }
        self.roll_on(ctx);
        self.look_everywhere(ctx);
    }

    /// The containers of a pod have ended for good, and nobody replaces it yet.
    pub(super) fn owe(&mut self, pod: PodId) {
        if let Some(quorum) = &mut self.quorum {
            quorum.owed.insert(pod);
        }
    }
}
