//! Hosts that fail, or are taken away, and come back.
//!
//! A host under a fault has no room, and what was on it is gone. One whose end is announced takes no new instances
//! from then on, and its instances no new requests; those that serve go on until it is gone.

use super::end::End;
use super::{Event, Fleet, Standing, State};
use crate::kernel::{Agenda, Class, Seed, Span, Time};
use crate::model::{FaultTimes, Hit, HostId, InstanceId, Outage, OutageId};

/// What makes hosts of a platform fail.
#[derive(Clone, Debug)]
pub struct FaultSpec {
    /// When it hits each of them.
    pub times: FaultTimes,
    /// The hosts that it hits, each for itself.
    pub hosts: Vec<HostId>,
}

/// Whether a host is there.
#[derive(Clone, Copy, Debug, Default)]
struct Health {
    /// How many faults have been announced, and are not there yet.
    announced: u32,
    /// How many it is under.
    outages: u32,
    /// How many of all these end.
    ending: u32,
}

impl Health {
    fn is_open(self) -> bool {
        self.announced == 0 && self.outages == 0
    }
}

/// The faults of a platform, and what they have done to its hosts.
#[derive(Debug)]
pub(super) struct Faults {
    specs: Vec<FaultSpec>,
    outages: Vec<Outage<HostId>>,
    /// By host.
    healths: Vec<Health>,
}

impl Faults {
    /// The hosts under each fault, whose chance has the number of the host: the same for every placement. `None` without
    /// faults.
    pub(super) fn new(specs: Vec<FaultSpec>, hosts: usize, seed: Seed) -> Option<Box<Self>> {
        let of = |(fault, spec): (usize, &FaultSpec)| {
            let outage =
                |&host: &HostId| Outage::new((fault, &spec.times), host, host.number(), seed);
            spec.hosts.iter().map(outage).collect::<Vec<_>>()
        };
        let outages: Vec<_> = specs.iter().enumerate().flat_map(of).collect();
        let healths = vec![Health::default(); hosts];
        (!outages.is_empty()).then(|| Box::new(Self { specs, outages, healths }))
    }

    /// When a host is hit next by a fault, and whether that is announced only.
    fn next(&mut self, id: OutageId, now: Time) -> Option<(Time, bool)> {
        let outage = &mut self.outages[id.index()];
        let times = &self.specs[outage.fault].times;
        Some((outage.next(times, now)?, times.notice > Span::ZERO))
    }

    /// A fault hits a host.
    fn hit(&mut self, id: OutageId, now: Time) -> Hit {
        let outage = &mut self.outages[id.index()];
        let hit = outage.hit(&self.specs[outage.fault].times, now);
        self.healths[outage.target.index()].ending += u32::from(hit.over.is_some());
        hit
    }
}

impl Fleet {
    /// Whether hosts fail.
    pub fn faults(&self) -> bool {
        self.faults.is_some()
    }

    /// Whether a host takes new instances, as far as it has room.
    pub fn is_open(&self, host: HostId) -> bool {
        self.faults.as_ref().is_none_or(|faults| faults.healths[host.index()].is_open())
    }

    /// Whether a host that is gone, or about to go, comes back.
    pub(in crate::platform) fn is_host_returning(&self) -> bool {
        let faults = self.faults.as_ref();
        faults.is_some_and(|faults| faults.healths.iter().any(|health| health.ending > 0))
    }

    /// All faults have their first time.
    pub(in crate::platform) fn start_faults(&mut self, agenda: &mut impl Agenda<Event>) {
        let outages = self.faults.as_ref().map_or(0, |faults| faults.outages.len());
        for number in 0..outages {
            self.next_failure(OutageId::from_index(number), agenda);
        }
    }

    fn next_failure(&mut self, id: OutageId, agenda: &mut impl Agenda<Event>) {
        let (now, number) = (agenda.now(), self.number);
        let next = self.faults.as_mut().and_then(|faults| faults.next(id, now));
        if let Some((at, announced)) = next {
            let event = if announced { Event::HostAnnounced } else { Event::HostFails };
            agenda.schedule(at, Class::Control, event(number, id));
        }
    }

    /// A fault hits a host, the end of which is announced. Tells which, if it took new instances until now.
    pub(in crate::platform) fn host_announced(
        &mut self,
        id: OutageId,
        agenda: &mut impl Agenda<Event>,
    ) -> Option<HostId> {
        let faults = self.faults.as_mut()?;
        let hit = faults.hit(id, agenda.now());
        agenda.schedule(hit.gone, Class::Control, Event::HostFails(self.number, id));
        let host = faults.outages[id.index()].target;
        let health = &mut faults.healths[host.index()];
        let was_open = health.is_open();
        health.announced += 1;
        self.hosts.set_open(host, false);
        self.returns_at(id, hit, agenda);
        was_open.then_some(host)
    }

    /// A host under a fault comes back, if it does.
    fn returns_at(&mut self, id: OutageId, hit: Hit, agenda: &mut impl Agenda<Event>) {
        if let Some(over) = hit.over {
            agenda.schedule(over, Class::Control, Event::HostReturns(self.number, id));
        }
    }

    /// A host under a fault is gone: now, or as was announced. Tells which, if it was there until now.
    pub(in crate::platform) fn host_fails(
        &mut self,
        id: OutageId,
        agenda: &mut impl Agenda<Event>,
    ) -> Option<HostId> {
        let faults = self.faults.as_mut()?;
        let Outage { fault, target: host, .. } = faults.outages[id.index()];
        let was_announced = faults.specs[fault].times.notice > Span::ZERO;
        let hit = (!was_announced).then(|| faults.hit(id, agenda.now()));
        let health = &mut faults.healths[host.index()];
        health.announced -= u32::from(was_announced);
        health.outages += 1;
        let was_up = health.outages == 1;
        self.hosts.set_open(host, false);
        self.lose_cpu(host, agenda);
        self.figures.host_failures += u64::from(was_up);
        if let Some(hit) = hit {
            self.returns_at(id, hit, agenda);
        }
        was_up.then_some(host)
    }

    /// A host is no longer under a fault. Tells which, if it takes new instances from now on.
    pub(in crate::platform) fn host_returns(
        &mut self,
        id: OutageId,
        agenda: &mut impl Agenda<Event>,
    ) -> Option<HostId> {
        self.next_failure(id, agenda);
        let faults = self.faults.as_mut()?;
        let host = faults.outages[id.index()].target;
        let health = &mut faults.healths[host.index()];
        (health.outages, health.ending) = (health.outages - 1, health.ending - 1);
        let is_open = health.is_open();
        self.hosts.set_open(host, is_open);
        is_open.then_some(host)
    }

    /// The instances on a host, in order of their starts.
    pub(in crate::platform) fn instances_on(&self, host: HostId) -> Vec<InstanceId> {
        let here = self.instances.ids().filter(|(_, instance)| instance.host == host);
        let mut here: Vec<_> = here.map(|(id, instance)| (instance.number, id)).collect();
        here.sort_unstable();
        here.into_iter().map(|(_, id)| id).collect()
    }

    /// An instance goes with its host, whatever it does; nobody is bound to it any more.
    pub(in crate::platform) fn lose(&mut self, id: InstanceId, now: Time) {
        let mut end = End::Lost;
        match self.instances[id].state {
            State::Starting | State::Resuming => {
                self.ready(id, now);
                end = End::LostUnready;
            }
            State::Busy => {
                self.instances[id].active = 1;
                self.end(id, now);
            }
            State::Idle | State::Paused | State::Gone => {}
        }
        self.go(id, now, end);
    }

    /// An instance begins no other request, and goes when it has nothing left to do.
    fn doom(&mut self, id: InstanceId, now: Time) {
        self.pools.remove(&mut self.instances, id);
        let instance = &mut self.instances[id];
        let application = instance.application;
        let row = &mut self.applications[application.index()];
        match std::mem::replace(&mut instance.standing, Standing::Doomed) {
            Standing::Kept => row.kept -= 1,
            Standing::Provisioned => {
                debug_assert_eq!(instance.state, State::Busy, "{id:?} is bound to nobody");
                row.provisioned -= 1;
                self.figures.provisioned.sub(now, 1);
                self.figures.busy_provisioned.sub(now, 1);
            }
            Standing::OnDemand | Standing::Aside | Standing::Doomed => {}
        }
        self.keep_promise(application);
    }

    /// The end of a host is announced: an instance that serves, or that somebody is bound to, begins no other request and
    /// goes when it has nothing left to do. Tells the others, which are to be lost at once.
    pub(in crate::platform) fn doom_busy(&mut self, host: HostId, now: Time) -> Vec<InstanceId> {
        let mut here = self.instances_on(host);
        here.retain(|&id| {
            let instance = &self.instances[id];
            let ends = instance.active > 0 || instance.bound.is_some();
            if ends {
                self.doom(id, now);
            }
            !ends
        });
        here
    }

    /// Whether an instance begins no other request.
    pub(in crate::platform) fn is_doomed(&self, id: InstanceId) -> bool {
        self.instances[id].standing == Standing::Doomed
    }

    /// Whether an instance that was starting or resuming went with its host before it was ready; its row, which
    /// was kept for that, is free from now on.
    pub(in crate::platform) fn was_lost(&mut self, id: InstanceId) -> bool {
        let lost = self.instances[id].state == State::Gone;
        if lost {
            self.instances.bury(id);
        }
        lost
    }
}
