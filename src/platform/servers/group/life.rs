//! The life of a server: it boots, joins, serves, drains or dies, and is gone.

use super::spec::{Event, SlotId};
use super::{ServerGroup, Slot, Work};
use crate::kernel::stream::below;
use crate::kernel::{Agenda, Class, Span, Time};
use crate::model::{ApplicationId, OutageId};
use crate::platform::{Context, drawn};
use crate::pricing::Account;

/// Never.
pub(super) const NEVER: Time = Time::from_nanos(u64::MAX);

/// The speed of a server in thousandths of its own.
const WHOLE: u32 = 1000;

/// What a server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It starts, and serves nobody yet.
    Booting,
    /// It works, and the balancer has yet to find that out.
    Passing,
    /// It works.
    Serving,
    /// It hangs, or is cut off, and gets no requests any more.
    Silent,
    /// It works, gets no more requests, and is to go, or to be away for a while.
    Leaving {
        /// What follows.
        then: After,
    },
    /// It has a new version of a service installed, and serves nobody meanwhile.
    Installing,
    /// It does not work.
    Dead,
}

/// What follows when a server has no requests, or has had its time to end them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It is gone.
    Gone,
    /// It is taken away by a fault, and boots again where it is; not before its time.
    Returns,
    /// It has a new version of a service installed.
    Installs,
}

/// A server in a slot.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) state: State,
    /// When it has booted, passed, had its time to drain or its installation; [`NEVER`] if it goes on as it is.
    due: Time,
    /// When it is known to be dead, unless it works again before; [`NEVER`] if it is not dead, or known to be.
    pub(super) known: Time,
    /// When it died, if requests go to it still; [`NEVER`] if not.
    pub(super) died: Time,
    /// The faults under which it works and answers nobody.
    pub(super) silenced: Vec<OutageId>,
    /// Whether a fault that has hit it was counted, since it booted last.
    pub(super) failed: bool,
    /// Its own speed in thousandths: what faults that never end have left of it.
    pub(super) speed: u32,
    /// What is counted of its machine; `None` as long as that has been taken away.
    account: Option<Account>,
}

impl Slot {
    /// Whether no fault keeps a server there from working.
    pub(super) fn is_free(&self) -> bool {
        self.outages == 0 && !self.lost
    }

    /// Whether its server works and answers nobody.
    pub(super) fn is_silent(&self) -> bool {
        self.server.as_ref().is_some_and(|server| !server.silenced.is_empty())
    }
}

impl State {
    /// Whether it serves.
    pub(super) fn works(self) -> bool {
        matches!(self, Self::Passing | Self::Serving | Self::Silent | Self::Leaving { .. })
    }
}

impl ServerGroup {
    /// The server in a slot that has one.
    pub(super) fn server(&mut self, slot: SlotId) -> &mut Server {
        let server = self.slots[slot.index()].server.as_mut();
        server.expect("there is a server in the slot")
    }

    /// What the server in a slot does, if there is one.
    pub(super) fn state(&self, slot: SlotId) -> Option<State> {
        self.slots[slot.index()].server.as_ref().map(|server| server.state)
    }

    /// Whether the server in a slot works.
    pub(super) fn is_up(&self, slot: SlotId) -> bool {
        self.state(slot).is_some_and(State::works)
    }

    /// Whether any server boots, or is dead and yet to be found so and replaced.
    pub(super) fn is_any_coming(&self) -> bool {
        let coming = |server: &Server| {
            matches!(server.state, State::Booting | State::Passing)
                || (server.known < NEVER && self.group.replaces)
        };
        self.slots.iter().filter_map(|slot| slot.server.as_ref()).any(coming)
    }

    /// All slots.
    pub(super) fn all_slots(&self) -> impl Iterator<Item = SlotId> + use<> {
        (0..self.slots.len()).map(SlotId::from_index)
    }

    /// The servers of the start work already.
    pub(super) fn start_group<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        self.start_scaling(ctx);
        for _ in 0..self.desired {
            let slot = self.add_slot(None, ctx);
            self.put_server(slot, ctx.now());
            self.processes_begin(slot, None, ctx.now());
            self.enter(slot, State::Serving, NEVER, ctx);
            self.look_ahead(slot, ctx.agenda);
        }
        self.rotation.set_all();
    }

    /// One slot more, that is new `now` or there from the start, with the faults that it is under.
    pub(super) fn add_slot<A: Agenda<Event>>(
        &mut self,
        now: Option<Time>,
        ctx: &mut Context<'_, A>,
    ) -> SlotId {
        let slot = SlotId::from_index(self.slots.len());
        self.slots.push(Slot {
            zone: slot.number() % self.group.zones,
            outages: 0,
            lost: false,
            slow: Vec::new(),
            speed: 0,
            server: None,
            work: Work::new(self.spec.speed),
            line: self.spec.discipline.line().filter(|_| !self.is_central()).map(super::Queue::new),
        });
        self.rotation.add_slot();
        self.versions.add_slot();
        self.wears.iter_mut().for_each(|wears| wears.add_slot());
        self.start_faults(slot, now, ctx);
        slot
    }

    /// A slot has a server, which does nothing yet.
    pub(super) fn put_server(&mut self, slot: SlotId, now: Time) {
        let state = State::Dead;
        self.slots[slot.index()].server = Some(Server {
            state,
            due: NEVER,
            known: NEVER,
            died: NEVER,
            silenced: Vec::new(),
            failed: false,
            speed: WHOLE,
            account: None,
        });
        self.versions.start(slot, None);
        self.rent(slot, now);
    }

    /// The machine of a server is there and charged, if it is not already.
    fn rent(&mut self, slot: SlotId, now: Time) {
        if self.server(slot).account.is_some() {
            return;
        }
        let account = match &mut self.meter {
            Some(meter) => meter.started(ApplicationId::new(0), false, now),
            None => Account::default(),
        };
        let server = self.server(slot);
        (server.account, server.speed) = (Some(account), WHOLE);
        self.figures.servers.add(now, 1);
    }

    /// The machine of a server is not there any more.
    pub(super) fn give_back(&mut self, slot: SlotId, now: Time) {
        let Some(mut account) = self.server(slot).account.take() else { return };
        self.figures.servers.sub(now, 1);
        if let Some(meter) = &mut self.meter {
            meter.gone(&mut account, ApplicationId::new(0), now, now);
        }
    }

    /// A server does something else from now on, until `due`.
    pub(super) fn enter<A: Agenda<Event>>(
        &mut self,
        slot: SlotId,
        state: State,
        due: Time,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let server = self.server(slot);
        let before = std::mem::replace(&mut server.state, state);
        server.due = due;
        if due < NEVER {
            ctx.agenda.schedule(due, Class::Control, Event::Due(self.number, slot));
        }
        let counts = |is: fn(State) -> bool| (u64::from(is(state)), u64::from(is(before)));
        let (boots, booted) = counts(|state| state == State::Booting);
        self.figures.booting.set(now, self.figures.booting.value() + boots - booted);
        let (works, worked) = counts(State::works);
        self.up.set(now, self.up.value() + works - worked);
        if works != worked {
            self.speed_changed(slot, ctx);
        }
    }

    /// A server works or does not, or is faster or slower than before.
    pub(super) fn speed_changed<A: Agenda<Event>>(
        &mut self,
        slot: SlotId,
        ctx: &mut Context<'_, A>,
    ) {
        let row = &mut self.slots[slot.index()];
        let answers = |server: &&Server| server.state.works() && server.silenced.is_empty();
        let working = row.server.as_ref().filter(answers);
        let slowest = |server: &Server| row.slow.iter().fold(server.speed, |a, b| a.min(*b));
        let own = working.map_or(0, |server| u64::from(slowest(server)));
        self.speed = self.speed - row.speed + own;
        row.speed = own;
        let speed = if self.together.is_some() { self.speed } else { own };
        let processor = &mut self.work(slot).processor;
        if speed == 0 {
            processor.stand_still(ctx.now());
        } else {
            processor.set_millicores(ctx.now(), speed);
        }
        self.work_changed(slot, ctx);
    }

    /// A server starts.
    pub(super) fn boot<A: Agenda<Event>>(&mut self, slot: SlotId, ctx: &mut Context<'_, A>) {
        let boot = drawn(self.group.boot.as_ref(), self.boot_key, self.boots);
        self.boots += 1;
        let same_machine = self.server(slot).account.is_some();
        self.versions.start(slot, self.under_way().filter(|_| same_machine));
        self.rent(slot, ctx.now());
        self.server(slot).failed = false;
        self.server(slot).silenced.clear();
        let booted = ctx.now().plus(boot);
        self.processes_begin(slot, None, booted);
        self.enter(slot, State::Booting, booted, ctx);
    }

    /// Something may be due at a server.
    pub(super) fn due<A: Agenda<Event>>(&mut self, slot: SlotId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        if self.slots[slot.index()].server.as_ref().is_some_and(|server| server.known == now) {
            self.found_dead(slot, ctx);
        }
        let Some(server) = &self.slots[slot.index()].server else { return };
        if server.due != now {
            return;
        }
        match server.state {
            State::Booting | State::Installing => self.booted(slot, ctx),
            State::Passing => self.join(slot, ctx),
            State::Leaving { .. } => {
                self.lose_jobs(slot, ctx);
                self.leaves(slot, ctx);
            }
            State::Serving | State::Silent | State::Dead => {}
        }
    }

    /// A server works: requests go to it as soon as a probe has found that out.
    pub(super) fn booted<A: Agenda<Event>>(&mut self, slot: SlotId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        if self.is_silent(slot) {
            return self.enter(slot, State::Silent, NEVER, ctx);
        }
        self.server(slot).known = NEVER;
        let check = self.group.health_check.filter(|_| !self.is_central());
        let known = self.rotation.contains(slot);
        match check.filter(|_| !known).map(|check| check.probe(self.phase(slot), now)) {
            Some(probe) if probe > now => self.enter(slot, State::Passing, probe, ctx),
            _ => self.join(slot, ctx),
        }
        self.look_ahead(slot, ctx.agenda);
    }

    /// When the first probe of a server is, less than a period after the start of the run.
    pub(super) fn phase(&self, slot: SlotId) -> Span {
        let period = self.group.health_check.map_or(Span::ZERO, |check| check.period);
        let draws = &mut self.probe_key.draws(slot.number().into());
        Span::from_nanos(below(draws, period.as_nanos().max(1)))
    }

    /// Requests go to a server from now on.
    fn join<A: Agenda<Event>>(&mut self, slot: SlotId, ctx: &mut Context<'_, A>) {
        self.server(slot).died = NEVER;
        self.enter(slot, State::Serving, NEVER, ctx);
        self.rotation.set(slot, true);
        // One that hung has what it served.
        if self.exclusive && self.rotation.requests(slot) == 0 {
            self.serve_next(slot, ctx);
        }
    }

    /// A server is to go, or to be away for a while: it gets no more requests, and has so long for those that
    /// it has.
    pub(super) fn let_go<A: Agenda<Event>>(
        &mut self,
        slot: SlotId,
        drain: Span,
        then: After,
        ctx: &mut Context<'_, A>,
    ) {
        self.rotation.set(slot, false);
        if self.is_up(slot) {
            self.server(slot).known = NEVER;
            self.enter(slot, State::Leaving { then }, ctx.now().plus(drain), ctx);
            self.go_if_idle(slot, ctx);
        } else if then == After::Returns {
            self.enter(slot, State::Dead, NEVER, ctx);
            self.give_back(slot, ctx.now());
        } else {
            self.remove(slot, ctx);
        }
    }

    /// A server that is to go, or to be installed, and has no requests does so.
    pub(super) fn go_if_idle<A: Agenda<Event>>(&mut self, slot: SlotId, ctx: &mut Context<'_, A>) {
        let Some(State::Leaving { then }) = self.state(slot) else { return };
        if then != After::Returns && self.rotation.requests(slot) == 0 {
            self.leaves(slot, ctx);
        }
    }

    /// A server has drained, or has had its time for that.
    pub(super) fn leaves<A: Agenda<Event>>(&mut self, slot: SlotId, ctx: &mut Context<'_, A>) {
        match self.state(slot) {
            Some(State::Leaving { then: After::Gone }) => return self.remove(slot, ctx),
            Some(State::Leaving { then: After::Installs }) => return self.install(slot, ctx),
            _ => {}
        }
        self.enter(slot, State::Dead, NEVER, ctx);
        self.give_back(slot, ctx.now());
        if self.slots[slot.index()].is_free() {
            self.boot(slot, ctx);
        }
    }

    /// A server that drains has no more than so long for that.
    pub(super) fn hurry<A: Agenda<Event>>(
        &mut self,
        slot: SlotId,
        notice: Span,
        ctx: &mut Context<'_, A>,
    ) {
        let due = ctx.now().plus(notice);
        let server = self.server(slot);
        if due < server.due {
            server.due = due;
            ctx.agenda.schedule(due, Class::Control, Event::Due(self.number, slot));
        }
    }

    /// A server is gone.
    pub(super) fn remove<A: Agenda<Event>>(&mut self, slot: SlotId, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        self.enter(slot, State::Dead, NEVER, ctx);
        self.rotation.set(slot, false);
        self.give_back(slot, now);
        self.slots[slot.index()].server = None;
    }

    /// What was counted of the servers that are there, as if they went now.
    pub(super) fn accounts(&self) -> impl Iterator<Item = Account> {
        self.slots.iter().filter_map(|slot| slot.server.as_ref()?.account)
    }
}
