//! Services that call services: the plan of a service, step by step.

use super::{CallSpec, World, WorldAgenda};
use crate::kernel::stream::uniform;
use crate::model::{AttemptId, Origin, Outcome, Request, RequestId, Stage};
use crate::platform::Signal;

impl World<'_> {
    /// Goes on with an attempt whose own demand is served and none of whose calls is in flight:
    /// the next step of the plan that makes a call, or the end. After a call that did not
    /// complete no further step is taken.
    #[inline(always)]
    pub(super) fn advance(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        if self.family(self.attempts[id].family).calls.is_empty() {
            self.finish(id, agenda);
        } else {
            self.follow_plan(id, agenda);
        }
    }

    /// Goes on with an attempt whose service makes calls.
    #[inline(never)]
    fn follow_plan(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        if self.attempts[id].stage == Stage::Joining {
            self.begin_jobs(id, agenda);
            return;
        }
        let plan = &self.family(self.attempts[id].family).spec.plan;
        loop {
            let attempt = &mut self.attempts[id];
            let step = attempt.step as usize;
            if step >= plan.len() || attempt.outcome != Outcome::Completed {
                attempt.watched = false;
                self.finish(id, agenda);
                return;
            }
            attempt.step += 1;
            attempt.stage = Stage::Calling;
            if step == 0 && self.releases.is_some() {
                self.note_computed(id, agenda.now());
            }
            let before: usize = plan[..step].iter().map(Vec::len).sum();
            self.take_step(id, before, &plan[step], agenda);
            if self.attempts[id].calls.is_some() {
                self.watch_timeout(id, agenda);
                return;
            }
        }
    }

    /// Makes the calls of one step, each with its probability; the first of them is number `first`
    /// of the plan. Calls of other steps may be in flight.
    pub(super) fn take_step(
        &mut self,
        parent: AttemptId,
        first: usize,
        step: &[CallSpec],
        agenda: &mut impl WorldAgenda,
    ) {
        let others = self.attempts[parent].calls;
        let mut made = others;
        for (place, call) in step.iter().enumerate().rev() {
            let number = (first + place) as u32;
            let lineage = self.attempts[parent].lineage.part(u64::from(number) + 1);
            if call.probability < 1.0 && uniform(&mut lineage.draws(0)) >= call.probability {
                continue;
            }
            let (family, service) = self.resolve(call.target, lineage);
            let now = agenda.now();
            let request = Request {
                origin: Origin::Call { parent, call: number, ended: false },
                service,
                lineage,
                sent: now,
                due: Request::NEVER,
                attempt: None,
                attempts: 0,
                cell: self.cell(None, family, service, now),
                demand: Request::UNTOLD,
                sibling: made,
            };
            made = Some(self.requests.insert(request));
        }
        // All calls of the step are on the list before the first is sent: the step ends when the
        // list is empty.
        self.attempts[parent].calls = made;
        let mut next = made;
        while next != others {
            let Some(id) = next else { break };
            next = self.requests[id].sibling;
            self.send(id, agenda);
        }
    }

    /// A call of an attempt has ended, and is off its list: what comes then is told if nothing holds it up.
    #[inline(always)]
    pub(super) fn call_ended(&mut self, parent: AttemptId, call: u32, outcome: Outcome) {
        if outcome != Outcome::Completed {
            self.attempts[parent].outcome = Outcome::Failed;
        }
        let row = &self.attempts[parent];
        let goes_on = match row.stage {
            Stage::Lost => false,
            Stage::Joining => self.job_call_ended(parent, call, outcome),
            _ => row.calls.is_none(),
        };
        if goes_on {
            self.outbox.push(Signal::Served(parent));
        }
    }

    /// A call has ended: if it is the first on the list of its caller, it leaves it with those behind it that have
    /// ended before; otherwise it stays there until then. So the first of a list is in flight.
    pub(super) fn unlink_call(&mut self, parent: AttemptId, id: RequestId) {
        if self.attempts[parent].calls != Some(id) {
            let Request { origin, due, .. } = &mut self.requests[id];
            if let Origin::Call { ended, .. } = origin {
                *ended = true;
            }
            *due = Request::NEVER;
            return;
        }
        let mut first = self.forget(id).sibling;
        while let Some(next) = first
            && matches!(self.requests[next].origin, Origin::Call { ended: true, .. })
        {
            first = self.forget(next).sibling;
        }
        self.attempts[parent].calls = first;
    }
}
