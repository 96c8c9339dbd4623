//! How long an idle instance is kept, and when it is paused.

use super::end::End;
use super::{Event, Fleet, PauseSpec, Standing, State, WindowFrom};
use crate::kernel::{Agenda, Class, Span, Time};
use crate::model::InstanceId;

impl Fleet {
    /// An idle instance has nothing to serve: its keep-alive window begins, or what comes before it.
    /// True if it is gone at once.
    #[inline(always)]
    pub fn rest(&mut self, id: InstanceId, agenda: &mut impl Agenda<Event>) -> bool {
        let now = agenda.now();
        if self.is_spent(id, now) {
            self.go(id, now, End::Spent);
            return true;
        }
        if matches!(self.instances[id].standing, Standing::Provisioned | Standing::Doomed) {
            if self.rest_apart(id, now) {
                return true;
            }
            self.watch(id, agenda);
            return false;
        }
        if self.promises {
            self.keep_or_release(id);
        }
        if let Some(pause) = self.pause {
            return self.rest_before_pause(id, pause, agenda);
        }
        if self.open_window(id, now) {
            return true;
        }
        self.watch(id, agenda);
        false
    }

    /// The keep-alive window of an idle instance begins. True if it is gone at once.
    #[inline(always)]
    fn open_window(&mut self, id: InstanceId, now: Time) -> bool {
        let window = self.keep_alive.window(&super::view(&self.applications, &self.instances, id));
        let instance = &mut self.instances[id];
        if window == Span::ZERO && !self.applications[instance.application.index()].holds() {
            self.go(id, now, End::Expired);
            return true;
        }
        instance.deadline = if window == Span::MAX { Self::NEVER } else { now + window };
        false
    }

    /// Sees to it that a resting instance goes when its window is over, or its life.
    #[inline(always)]
    fn watch(&mut self, id: InstanceId, agenda: &mut impl Agenda<Event>) {
        let (now, recycles) = (agenda.now(), self.recycles());
        let instance = &mut self.instances[id];
        let mut next = instance.deadline_after(now);
        if recycles {
            next = next.min(instance.ends);
        }
        if next <= Time::MAX {
            instance.timer.arm(agenda, next, Class::Expiry, Event::Expire(self.number, id));
        }
    }

    /// The timer of an instance has fired: true if the instance is gone. A timer that fired early
    /// is armed anew, one that is out of date is ignored, and so is one before a pause: from then on
    /// it is armed again.
    pub fn expire(&mut self, id: InstanceId, agenda: &mut impl Agenda<Event>) -> bool {
        let instance = &mut self.instances[id];
        if !instance.timer.fired(agenda.now()) || !instance.rests() {
            return false;
        }
        if self.is_over(id, agenda.now()) {
            return true;
        }
        if self.pause.is_none() || self.instances[id].state == State::Paused {
            self.watch(id, agenda);
        }
        false
    }

    /// Takes a resting instance away whose life is over, or whose window is and no plan keeps it. True
    /// if it is gone.
    fn is_over(&mut self, id: InstanceId, now: Time) -> bool {
        let instance = &self.instances[id];
        let end = if instance.ends <= now {
            End::Spent
        } else if instance.deadline <= now
            && !self.applications[instance.application.index()].holds()
        {
            End::Expired
        } else {
            return false;
        };
        self.go(id, now, end);
        true
    }

    /// An idle instance will be paused after the grace. True if it is gone at once.
    #[inline(never)]
    fn rest_before_pause(
        &mut self,
        id: InstanceId,
        pause: PauseSpec,
        agenda: &mut impl Agenda<Event>,
    ) -> bool {
        match pause.window {
            WindowFrom::Idle if self.open_window(id, agenda.now()) => return true,
            WindowFrom::Idle => {}
            WindowFrom::Paused => self.instances[id].deadline = Self::NEVER,
        }
        self.pause_when_due(id, pause, agenda)
    }

    /// The timer for the pause of an instance has fired: true if the instance is gone. It is as with
    /// [`expire`](Self::expire), whose timer has nothing to do with an instance that is not paused yet:
    /// so each of the two only ever moves later, however often the instance resumes.
    pub fn pause(&mut self, id: InstanceId, agenda: &mut impl Agenda<Event>) -> bool {
        let instance = &mut self.instances[id];
        if !instance.pause_timer.fired(agenda.now()) || instance.state != State::Idle {
            return false;
        }
        let Some(pause) = self.pause else { return false };
        self.is_over(id, agenda.now()) || self.pause_when_due(id, pause, agenda)
    }

    /// Pauses an idle instance if its grace is over, or else sees to it later. True if it is gone.
    fn pause_when_due(
        &mut self,
        id: InstanceId,
        pause: PauseSpec,
        agenda: &mut impl Agenda<Event>,
    ) -> bool {
        let now = agenda.now();
        let instance = &mut self.instances[id];
        let due = instance.idle_since + pause.grace;
        if due > now {
            let next = due.min(instance.deadline_after(now)).min(instance.ends);
            let event = Event::Pause(self.number, id);
            instance.pause_timer.arm(agenda, next, Class::Expiry, event);
            return false;
        }
        self.periods.end(instance, now);
        instance.state = State::Paused;
        self.figures.paused.add(now, 1);
        if pause.window == WindowFrom::Paused && self.open_window(id, now) {
            return true;
        }
        self.watch(id, agenda);
        false
    }

    /// A paused instance resumes, which takes `delay`; [`Event::Ready`] is scheduled if that is any
    /// time, otherwise the caller calls [`ready`](Self::ready) at once. Meanwhile it is nobody else's.
    pub fn resume(&mut self, id: InstanceId, delay: Span, agenda: &mut impl Agenda<Event>) {
        let now = agenda.now();
        let instance = &mut self.instances[id];
        debug_assert_eq!(instance.state, State::Paused, "{id:?} resumes");
        self.periods.end(instance, now);
        instance.state = State::Resuming;
        self.figures.paused.sub(now, 1);
        self.figures.resumes += 1;
        self.pools.remove(&mut self.instances, id);
        let instance = &self.instances[id];
        let need = &self.applications[instance.application.index()].need;
        self.hosts.leaves_idle(instance.seat(id), need);
        if delay > Span::ZERO {
            agenda.schedule(now + delay, Class::Completion, Event::Ready(self.number, id));
        }
    }

    /// An instance that was resuming is idle again.
    #[inline(never)]
    pub(super) fn resumed(&mut self, id: InstanceId, now: Time) {
        let instance = &mut self.instances[id];
        self.periods.end(instance, now);
        instance.state = State::Idle;
        let need = &self.applications[instance.application.index()].need;
        self.hosts.joins_idle(instance.seat(id), need);
        self.pools.used(instance, id, true);
    }
}
