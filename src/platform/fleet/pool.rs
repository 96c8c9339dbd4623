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
/// second list for each application, behind the first lists of all.
#[derive(Debug)]
pub(super) struct Pools {
    which: WhichIdle,
    /// How many requests an instance serves at once.
    concurrency: u32,
    /// How many hosts there are, where instances are picked by host.
    hosts: Option<usize>,
    /// How many lists there are before those of provisioned instances.
    first: usize,
    order: Order,
}

#[derive(Debug)]
enum Order {
    /// In order of last use.
    Used(Lists<model::Instance>),
    /// By creation: the largest rank first. An entry whose instance has no room or is gone is
    /// dropped when it comes up; an instance has at most one entry.
    Created(Vec<BinaryHeap<(u64, InstanceId)>>),
}

fn creation_rank(which: WhichIdle, number: u64) -> u64 {
    if which == WhichIdle::Newest { number } else { u64::MAX - number }
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
    creation_rank(which, instance.number) == rank && running && instance.active < concurrency
}

impl Pools {
    /// For so many applications; and for each on so many hosts, where instances are picked by host.
    pub(super) fn new(
        which: WhichIdle,
        concurrency: u32,
        (applications, hosts): (usize, Option<usize>),
        provisions: bool,
    ) -> Self {
        let first = applications * hosts.unwrap_or(1);
        let owners = if provisions { first + applications } else { first };
        let order = match which {
            WhichIdle::Newest | WhichIdle::Oldest => {
                Order::Created(vec![BinaryHeap::new(); owners])
            }
            WhichIdle::MostRecent | WhichIdle::LeastRecent => Order::Used(Lists::new(owners)),
        };
        Self { which, concurrency, hosts, first, order }
    }

    /// Whose list an instance of an application on a host stands in.
    #[inline(always)]
    fn owner(&self, application: ApplicationId, host: HostId) -> usize {
        match self.hosts {
            None => application.index(),
            Some(hosts) => application.index() * hosts + host.index(),
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
        let owner = if instance.standing == Standing::Provisioned {
            self.provisioned(instance.application)
        } else {
            self.owner(instance.application, instance.host)
        };
        match &mut self.order {
            Order::Used(lists) => {
                if std::mem::replace(&mut instance.pooled, room) {
                    lists.unlink(id);
                }
                if room {
                    lists.push_back(owner, id);
                }
            }
            Order::Created(heaps) => {
                if room && !instance.pooled {
                    heaps[owner].push((creation_rank(self.which, instance.number), id));
                    instance.pooled = true;
                }
            }
        }
    }

    /// An instance is gone.
    pub(super) fn remove(&mut self, instance: &mut Instance, id: InstanceId) {
        if let Order::Used(lists) = &mut self.order
            && instance.pooled
        {
            lists.unlink(id);
        }
        instance.pooled = false;
    }

    /// The owners of the lists of an application.
    fn owners(&self, application: ApplicationId) -> std::ops::Range<usize> {
        let first = self.owner(application, HostId::new(0));
        first..first + self.hosts.unwrap_or(1)
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
        self.of(self.owner(application, host), instances)
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
            Order::Created(heaps) => (None, Some(&heaps[owner])),
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
        self.pick_from(self.owner(application, host), instances)
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
                let &entry = heaps[owner].peek()?;
                let (rank, id) = entry;
                if usable(entry, which, instances, self.concurrency) {
                    return Some(id);
                }
                let instance = &mut instances[id];
                if creation_rank(which, instance.number) == rank {
                    instance.pooled = false;
                }
                heaps[owner].pop();
            },
        }
    }
}
