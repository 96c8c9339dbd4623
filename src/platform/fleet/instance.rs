//! An instance, and the lists it stands in.

use crate::kernel::{Arena, Span, Time, Timer};
use crate::model::{ApplicationId, AttemptId, HostId, InstanceId};
use crate::policy::eviction::InstanceView;
use crate::pricing::Account;
use crate::quantity::Bytes;

/// Where an instance stands. It may go from any of the running states to gone, and from nowhere
/// back to starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Being provisioned; serves nobody yet.
    Starting,
    /// Serving at least one request.
    Busy,
    /// Warm and serving nobody.
    Idle,
    /// No more; its row is free.
    Gone,
}

/// A container able to run a function.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The application it belongs to.
    pub application: ApplicationId,
    /// The host it runs on.
    pub host: HostId,
    /// Where it stands.
    pub state: State,
    /// Requests it is serving.
    pub active: u32,
    /// How many instances of the platform were created before it.
    pub number: u64,
    /// Requests it has begun to serve.
    pub uses: u64,
    /// When it is or was ready to serve.
    pub ready_at: Time,
    /// How long its start takes or took.
    pub cold_start: Span,
    /// When it became idle last.
    pub idle_since: Time,
    /// Attempts that wait for this very instance to start (early binding), first and last.
    pub bound: Option<(AttemptId, AttemptId)>,
    /// How many attempts are bound.
    pub bound_count: u32,
    /// When it goes if it stays idle.
    pub(super) deadline: Time,
    pub(super) timer: Timer,
    /// Whether it was started for no request.
    pub(super) ahead: bool,
    /// Whether it stands in its application's pool.
    pub(super) pooled: bool,
    /// When it was started.
    pub(super) started: Time,
    /// Since when it is in its state, where periods are kept.
    pub(super) since: Time,
    /// What the meter keeps with it, where there is one.
    pub(super) account: Account,
    pub(super) memory: Bytes,
    links: [Links; 2],
}

/// The neighbours of an instance in a list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Links {
    previous: Option<InstanceId>,
    next: Option<InstanceId>,
}

impl Instance {
    /// An instance that starts now and is ready after `cold_start`.
    pub(super) fn starting(
        application: ApplicationId,
        host: HostId,
        memory: Bytes,
        number: u64,
        now: Time,
        cold_start: Span,
    ) -> Self {
        Self {
            application,
            host,
            state: State::Starting,
            active: 0,
            number,
            uses: 0,
            ready_at: now + cold_start,
            cold_start,
            idle_since: now,
            bound: None,
            bound_count: 0,
            deadline: now,
            timer: Timer::default(),
            ahead: false,
            pooled: false,
            started: now,
            since: now,
            account: Account::default(),
            memory,
            links: [Links::default(); 2],
        }
    }

    /// Its neighbours in its application's pool, if it stands there.
    pub(super) fn pool_links(&self) -> Links {
        self.links[POOL]
    }

    /// What a policy sees of it.
    pub(super) fn view(&self, id: InstanceId) -> InstanceView {
        InstanceView {
            id,
            application: self.application,
            host: self.host,
            memory: self.memory,
            cold_start: self.cold_start,
            idle_since: self.idle_since,
            uses: self.uses,
        }
    }
}

/// The arena of instances, whose ids are tags rather than the row's own type.
#[derive(Debug, Default)]
pub(super) struct Instances(Arena<Instance>);

impl Instances {
    pub(super) fn insert(&mut self, instance: Instance) -> InstanceId {
        InstanceId::new(self.0.insert(instance).number())
    }

    pub(super) fn remove(&mut self, id: InstanceId) {
        self.0.remove(crate::kernel::Id::new(id.number()));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// All that exist.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Instance> {
        self.0.iter()
    }
}

impl std::ops::Index<InstanceId> for Instances {
    type Output = Instance;
    fn index(&self, id: InstanceId) -> &Instance {
        &self.0[crate::kernel::Id::new(id.number())]
    }
}

impl std::ops::IndexMut<InstanceId> for Instances {
    fn index_mut(&mut self, id: InstanceId) -> &mut Instance {
        &mut self.0[crate::kernel::Id::new(id.number())]
    }
}

/// The list of instances with room, of one application.
pub(super) const POOL: usize = 0;
/// The list of idle instances, of one host.
pub(super) const IDLE: usize = 1;

/// A doubly linked list through the instances; `WHICH` names the pair of links it uses. All
/// operations take constant time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct List<const WHICH: usize> {
    first: Option<InstanceId>,
    last: Option<InstanceId>,
}

impl<const WHICH: usize> List<WHICH> {
    pub(super) fn first(&self) -> Option<InstanceId> {
        self.first
    }

    pub(super) fn last(&self) -> Option<InstanceId> {
        self.last
    }

    #[inline(always)]
    pub(super) fn push_back(&mut self, instances: &mut Instances, id: InstanceId) {
        instances[id].links[WHICH] = Links { previous: self.last, next: None };
        match self.last {
            Some(last) => instances[last].links[WHICH].next = Some(id),
            None => self.first = Some(id),
        }
        self.last = Some(id);
    }

    pub(super) fn unlink(&mut self, instances: &mut Instances, id: InstanceId) {
        let links = instances[id].links[WHICH];
        self.close_gap(instances, links);
    }

    /// Joins the neighbours of an instance that leaves.
    #[inline(always)]
    pub(super) fn close_gap(&mut self, instances: &mut Instances, links: Links) {
        let Links { previous, next } = links;
        match previous {
            Some(previous) => instances[previous].links[WHICH].next = next,
            None => self.first = next,
        }
        match next {
            Some(next) => instances[next].links[WHICH].previous = previous,
            None => self.last = previous,
        }
    }

    pub(super) fn iter<'a>(
        &self,
        instances: &'a Instances,
    ) -> impl Iterator<Item = InstanceId> + use<'a, WHICH> {
        std::iter::successors(self.first, |&id| instances[id].links[WHICH].next)
    }
}
