//! The load balancer: rounds of asking, and sleep between them.
//!
//! Source: `ch_placer.go`, `naive_placer.go`, `placer_tracker.go` of the Fn project, commit 00525289 (2025-09).

use super::sorted::Sorted;
use super::{Event, FnAgenda, FnProject};
use crate::kernel::{Span, Time};
use crate::model::{ApplicationId, AttemptId, HostId, Stage};
use crate::platform::{Context, Signal};

/// How far an attempt is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Call {
    /// When its runner took it, or since when it sleeps.
    pub(super) since: Time,
    /// When the load balancer stops trying.
    pub(super) gives_up: Time,
    /// Runners that were asked in this round.
    pub(super) tried: u32,
    /// The runner that has it; `None` at the load balancer.
    pub(super) runner: Option<HostId>,
}

/// Who sleeps: by the part of its rhythm at which it asks, and then since when.
type Sleeper = (u64, Time, AttemptId);

/// The sleepers of a function.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) sleepers: Sorted<Sleeper>,
    /// When the next of them asks again, if anything has changed.
    pub(super) due: Option<Time>,
    /// Whether the function stands among those for whom nothing has.
    pub(super) listed: bool,
}

/// The first time after `since` by whole steps of `every` that is not before `now`.
pub(super) fn next_turn(since: Time, now: Time, every: Span) -> Time {
    let steps = (now - since).as_nanos().div_ceil(every.as_nanos()).max(1);
    since + every * steps
}

impl Line {
    /// Who of those that sleep asks next from `now` on, and when. One that has only just asked sleeps first.
    fn next(&self, now: Time, every: Span) -> Option<(Time, Sleeper)> {
        let phase = now.as_nanos() % every.as_nanos();
        let least = AttemptId::new(0);
        let from = |phase, since| self.sleepers.from((phase, since, least));
        let at_once = from(phase, Time::ZERO).filter(|other| other.0 == phase && other.1 < now);
        let before = || self.sleepers.first().filter(|other| other.0 < phase);
        let sleeper = at_once
            .or_else(|| from(phase + 1, Time::ZERO))
            .or_else(before)
            .or_else(|| from(phase, now))?;
        Some((next_turn(sleeper.1, now, every), sleeper))
    }
}

impl FnProject {
    /// An attempt reaches the load balancer.
    pub(super) fn receive<A: FnAgenda>(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        if id.index() >= self.calls.len() {
            self.calls.resize(id.index() + 1, Call::default());
        }
        let gives_up = ctx.now() + self.spec.placer_timeout;
        self.calls[id.index()] = Call { gives_up, ..Call::default() };
        self.place(id, ctx);
    }

    /// Goes on asking runners to take an attempt, until one does or all were asked. True if it need not sleep.
    pub(super) fn place<A: FnAgenda>(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) -> bool {
        if self.calls[id.index()].gives_up <= ctx.now() {
            self.refuse(id, ctx);
            return true;
        }
        let home = self.functions[ctx.attempts[id].application.index()].home;
        while self.calls[id.index()].tried < self.runners {
            let call = &mut self.calls[id.index()];
            let host = self.placer.next(home, call.tried);
            call.tried += 1;
            if self.accept(id, host, ctx) {
                return true;
            }
        }
        self.sleep(id, ctx);
        false
    }

    /// All runners were busy.
    fn sleep<A: FnAgenda>(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let application = ctx.attempts[id].application;
        if ctx.attempts[id].stage != Stage::Waiting {
            self.fleet.figures.unplaced += 1;
        }
        self.wait(id, u32::MAX, ctx);
        let call = &mut self.calls[id.index()];
        let broke = call.runner.take().is_some();
        (call.since, call.tried) = (now, 0);
        let (gives_up, event) = (call.gives_up, Event::GiveUp(self.number));
        self.patience.add(gives_up, id, event, ctx.agenda);
        let phase = now.as_nanos() % self.spec.retry_delay.as_nanos();
        let line = &mut self.function(application).line;
        line.sleepers.insert((phase, now, id));
        if line.due.is_some() {
            return;
        }
        if broke {
            // A runner had taken it, and those that were asked before may have room by now.
            if std::mem::take(&mut line.listed) {
                self.asleep.retain(|other| *other != application);
            }
            self.stir(application, ctx);
        } else if !std::mem::replace(&mut line.listed, true) {
            self.asleep.push(application);
        }
    }

    /// An attempt sleeps no more.
    pub(super) fn wake(&mut self, id: AttemptId, application: ApplicationId) {
        let Call { since, gives_up, .. } = self.calls[id.index()];
        let phase = since.as_nanos() % self.spec.retry_delay.as_nanos();
        self.function(application).line.sleepers.remove((phase, since, id));
        self.patience.remove(gives_up, id);
    }

    /// The next sleeper of a function will ask again, in its own rhythm.
    fn stir<A: FnAgenda>(&mut self, application: ApplicationId, ctx: &mut Context<'_, A>) {
        let (now, every) = (ctx.now(), self.spec.retry_delay);
        let event = Event::Retry(self.number);
        let line = &mut self.function(application).line;
        if let (None, Some((due, _))) = (line.due, line.next(now, every)) {
            line.due = Some(due);
            self.retries.add(due, application, event, ctx.agenda);
        }
    }

    /// Something has changed on a runner: functions that it would take now are tried again.
    pub(super) fn changed<A: FnAgenda>(&mut self, host: HostId, ctx: &mut Context<'_, A>) {
        let mut place = 0;
        while let Some(&application) = self.asleep.get(place) {
            let empty = self.function(application).line.sleepers.is_empty();
            let takes = !empty && self.takes(application, host);
            if empty || takes {
                self.asleep.swap_remove(place);
                self.function(application).line.listed = false;
            } else {
                place += 1;
            }
            if takes {
                self.stir(application, ctx);
            }
        }
    }

    /// Lets those ask again whose time it is.
    pub(super) fn retry_all<A: FnAgenda>(&mut self, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        if !self.retries.fired(now) {
            return;
        }
        while let Some(application) = self.retries.pop(now) {
            self.retry(application, ctx);
        }
        self.retries.wait(Event::Retry(self.number), ctx.agenda);
    }

    fn retry<A: FnAgenda>(&mut self, application: ApplicationId, ctx: &mut Context<'_, A>) {
        let (now, every) = (ctx.now(), self.spec.retry_delay);
        let line = &mut self.function(application).line;
        line.due = None;
        // Who would have asked may be gone; then the next asks in its own time.
        if let Some((due, (.., id))) = line.next(now, every)
            && due == now
        {
            self.wake(id, application);
            if !self.place(id, ctx) {
                return;
            }
        }
        self.stir(application, ctx);
    }

    /// Refuses those for whom the load balancer has tried for long enough.
    pub(super) fn give_up_all<A: FnAgenda>(&mut self, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        if !self.patience.fired(now) {
            return;
        }
        while let Some(id) = self.patience.pop(now) {
            self.wake(id, ctx.attempts[id].application);
            self.refuse(id, ctx);
        }
        self.patience.wait(Event::GiveUp(self.number), ctx.agenda);
    }

    /// An attempt is told 503.
    fn refuse<A: FnAgenda>(&mut self, id: AttemptId, ctx: &mut Context<'_, A>) {
        if ctx.attempts[id].stage == Stage::Waiting {
            self.waiting.sub(ctx.now(), 1);
        }
        ctx.outbox.push(Signal::Refused(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Span = Span::from_millis(10);

    fn ms(ms: u64) -> Time {
        Time::ZERO + Span::from_millis(ms)
    }

    fn line(sleepers: &[(u64, u32)]) -> Line {
        let mut line = Line::default();
        for (since, id) in sleepers {
            line.sleepers.insert((
                ms(*since).as_nanos() % 10_000_000,
                ms(*since),
                AttemptId::new(*id),
            ));
        }
        line
    }

    #[test]
    fn a_turn_is_a_whole_number_of_steps_after_the_last() {
        assert_eq!(next_turn(ms(3), ms(3), EVERY), ms(13));
        assert_eq!(next_turn(ms(3), ms(5), EVERY), ms(13));
        assert_eq!(next_turn(ms(3), ms(13), EVERY), ms(13));
        assert_eq!(next_turn(ms(3), ms(94), EVERY), ms(103));
    }

    /// Sleepers since 3, 7 and 21 ms: at 25 ms the next are at 27, then 31, then 33.
    #[test]
    fn sleepers_ask_in_the_order_of_their_rhythms() {
        let line = line(&[(3, 0), (7, 1), (21, 2)]);
        let next = |now| line.next(ms(now), EVERY).map(|(due, (.., id))| (due, id.number()));
        assert_eq!(next(25), Some((ms(27), 1)));
        assert_eq!(next(27), Some((ms(27), 1)));
        assert_eq!(next(28), Some((ms(31), 2)));
        assert_eq!(next(32), Some((ms(33), 0)));
        assert_eq!(next(38), Some((ms(41), 2)));
    }

    /// Who has just asked sleeps for 10 ms first; another of the same rhythm does not.
    #[test]
    fn who_has_just_asked_sleeps() {
        let next = |line: &Line| line.next(ms(13), EVERY).map(|(due, (.., id))| (due, id.number()));
        assert_eq!(next(&line(&[(13, 0)])), Some((ms(23), 0)));
        assert_eq!(next(&line(&[(13, 0), (5, 1)])), Some((ms(15), 1)));
        assert_eq!(next(&line(&[(13, 0), (1, 1)])), Some((ms(21), 1)));
        assert_eq!(next(&line(&[(13, 0), (3, 1)])), Some((ms(13), 1)));
        assert_eq!(next(&line(&[])), None);
    }
}
