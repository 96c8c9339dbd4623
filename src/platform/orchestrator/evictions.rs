//! Which of the nodes that have failed are given up when, where a controller says how fast.

use super::Orchestrator;
use super::pods::NEVER;
use super::spec::{Event, NodeId};
use crate::kernel::{Agenda, Class, Time};
use crate::platform::Context;
use crate::policy::orchestration::kubernetes::{
    Cluster, EvictionPace, Node, NodeLifecycle, ZoneHealth, zone,
};

/// A controller of nodes that have failed.
#[derive(Debug)]
pub(super) struct Evictions {
    controller: NodeLifecycle<NodeId>,
    /// By node: the number of its zone.
    zones: Vec<usize>,
    /// When the next node is looked at, as far as that is scheduled.
    armed: Time,
}

impl Evictions {
    /// Of a cluster whose nodes all work.
    pub(super) fn new(pace: EvictionPace, cluster: &Cluster) -> Self {
        let mut known = Vec::new();
        let number = |node: &Node| {
            let zone = zone(&node.spec.labels);
            known.iter().position(|other| *other == zone).unwrap_or_else(|| {
                known.push(zone);
                known.len() - 1
            })
        };
        let zones: Vec<usize> = cluster.nodes().iter().map(number).collect();
        let controller = NodeLifecycle::new(pace, known.len());
        Self { controller, zones, armed: NEVER }
    }

    /// Whether a node has failed whose turn has not come.
    pub(super) fn has_in_line(&self, node: NodeId) -> bool {
        self.controller.has(self.zones[node.index()], node)
    }

    /// Whether the turn of any node comes as things are.
    pub(super) fn is_moving(&self) -> bool {
        self.controller.next().is_some()
    }
}

impl Orchestrator {
    /// It is known that a node has failed: its pods are given up after a delay, which begins when its turn has come.
    pub(super) fn condemn<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        match &mut self.evictions {
            None => self.give_up_later(node, ctx),
            Some(all) => {
                all.controller.add(all.zones[node.index()], node);
                self.pace_evictions(ctx);
            }
        }
    }

    /// A node has not failed any more, or is gone.
    pub(super) fn spare(&mut self, node: NodeId) {
        if let Some(all) = &mut self.evictions {
            all.controller.remove(all.zones[node.index()], node);
        }
    }

    /// The pods of a node are given up after a delay.
    fn give_up_later<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        self.give_up_by(node, ctx.now().plus(self.spec.eviction_delay), ctx);
    }

    /// Other nodes work than before, or it is the turn of one that does not.
    pub(super) fn pace_evictions<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        let Some(mut all) = self.evictions.take() else { return };
        let now = ctx.now();
        let mut zones = vec![ZoneHealth::default(); all.controller.zones()];
        let mut failed = Vec::new();
        for node in self.cluster.present().map(|node| node.id).filter(|id| !self.is_taken(*id)) {
            let zone = &mut zones[all.zones[node.index()]];
            if self.is_lost(node) {
                zone.failed += 1;
                failed.push(node);
            } else {
                zone.ready += 1;
            }
        }
        if all.controller.look(&zones, now) {
            for node in failed {
                self.healths[node.index()].given_up = NEVER;
                all.controller.add(all.zones[node.index()], node);
            }
        }
        while let Some(node) = all.controller.take(now) {
            self.give_up_later(node, ctx);
        }
        if let Some((at, node)) = all.controller.next().filter(|next| next.0 != all.armed) {
            all.armed = at;
            ctx.agenda.schedule(at, Class::Control, Event::GivenUp(self.number, node));
        }
        self.evictions = Some(all);
    }
}
