//! Nodes that are taken away after a notice, and others that come in their place.

use super::Orchestrator;
use super::chronicle::What;
use super::spec::{Event, NodeId};
use crate::kernel::{Agenda, Class, Time};
use crate::platform::Context;

impl Orchestrator {
    /// A node will be taken away: no pod comes to it any more, and those on it are moved, when all have had their notice that have it
    /// at this instant.
    pub(super) fn notice<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        self.healths[node.index()].noticed += 1;
        self.tell_node(node, What::NodeNoticed, "", ctx.now());
        self.cordon(node);
        ctx.agenda.schedule(ctx.now(), Class::Control, Event::Drains(self.number, node));
        self.settle(ctx);
    }

    /// A node is taken away, which everybody knows at once.
    pub(super) fn take_away<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        self.crash_node(node, ctx);
        let health = &mut self.healths[node.index()];
        health.known = super::pods::NEVER;
        health.taken += 1;
        if health.taken == 1 {
            self.of_cluster.node_goes(self.cluster.at(node), ctx.now());
            self.leases.end(node, ctx.now());
        }
        self.cordon(node);
        self.spare(node);
        self.give_up(node, ctx);
        self.pace_evictions(ctx);
    }

    /// A fault is over by which a node was taken away: another is in its place if none is left.
    pub(super) fn machine_comes_back(&mut self, node: NodeId, now: Time) {
        let health = &mut self.healths[node.index()];
        health.taken -= 1;
        if health.taken == 0 {
            self.leases.begin(node, now);
            self.of_cluster.node_comes(self.cluster.at(node), now);
        }
    }

    /// Whether the machine of a node was taken away.
    pub(super) fn is_taken(&self, node: NodeId) -> bool {
        self.healths[node.index()].taken > 0
    }

    /// A pod has come to a node or left it.
    pub(super) fn load_changed(&mut self, node: NodeId, now: Time) {
        if !self.is_taken(node) {
            self.of_cluster.changed(self.cluster.at(node), now);
        }
    }
}
