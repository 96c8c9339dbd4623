//! CPU of hosts, which the containers there share by weight when it is short.
//!
//! A request computes as fast as on a core of its own as long as its host has enough for all. Otherwise they
//! share it max-min fair, as the Linux scheduler shares among cgroups; one that computes for a part of its time only
//! needs that part of a core. Each container serves one request at a time.

use super::{Event, Fleet, HostSpec};
use crate::kernel::{Agenda, Class, ShiftingTimer, Span, Time};
use crate::model::{ApplicationId, Attempt, AttemptId, HostId, InstanceId, max_min};
use crate::quantity::Millicpu;

/// What containers of an application can have of the CPU of their host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuShare {
    /// What counts when there is too little; at least 1.
    pub weight: u64,
    /// No container has more; `None` is as much as there is.
    pub most: Option<Millicpu>,
}

/// Billionths of a core, in which CPU is shared here: in a millicpu, so that next to nothing is lost by rounding.
const FINE: u64 = 1_000_000;

/// How a container computes; all in billionths of a core.
#[derive(Clone, Copy, Debug)]
struct Use {
    weight: u64,
    /// What a request uses if nothing holds it up: at least 1, so that its time passes.
    uses: u64,
    /// What of that its container may have.
    wanted: u64,
}

/// A request that computes.
#[derive(Clone, Copy, Debug)]
struct Computing {
    attempt: AttemptId,
    of: Use,
    /// What is left to compute, in nanoseconds times billionths of a core.
    left: u128,
    /// What it has, in billionths of a core: at least 1.
    share: u64,
    /// When it is cut if it still computes.
    cut: Time,
}

/// The CPU of one host.
#[derive(Debug)]
struct HostCpu {
    /// What it has, and what requests want together, in billionths of a core.
    capacity: u64,
    wanted: u64,
    /// What requests have, in millicpu.
    used: u64,
    /// In the order in which they began.
    computing: Vec<Computing>,
    /// When what is left was right.
    updated: Time,
    timer: ShiftingTimer,
}

impl HostCpu {
    fn advance(&mut self, now: Time) {
        let passed = u128::from((now - self.updated).as_nanos());
        self.updated = now;
        for one in &mut self.computing {
            one.left = one.left.saturating_sub(passed * u128::from(one.share));
        }
    }

    /// Who wanted what has changed.
    fn share(&mut self, scratch: &mut Scratch) {
        if self.wanted <= self.capacity {
            self.computing.iter_mut().for_each(|one| one.share = one.of.wanted);
        } else {
            let Scratch { wants, shares } = scratch;
            wants.clear();
            wants.extend(self.computing.iter().map(|one| (one.of.wanted, one.of.weight)));
            max_min(self.capacity, wants, shares);
            for (one, share) in self.computing.iter_mut().zip(shares) {
                one.share = (*share).max(1);
            }
        }
        let used = self.computing.iter().map(|one| one.share).sum::<u64>();
        self.used = used.min(self.capacity) / FINE;
    }

    /// When the next has computed what it had to, or is cut.
    fn next_end(&self) -> Option<Time> {
        let end = |one: &Computing| {
            let takes = one.left.div_ceil(u128::from(one.share));
            let takes = Span::from_nanos(u64::try_from(takes).unwrap_or(u64::MAX));
            self.updated.plus(takes).min(one.cut)
        };
        self.computing.iter().map(end).min()
    }

    fn remove(&mut self, place: usize) -> Computing {
        let gone = self.computing.remove(place);
        self.wanted -= gone.of.wanted;
        gone
    }
}

/// Lists that are used again and again.
#[derive(Debug, Default)]
struct Scratch {
    wants: Vec<(u64, u64)>,
    shares: Vec<u64>,
}

/// The CPU of all hosts.
#[derive(Debug)]
pub(super) struct SharedCpu {
    /// By application.
    uses: Vec<Use>,
    hosts: Vec<HostCpu>,
    scratch: Scratch,
}

impl SharedCpu {
    /// Of hosts whose containers share it by these shares, and of whose applications a request uses such a part of a core;
    /// `None` where nothing is shared.
    pub(super) fn new(
        shares: &[CpuShare],
        cpu_use: impl Iterator<Item = f64>,
        hosts: &[HostSpec],
    ) -> Option<Box<Self>> {
        let of = |(share, part): (&CpuShare, f64)| {
            let uses = libm::round(part * (1000 * FINE) as f64).max(1.0) as u64;
            let most = share.most.map_or(u64::MAX, |most| most.get().saturating_mul(FINE));
            Use { weight: share.weight, uses, wanted: uses.min(most) }
        };
        let host = |capacity: u64| HostCpu {
            capacity,
            wanted: 0,
            used: 0,
            computing: Vec::new(),
            updated: Time::ZERO,
            timer: ShiftingTimer::default(),
        };
        let capacities = hosts
            .iter()
            .flat_map(|spec| std::iter::repeat_n(spec.cpu, spec.count as usize))
            .map(|cpu| cpu.get().saturating_mul(FINE).max(1));
        (!shares.is_empty()).then(|| {
            let uses = shares.iter().zip(cpu_use).map(of).collect();
            Box::new(Self {
                uses,
                hosts: capacities.map(host).collect(),
                scratch: Scratch::default(),
            })
        })
    }
}

impl Fleet {
    /// Whether containers share the CPU of their host, so that how long a request is served depends on the others.
    pub fn shares_cpu(&self) -> bool {
        self.cpu.is_some()
    }

    /// How long a request computes if all of its host's CPU is there for it; `None` if nothing is shared.
    pub(in crate::platform) fn alone(&self, attempt: &Attempt) -> Option<Span> {
        let of = self.cpu.as_ref()?.uses[attempt.application.index()];
        Some(attempt.demand.scaled(of.uses as f64 / of.wanted as f64))
    }

    /// How many requests compute.
    pub(in crate::platform) fn computing(&self) -> usize {
        let hosts = self.cpu.iter().flat_map(|cpu| &cpu.hosts);
        hosts.map(|host| host.computing.len()).sum()
    }

    /// A request of an application begins to compute on a host: so much as if it had a core, or until it is cut.
    pub(in crate::platform) fn compute(
        &mut self,
        id: AttemptId,
        (host, application): (HostId, ApplicationId),
        (demand, timeout): (Span, Span),
        agenda: &mut impl Agenda<Event>,
    ) {
        let now = agenda.now();
        let Some(cpu) = &mut self.cpu else { return };
        let of = cpu.uses[application.index()];
        let row = &mut cpu.hosts[host.index()];
        row.advance(now);
        let left = u128::from(demand.as_nanos()) * u128::from(of.uses);
        row.wanted += of.wanted;
        row.computing.push(Computing { attempt: id, of, left, share: 1, cut: now.plus(timeout) });
        self.share_cpu(host, agenda);
    }

    /// Whether the event of a host is the one that was waited for.
    pub(in crate::platform) fn computed(&mut self, host: HostId, now: Time) -> bool {
        let cpu = self.cpu.as_mut();
        cpu.is_some_and(|cpu| {
            let row = &mut cpu.hosts[host.index()];
            row.advance(now);
            row.timer.fired(now)
        })
    }

    /// Takes the next request of a host that has computed what it had to, or is cut, which is told.
    pub(in crate::platform) fn pop_computed(
        &mut self,
        host: HostId,
        now: Time,
    ) -> Option<(AttemptId, bool)> {
        let row = &mut self.cpu.as_mut()?.hosts[host.index()];
        let ended = |one: &Computing| one.left == 0 || one.cut <= now;
        let place = row.computing.iter().position(ended)?;
        let gone = row.remove(place);
        Some((gone.attempt, gone.left > 0))
    }

    /// Other requests compute on a host than before: each has more or less.
    pub(in crate::platform) fn share_cpu(&mut self, host: HostId, agenda: &mut impl Agenda<Event>) {
        let Some(cpu) = &mut self.cpu else { return };
        let row = &mut cpu.hosts[host.index()];
        let before = row.used;
        row.share(&mut cpu.scratch);
        let now = agenda.now();
        self.figures.busy_cpu.add(now, row.used.saturating_sub(before));
        self.figures.busy_cpu.sub(now, before.saturating_sub(row.used));
        if let Some(end) = row.next_end() {
            let event = Event::Computed(self.number, host);
            row.timer.arm(agenda, end, Class::Completion, event);
        }
    }

    /// A request does not compute any more in an instance, whatever is left; false where nothing is shared.
    pub(in crate::platform) fn stop_computing(
        &mut self,
        id: AttemptId,
        instance: InstanceId,
        agenda: &mut impl Agenda<Event>,
    ) -> bool {
        let Some(cpu) = &mut self.cpu else { return false };
        let host = self.instances[instance].host;
        let row = &mut cpu.hosts[host.index()];
        let Some(place) = row.computing.iter().position(|one| one.attempt == id) else {
            return false;
        };
        row.advance(agenda.now());
        row.remove(place);
        self.share_cpu(host, agenda);
        true
    }

    /// A host is gone, and what computed there with it.
    pub(super) fn lose_cpu(&mut self, host: HostId, agenda: &mut impl Agenda<Event>) {
        if let Some(cpu) = &mut self.cpu {
            let row = &mut cpu.hosts[host.index()];
            row.computing.clear();
            row.wanted = 0;
            self.share_cpu(host, agenda);
        }
    }

    /// # Panics
    /// If what is kept of the CPU of a host is not the sum over its requests.
    pub(super) fn check_cpu(&self) {
        for host in self.cpu.iter().flat_map(|cpu| &cpu.hosts) {
            let wanted: u64 = host.computing.iter().map(|one| one.of.wanted).sum();
            assert_eq!(wanted, host.wanted, "CPU that is wanted of a host");
            assert!(host.used <= host.capacity / FINE, "{} of {}", host.used, host.capacity);
        }
    }
}
