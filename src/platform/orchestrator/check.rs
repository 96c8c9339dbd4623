//! What always holds on a cluster.

use std::collections::BTreeMap;

use super::Orchestrator;
use super::containers::State;
use super::pods::{NEVER, Replica, Work};
use super::replicas::NOWHERE;
use super::spec::PodId;
use crate::kernel::Arena;
use crate::model::{Attempt, Stage};
use crate::policy::orchestration::kubernetes::{Resource, WHOLE};

impl Orchestrator {
    /// Looks whether nodes, pods, requests and the queue agree with each other.
    ///
    /// # Panics
    /// If they do not, or if a node is over what it has.
    pub(super) fn check_pods(&self, attempts: &Arena<Attempt>) {
        self.check_nodes();
        self.check_places();
        let (mut waiting, mut running, mut requests) = (0, 0, 0);
        // By replica: requests that compute, that wait for calls, that wait in line.
        let mut of: BTreeMap<u32, [u32; 3]> = BTreeMap::new();
        for attempt in attempts.iter() {
            let here = attempt.platform == self.number && self.has_replicas(attempt.application);
            let stage = match attempt.stage {
                Stage::Serving => 0,
                Stage::Calling => 1,
                Stage::Waiting => 2,
                _ => continue,
            };
            if here && attempt.place != NOWHERE {
                of.entry(attempt.place).or_default()[stage] += 1;
                requests += u64::from(stage == 2);
            }
        }
        for (pod, row) in self.rows.iter() {
            let bound = self.cluster.pod(pod).node.is_some();
            waiting += u64::from(!bound);
            running += u64::from(bound);
            match &row.work {
                Work::Job { attempt, begins, .. } => {
                    let attempt = &attempts[*attempt];
                    assert_eq!(attempt.place, pod.number(), "the pod of an attempt");
                    let runs = matches!(attempt.stage, Stage::Serving | Stage::Calling);
                    let starts = bound && !runs && self.is_heard(pod);
                    assert!(bound || !runs, "{attempt:?}");
                    assert!(!starts || *begins < NEVER, "{attempt:?} does not start");
                    assert!(*begins == NEVER || bound && !runs, "{attempt:?} starts");
                    requests += u64::from(!runs);
                }
                Work::Replica(replica) => {
                    let [computing, calling, line] = of.remove(&pod.number()).unwrap_or_default();
                    self.check_replica(pod, replica, [computing, calling, line]);
                    self.check_containers(pod, replica);
                }
            }
        }
        assert!(of.is_empty(), "requests on pods that are gone: {of:?}");
        assert_eq!(requests, self.waiting.value(), "requests that wait");
        assert_eq!(waiting, (self.parked.len() + self.queue.len()) as u64, "pods that wait");
        if self.is_led() {
            assert!(self.queue.is_empty(), "everybody has had a turn");
            self.check_parked();
        }
        assert_eq!(running, self.figures.instances.value(), "running pods");
    }

    /// Nobody waits for whom there is room, or for whom room can be made.
    fn check_parked(&self) {
        for (pod, group) in self.parked.iter() {
            let of = self.cluster.pod(pod);
            let own = (of.template, of.nominated.is_some(), self.pinned(pod));
            assert_eq!(own, group, "{pod:?}");
        }
        for (.., pod) in self.parked.firsts().chain(self.parked.expecting()) {
            if self.cluster.template_of(pod).looks_at_others() {
                // What these say depends on more than a node.
                continue;
            }
            for &node in self.cluster.order() {
                let may_help = self.may_help_on(pod, node);
                assert!(!may_help, "{pod:?} waits, though there is {node:?}");
            }
        }
    }

    fn check_nodes(&self) {
        for (node, cpu) in self.cluster.nodes().iter().zip(&self.cpus) {
            let load = node.load.requested();
            for resource in [Resource::CPU, Resource::MEMORY, Resource::STORAGE] {
                let (used, all) = (load.get(resource), node.spec.allocatable.get(resource));
                assert!(used <= all, "{used} of {all} are given away on {:?}", node.id);
            }
            let given: i64 = node.site().gpus_left().map(|left| WHOLE - left).sum();
            let asked = |&pod| self.cluster.template_of(pod).gpus.total();
            assert_eq!(
                given,
                node.load.pods().iter().map(asked).sum::<i64>(),
                "GPUs of {:?}",
                node.id
            );
            assert!(node.site().gpus_left().all(|left| left >= 0), "GPUs of {:?}", node.id);
            let pods = node.load.pods().len();
            assert!(pods <= node.spec.most_pods, "{pods} pods are on {:?}", node.id);
            let wanted = cpu.replicas.iter().map(|pod| match &self.rows.get(*pod)?.work {
                Work::Replica(replica) => Some(replica.wanted),
                Work::Job { .. } => None,
            });
            let wanted: Option<u64> = wanted.sum();
            assert_eq!(wanted, Some(cpu.wanted()), "CPU that is wanted of {:?}", node.id);
        }
    }

    /// Who works is reached; of who does not the end is known, or nobody knows yet that its node is gone.
    fn check_containers(&self, pod: PodId, replica: &Replica) {
        let node = self.cluster.pod(pod).node;
        let up = node.is_some_and(|node| self.is_up(node));
        match replica.containers.state {
            State::Working => {
                assert!(up, "{pod:?} works where nobody is reached");
                let goes = self.cluster.pod(pod).leaving.is_leaving();
                let serves = !replica.lacks_endpoint() || replica.joins < NEVER;
                assert!(goes || serves, "{pod:?} works and will never get requests again");
            }
            State::Ended if replica.endpoint.is_some() => {
                // Of a node that is cut off nobody hears it.
                assert!(
                    !up || replica.leaves < NEVER,
                    "requests go on to {pod:?}, which has ended"
                );
            }
            State::Down | State::CutOff if replica.endpoint.is_some() => {
                assert!(!up, "requests go on to {pod:?}, which does not work");
            }
            _ => {}
        }
        if replica.containers.state == State::Hanging {
            assert_eq!(replica.wanted, 0, "{pod:?} hangs and computes");
        }
    }

    fn check_replica(&self, pod: PodId, replica: &Replica, [computing, calling, line]: [u32; 3]) {
        assert_eq!(replica.served, computing + calling, "requests that {pod:?} serves");
        assert_eq!(replica.processor.len(), computing as usize, "requests that compute");
        assert_eq!(replica.line.len(), line as usize, "requests in the line of {pod:?}");
        let application = self.rows.get(pod).expect("it is there").application;
        let deployment = self.deployments[application.index()].as_ref().expect("it has replicas");
        if let (Some(only), Some(daemons)) = (replica.pinned, &deployment.daemons) {
            let of = self.cluster.pod(pod);
            assert!(of.node.is_none_or(|node| node == only), "{pod:?} is on its node");
            assert!(of.leaving.is_leaving() || daemons[&only] == pod, "one daemon on a node");
            assert_eq!(deployment.desired as usize, daemons.len(), "daemons that there shall be");
        }
        if let Some(place) = replica.endpoint {
            assert_eq!(deployment.endpoints[place as usize], pod, "an endpoint");
            assert_eq!(deployment.outstanding[place as usize], replica.present(), "outstanding");
        }
    }
}
