//! An instance.

use std::mem::offset_of;

use super::hosts::Seat;
use super::{Application, Fleet};
use crate::kernel::{Arena, Span, Time, Timer};
use crate::model::{ApplicationId, AttemptId, HostId, InstanceId};
use crate::policy::eviction::InstanceView;
use crate::pricing::Account;
use crate::quantity::Bytes;

/// Where an instance stands. It may go from idle or paused to gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It starts; serves nobody yet.
    Starting,
    /// Serving at least one request.
    Busy,
    /// Warm and serving nobody.
    Idle,
    /// Idle for so long that it computes nothing until it resumes.
    Paused,
    /// On its way from paused to idle, for a request.
    Resuming,
    /// No more; its row is free.
    Gone,
}

/// What keeps an instance from being evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing does.
    OnDemand,
    /// The promise of a plan.
    Kept,
    /// It waits to become one of another application.
    Aside,
    /// It is provisioned: it is there as long as its application wants so many, and never idles out.
    Provisioned,
    /// Its host is about to go: it begins no other request, and goes when it has nothing left to do.
    Doomed,
}

/// A container able to run a function.
///
/// Two cache lines, of which the end of a service touches the first only: by then, other requests
/// have driven the row out of the nearest cache.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Instance {
    /// Requests it has begun to serve.
    pub uses: u64,
    /// When it is or was ready to serve.
    pub ready_at: Time,
    /// How long its start takes or took.
    pub cold_start: Span,
    /// When it became idle last.
    pub idle_since: Time,
    /// When it goes if it stays idle.
    pub(super) deadline: Time,
    /// For that, and for the end of its life.
    pub(super) timer: Timer,
    /// The application it belongs to.
    pub application: ApplicationId,
    /// The host it runs on.
    pub host: HostId,
    /// Requests it is serving.
    pub active: u32,
    /// Where it stands.
    pub state: State,
    /// Whether it stands in its application's pool.
    pub(super) pooled: bool,
    /// Whether it was started for no request.
    pub(super) ahead: bool,
    /// What keeps it.
    pub(super) standing: Standing,
    /// How many instances of the platform were created before it.
    pub number: u64,
    /// When it was started.
    pub(super) started: Time,
    /// Since when it is in its state, where periods are kept.
    pub(super) since: Time,
    /// What the meter keeps with it, where there is one.
    pub(super) account: Account,
    /// When it has lived for as long as it may; [`Fleet::NEVER`](super::Fleet) where that has no end.
    pub(super) ends: Time,
    /// For its pause.
    pub(super) pause_timer: Timer,
    /// Attempts that wait for this very instance to start (early binding), first and last.
    pub bound: Option<(AttemptId, AttemptId)>,
    /// How many attempts are bound.
    pub bound_count: u32,
}

const _: () = assert!(size_of::<Instance>() == 128 && offset_of!(Instance, number) == 64);

impl Instance {
    /// An instance that starts now and is ready after `cold_start`.
    pub(super) fn starting(
        application: ApplicationId,
        host: HostId,
        number: u64,
        now: Time,
        cold_start: Span,
    ) -> Self {
        Self {
            uses: 0,
            ready_at: now + cold_start,
            cold_start,
            idle_since: now,
            deadline: now,
            timer: Timer::default(),
            application,
            host,
            active: 0,
            state: State::Starting,
            pooled: false,
            ahead: false,
            standing: Standing::OnDemand,
            number,
            started: now,
            since: now,
            account: Account::default(),
            ends: Fleet::NEVER,
            pause_timer: Timer::default(),
            bound: None,
            bound_count: 0,
        }
    }

    /// Whether it serves nobody and nobody waits for it.
    #[inline(always)]
    pub(super) fn rests(&self) -> bool {
        matches!(self.state, State::Idle | State::Paused)
    }

    /// When it goes if it stays idle, unless that is over and a plan keeps it.
    #[inline(always)]
    pub(super) fn deadline_after(&self, now: Time) -> Time {
        if self.deadline > now { self.deadline } else { Fleet::NEVER }
    }

    /// Where it is; `id` is its own.
    #[inline(always)]
    pub(super) fn seat(&self, id: InstanceId) -> Seat {
        Seat { host: self.host, id, safe: self.standing != Standing::OnDemand }
    }

    /// What a policy sees of it; `memory` is what its application needs.
    pub(super) fn view(&self, id: InstanceId, memory: Bytes) -> InstanceView {
        InstanceView {
            id,
            application: self.application,
            host: self.host,
            memory,
            cold_start: self.cold_start,
            idle_since: self.idle_since,
            uses: self.uses,
        }
    }
}

/// What a policy sees of an instance.
#[inline(always)]
pub(super) fn view(
    applications: &[Application],
    instances: &Instances,
    id: InstanceId,
) -> InstanceView {
    let instance = &instances[id];
    instance.view(id, applications[instance.application.index()].need.memory)
}

/// The arena of instances, whose ids are tags rather than the row's own type.
#[derive(Debug, Default)]
pub(super) struct Instances {
    rows: Arena<Instance>,
    /// How many of them are gone, but for an event that names them still.
    gone: usize,
}

impl Instances {
    pub(super) fn insert(&mut self, instance: Instance) -> InstanceId {
        InstanceId::new(self.rows.insert(instance).number())
    }

    pub(super) fn remove(&mut self, id: InstanceId) {
        self.rows.remove(crate::kernel::Id::new(id.number()));
    }

    /// One is gone whose row an event still names.
    pub(super) fn keep(&mut self, _: InstanceId) {
        self.gone += 1;
    }

    /// That event has come.
    pub(super) fn bury(&mut self, id: InstanceId) {
        self.gone -= 1;
        self.remove(id);
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len() - self.gone
    }

    /// All that exist.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Instance> {
        self.ids().map(|(_, instance)| instance)
    }

    /// The same with their ids.
    pub(super) fn ids(&self) -> impl Iterator<Item = (InstanceId, &Instance)> {
        let there = self.rows.iter_ids().filter(|(_, instance)| instance.state != State::Gone);
        there.map(|(id, instance)| (InstanceId::new(id.number()), instance))
    }
}

impl std::ops::Index<InstanceId> for Instances {
    type Output = Instance;
    fn index(&self, id: InstanceId) -> &Instance {
        &self.rows[crate::kernel::Id::new(id.number())]
    }
}

impl std::ops::IndexMut<InstanceId> for Instances {
    fn index_mut(&mut self, id: InstanceId) -> &mut Instance {
        &mut self.rows[crate::kernel::Id::new(id.number())]
    }
}
