//! Nodes of a swarm, and what is kept of their tasks (`manager/scheduler/nodeinfo.go`).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::super::kubernetes::Resource;
use super::group::{Group, Platform, Plugin, Port};
use crate::kernel::{Span, Time};

/// Failures older than this are forgotten. Source: `monitorFailures`.
const MEMORY_OF_FAILURES: Span = Span::from_secs(300);

/// Thousand-millionths of a core in a thousandth.
const NANO_CPUS: i64 = 1_000_000;

/// Resources, reserved or free.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reservation {
    /// CPU in thousand-millionths of a core.
    pub nano_cpus: i64,
    /// Memory in bytes.
    pub memory: i64,
    /// How many of other resources, by name.
    pub generic: BTreeMap<String, i64>,
}

impl Reservation {
    /// Whether it is nothing: such a reservation is not looked at, also where less than nothing is free.
    fn is_nothing(&self) -> bool {
        self.nano_cpus == 0 && self.memory == 0 && self.generic.is_empty()
    }

    /// Whether there is enough for another.
    pub(super) fn holds(&self, other: &Self) -> bool {
        let enough = |(name, amount): (&String, &i64)| {
            self.generic.get(name).is_some_and(|own| own >= amount)
        };
        let all = || other.generic.iter().all(enough);
        other.is_nothing()
            || (other.nano_cpus <= self.nano_cpus && other.memory <= self.memory && all())
    }

    /// Sets how much there is of a resource of a cluster; local storage is nothing that a swarm counts.
    pub(super) fn set<'a>(
        &mut self,
        resource: Resource,
        amount: i64,
        name: impl FnOnce() -> &'a str,
    ) {
        match resource {
            Resource::CPU => self.nano_cpus = amount * NANO_CPUS,
            Resource::MEMORY => self.memory = amount,
            Resource::STORAGE => {}
            _ => self.generic(name(), amount),
        }
    }

    /// Sets how much there is of another resource.
    pub(super) fn generic(&mut self, name: &str, amount: i64) {
        match self.generic.get_mut(name) {
            Some(own) => *own = amount,
            None => drop(self.generic.insert(name.to_owned(), amount)),
        }
    }

    fn change(&mut self, other: &Self, sign: i64) {
        self.nano_cpus += sign * other.nano_cpus;
        self.memory += sign * other.memory;
        for (name, amount) in &other.generic {
            *self.generic.entry(name.clone()).or_default() += sign * amount;
        }
    }
}

/// A node with what its tasks add up to.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name in the swarm.
    pub id: String,
    /// The name of its host.
    pub hostname: String,
    /// Its address.
    pub address: Option<IpAddr>,
    /// Whether it is a manager.
    pub manager: bool,
    /// Labels that the swarm gives it.
    pub labels: BTreeMap<String, String>,
    /// Labels that its engine gives itself.
    pub engine_labels: BTreeMap<String, String>,
    /// What it runs on, if it has told.
    pub platform: Option<Platform>,
    /// The plugins of its engine, if it has told.
    pub plugins: Option<Vec<Plugin>>,
    /// Whether it is ready and takes tasks.
    pub available: bool,
    /// What is free.
    pub free: Reservation,
    tasks: i64,
    by_service: BTreeMap<u32, i64>,
    ports: BTreeSet<Port>,
    /// When tasks of each version of a service failed here, in order of time.
    failures: BTreeMap<(u32, u64), Vec<Time>>,
}

impl Node {
    /// A worker that is ready and has nothing.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            hostname: String::new(),
            address: None,
            manager: false,
            labels: BTreeMap::new(),
            engine_labels: BTreeMap::new(),
            platform: None,
            plugins: None,
            available: true,
            free: Reservation::default(),
            tasks: 0,
            by_service: BTreeMap::new(),
            ports: BTreeSet::new(),
            failures: BTreeMap::new(),
        }
    }

    /// A task of a group starts here.
    pub fn start(&mut self, group: &Group) {
        self.tasks += 1;
        *self.by_service.entry(group.service).or_default() += 1;
        self.free.change(&group.reservation, -1);
        self.ports.extend(group.ports.iter().filter(|port| port.number > 0).cloned());
    }

    /// A task of a group is gone.
    pub fn stop(&mut self, group: &Group) {
        self.tasks -= 1;
        *self.by_service.entry(group.service).or_default() -= 1;
        self.free.change(&group.reservation, 1);
        for port in &group.ports {
            self.ports.remove(port);
        }
    }

    /// A task of a group has failed here.
    pub fn fail(&mut self, group: &Group, now: Time) {
        let failures = self.failures.entry((group.service, group.version)).or_default();
        failures.retain(|&then| now.since(then) <= MEMORY_OF_FAILURES);
        failures.push(now);
    }

    /// It has no tasks, until [`count`](Self::count) says other. Failures are kept.
    pub(super) fn forget_tasks(&mut self) {
        self.tasks = 0;
        self.by_service.values_mut().for_each(|tasks| *tasks = 0);
        self.ports.clear();
    }

    /// It has more tasks, some of them of a service, whose resources are taken off already.
    pub(super) fn count(&mut self, service: u32, of_service: i64, all: i64) {
        self.tasks += all;
        if of_service > 0 {
            *self.by_service.entry(service).or_default() += of_service;
        }
    }

    /// A port is taken.
    pub(super) fn take(&mut self, port: &Port) {
        self.ports.insert(port.clone());
    }

    /// How many tasks it has.
    pub fn tasks(&self) -> i64 {
        self.tasks
    }

    /// How many tasks of a service it has.
    pub fn tasks_of(&self, service: u32) -> i64 {
        self.by_service.get(&service).copied().unwrap_or(0)
    }

    /// Whether a task has taken a port.
    pub fn uses(&self, port: &Port) -> bool {
        self.ports.contains(port)
    }

    /// How many tasks of a group have failed here of late.
    pub fn recent_failures(&self, group: &Group, now: Time) -> usize {
        let failures = self.failures.get(&(group.service, group.version));
        let recent = |then: &&Time| now.since(**then) <= MEMORY_OF_FAILURES;
        failures.map_or(0, |failures| failures.iter().filter(recent).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A node that has become smaller than its tasks is 1 byte short: a task that reserves nothing may still go
    /// there, one that reserves CPU alone may not.
    #[test]
    fn who_reserves_nothing_goes_anywhere() {
        let free = Reservation { nano_cpus: 5, memory: -1, ..Reservation::default() };
        assert!(free.holds(&Reservation::default()));
        assert!(!free.holds(&Reservation { nano_cpus: 1, ..Reservation::default() }));
        let generic = BTreeMap::from([("gpu".to_owned(), 0)]);
        assert!(!free.holds(&Reservation { generic, ..Reservation::default() }));
    }
}
