//! A new version of a service comes to servers: each leaves the rotation, has it installed, and comes back, or others
//! that have it start in their place.
//!
//! What is done when says the strategy of the release. One deployment is under way at a time, so that what it promises
//! holds; others wait. A server that is started meanwhile for other reasons has the version that all had before, and its
//! turn, unless others start in its place; one that is dead has the version of the others when it boots.

use super::ServerGroup;
use super::life::{After, NEVER, State};
use super::spec::{Event, SlotId};
use crate::kernel::Agenda;
use crate::model::ApplicationId;
use crate::platform::{Context, Handover, Signal, drawn};
use crate::policy::release::{self as policy, Move, Servers, Strategy};

/// A version that is to be on all servers.
#[derive(Debug)]
pub(super) struct Deployment {
    handover: Handover,
    strategy: Box<dyn Strategy>,
    /// Whether it is the old version that is to be on all servers again.
    back: bool,
    /// Members of the family of the service, each of which is told of when it is over.
    members: u32,
}

impl Deployment {
    fn target(&self) -> ApplicationId {
        if self.back { self.handover.old } else { self.handover.new }
    }
}

impl ServerGroup {
    /// The version that comes to servers, if one does.
    pub(super) fn under_way(&self) -> Option<ApplicationId> {
        self.deployments.front().map(Deployment::target)
    }

    /// The new application is to be on all servers, in the place of the old one.
    pub(super) fn begin_deployment<A: Agenda<Event>>(
        &mut self,
        (handover, strategy): (Handover, Box<dyn Strategy>),
        ctx: &mut Context<'_, A>,
    ) {
        self.versions.add(handover);
        let waiting = self.deployments.iter_mut().find(|of| of.handover == handover && !of.back);
        if let Some(deployment) = waiting {
            deployment.members += 1;
            return;
        }
        self.deployments.push_back(Deployment { handover, strategy, back: false, members: 1 });
        self.deploy(ctx);
    }

    /// The old application is to be on all servers again. That goes before what waits.
    pub(super) fn begin_redeployment<A: Agenda<Event>>(
        &mut self,
        (handover, strategy): (Handover, Box<dyn Strategy>),
        ctx: &mut Context<'_, A>,
    ) {
        match self.deployments.iter().position(|of| of.handover == handover) {
            Some(place) if self.deployments[place].back => self.deployments[place].members += 1,
            Some(place) => {
                let deployment = &mut self.deployments[place];
                (deployment.back, deployment.members) = (true, 1);
            }
            None => {
                let place = self.deployments.len().min(1);
                self.deployments
                    .insert(place, Deployment { handover, strategy, back: true, members: 1 });
            }
        }
        self.call_back(ctx);
        self.deploy(ctx);
    }

    /// Servers that still end their requests before an installation that is not wanted any more stay as they are.
    fn call_back<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        let Some(target) = self.under_way() else { return };
        for slot in self.all_slots() {
            let drains = self.state(slot) == Some(State::Leaving { then: After::Installs });
            if drains && self.has(slot, target) {
                self.enter(slot, State::Serving, NEVER, ctx);
                self.rotation.set(slot, true);
                if self.is_silent(slot) {
                    self.will_be_found(slot, ctx);
                }
            }
        }
    }

    /// Goes on with the deployment under way, and with those that wait for it, as far as that is possible now.
    pub(super) fn deploy<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        while !self.deployments.is_empty() {
            if let Some(place) = (0..self.deployments.len()).find(|&place| self.is_through(place)) {
                self.end_deployment(place, ctx);
                continue;
            }
            let (target, strategy) =
                (self.deployments[0].target(), self.deployments[0].strategy.clone());
            let Some(policy) = strategy.deployment() else { return };
            match policy.next(&self.seen(target)) {
                None => return,
                Some(Move::Take(servers)) => self.take_out(servers, policy.drains(), ctx),
                Some(Move::Start(servers)) => {
                    self.versions.settle(target);
                    self.extra += servers;
                    self.reconcile(ctx);
                }
                Some(Move::Retire(servers)) => self.retire(servers, ctx),
            }
        }
    }

    /// What the strategy sees of servers to which a version comes.
    fn seen(&self, target: ApplicationId) -> Servers {
        let all = self.desired + self.extra;
        let mut seen = Servers { desired: self.desired, extra: self.extra, ..Servers::default() };
        let mut there = 0;
        for slot in self.all_slots() {
            let Some(state) = self.state(slot) else { continue };
            let of = if self.has(slot, target) { &mut seen.new } else { &mut seen.old };
            of.serving += u32::from(state == State::Serving);
            of.away += u32::from(self.is_away(slot, state));
            there += u32::from(state != State::Leaving { then: After::Gone });
        }
        seen.new.away += all.saturating_sub(there);
        seen
    }

    /// Whether a server gets no requests, and is to serve again or for the first time.
    fn is_away(&self, slot: SlotId, state: State) -> bool {
        match state {
            State::Serving => false,
            State::Leaving { then } => then != After::Gone,
            State::Dead => !self.slots[slot.index()].lost,
            State::Installing | State::Booting | State::Passing | State::Silent => true,
        }
    }

    /// Whether a server has a version of a service.
    fn has(&self, slot: SlotId, application: ApplicationId) -> bool {
        self.versions.on(slot, application) == Some(application)
    }

    /// Whether nothing is to be done for a deployment: all servers that serve or are to serve have the version.
    fn is_through(&self, place: usize) -> bool {
        let target = self.deployments[place].target();
        let done = |slot: SlotId, state: State| match state {
            State::Dead | State::Leaving { then: After::Gone | After::Returns } => true,
            State::Serving | State::Silent => self.has(slot, target),
            // On its way to the version under way, or to that of a deployment that waits.
            _ => place > 0 && self.has(slot, target),
        };
        self.all_slots().all(|slot| self.state(slot).is_none_or(|state| done(slot, state)))
    }

    fn end_deployment<A: Agenda<Event>>(&mut self, place: usize, ctx: &mut Context<'_, A>) {
        let Some(deployment) = self.deployments.remove(place) else { return };
        let (number, new) = (self.number, deployment.handover.new);
        self.versions.settle(deployment.target());
        if place == 0 && std::mem::take(&mut self.extra) > 0 {
            self.reconcile(ctx);
        }
        for _ in 0..deployment.members {
            ctx.outbox.push(if deployment.back {
                Signal::HandedBack(number, new)
            } else {
                Signal::HandedOver(number, new)
            });
        }
    }

    /// Servers leave the rotation to have a version installed.
    fn take_out<A: Agenda<Event>>(
        &mut self,
        mut servers: u32,
        drains: bool,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(target) = self.under_way() else { return };
        for slot in self.all_slots() {
            let is_next = self.state(slot) == Some(State::Serving) && !self.has(slot, target);
            if servers == 0 || !is_next {
                continue;
            }
            servers -= 1;
            if !drains {
                self.rotation.set(slot, false);
                self.lose_jobs(slot, ctx);
            }
            self.let_go(slot, self.group.drain, After::Installs, ctx);
        }
    }

    /// Servers with another version than the one that is under way go, as others serve in their place.
    fn retire<A: Agenda<Event>>(&mut self, servers: u32, ctx: &mut Context<'_, A>) {
        let Some(target) = self.under_way() else { return };
        let goes = |slot: &SlotId| {
            let state = self.state(*slot);
            let stays = state.is_some_and(|state| state != State::Leaving { then: After::Gone });
            stays && !self.has(*slot, target)
        };
        let mut slots: Vec<SlotId> = self.all_slots().filter(goes).collect();
        slots.sort_by_key(|slot| self.state(*slot) == Some(State::Serving));
        for slot in slots.into_iter().take(servers as usize) {
            self.let_go(slot, self.group.drain, After::Gone, ctx);
        }
        self.extra -= servers;
        self.reconcile(ctx);
    }

    /// A server that has no requests any more gets the version that is under way.
    pub(super) fn install<A: Agenda<Event>>(&mut self, slot: SlotId, ctx: &mut Context<'_, A>) {
        let deployment = self.deployments.front().expect("a server is taken out for a deployment");
        let install = deployment.strategy.deployment().and_then(policy::Deployment::install);
        let time = drawn(install, self.install_key, self.installed);
        self.installed += 1;
        let (target, installed) = (deployment.target(), ctx.now().plus(time));
        self.versions.install(slot, target);
        self.processes_begin(slot, Some(target), installed);
        self.stops_hanging(slot);
        self.enter(slot, State::Installing, installed, ctx);
    }
}
