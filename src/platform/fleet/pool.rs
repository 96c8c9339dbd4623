//! The instances of one application that have room for a request, and which of them takes it.

use std::collections::BinaryHeap;

use super::instance::{Instances, List, POOL, State};
use crate::model::InstanceId;

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

/// Instances with room, in the order that [`WhichIdle`] asks for.
#[derive(Debug)]
pub(super) enum Pool {
    /// In order of last use.
    Used(List<POOL>),
    /// By creation: the largest rank first. An entry whose instance has no room or is gone is
    /// dropped when it comes up; an instance has at most one entry.
    Created(BinaryHeap<(u64, InstanceId)>),
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
    let running = matches!(instance.state, State::Busy | State::Idle);
    creation_rank(which, instance.number) == rank && running && instance.active < concurrency
}

impl Pool {
    pub(super) fn new(which: WhichIdle) -> Self {
        match which {
            WhichIdle::Newest | WhichIdle::Oldest => Self::Created(BinaryHeap::new()),
            WhichIdle::MostRecent | WhichIdle::LeastRecent => Self::Used(List::default()),
        }
    }

    /// An instance was used, and has room for another request or not.
    #[inline(always)]
    pub(super) fn used(
        &mut self,
        which: WhichIdle,
        instances: &mut Instances,
        id: InstanceId,
        room: bool,
    ) {
        let instance = &mut instances[id];
        match self {
            Self::Used(list) => {
                let links = instance.pool_links();
                if std::mem::replace(&mut instance.pooled, room) {
                    list.close_gap(instances, links);
                }
                if room {
                    list.push_back(instances, id);
                }
            }
            Self::Created(heap) => {
                if room && !instance.pooled {
                    heap.push((creation_rank(which, instance.number), id));
                    instance.pooled = true;
                }
            }
        }
    }

    /// An instance is gone.
    pub(super) fn remove(&mut self, instances: &mut Instances, id: InstanceId) {
        if let Self::Used(list) = self
            && instances[id].pooled
        {
            list.unlink(instances, id);
        }
        instances[id].pooled = false;
    }

    /// The instances with room: in order of last use, or in no order worth knowing.
    pub(super) fn members<'a>(
        &'a self,
        which: WhichIdle,
        instances: &'a Instances,
    ) -> impl Iterator<Item = InstanceId> + 'a {
        let (used, created) = match self {
            Self::Used(list) => (Some(list.iter(instances)), None),
            Self::Created(heap) => (None, Some(heap)),
        };
        let fresh = move |entry: &&(u64, InstanceId)| usable(**entry, which, instances, u32::MAX);
        let created = created.into_iter().flatten().filter(fresh).map(|(_, id)| *id);
        used.into_iter().flatten().chain(created)
    }

    /// Whether an instance has room.
    pub(super) fn has_room(
        &self,
        which: WhichIdle,
        instances: &Instances,
        concurrency: u32,
    ) -> bool {
        match self {
            Self::Used(list) => list.first().is_some(),
            Self::Created(heap) => {
                heap.iter().any(|entry| usable(*entry, which, instances, concurrency))
            }
        }
    }

    /// The instance that takes the next request, if one has room.
    #[inline(always)]
    pub(super) fn pick(
        &mut self,
        which: WhichIdle,
        instances: &mut Instances,
        concurrency: u32,
    ) -> Option<InstanceId> {
        match self {
            Self::Used(list) if which == WhichIdle::MostRecent => list.last(),
            Self::Used(list) => list.first(),
            Self::Created(heap) => loop {
                let &entry = heap.peek()?;
                let (rank, id) = entry;
                if usable(entry, which, instances, concurrency) {
                    return Some(id);
                }
                let instance = &mut instances[id];
                if creation_rank(which, instance.number) == rank {
                    instance.pooled = false;
                }
                heap.pop();
            },
        }
    }
}
