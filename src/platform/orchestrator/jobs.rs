//! Jobs: requests that are pods of their own.

use super::Orchestrator;
use super::containers::Containers;
use super::missing::lose_calls;
use super::pods::{NEVER, Row, Work};
use super::slow::at_speed;
use super::spec::{Event, NodeId, PodId};
use crate::kernel::{Agenda, Class, Time};
use crate::model::{AttemptId, Stage};
use crate::platform::{Context, Signal, drawn};

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
        let work = Work::Job {
            attempt: id,
            begins: NEVER,
            starts: 0,
            ends: NEVER,
            again: kills.is_some(),
            kills: kills.unwrap_or(0),
        };
        attempt.stage = Stage::Waiting;
        attempt.place = self.submit(attempt.application, work, now).number();
        self.waiting.add(now, 1);
    }

    /// A job leaves its node before its work is done, and waits for another pod, which `kills` is of.
    pub(super) fn job_in_new_pod<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        (attempt, kills): (AttemptId, u32),
        ctx: &mut Context<'_, A>,
    ) {
        self.leave_node(pod, ctx);
        if ctx.attempts[attempt].stage == Stage::Waiting {
            self.waiting.sub(ctx.now(), 1);
        } else {
            // Its service has not begun any more.
            self.begun = self.begun.saturating_sub(1);
        }
        self.submit_job(attempt, Some(kills), ctx);
    }

    /// The pod of a job is on its node, and has what it asks for from now on, while it starts, too.
    pub(super) fn job_is_placed<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        let application = self.rows.at(pod).application;
        self.cpus[node.index()].reserved += self.spec.pods[application.index()].cpu.get();
        self.reserved_changed(node.index(), ctx);
        if self.is_up(node) {
            self.start_job(pod, node, ctx);
        }
        if self.counts_memory {
            self.node_memory_changed(node, ctx);
        }
    }

    /// The pod of a job is gone from its node.
    pub(super) fn job_has_left<A: Agenda<Event>>(
        &mut self,
        row: &Row,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        let Work::Job { attempt, begins, .. } = row.work else { return };
        let now = ctx.now();
        if begins < NEVER {
            self.started(row.application, now);
        }
        if ctx.attempts[attempt].stage != Stage::Waiting {
            self.set_busy(row.application, false, now);
        }
        self.cpus[node.index()].reserved -= self.spec.pods[row.application.index()].cpu.get();
        self.reserved_changed(node.index(), ctx);
    }

    /// A job is on a node that works: its image comes, its containers start, and then its service begins.
    fn start_job<A: Agenda<Event>>(&mut self, pod: PodId, node: NodeId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let has_image = self.has_image(pod, node, now);
        let row = self.rows.at(pod);
        let application = row.application;
        let Work::Job { attempt, begins, starts, .. } = &mut row.work else { return };
        let attempt = &mut ctx.attempts[*attempt];
        let (of, key) =
            (&self.spec.pods[application.index()], self.start_keys[application.index()]);
        let draw = Containers::draw(row.number, *starts);
        let at = has_image.plus(drawn(of.start.as_ref(), key, draw));
        *starts += 1;
        if at <= now {
            self.begin_job(pod, ctx);
            return;
        }
        *begins = at;
        if at < NEVER {
            ctx.agenda.schedule(at, Class::Control, Event::Due(self.number, pod));
            self.starting(application, now);
        }
        if attempt.stage == Stage::Serving {
            // It ran before its node failed.
            attempt.stage = Stage::Waiting;
            self.begun = self.begun.saturating_sub(1);
            self.waiting.add(now, 1);
            self.set_busy(application, false, now);
        }
    }

    /// The containers of a job may have started.
    pub(super) fn job_may_begin<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let is_due =
            |row: &Row| matches!(row.work, Work::Job { begins, .. } if begins == ctx.now());
        if self.rows.get(pod).is_some_and(is_due) {
            self.job_stops_starting(pod, ctx.now());
            self.begin_job(pod, ctx);
        }
    }

    /// The containers of a job have started, or do so no longer.
    pub(super) fn job_stops_starting(&mut self, pod: PodId, now: Time) {
        let row = self.rows.at(pod);
        let application = row.application;
        if let Work::Job { begins, .. } = &mut row.work
            && std::mem::replace(begins, NEVER) < NEVER
        {
            self.started(application, now);
        }
    }

    /// What runs in a pod begins, anew if it did before.
    fn begin_job<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let speed = self.speed_of(pod);
        let row = self.rows.at(pod);
        let application = row.application;
        let Work::Job { attempt, ends, .. } = &mut row.work else { return };
        let attempt = &mut ctx.attempts[*attempt];
        let before = std::mem::replace(&mut attempt.stage, Stage::Serving);
        attempt.began = now;
        *ends = now.plus(at_speed(attempt.demand, speed));
        if *ends < NEVER {
            ctx.agenda.schedule(*ends, Class::Completion, Event::Ended(self.number, pod));
        }
        if before == Stage::Waiting {
            self.begun += 1;
            self.waiting.sub(now, 1);
            self.set_busy(application, true, now);
        }
    }

    /// What ran in a pod, or was to, starts anew on its node.
    pub(super) fn restart_job<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        node: NodeId,
        ctx: &mut Context<'_, A>,
    ) {
        let Work::Job { attempt, .. } = self.rows.at(pod).work else { return };
        if has_work(ctx.attempts[attempt].stage) {
            self.start_job(pod, node, ctx);
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
        if has_work(ctx.attempts[attempt].stage) {
            self.job_in_new_pod(pod, (attempt, kills), ctx);
        }
    }

    /// A job is killed: it begins anew in another pod, or fails if that has happened too often, or all that was left of it are
    /// its calls. Says whether its pod is gone.
    pub(super) fn kill_job<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let Work::Job { attempt, kills, .. } = self.rows.at(pod).work else { return false };
        let has_work = has_work(ctx.attempts[attempt].stage);
        let again = has_work && kills < MOST_KILLS;
        if again {
            self.job_in_new_pod(pod, (attempt, kills + 1), ctx);
        } else {
            if ctx.attempts[attempt].stage == Stage::Waiting {
                // What fails has begun.
                self.job_stops_starting(pod, ctx.now());
                self.begin_job(pod, ctx);
            }
            if let Work::Job { ends, .. } = &mut self.rows.at(pod).work
                && has_work
            {
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
        if self.cluster.pod(pod).node.is_some() {
            self.leave_node(pod, ctx);
        } else {
            self.withdraw(pod, ctx.now());
        }
        if ctx.attempts[id].stage == Stage::Waiting {
            self.waiting.sub(ctx.now(), 1);
        }
        self.settle(ctx);
        ctx.attempts.remove(id);
    }
}

/// Whether a job on a node has not done its own work yet, so that it may begin anew in another pod.
pub(super) fn has_work(stage: Stage) -> bool {
    matches!(stage, Stage::Waiting | Stage::Serving)
}
