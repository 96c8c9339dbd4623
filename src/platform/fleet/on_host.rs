//! Instances of one host, for platforms that choose the host themselves.

use super::end::End;
use super::instance::view;
use super::{Event, Fleet, Instance, Standing, State};
use crate::kernel::{Agenda, Class, Span, Time};
use crate::model::{ApplicationId, AttemptId, HostId, InstanceId};
use crate::policy::placement::HostView;
use crate::quantity::Bytes;

impl Fleet {
    /// The instance on `host` with room that takes the next request of this application, where
    /// instances are picked [by host](super::FleetSpec::by_host).
    pub fn pick_on(&mut self, application: ApplicationId, host: HostId) -> Option<InstanceId> {
        self.pools.pick_on(application, host, &mut self.instances)
    }

    /// The instances on `host` with room, in order of last use.
    pub fn resting_on(
        &self,
        application: ApplicationId,
        host: HostId,
    ) -> impl Iterator<Item = InstanceId> + '_ {
        self.pools.members_on(application, host, &self.instances)
    }

    /// Memory of a host that no instance has, and memory that eviction could give back.
    pub fn memory_on(&self, host: HostId) -> (Bytes, Bytes) {
        self.hosts.memory(host)
    }

    /// What a host has free, or, `reclaiming`, what it would have without its idle instances.
    pub(in crate::platform) fn room_on(&self, host: HostId, reclaiming: bool) -> HostView {
        self.hosts.view(host, reclaiming)
    }

    /// The instances of a host that eviction may take, the one idle for longest first.
    pub(in crate::platform) fn idle_on(&self, host: HostId) -> impl Iterator<Item = InstanceId> {
        self.hosts.idle(host)
    }

    /// Takes an idle instance away because another needs its room.
    pub fn evict(&mut self, id: InstanceId, now: Time) {
        self.go(id, now, End::Evicted);
    }

    /// An attempt, and no other, waits for an instance that starts or resumes.
    pub(in crate::platform) fn bind(&mut self, id: InstanceId, attempt: AttemptId) {
        let instance = &mut self.instances[id];
        instance.bound = Some((attempt, attempt));
        instance.bound_count = 1;
    }

    /// Who waited for an instance that has started or resumed.
    pub(in crate::platform) fn unbind(&mut self, id: InstanceId) -> Option<AttemptId> {
        let instance = &mut self.instances[id];
        instance.bound_count = 0;
        instance.bound.take().map(|(attempt, _)| attempt)
    }

    /// Makes room on a host by taking away the idle instance that the eviction policy names, if
    /// there is one; tells what memory it had.
    pub fn evict_on(&mut self, host: HostId, now: Time) -> Option<Bytes> {
        let victim = self.victim(host)?;
        let memory = self.need(self.instances[victim.id].application).memory;
        self.go(victim.id, now, End::Evicted);
        Some(memory)
    }

    /// Starts an instance of `application` on `host`, which has room for it, as
    /// [`start`](Self::start) does.
    pub fn start_on(
        &mut self,
        application: ApplicationId,
        host: HostId,
        cold_start: Span,
        agenda: &mut impl Agenda<Event>,
    ) -> InstanceId {
        self.start_as(application, Standing::OnDemand, host, cold_start, agenda)
    }

    pub(super) fn start_as(
        &mut self,
        application: ApplicationId,
        standing: Standing,
        host: HostId,
        cold_start: Span,
        agenda: &mut impl Agenda<Event>,
    ) -> InstanceId {
        let now = agenda.now();
        let need = self.applications[application.index()].need;
        self.hosts.reserve(host, &need);
        let mut instance = Instance::starting(application, host, self.created, now, cold_start);
        instance.standing = standing;
        if let Some(lifetimes) = &self.lifetimes {
            let number = self.applications[application.index()].starts;
            instance.ends = lifetimes.end(application, number, instance.ready_at);
        }
        self.periods.begin(&mut instance, now);
        let id = self.instances.insert(instance);
        self.created += 1;
        let row = &mut self.applications[application.index()];
        row.starting += 1;
        row.starts += 1;
        row.live += 1;
        if standing == Standing::Provisioned {
            row.provisioned += 1;
            row.provisioning += 1;
        } else if self.promises && row.safe() < row.least {
            row.kept += 1;
            self.instances[id].standing = Standing::Kept;
        }
        let figures = &mut self.figures;
        figures.starts += 1;
        figures.instances.add(now, 1);
        figures.starting.add(now, 1);
        figures.memory.add(now, need.memory.get());
        figures.starting_memory.add(now, need.memory.get());
        if cold_start > Span::ZERO {
            agenda.schedule(now + cold_start, Class::Completion, Event::Ready(self.number, id));
        }
        id
    }

    /// An instance that has just been started is set aside: it waits to become one of another
    /// application, and until then eviction leaves it alone.
    pub fn set_aside(&mut self, id: InstanceId) {
        self.ahead(id);
        self.instances[id].standing = Standing::Aside;
    }

    /// An instance that was set aside becomes one of `application`, which needs as much, and starts
    /// as such for `start`; then it is ready, as after [`start`](Self::start).
    pub fn adopt(
        &mut self,
        id: InstanceId,
        application: ApplicationId,
        start: Span,
        agenda: &mut impl Agenda<Event>,
    ) {
        let now = agenda.now();
        let instance = &mut self.instances[id];
        debug_assert!(instance.standing == Standing::Aside && instance.state == State::Idle);
        self.periods.end(instance, now);
        self.periods.adopted(instance, application, now);
        self.pools.remove(&mut self.instances, id);
        let instance = &mut self.instances[id];
        let before = std::mem::replace(&mut instance.application, application);
        instance.state = State::Starting;
        instance.standing = Standing::OnDemand;
        instance.cold_start = start;
        instance.ready_at = now + start;
        self.applications[before.index()].live -= 1;
        let row = &mut self.applications[application.index()];
        row.live += 1;
        row.starting += 1;
        row.starts += 1;
        self.figures.starting.add(now, 1);
        self.figures.starting_memory.add(now, row.need.memory.get());
        if start > Span::ZERO {
            agenda.schedule(now + start, Class::Completion, Event::Ready(self.number, id));
        }
    }

    /// A request was given an instance, which may have to start or to resume before it
    /// [begins](Self::begin): the eviction policy is told.
    pub fn give(&mut self, id: InstanceId) {
        self.eviction.given(&view(&self.applications, &self.instances, id));
    }

    /// Takes an idle instance away whose time is over.
    pub fn dismiss(&mut self, id: InstanceId, now: Time) {
        self.go(id, now, End::Expired);
    }
}
