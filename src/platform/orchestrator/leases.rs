//! How long each node is there, as vendors charge for it.

use std::ops::Range;

use super::spec::NodeId;
use crate::kernel::Time;
use crate::model::ApplicationId;
use crate::policy::orchestration::kubernetes::{Cluster, Node};
use crate::pricing::{Account, Lease, Meter, Usage};

/// The times of nodes, counted by the rules of each price list that asks for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Leases {
    /// The numbers of the nodes of each make.
    makes: Vec<Range<usize>>,
    /// By node: whether it is leased.
    open: Vec<bool>,
    counted: Vec<Counted>,
}

/// What is counted by some rules. A make of nodes is to its meter what an application is to others.
#[derive(Clone, Debug)]
struct Counted {
    lease: Lease,
    meter: Meter,
    accounts: Vec<Account>,
}

impl Leases {
    /// Of nodes of these makes; those that are there are leased from the start on.
    pub(super) fn new(makes: Vec<Range<usize>>, cluster: &Cluster) -> Self {
        let open = cluster.nodes().iter().map(Node::is_present).collect();
        Self { makes, open, counted: Vec::new() }
    }

    /// Counts by these rules from the start of the run on.
    pub(super) fn count(&mut self, lease: Lease) {
        let meter = Meter::new(lease.metering(), self.makes.len());
        let accounts = vec![Account::default(); self.open.len()];
        let mut counted = Counted { lease, meter, accounts };
        for node in (0..self.open.len()).filter(|node| self.open[*node]) {
            counted.accounts[node] = counted.meter.started(self.make(node), false, Time::ZERO);
        }
        self.counted.push(counted);
    }

    fn make(&self, node: usize) -> ApplicationId {
        ApplicationId::from_index(self.makes.partition_point(|make| make.end <= node))
    }

    /// Whether a node is leased.
    pub(super) fn is_open(&self, node: NodeId) -> bool {
        self.open[node.index()]
    }

    /// A node is leased from now on.
    pub(super) fn begin(&mut self, node: NodeId, now: Time) {
        let node = node.index();
        let make = self.make(node);
        self.open[node] = true;
        for counted in &mut self.counted {
            counted.accounts[node] = counted.meter.started(make, false, now);
        }
    }

    /// A node is leased no longer.
    pub(super) fn end(&mut self, node: NodeId, now: Time) {
        let node = node.index();
        let make = self.make(node);
        self.open[node] = false;
        for counted in &mut self.counted {
            counted.meter.gone(&mut counted.accounts[node], make, now, now);
        }
    }

    /// Forgets what was counted so far.
    pub(super) fn restart(&mut self, now: Time) {
        self.counted.iter_mut().for_each(|counted| counted.meter.restart(now));
    }

    /// Adds what was counted until now to `usage`.
    pub(super) fn tell(&self, usage: &mut Usage, now: Time) {
        for mut counted in self.counted.iter().cloned() {
            for node in (0..self.open.len()).filter(|node| self.open[*node]) {
                counted.meter.end(&mut counted.accounts[node], self.make(node), now, now);
            }
            let mut told = Usage::default();
            counted.meter.tell(&mut told, now);
            let times = told.counted.iter().map(|make| make.on_demand).collect();
            usage.leased.push((counted.lease, times));
        }
    }
}
