//! The instances that have room for a request, and which of them takes it.

use std::collections::BinaryHeap;

use super::instance::{Instance, Instances, Standing, State};
use super::lists::Lists;
use crate::model::{self, ApplicationId, HostId, InstanceId};

/// Which of the instances with room takes a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhichIdle {
    /// The one created last.
    Newest,
    /// The one created first.
    Oldest,
    /// The one used last; the others then have the longest to rest, so fewer are kept.
    #[default]
    MostRecent,
    /// The one used longest ago.
    LeastRecent,
}

/// By application, or by application and host: the instances with room, in the order that
/// [`WhichIdle`] asks for. Where instances are provisioned, which are not picked by host, these have a
/// second list for each application, behind the first lists of all. Where they are picked by host, an
/// application has lists only for the hosts on which it has had instances with room. Those that begin
/// nothing any more stand in none.
#[derive(Debug)]
pub(super) struct Pools {
    which: WhichIdle,
    /// How many requests an instance serves at once.
    concurrency: u32,
    /// By application, where instances are picked by host: the numbers of the hosts that it has lists
    /// for, in order, and whose each list is.
    places: Option<Vec<Vec<(u32, u32)>>>,
    /// How many lists there are, but for those of provisioned instances.
    first: usize,
    order: Order,
}

#[derive(Debug)]
enum Order {
    /// In order of last use.
    Used(Lists<model::Instance>),
    /// By creation.
    Created(Vec<Ranks>),
}

/// Instances by creation: the largest rank first. An entry whose instance has no room or is gone is
/// dropped when it comes up; an instance has at most one entry.
#[derive(Clone, Debug, Default)]
struct Ranks {
    entries: BinaryHeap<(u64, InstanceId)>,
    /// How many of them are of instances that are gone. Those of old ones never come up as long as
    /// newer ones do, so when they are the most, all are dropped.
    dead: usize,
}

impl Ranks {
    /// The instance of an entry is gone.
    fn bury(&mut self, which: WhichIdle, instances: &Instances) {
        self.dead += 1;
        if self.dead * 2 > self.entries.len() {
            self.entries.retain(|&entry| stands(entry, which, instances));
            self.dead = 0;
        }
    }
}

fn creation_rank(which: WhichIdle, number: u64) -> u64 {
    if which == WhichIdle::Newest { number } else { u64::MAX - number }
}

/// Whether an entry by creation stands for an instance that is in the pool, with room or not.
fn stands((rank, id): (u64, InstanceId), which: WhichIdle, instances: &Instances) -> bool {
    let instance = &instances[id];
    creation_rank(which, instance.number) == rank && instance.pooled
}

/// Whether an entry by creation stands for an instance that still exists and has room.
fn usable(
    (rank, id): (u64, InstanceId),
    which: WhichIdle,
    instances: &Instances,
    concurrency: u32,
) -> bool {
    let instance = &instances[id];
    let running = matches!(instance.state, State::Busy | State::Idle | State::Paused);
    stands((rank, id), which, instances) && running && instance.active < concurrency
}

impl Pools {
    /// For so many applications, whose instances are picked by host or not.
    ///
    /// # Panics
    /// If they are picked by host and provisioned.
    pub(super) fn new(
        which: WhichIdle,
        concurrency: u32,
        (applications, by_host): (usize, bool),
        provisions: bool,
    ) -> Self {
        assert!(!by_host || !provisions, "no instance that is picked by host is provisioned");
        let first = if by_host { 0 } else { applications };
        let owners = if provisions { first + applications } else { first };
        let order = match which {
            WhichIdle::Newest | WhichIdle::Oldest => Order::Created(vec![Ranks::default(); owners]),
            WhichIdle::MostRecent | WhichIdle::LeastRecent => Order::Used(Lists::new(owners)),
        };
        let places = by_host.then(|| vec![Vec::new(); applications]);
        Self { which, concurrency, places, first, order }
    }

    /// Whose list the instances of an application on a host stand in, if it has one.
    fn owner(&self, application: ApplicationId, host: HostId) -> Option<usize> {
        let Some(places) = &self.places else { return Some(application.index()) };
        let places = &places[application.index()];
        let at = places.binary_search_by_key(&host.number(), |place| place.0).ok()?;
        Some(places[at].1 as usize)
    }

    /// Whose list an instance stands in; where it is picked by host, there is one from now on.
    #[inline(always)]
    fn owner_of(&mut self, instance: &Instance) -> usize {
        if instance.standing == Standing::Provisioned {
            self.provisioned(instance.application)
        } else if self.places.is_none() {
            instance.application.index()
        } else {
            self.place(instance.application, instance.host)
        }
    }

    /// Whose list the instances of an application on a host stand in, from now on if there was none.
    #[inline(never)]
    fn place(&mut self, application: ApplicationId, host: HostId) -> usize {
        let Some(places) = &mut self.places else { return application.index() };
        let places = &mut places[application.index()];
        match places.binary_search_by_key(&host.number(), |place| place.0) {
            Ok(at) => places[at].1 as usize,
            Err(at) => {
                let owner = self.first;
                places.insert(at, (host.number(), owner as u32));
                self.first += 1;
                match &mut self.order {
                    Order::Used(lists) => lists.make_room(self.first),
                    Order::Created(heaps) => heaps.push(Ranks::default()),
                }
                owner
            }
        }
    }

    /// Whose list the provisioned instances of an application stand in.
    #[inline(always)]
    fn provisioned(&self, application: ApplicationId) -> usize {
        self.first + application.index()
    }

    /// An instance was used, and has room for another request or not.
    #[inline(always)]
    pub(super) fn used(&mut self, instance: &mut Instance, id: InstanceId, room: bool) {
        let room = room && instance.standing != Standing::Doomed;
        let owner = room.then(|| self.owner_of(instance));
        match &mut self.order {
            Order::Used(lists) => {
                if std::mem::replace(&mut instance.pooled, room) {
                    lists.unlink(id);
                }
                if let Some(owner) = owner {
                    lists.push_back(owner, id);
                }
            }
            Order::Created(heaps) => {
                if let Some(owner) = owner.filter(|_| !instance.pooled) {
                    let rank = creation_rank(self.which, instance.number);
                    heaps[owner].entries.push((rank, id));
                    instance.pooled = true;
                }
            }
        }
    }

    /// An instance is gone.
    pub(super) fn remove(&mut self, instances: &mut Instances, id: InstanceId) {
        let instance = &mut instances[id];
        if !std::mem::replace(&mut instance.pooled, false) {
            return;
        }
        if let Order::Used(lists) = &mut self.order {
            lists.unlink(id);
            return;
        }
        let owner = self.owner_of(instance);
        if let Order::Created(heaps) = &mut self.order {
            heaps[owner].bury(self.which, instances);
        }
    }

    /// The owners of the lists of an application.
    fn owners(&self, application: ApplicationId) -> impl Iterator<Item = usize> + '_ {
        let only = self.places.is_none().then(|| application.index());
        let places = self.places.iter().flat_map(move |places| &places[application.index()]);
        only.into_iter().chain(places.map(|place| place.1 as usize))
    }

    /// The instances of an application with room: on each host in order of last use, or in no order
    /// worth knowing.
    pub(super) fn members<'a>(
        &'a self,
        application: ApplicationId,
        instances: &'a Instances,
    ) -> impl Iterator<Item = InstanceId> + 'a {
        self.owners(application).flat_map(move |owner| self.of(owner, instances))
    }

    /// The same of one host.
    pub(super) fn members_on<'a>(
        &'a self,
        application: ApplicationId,
        host: HostId,
        instances: &'a Instances,
    ) -> impl Iterator<Item = InstanceId> + 'a {
        let owner = self.owner(application, host);
        owner.into_iter().flat_map(move |owner| self.of(owner, instances))
    }

    /// The provisioned instances of an application with room, as [`members`](Self::members).
    pub(super) fn held<'a>(
        &'a self,
        application: ApplicationId,
        instances: &'a Instances,
    ) -> impl Iterator<Item = InstanceId> + 'a {
        self.of(self.provisioned(application), instances)
    }

    fn of<'a>(
        &'a self,
        owner: usize,
        instances: &'a Instances,
    ) -> impl Iterator<Item = InstanceId> + 'a {
        let (used, created) = match &self.order {
            Order::Used(lists) => (Some(lists.iter(owner)), None),
            Order::Created(heaps) => (None, Some(&heaps[owner].entries)),
        };
        let fresh = |entry: &&(u64, InstanceId)| usable(**entry, self.which, instances, u32::MAX);
        let created = created.into_iter().flatten().filter(fresh).map(|(_, id)| *id);
        used.into_iter().flatten().chain(created)
    }

    /// Whether an instance of an application has room.
    pub(super) fn has_room(
        &self,
        application: ApplicationId,
        provisions: bool,
        instances: &Instances,
    ) -> bool {
        let held = provisions.then(|| self.provisioned(application));
        self.owners(application).chain(held).any(|owner| match &self.order {
            Order::Used(lists) => lists.first(owner).is_some(),
            Order::Created(heaps) => heaps[owner]
                .entries
                .iter()
                .any(|entry| usable(*entry, self.which, instances, self.concurrency)),
        })
    }

    /// The instance of an application that takes the next request, if one has room; where instances
    /// are picked by host, [`pick_on`](Self::pick_on) does.
    #[inline(always)]
    pub(super) fn pick(
        &mut self,
        application: ApplicationId,
        instances: &mut Instances,
    ) -> Option<InstanceId> {
        self.pick_from(application.index(), instances)
    }

    /// The instance of an application on a host that takes the next request, if one has room.
    pub(super) fn pick_on(
        &mut self,
        application: ApplicationId,
        host: HostId,
        instances: &mut Instances,
    ) -> Option<InstanceId> {
        let owner = self.owner(application, host)?;
        self.pick_from(owner, instances)
    }

    /// The provisioned instance of an application that takes the next request, if one has room.
    pub(super) fn pick_held(
        &mut self,
        application: ApplicationId,
        instances: &mut Instances,
    ) -> Option<InstanceId> {
        self.pick_from(self.provisioned(application), instances)
    }

    #[inline(always)]
    fn pick_from(&mut self, owner: usize, instances: &mut Instances) -> Option<InstanceId> {
        let which = self.which;
        match &mut self.order {
            Order::Used(lists) if which == WhichIdle::MostRecent => lists.last(owner),
            Order::Used(lists) => lists.first(owner),
            Order::Created(heaps) => loop {
                let ranks = &mut heaps[owner];
                let &entry = ranks.entries.peek()?;
                let (_, id) = entry;
                if usable(entry, which, instances, self.concurrency) {
                    return Some(id);
                }
                if stands(entry, which, instances) {
                    instances[id].pooled = false;
                } else {
                    ranks.dead = ranks.dead.saturating_sub(1);
                }
                ranks.entries.pop();
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Span, Time};

    /// Of the newest first the oldest come up last: those that are gone are dropped all the same, and the
    /// one that stays is still found.
    #[test]
    fn what_is_gone_takes_no_room() {
        let (application, host) = (ApplicationId::new(0), HostId::new(0));
        let mut instances = Instances::default();
        let mut pools = Pools::new(WhichIdle::Newest, 1, (1, false), false);
        let start = |number, pools: &mut Pools, instances: &mut Instances| {
            let now = Time::ZERO;
            let id =
                instances.insert(Instance::starting(application, host, number, now, Span::ZERO));
            instances[id].state = State::Idle;
            pools.used(&mut instances[id], id, true);
            id
        };
        let oldest = start(0, &mut pools, &mut instances);
        for number in 1..10_000 {
            let newest = start(number, &mut pools, &mut instances);
            assert_eq!(pools.pick(application, &mut instances), Some(newest));
            instances[newest].state = State::Gone;
            pools.remove(&mut instances, newest);
            instances.remove(newest);
            let Order::Created(heaps) = &pools.order else { panic!("they are by creation") };
            assert!(heaps[0].entries.len() <= 4, "{}", heaps[0].entries.len());
        }
        assert_eq!(pools.pick(application, &mut instances), Some(oldest));
    }
}
