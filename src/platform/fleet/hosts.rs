//! The hosts of a fleet: what is free on them, and what could be.

use super::lists::Lists;
use crate::kernel::{Stream, StreamKey};
use crate::model::{HostId, Instance, InstanceId};
use crate::policy::placement::{HostView, Need, Placement};
use crate::quantity::{Bytes, Millicpu};

/// Hosts of one make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostSpec {
    /// How many; at least 1.
    pub count: u32,
    /// CPU of each.
    pub cpu: Millicpu,
    /// Memory of each.
    pub memory: Bytes,
}

/// A host at run time.
#[derive(Clone, Debug)]
struct Row {
    capacity: HostSpec,
    /// What no instance has.
    cpu: Millicpu,
    memory: Bytes,
    /// What idle instances have.
    idle_cpu: Millicpu,
    idle_memory: Bytes,
    /// Instances that serve, where the policy looks at that.
    busy: u32,
    /// Whether it is there, and not about to go: otherwise it has no room.
    open: bool,
}

impl Row {
    /// What a placement policy sees, with or without what idle instances would give back.
    fn view(&self, reclaiming: bool) -> HostView {
        let reclaimed = |idle| if reclaiming { idle } else { 0 };
        let (cpu, memory) = if self.open {
            (
                self.cpu + Millicpu::new(reclaimed(self.idle_cpu.get())),
                self.memory + Bytes::new(reclaimed(self.idle_memory.get())),
            )
        } else {
            (Millicpu::ZERO, Bytes::ZERO)
        };
        HostView {
            cpu,
            memory,
            cpu_capacity: self.capacity.cpu,
            memory_capacity: self.capacity.memory,
            busy: self.busy,
        }
    }
}

/// An instance and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    pub(super) host: HostId,
    pub(super) id: InstanceId,
    /// Whether eviction leaves it alone: it is then not among the idle ones of its host.
    pub(super) safe: bool,
}

/// A placement policy and the views it was told of. A change is noted by a flag and told when the
/// next verdict is asked for, so a host that changes often costs little.
#[derive(Debug)]
struct Watch {
    policy: Box<dyn Placement>,
    /// Whether what idle instances have counts as free.
    reclaiming: bool,
    views: Vec<HostView>,
    changed: Vec<HostId>,
    flagged: Vec<bool>,
}

impl Watch {
    fn new(mut policy: Box<dyn Placement>, rows: &[Row], reclaiming: bool) -> Self {
        let views: Vec<_> = rows.iter().map(|row| row.view(reclaiming)).collect();
        policy.start(&views);
        Self {
            policy,
            reclaiming,
            changed: Vec::with_capacity(views.len()),
            flagged: vec![false; views.len()],
            views,
        }
    }

    #[inline]
    fn changed(&mut self, host: HostId) {
        let flag = &mut self.flagged[host.index()];
        if !*flag {
            *flag = true;
            self.changed.push(host);
        }
    }

    fn place(&mut self, rows: &[Row], need: &Need, stream: &mut Stream) -> Option<HostId> {
        for host in self.changed.drain(..) {
            self.flagged[host.index()] = false;
            self.views[host.index()] = rows[host.index()].view(self.reclaiming);
            self.policy.observe(host, &self.views[host.index()]);
        }
        let host = self.policy.place(need, &self.views, stream)?;
        debug_assert!(self.views[host.index()].fits(need), "{host:?} has no room for {need:?}");
        Some(host)
    }
}

/// The bytes of memory, and thousandths of a core, that there are where no host is named: a quarter of the
/// range, so that sums do not overflow.
pub const BOUNDLESS: u64 = u64::MAX / 4;

/// All hosts of a platform.
#[derive(Debug)]
pub(super) struct Hosts {
    rows: Vec<Row>,
    /// Told what is free.
    free: Watch,
    /// Told what would be free without the idle instances; kept only where idle instances may go.
    reclaimable: Option<Watch>,
    stream: Stream,
    limited: bool,
    /// By host: the idle instances that eviction may take, the one idle for longest first. Where none
    /// is ever evicted, nobody asks for them.
    idle: Option<Lists<Instance>>,
    /// Whether the policy looks at how many instances are busy.
    tells_busy: bool,
}

impl Hosts {
    /// The hosts of `specs` in their order; no specs are one host without limit.
    pub(super) fn new(
        specs: &[HostSpec],
        policy: Box<dyn Placement>,
        evicts: bool,
        key: StreamKey,
    ) -> Self {
        let (cpu, memory) = (Millicpu::new(BOUNDLESS), Bytes::new(BOUNDLESS));
        let boundless = [HostSpec { count: 1, cpu, memory }];
        let limited = !specs.is_empty();
        let row = |spec: &HostSpec| Row {
            capacity: *spec,
            cpu: spec.cpu,
            memory: spec.memory,
            idle_cpu: Millicpu::ZERO,
            idle_memory: Bytes::ZERO,
            busy: 0,
            open: true,
        };
        let mut rows = Vec::new();
        for spec in if limited { specs } else { &boundless } {
            rows.extend((0..spec.count).map(|_| row(spec)));
        }
        Self {
            idle: evicts.then(|| Lists::new(rows.len())),
            tells_busy: limited && policy.looks_at_busy(),
            reclaimable: (limited && evicts).then(|| Watch::new(policy.clone(), &rows, true)),
            free: Watch::new(policy, &rows, false),
            rows,
            stream: key.stream(),
            limited,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.rows.len()
    }

    /// Memory and CPU of all hosts together; `None` where there is no limit.
    pub(super) fn capacity(&self) -> Option<(Bytes, Millicpu)> {
        let sum = |of: fn(&Row) -> u64| self.rows.iter().map(of).sum::<u64>();
        self.limited.then(|| {
            let memory = sum(|row| row.capacity.memory.get());
            (Bytes::new(memory), Millicpu::new(sum(|row| row.capacity.cpu.get())))
        })
    }

    /// A host on which `need` fits as it is.
    pub(super) fn place(&mut self, need: &Need) -> Option<HostId> {
        if !self.limited {
            return Some(HostId::new(0));
        }
        self.free.place(&self.rows, need, &mut self.stream)
    }

    /// A host on which `need` fits once enough idle instances are gone.
    pub(super) fn place_reclaiming(&mut self, need: &Need) -> Option<HostId> {
        self.reclaimable.as_mut()?.place(&self.rows, need, &mut self.stream)
    }

    pub(super) fn fits(&self, host: HostId, need: &Need) -> bool {
        self.rows[host.index()].view(false).fits(need)
    }

    /// What a host has free, with or without what its idle instances would give back.
    pub(super) fn view(&self, host: HostId, reclaiming: bool) -> HostView {
        self.rows[host.index()].view(reclaiming)
    }

    /// Memory of a host that is free, and memory that its idle instances have, where these are followed; none of one
    /// that takes no instances.
    pub(super) fn memory(&self, host: HostId) -> (Bytes, Bytes) {
        let row = &self.rows[host.index()];
        if row.open { (row.memory, row.idle_memory) } else { (Bytes::ZERO, Bytes::ZERO) }
    }

    /// The idle instances of a host, the one idle for longest first, where they are followed.
    pub(super) fn idle(&self, host: HostId) -> impl Iterator<Item = InstanceId> {
        self.idle.iter().flat_map(move |lists| lists.iter(host.index()))
    }

    /// A host takes instances from now on, or none.
    pub(super) fn set_open(&mut self, host: HostId, open: bool) {
        self.rows[host.index()].open = open;
        self.free_changed(host);
    }

    /// Notes that what is free on a host has changed.
    fn free_changed(&mut self, host: HostId) {
        if self.limited {
            self.free.changed(host);
            self.reclaimable_changed(host);
        }
    }

    #[inline]
    fn reclaimable_changed(&mut self, host: HostId) {
        if let Some(reclaimable) = &mut self.reclaimable {
            reclaimable.changed(host);
        }
    }

    /// An instance joins the idle ones of its host, where they are followed.
    #[inline(always)]
    pub(super) fn joins_idle(&mut self, Seat { host, id, safe }: Seat, need: &Need) {
        let Some(lists) = self.idle.as_mut().filter(|_| !safe) else { return };
        lists.push_back(host.index(), id);
        let row = &mut self.rows[host.index()];
        row.idle_cpu += need.cpu;
        row.idle_memory += need.memory;
        self.reclaimable_changed(host);
    }

    /// An instance leaves the idle ones of its host, where they are followed.
    #[inline(always)]
    pub(super) fn leaves_idle(&mut self, Seat { host, id, safe }: Seat, need: &Need) {
        let Some(lists) = self.idle.as_mut().filter(|_| !safe) else { return };
        lists.unlink(id);
        let row = &mut self.rows[host.index()];
        row.idle_cpu -= need.cpu;
        row.idle_memory -= need.memory;
        self.reclaimable_changed(host);
    }

    /// An instance takes its room, about to start.
    pub(super) fn reserve(&mut self, host: HostId, need: &Need) {
        let row = &mut self.rows[host.index()];
        row.cpu -= need.cpu;
        row.memory -= need.memory;
        self.free_changed(host);
    }

    /// An idle instance is gone.
    pub(super) fn give_back(&mut self, seat: Seat, need: &Need) {
        self.leaves_idle(seat, need);
        let row = &mut self.rows[seat.host.index()];
        row.cpu += need.cpu;
        row.memory += need.memory;
        self.free_changed(seat.host);
    }

    /// An instance has started, and serves nobody yet.
    pub(super) fn started(&mut self, seat: Seat, need: &Need) {
        self.joins_idle(seat, need);
    }

    /// An idle instance begins to serve.
    #[inline(always)]
    pub(super) fn now_busy(&mut self, seat: Seat, need: &Need) {
        self.leaves_idle(seat, need);
        if self.tells_busy {
            self.rows[seat.host.index()].busy += 1;
            self.free_changed(seat.host);
        }
    }

    /// An instance serves nobody any more.
    #[inline(always)]
    pub(super) fn now_idle(&mut self, seat: Seat, need: &Need) {
        self.joins_idle(seat, need);
        if self.tells_busy {
            self.rows[seat.host.index()].busy -= 1;
            self.free_changed(seat.host);
        }
    }

    /// Looks whether no host is over its capacity, and whether what is free is what `memory`, that
    /// of all instances, leaves, and what is idle that of the idle instances; tells how many of these
    /// there are, where that is followed.
    pub(super) fn check(
        &self,
        memory_of: impl Fn(InstanceId) -> Bytes,
        memory: u64,
    ) -> Option<u64> {
        let (mut held, mut idle) = (0, 0);
        for (number, row) in self.rows.iter().enumerate() {
            let over = row.cpu > row.capacity.cpu || row.memory > row.capacity.memory;
            assert!(!over, "host {number} holds more or less than it can: {row:?}");
            held += row.capacity.memory.get() - row.memory.get();
            let list = || self.idle(HostId::from_index(number));
            idle += list().count() as u64;
            let could: u64 = list().map(|id| memory_of(id).get()).sum();
            assert_eq!(could, row.idle_memory.get(), "memory of idle instances, host {number}");
        }
        assert_eq!(held, memory, "memory of all instances");
        self.idle.is_some().then_some(idle)
    }
}
