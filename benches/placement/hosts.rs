//! The fleet's placement policies against a scan of an array of hosts.

use std::cmp::Reverse;

use cloudsched::kernel::stream::below;
use cloudsched::kernel::{Seed, Stream};
use cloudsched::model::HostId;
use cloudsched::policy::placement::{
    BestFit, FirstFit, HostView, LeastAllocated, LeastLoaded, Need, Placement, WorstFit,
};
use cloudsched::quantity::{Bytes, Millicpu};

use crate::support::{Rounds, time};

/// A policy, and the same by a scan.
pub struct Contest {
    pub name: &'static str,
    policy: fn() -> Box<dyn Placement>,
    scan: fn(&[HostView], &Need) -> Option<usize>,
}

pub const CONTESTS: [Contest; 5] = [
    Contest {
        name: "first-fit",
        policy: || Box::<FirstFit>::default(),
        scan: |hosts, need| hosts.iter().position(|host| host.fits(need)),
    },
    Contest {
        name: "best-fit",
        policy: || Box::<BestFit>::default(),
        scan: |hosts, need| least(hosts, need, |host| host.memory),
    },
    Contest {
        name: "least-allocated",
        policy: || Box::<LeastAllocated>::default(),
        scan: |hosts, need| least(hosts, need, |host| Reverse(free_part(host).to_bits())),
    },
    Contest {
        name: "worst-fit",
        policy: || Box::<WorstFit>::default(),
        scan: |hosts, need| least(hosts, need, |host| Reverse(host.memory)),
    },
    Contest {
        name: "least-loaded",
        policy: || Box::<LeastLoaded>::default(),
        scan: |hosts, need| least(hosts, need, |host| host.busy),
    },
];

/// Twice the part of a host that is free, which is never less than nothing, so that its bits are in its order.
#[inline(always)]
fn free_part(host: &HostView) -> f64 {
    host.cpu.get() as f64 / host.cpu_capacity.get() as f64
        + host.memory.get() as f64 / host.memory_capacity.get() as f64
}

/// The first host with the least key of those on which an instance fits.
#[inline(always)]
fn least<K: Ord>(hosts: &[HostView], need: &Need, key: impl Fn(&HostView) -> K) -> Option<usize> {
    let mut best: Option<(K, usize)> = None;
    for (number, host) in hosts.iter().enumerate() {
        if host.fits(need) {
            let key = key(host);
            if best.as_ref().is_none_or(|(other, _)| key < *other) {
                best = Some((key, number));
            }
        }
    }
    best.map(|(_, number)| number)
}

/// Hosts, and the instances on them.
#[derive(Clone)]
struct Fleet {
    hosts: Vec<HostView>,
    live: Vec<(u32, Need)>,
}

/// An instance goes, and another comes.
struct Turn {
    leaver: u64,
    need: Need,
}

/// What instances need.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// CPU goes with memory, as clouds sell it: one of the two is scarce.
    InProportion,
    /// Each as it comes: on some hosts the one runs out, on others the other.
    Independent,
}

fn turn(chance: &mut Stream, needs: Needs) -> Turn {
    let size = below(chance, 4);
    let other = if needs == Needs::InProportion { size } else { below(chance, 4) };
    let (memory, cpu) = (Bytes::mib(512 << size), Millicpu::new(250 << other));
    Turn { leaver: below(chance, u64::MAX), need: Need { cpu, memory, application: 0 } }
}

impl Fleet {
    fn new(hosts: usize) -> Self {
        let (cpu, memory) = (Millicpu::new(32_000), Bytes::mib(64_000));
        let host = HostView { cpu, memory, cpu_capacity: cpu, memory_capacity: memory, busy: 0 };
        Self { hosts: vec![host; hosts], live: Vec::new() }
    }

    fn come(&mut self, host: usize, need: Need) {
        let view = &mut self.hosts[host];
        (view.cpu, view.memory) = (view.cpu - need.cpu, view.memory - need.memory);
        view.busy += 1;
        self.live.push((host as u32, need));
    }

    /// One of the instances goes; its host.
    fn go(&mut self, turn: &Turn) -> usize {
        let at = (turn.leaver % self.live.len() as u64) as usize;
        let (host, need) = self.live.swap_remove(at);
        let view = &mut self.hosts[host as usize];
        (view.cpu, view.memory) = (view.cpu + need.cpu, view.memory + need.memory);
        view.busy -= 1;
        host as usize
    }
}

/// A policy with its fleet.
struct Indexed {
    fleet: Fleet,
    policy: Box<dyn Placement>,
    stream: Stream,
}

impl Indexed {
    fn place(&mut self, need: Need) -> Option<usize> {
        let host = self.policy.place(&need, &self.fleet.hosts, &mut self.stream)?.index();
        self.fleet.come(host, need);
        self.policy.observe(HostId::from_index(host), &self.fleet.hosts[host]);
        Some(host)
    }

    fn turn(&mut self, turn: &Turn) -> Option<usize> {
        let left = self.fleet.go(turn);
        self.policy.observe(HostId::from_index(left), &self.fleet.hosts[left]);
        self.place(turn.need)
    }

    /// So many hosts, filled by the policy to so many percent of their memory.
    fn filled(
        contest: &Contest,
        hosts: usize,
        percent: u64,
        next: &mut impl FnMut() -> Turn,
    ) -> Self {
        let fleet = Fleet::new(hosts);
        let stream = Seed::new(1).key("placement").stream();
        let mut all = Self { fleet, policy: (contest.policy)(), stream };
        all.policy.start(&all.fleet.hosts);
        let capacity = all.fleet.hosts[0].memory_capacity.get() * hosts as u64;
        let mut used = 0;
        while used < capacity * percent / 100 {
            let need = next().need;
            used += need.memory.get();
            all.place(need).expect("there is room");
        }
        all
    }
}

/// The scan and the index in turns on the same instances: nanoseconds a turn.
pub fn compare(
    contest: &Contest,
    (hosts, percent): (usize, u64),
    needs: Needs,
    turns: usize,
    rounds: usize,
) -> Rounds {
    let mut chance = Seed::new(1).key("turns").stream();
    let mut next = || turn(&mut chance, needs);
    let mut indexed = Indexed::filled(contest, hosts, percent, &mut next);
    let mut fleet = indexed.fleet.clone();
    let mut chosen = Vec::with_capacity(turns);
    let mut list: Vec<Turn> = Vec::new();
    Rounds::run(rounds, 2, |contestant| {
        let taken = if contestant == 0 {
            list = (0..turns).map(|_| next()).collect();
            chosen.clear();
            time(|| {
                for turn in &list {
                    fleet.go(turn);
                    let host = (contest.scan)(&fleet.hosts, &turn.need);
                    if let Some(host) = host {
                        fleet.come(host, turn.need);
                    }
                    chosen.push(host);
                }
            })
            .0
        } else {
            let mut next = chosen.iter();
            time(|| {
                for turn in &list {
                    assert_eq!(Some(&indexed.turn(turn)), next.next(), "{}", contest.name);
                }
            })
            .0
        };
        taken / turns as f64
    })
}
