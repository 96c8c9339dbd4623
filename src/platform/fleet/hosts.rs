//! The hosts of a fleet: what is free on them, and what could be.

use super::instance::{IDLE, Instances, List};
use crate::kernel::{Stream, StreamKey};
use crate::model::{HostId, InstanceId};
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

/// A placement policy and the views it is told of. A change is noted by a flag and told when the
/// next verdict is asked for, so a host that changes often costs little.
#[derive(Debug)]
struct Watch {
    policy: Box<dyn Placement>,
    views: Vec<HostView>,
    changed: Vec<HostId>,
    flagged: Vec<bool>,
}

impl Watch {
    fn new(mut policy: Box<dyn Placement>, views: &[HostView]) -> Self {
        policy.start(views);
        Self {
            policy,
            views: views.to_vec(),
            changed: Vec::with_capacity(views.len()),
            flagged: vec![false; views.len()],
        }
    }

    fn change(&mut self, host: HostId, change: impl FnOnce(&mut HostView)) {
        change(&mut self.views[host.index()]);
        if !std::mem::replace(&mut self.flagged[host.index()], true) {
            self.changed.push(host);
        }
    }

    fn place(&mut self, need: &Need, stream: &mut Stream) -> Option<HostId> {
        for host in self.changed.drain(..) {
            self.flagged[host.index()] = false;
            self.policy.observe(host, &self.views[host.index()]);
        }
        let host = self.policy.place(need, &self.views, stream)?;
        debug_assert!(self.views[host.index()].fits(need), "{host:?} has no room for {need:?}");
        Some(host)
    }
}

/// All hosts of a platform.
#[derive(Debug)]
pub(super) struct Hosts {
    /// What is free.
    free: Watch,
    /// What would be free without the idle instances; kept only where idle instances may go.
    reclaimable: Option<Watch>,
    /// Idle instances by host, the one idle for longest first.
    idle: Vec<List<IDLE>>,
    stream: Stream,
    limited: bool,
    /// CPU and memory of all hosts together; zero where there is no limit.
    pub(super) cpu: Millicpu,
    pub(super) memory: Bytes,
}

impl Hosts {
    /// The hosts of `specs` in their order; no specs are one host without limit.
    pub(super) fn new(
        specs: &[HostSpec],
        policy: Box<dyn Placement>,
        evicts: bool,
        key: StreamKey,
    ) -> Self {
        // A quarter of the range: far more than all instances hold, and sums do not overflow.
        let boundless = [HostSpec {
            count: 1,
            cpu: Millicpu::new(u64::MAX / 4),
            memory: Bytes::new(u64::MAX / 4),
        }];
        let limited = !specs.is_empty();
        let mut views = Vec::new();
        for spec in if limited { specs } else { &boundless } {
            let view = HostView {
                cpu: spec.cpu,
                memory: spec.memory,
                cpu_capacity: spec.cpu,
                memory_capacity: spec.memory,
                busy: 0,
            };
            views.extend((0..spec.count).map(|_| view));
        }
        let total = |of: fn(&HostSpec) -> u64| {
            specs.iter().map(|spec| of(spec) * u64::from(spec.count)).sum::<u64>()
        };
        Self {
            reclaimable: evicts.then(|| Watch::new(policy.clone(), &views)),
            free: Watch::new(policy, &views),
            idle: vec![List::default(); views.len()],
            stream: key.stream(),
            limited,
            cpu: Millicpu::new(total(|spec| spec.cpu.get())),
            memory: Bytes::new(total(|spec| spec.memory.get())),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.idle.len()
    }

    /// Whether hosts limit what may run.
    pub(super) fn limited(&self) -> bool {
        self.limited
    }

    /// A host on which `need` fits as it is.
    pub(super) fn place(&mut self, need: &Need) -> Option<HostId> {
        if !self.limited {
            return Some(HostId::new(0));
        }
        self.free.place(need, &mut self.stream)
    }

    /// A host on which `need` fits once enough idle instances are gone.
    pub(super) fn place_reclaiming(&mut self, need: &Need) -> Option<HostId> {
        self.reclaimable.as_mut()?.place(need, &mut self.stream)
    }

    pub(super) fn fits(&self, host: HostId, need: &Need) -> bool {
        self.free.views[host.index()].fits(need)
    }

    pub(super) fn idle(&self, host: HostId) -> &List<IDLE> {
        &self.idle[host.index()]
    }

    fn both(&mut self, host: HostId, change: impl Fn(&mut HostView)) {
        self.free.change(host, &change);
        if let Some(reclaimable) = &mut self.reclaimable {
            reclaimable.change(host, &change);
        }
    }

    /// An instance takes its room, about to start.
    pub(super) fn reserve(&mut self, host: HostId, need: &Need) {
        self.both(host, |view| {
            view.cpu -= need.cpu;
            view.memory -= need.memory;
        });
    }

    /// An instance of this need, idle no more, is gone.
    pub(super) fn give_back(&mut self, host: HostId, need: &Need) {
        self.both(host, |view| {
            view.cpu += need.cpu;
            view.memory += need.memory;
        });
    }

    /// An instance begins to serve.
    pub(super) fn now_busy(&mut self, host: HostId) {
        if self.limited {
            self.both(host, |view| view.busy += 1);
        }
    }

    /// An instance serves nobody any more.
    pub(super) fn not_busy(&mut self, host: HostId) {
        if self.limited {
            self.both(host, |view| view.busy -= 1);
        }
    }

    /// An instance is idle from now on.
    pub(super) fn now_idle(&mut self, instances: &mut Instances, id: InstanceId, need: &Need) {
        let host = instances[id].host;
        self.idle[host.index()].push_back(instances, id);
        self.reclaimable_by(host, |view| {
            view.cpu += need.cpu;
            view.memory += need.memory;
        });
    }

    /// An idle instance is idle no more.
    pub(super) fn not_idle(&mut self, instances: &mut Instances, id: InstanceId, need: &Need) {
        let host = instances[id].host;
        self.idle[host.index()].unlink(instances, id);
        self.reclaimable_by(host, |view| {
            view.cpu -= need.cpu;
            view.memory -= need.memory;
        });
    }

    fn reclaimable_by(&mut self, host: HostId, change: impl FnOnce(&mut HostView)) {
        if let Some(reclaimable) = &mut self.reclaimable
            && self.limited
        {
            reclaimable.change(host, change);
        }
    }
}
