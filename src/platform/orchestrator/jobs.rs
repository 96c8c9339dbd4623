//! Jobs: requests that are pods of their own.

use super::Orchestrator;
use super::missing::lose_calls;
use super::pods::{NEVER, Work};
use super::slow::at_speed;
use super::spec::{Event, PodId};
use crate::kernel::{Agenda, Class};
use crate::model::{AttemptId, Stage};
use crate::platform::{Context, Signal};

/// How often a job that was killed begins anew: the default of `backoffLimit` of a Job of Kubernetes (documented), whose waits between are
/// left out; a guess for all else.
const MOST_KILLS: u32 = 6;

impl Orchestrator {
    /// A new pod for an attempt stands in the queue; `kills` is of the one before, if there was any.
    pub(super) fn submit_job<A: Agenda<Event>>(
        &mut self,
        id: AttemptId,
        kills: Option<u32>,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let attempt = &mut ctx.attempts[id];
        // Its service has not begun any more.
        self.begun = self.begun.saturating_sub(u64::from(kills.is_some()));
        let (again, kills) = (kills.is_some(), kills.unwrap_or(0));
        let work = Work::Job { attempt: id, ends: NEVER, again, kills };
        attempt.stage = Stage::Waiting;
        attempt.place = self.submit(attempt.application, work, now).number();
        self.waiting.add(now, 1);
    }

    /// What runs in a pod begins.
    pub(super) fn begin_job<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let speed = self.speed_of(pod);
        let row = self.rows.at(pod);
        let Work::Job { attempt, ends, .. } = &mut row.work else { return };
        let attempt = &mut ctx.attempts[*attempt];
        attempt.stage = Stage::Serving;
        attempt.began = now;
        *ends = now.plus(at_speed(attempt.demand, speed));
        if *ends < NEVER {
            ctx.agenda.schedule(*ends, Class::Completion, Event::Ended(self.number, pod));
        }
        self.begun += 1;
        self.waiting.sub(now, 1);
        if let Some(node) = self.cluster.pod(pod).node.filter(|_| self.counts_memory) {
            self.node_memory_changed(node, ctx);
        }
    }

    /// What ran in a pod begins anew on its node.
    pub(super) fn restart_job<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let speed = self.speed_of(pod);
        let Work::Job { attempt, ends, .. } = &mut self.rows.at(pod).work else { return };
        let attempt = &mut ctx.attempts[*attempt];
        if attempt.stage != Stage::Serving {
            return;
        }
        attempt.began = now;
        *ends = now.plus(at_speed(attempt.demand, speed));
        if *ends < NEVER {
            ctx.agenda.schedule(*ends, Class::Completion, Event::Ended(self.number, pod));
        }
    }

    /// The own demand of a job may be served.
    pub(super) fn job_ended<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        if self.rows.get(pod).is_none() {
            return;
        }
        let node = self.cluster.pod(pod).node;
        let cut_off = node.is_some_and(|node| self.healths[node.index()].cut_off > 0);
        let Work::Job { attempt, ends, .. } = &mut self.rows.at(pod).work else { return };
        // What has ended on a node of which nobody hears is known when it is heard of again.
        if *ends == now && !cut_off {
            *ends = NEVER;
            ctx.attempts[*attempt].stage = Stage::Calling;
            ctx.outbox.push(Signal::Served(*attempt));
        }
    }

    /// A job that was evicted has had its time: it waits for another pod. If its own work is done, it goes
    /// when its calls are.
    pub(super) fn job_stopped<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let Work::Job { attempt, kills, .. } = self.rows.at(pod).work else { return };
        if ctx.attempts[attempt].stage != Stage::Serving {
            return;
        }
        self.leave_node(pod, ctx);
        self.submit_job(attempt, Some(kills), ctx);
    }

    /// A job is killed: it begins anew in another pod, or fails if that has happened too often, or all that was left of it are
    /// its calls. Says whether its pod is gone.
    pub(super) fn kill_job<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let Work::Job { attempt, ends, kills, .. } = &mut self.rows.at(pod).work else {
            return false;
        };
        let (attempt, kills) = (*attempt, *kills);
        let serves = ctx.attempts[attempt].stage == Stage::Serving;
        let again = serves && kills < MOST_KILLS;
        if again {
            self.leave_node(pod, ctx);
            self.submit_job(attempt, Some(kills + 1), ctx);
        } else {
            if serves {
                *ends = NEVER;
                ctx.attempts[attempt].stage = Stage::Calling;
            }
            lose_calls(attempt, ctx);
        }
        again
    }

    /// Nobody waits for a job any more: its pod goes at once, from its node or from the queue.
    pub(super) fn cancel_job<A: Agenda<Event>>(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let pod = PodId::new(ctx.attempts[id].place);
        if ctx.attempts[id].stage == Stage::Serving {
            self.leave_node(pod, ctx);
        } else {
            self.withdraw(pod, ctx.now());
            self.waiting.sub(ctx.now(), 1);
        }
        self.settle(ctx);
        ctx.attempts.remove(id);
    }
}
