//! A runner: which container a request gets there, when another is launched, and what goes for it.
//!
//! Source: `agent.go` (`checkLaunch`, `waitHot`), `slots.go` (`isNewContainerNeeded`), `resource.go` and `evictor.go`
//! of the Fn project, commit 00525289 (2025-09).

use std::collections::VecDeque;

use super::balancer::next_turn;
use super::{Event, FnAgenda, FnProject};
use crate::kernel::{Span, Time};
use crate::model::{ApplicationId, AttemptId, HostId, InstanceId, Stage};
use crate::platform::fleet::State;
use crate::platform::{Context, drawn};

/// The queue of a function on a runner.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Who waits for a container of the function, in order of arrival.
    pub(super) waiting: VecDeque<AttemptId>,
    /// Its containers that start.
    pub(super) starting: u32,
    /// When somebody asks for a container again, if more wait than start.
    pub(super) check: Option<Time>,
    /// Until when the runner remembers the function.
    known_until: Time,
}

impl Queue {
    /// How many containers are starting that nobody waits for.
    fn has_spare(&self) -> bool {
        self.starting as usize > self.waiting.len()
    }

    /// `isNewContainerNeeded`; no container rests while somebody waits.
    pub(super) fn lacks(&self) -> bool {
        self.waiting.len() > self.starting as usize
    }
}

/// What became of an attempt to launch a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Launch {
    Started(InstanceId),
    /// Others went for it; it may be launched when it is asked for again.
    Evicted,
    Full,
}

impl FnProject {
    pub(super) fn queue(&mut self, application: ApplicationId, host: HostId) -> &mut Queue {
        &mut self.queues[application.index() * self.runners as usize + host.index()]
    }

    /// Whether a runner would take an attempt at a function now.
    pub(super) fn takes(&mut self, application: ApplicationId, host: HostId) -> bool {
        let need = *self.fleet.need(application);
        self.fleet.resting_on(application, host).next().is_some()
            || self.queue(application, host).has_spare()
            || self.fleet.room_on(host, true).fits(&need)
    }

    /// Asks a runner to take an attempt; false if it is too busy.
    pub(super) fn accept<A: FnAgenda>(
        &mut self,
        id: AttemptId,
        host: HostId,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let now = ctx.now();
        let application = ctx.attempts[id].application;
        if let Some(instance) = self.fleet.pick_on(application, host) {
            self.taken(id, host, now);
            self.use_rested(instance, id, ctx);
            return true;
        }
        let remembers = now + self.spec.launcher_timeout;
        let queue = self.queue(application, host);
        let is_new = std::mem::replace(&mut queue.known_until, remembers) <= now;
        let mut launch = None;
        if !queue.has_spare() {
            launch = Some(self.launch(application, host, ctx));
            if launch == Some(Launch::Evicted) && is_new {
                // The launcher of a queue that is new looks once by itself, and then for the request.
                launch = Some(self.launch(application, host, ctx));
            }
        }
        if launch == Some(Launch::Full) {
            return false;
        }
        self.taken(id, host, now);
        self.wait(id, u32::MAX, ctx);
        self.queue(application, host).waiting.push_back(id);
        if let Some(Launch::Started(instance)) = launch {
            self.started(instance, ctx);
        }
        self.watch(application, host, ctx);
        true
    }

    fn taken(&mut self, id: AttemptId, host: HostId, now: Time) {
        let call = &mut self.calls[id.index()];
        (call.since, call.runner) = (now, Some(host));
    }

    /// Launches a container, if there is room or can be.
    fn launch<A: FnAgenda>(
        &mut self,
        application: ApplicationId,
        host: HostId,
        ctx: &mut Context<'_, A>,
    ) -> Launch {
        if !self.fleet.room_on(host, false).fits(self.fleet.need(application)) {
            return self.make_room(application, host, ctx);
        }
        let key = self.functions[application.index()].cold_start;
        let start = drawn(self.spec.cold_start.as_ref(), key, self.fleet.starts(application));
        self.queue(application, host).starting += 1;
        Launch::Started(self.fleet.start_on(application, host, start, ctx.agenda))
    }

    /// Takes idle containers of other functions away, the ones created first, until what is missing is covered;
    /// none if all are too few.
    fn make_room<A: FnAgenda>(
        &mut self,
        application: ApplicationId,
        host: HostId,
        ctx: &mut Context<'_, A>,
    ) -> Launch {
        let need = *self.fleet.need(application);
        if !self.fleet.room_on(host, true).fits(&need) {
            return Launch::Full;
        }
        // No container of its own rests here, so that all idle ones are those of others.
        let mut idle = std::mem::take(&mut self.idle);
        idle.extend(self.fleet.idle_on(host).map(|id| (self.fleet.instance(id).number, id)));
        idle.sort_unstable();
        for (_, id) in idle.drain(..) {
            if self.fleet.room_on(host, false).fits(&need) {
                break;
            }
            self.fleet.evict(id, ctx.now());
        }
        self.idle = idle;
        Launch::Evicted
    }

    /// A container has begun to start; one that takes no time is ready.
    fn started<A: FnAgenda>(&mut self, instance: InstanceId, ctx: &mut Context<'_, A>) {
        if self.fleet.instance(instance).cold_start == Span::ZERO {
            self.ready(instance, ctx);
        }
    }

    /// An attempt uses a container that rests: at once, or when it has resumed.
    fn use_rested<A: FnAgenda>(
        &mut self,
        instance: InstanceId,
        id: AttemptId,
        ctx: &mut Context<'_, A>,
    ) {
        if self.fleet.instance(instance).state == State::Paused {
            let delay = drawn(self.spec.resume.as_ref(), self.resume_key, self.resumed);
            self.resumed += 1;
            self.fleet.resume(instance, delay, ctx.agenda);
            if delay > Span::ZERO {
                self.wait(id, instance.number(), ctx);
                self.fleet.bind(instance, id);
                return;
            }
            self.fleet.ready(instance, ctx.now());
        }
        self.begin(instance, id, false, ctx);
    }

    /// Begins the service of an attempt.
    fn begin<A: FnAgenda>(
        &mut self,
        instance: InstanceId,
        id: AttemptId,
        cold: bool,
        ctx: &mut Context<'_, A>,
    ) {
        if ctx.attempts[id].stage == Stage::Waiting {
            self.waiting.sub(ctx.now(), 1);
        }
        ctx.begin_on_host(&mut self.fleet, instance, id, cold);
        self.begun += 1;
    }

    /// A container has started or resumed.
    pub(super) fn ready<A: FnAgenda>(&mut self, instance: InstanceId, ctx: &mut Context<'_, A>) {
        let row = self.fleet.instance(instance);
        let (application, host) = (row.application, row.host);
        let started = row.state == State::Starting;
        self.fleet.ready(instance, ctx.now());
        if started {
            self.queue(application, host).starting -= 1;
            return self.freed(instance, true, ctx);
        }
        let id = self.fleet.unbind(instance).expect("who resumed it");
        if ctx.attempts[id].stage == Stage::Cancelled {
            ctx.attempts.remove(id);
            self.freed(instance, false, ctx);
        } else {
            self.begin(instance, id, false, ctx);
        }
    }

    /// A container has nothing to do: it serves who waits first in its queue, or rests. It is `fresh` if it has just
    /// started.
    pub(super) fn freed<A: FnAgenda>(
        &mut self,
        instance: InstanceId,
        fresh: bool,
        ctx: &mut Context<'_, A>,
    ) {
        let row = self.fleet.instance(instance);
        let (application, host) = (row.application, row.host);
        let queue = self.queue(application, host);
        if let Some(id) = queue.waiting.pop_front() {
            let spare = queue.has_spare();
            self.begin(instance, id, fresh, ctx);
            self.watch(application, host, ctx);
            if !spare {
                return;
            }
        } else {
            self.fleet.rest(instance, ctx.agenda);
        }
        self.changed(host, ctx);
    }

    /// An attempt leaves its queue without a container.
    pub(super) fn leave<A: FnAgenda>(
        &mut self,
        id: AttemptId,
        application: ApplicationId,
        host: HostId,
        ctx: &mut Context<'_, A>,
    ) {
        self.queue(application, host).waiting.retain(|other| *other != id);
        self.watch(application, host, ctx);
        self.changed(host, ctx);
    }

    /// Sees to it that a container is asked for again as long as more wait in a queue than start.
    fn watch<A: FnAgenda>(
        &mut self,
        application: ApplicationId,
        host: HostId,
        ctx: &mut Context<'_, A>,
    ) {
        let queue = &self.queues[application.index() * self.runners as usize + host.index()];
        if !queue.lacks() && queue.check.is_none() {
            return;
        }
        let soon = ctx.now() + Span::from_nanos(1);
        let poll =
            |id: &AttemptId| next_turn(self.calls[id.index()].since, soon, self.spec.hot_poll);
        let due = queue.waiting.iter().map(poll).min().filter(|_| queue.lacks());
        let before = std::mem::replace(&mut self.queue(application, host).check, due);
        if let Some(before) = before.filter(|_| before != due) {
            self.checks.remove(before, (application, host));
        }
        if let Some(due) = due.filter(|_| before != due) {
            let event = Event::Check(self.number);
            self.checks.add(due, (application, host), event, ctx.agenda);
        }
    }

    /// Lets those ask for a container again whose time it is.
    pub(super) fn check_all<A: FnAgenda>(&mut self, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        if !self.checks.fired(now) {
            return;
        }
        while let Some((application, host)) = self.checks.pop(now) {
            self.queue(application, host).check = None;
            self.check_queue(application, host, ctx);
        }
        self.checks.wait(Event::Check(self.number), ctx.agenda);
    }

    /// Those of a queue who ask now, one after the other: a container is launched, others go for it, or the runner is too
    /// busy after all.
    fn check_queue<A: FnAgenda>(
        &mut self,
        application: ApplicationId,
        host: HostId,
        ctx: &mut Context<'_, A>,
    ) {
        let (now, every) = (ctx.now(), self.spec.hot_poll);
        let remembers = now + self.spec.launcher_timeout;
        let mut asking = std::mem::take(&mut self.asking);
        let asks = |id: &&AttemptId| {
            let since = self.calls[id.index()].since;
            since < now && next_turn(since, now, every) == now
        };
        let queue = &self.queues[application.index() * self.runners as usize + host.index()];
        asking.extend(queue.waiting.iter().filter(asks));
        for id in asking.drain(..) {
            let queue = self.queue(application, host);
            queue.known_until = remembers;
            if !queue.lacks() {
                break;
            }
            if !queue.waiting.contains(&id) {
                continue;
            }
            match self.launch(application, host, ctx) {
                Launch::Started(instance) => self.started(instance, ctx),
                Launch::Evicted => {}
                Launch::Full => {
                    self.leave(id, application, host, ctx);
                    self.place(id, ctx);
                }
            }
        }
        self.asking = asking;
        self.watch(application, host, ctx);
    }
}
