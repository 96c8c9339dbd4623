//! What always holds on a cluster.

use super::Orchestrator;
use crate::kernel::Arena;
use crate::model::{Attempt, Stage};
use crate::policy::orchestration::kubernetes::Resource;

impl Orchestrator {
    /// Looks whether nodes, pods and the queue agree with each other.
    ///
    /// # Panics
    /// If they do not, or if a node is over what it has.
    pub(super) fn check_pods(&self, attempts: &Arena<Attempt>) {
        for node in self.cluster.nodes() {
            let load = node.load.requested();
            for resource in [Resource::CPU, Resource::MEMORY, Resource::STORAGE] {
                let (used, all) = (load.get(resource), node.spec.allocatable.get(resource));
                assert!(used <= all, "{used} of {all} are given away on {:?}", node.id);
            }
            let pods = node.load.pods().len();
            assert!(pods <= node.spec.most_pods, "{pods} pods are on {:?}", node.id);
        }
        let (mut running, mut waiting) = (0, 0);
        for (pod, row) in self.rows.iter() {
            let attempt = &attempts[row.attempt];
            assert_eq!(attempt.place, pod.number(), "the pod of an attempt");
            let bound = self.cluster.pod(pod).node.is_some();
            match attempt.stage {
                Stage::Waiting => {
                    assert!(!bound, "{attempt:?} waits and runs");
                    waiting += 1;
                }
                Stage::Serving | Stage::Calling => {
                    assert!(bound, "{attempt:?} runs nowhere");
                    running += 1;
                }
                _ => unreachable!("{attempt:?} has a pod"),
            }
        }
        assert_eq!(waiting, self.waiting.value(), "waiting pods");
        assert_eq!(waiting, self.queue.len() as u64, "pods in the queue");
        assert_eq!(waiting, self.parked.len() as u64, "parked pods");
        assert_eq!(running, self.figures.instances.value(), "running pods");
        let here = attempts.iter().filter(|attempt| attempt.platform == self.number);
        let lively = here.filter(|attempt| {
            matches!(attempt.stage, Stage::Waiting | Stage::Serving | Stage::Calling)
        });
        assert_eq!(lively.count() as u64, running + waiting, "attempts with pods");
    }
}
