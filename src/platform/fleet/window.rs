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
        if self.recycles() {
            if self.is_spent(id, agenda.now()) {
                self.go(id, agenda.now(), End::Spent);
                return true;
            }
            self.watch_end(id, agenda);
        }
        if self.instances[id].standing == Standing::Provisioned {
            return self.rest_provisioned(id, agenda.now());
        }
        if self.promises {
            self.keep_or_release(id);
        }
        match self.pause {
            None => self.open_window(id, agenda),
            Some(pause) => self.rest_before_pause(id, pause, agenda),
        }
    }

    /// The keep-alive window of an idle instance begins. True if it is gone at once.
    #[inline(always)]
    fn open_window(&mut self, id: InstanceId, agenda: &mut impl Agenda<Event>) -> bool {
        let now = agenda.now();
        let window = self.keep_alive.window(&super::view(&self.applications, &self.instances, id));
        let instance = &mut self.instances[id];
        if window == Span::ZERO {
            if !self.applications[instance.application.index()].holds() {
                self.go(id, now, End::Expired);
                return true;
            }
            instance.deadline = now;
        } else if window == Span::MAX {
            instance.deadline = Self::NEVER;
        } else {
            instance.deadline = now + window;
            let event = Event::Expire(self.number, id);
            instance.timer.arm(agenda, instance.deadline, Class::Expiry, event);
        }
        false
    }

    /// The timer of an instance has fired: true if the instance is gone. A timer that fired early
    /// is armed anew, one that is out of date is ignored.
    pub fn expire(&mut self, id: InstanceId, agenda: &mut impl Agenda<Event>) -> bool {
        let now = agenda.now();
        let instance = &mut self.instances[id];
        if !instance.timer.fired(now) || !instance.rests() {
            return false;
        }
        if instance.ends <= now {
            self.go(id, now, End::Spent);
            return true;
        }
        if let (Some(pause), State::Idle) = (self.pause, instance.state)
            && instance.deadline > now
        {
            return self.pause_when_due(id, pause, agenda);
        }
        let over = instance.deadline <= now;
        if over && !self.applications[instance.application.index()].holds() {
            self.go(id, now, End::Expired);
            return true;
        }
        let next = if over { instance.ends } else { instance.deadline.min(instance.ends) };
        if next <= Time::MAX {
            let event = Event::Expire(self.number, id);
            instance.timer.arm(agenda, next, Class::Expiry, event);
        }
        false
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
            WindowFrom::Idle if self.open_window(id, agenda) => return true,
            WindowFrom::Idle => {}
            WindowFrom::Paused => self.instances[id].deadline = Self::NEVER,
        }
        self.pause_when_due(id, pause, agenda)
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
            let next = due.min(instance.deadline);
            let event = Event::Expire(self.number, id);
            instance.timer.arm(agenda, next, Class::Expiry, event);
            return false;
        }
        self.periods.end(instance, now);
        instance.state = State::Paused;
        self.figures.paused.add(now, 1);
        if pause.window == WindowFrom::Paused {
            return self.open_window(id, agenda);
        }
        if instance.deadline <= Time::MAX {
            let event = Event::Expire(self.number, id);
            instance.timer.arm(agenda, instance.deadline, Class::Expiry, event);
        }
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
        self.pools.remove(instance, id);
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
