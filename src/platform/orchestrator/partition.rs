//! Nodes that work, but nobody hears of them and no request reaches them.

use super::Orchestrator;
use super::containers::State;
use super::jobs::has_work;
use super::missing::lose_calls;
use super::pods::{NEVER, Work};
use super::spec::{Event, NodeId, PodId};
use crate::kernel::Agenda;
use crate::model::Stage;
use crate::platform::{Context, Signal};

impl Orchestrator {
    /// Nobody hears of a node any more: answers of its replicas are lost, calls of its jobs, too; jobs go on.
    pub(super) fn cut_off<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        let health = &mut self.healths[node.index()];
        let was_up = health.is_up();
        health.cut_off += 1;
        if !was_up {
            return;
        }
        self.goes_missing(node, ctx);
        self.managers_changed(ctx);
        for pod in self.pods_on(node) {
            match self.rows.at(pod).work {
                Work::Job { attempt, .. } => lose_calls(attempt, ctx),
                Work::Replica(_) => match self.state(pod) {
                    Some(State::Working) => {
                        self.lose_work(pod, ctx);
                        self.set_state(pod, State::CutOff);
                    }
                    Some(State::Hanging) => self.lose_work(pod, ctx),
                    _ => {}
                },
            }
        }
    }

    /// A node is under one fault less by which nobody heard of it; if under none, its replicas are reached again, and what
    /// its jobs have done is known.
    pub(super) fn reconnect<A: Agenda<Event>>(&mut self, node: NodeId, ctx: &mut Context<'_, A>) {
        let health = &mut self.healths[node.index()];
        health.cut_off -= 1;
        if !health.is_up() {
            return;
        }
        self.is_heard_again(node, ctx);
        for pod in self.pods_on(node) {
            if self.rows.at(pod).stops <= ctx.now() {
                // It has had its time to stop.
                self.stop(pod, ctx);
                continue;
            }
            match self.rows.at(pod).work {
                Work::Job { .. } => self.job_is_heard_of(pod, node, ctx),
                Work::Replica(_) => match self.state(pod) {
                    Some(State::CutOff) => self.is_reached(pod, ctx),
                    // It came while nobody could tell the node, or the node was down meanwhile.
                    Some(State::Down) => self.comes_back(pod, node, ctx),
                    _ => self.hear_of(pod, ctx),
                },
            }
            if let Some(application) = self.rows.get(pod).map(|row| row.application) {
                // What is known of it changes, which a rollout waits for.
                self.replicas_changed(application, ctx);
            }
        }
        self.pace_evictions(ctx);
        self.daemons_come(node, ctx);
        self.look_everywhere(ctx);
    }

    /// A replica that worked all the time serves again, as an endpoint that it still is or becomes after a delay.
    fn is_reached<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        self.set_state(pod, State::Working);
        self.serves_again(pod, now);
        let leaving = self.cluster.pod(pod).leaving.is_leaving();
        if self.rows.replica(pod).is_some_and(|of| of.lacks_endpoint()) && !leaving {
            self.joins_after(pod, now, ctx);
        }
        self.go_if_idle(pod, ctx);
    }

    /// What has become of a job on a node that is heard of again: it has ended meanwhile, or goes on, or begins if its pod
    /// came while nobody could tell the node.
    fn job_is_heard_of<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let Work::Job { attempt, begins, ends, .. } = &mut self.rows.at(pod).work else { return };
        let id = *attempt;
        if *begins < NEVER || !has_work(ctx.attempts[id].stage) {
            return;
        }
        if *ends <= now {
            *ends = NEVER;
            ctx.attempts[id].stage = Stage::Calling;
            ctx.outbox.push(Signal::Served(id));
        } else if ctx.attempts[id].stage == Stage::Waiting
            || *ends == NEVER && now.plus(ctx.attempts[id].demand) < NEVER
        {
            self.restart_job(pod, node, ctx);
        }
    }
}
