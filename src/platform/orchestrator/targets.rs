//! Nodes as the load balancers before them see them, by their looks.

use std::collections::BTreeMap;

use super::Orchestrator;
use super::spec::{NodeId, OrchestratorSpec};
use crate::kernel::Time;
use crate::policy::exposure::{Found, NodeCheck};

/// What all load balancers that look alike have found of the nodes.
#[derive(Debug)]
pub(super) struct Targets {
    check: NodeCheck,
    /// Of the nodes that do not work, or were found not to and have not been found well since.
    found: BTreeMap<NodeId, Found>,
}

impl Targets {
    /// At the start of a run: those of each way that looks are there once.
    pub(super) fn all(spec: &OrchestratorSpec) -> Vec<Self> {
        let ways = spec.pods.iter().filter_map(|pod| pod.replicas.as_ref()?.exposure?.nodes?.check);
        let mut all: Vec<Self> = Vec::new();
        for check in ways {
            if all.iter().all(|of| of.check != check) {
                all.push(Self { check, found: BTreeMap::new() });
            }
        }
        all
    }

    /// Forgets nodes that are as if they had always worked.
    fn forget_well(&mut self, now: Time) {
        let check = self.check;
        self.found.retain(|_, found| !check.is_well(*found, now));
    }
}

impl Orchestrator {
    /// A node can be reached from now on, or not.
    pub(super) fn target_turned(&mut self, node: NodeId, works: bool, now: Time) {
        for targets in &mut self.targets {
            targets.forget_well(now);
            let found = targets.found.get(&node).copied().unwrap_or(Found::WELL);
            targets.found.insert(node, targets.check.turned(found, works, now));
        }
    }

    /// A node has gone; nothing is known of the next one in its place.
    pub(super) fn forget_target(&mut self, node: NodeId) {
        for targets in &mut self.targets {
            targets.found.remove(&node);
        }
    }

    /// The nodes to which those send requests who look like this: all, but for those that count as failed. `None` is all, as
    /// also where all count as failed.
    pub(super) fn targets(&mut self, check: &NodeCheck, now: Time) -> Option<Vec<NodeId>> {
        let all = self.cluster.order();
        let targets = self.targets.iter_mut().find(|of| of.check == *check)?;
        targets.forget_well(now);
        if targets.found.is_empty() {
            return None;
        }
        let is_out =
            |node: &NodeId| targets.found.get(node).is_some_and(|found| check.is_out(*found, now));
        let working: Vec<NodeId> = all.iter().copied().filter(|node| !is_out(node)).collect();
        (!working.is_empty()).then_some(working)
    }
}
