//! What always holds on `PiCloud`.

use super::{IN_QUEUE, PiCloud};
use crate::kernel::Arena;
use crate::model::{Attempt, Stage};
use crate::platform::fleet::State;

impl PiCloud {
    /// Looks whether nodes, processes and the queue agree with each other.
    ///
    /// # Panics
    /// If they do not, if a node is over its cores or its memory, or if a job waits while a node has
    /// cores for it.
    pub(super) fn check_nodes(&self, attempts: &Arena<Attempt>) {
        let (mut busy, mut cores) = (0, 0);
        for node in self.nodes.iter() {
            let core_type = &self.spec.core_types[self.pools[node.pool as usize].core_type.index()];
            let held = node.busy + node.idle_cores;
            assert!(held <= node.cores, "{held} of {} cores are held", node.cores);
            let memory = core_type.memory.get() * u64::from(held);
            assert!(memory <= core_type.node_memory.get(), "{memory} bytes are held");
            assert_eq!(node.state == State::Busy, node.busy > 0, "{node:?}");
            busy += u64::from(node.busy);
            cores += u64::from(node.cores);
            self.check_processes(node.idle_cores, &node.idle);
            if node.state == State::Starting {
                continue;
            }
            for &group in &self.pools[node.pool as usize].groups {
                let group = &self.groups[group as usize];
                let waits = group.line.living() > 0 && group.spec.cores <= node.free();
                assert!(!waits, "a job waits for cores that {node:?} has");
            }
        }
        assert_eq!(busy, self.busy_cores.value(), "busy cores");
        assert_eq!(cores, self.cores.value(), "cores");
        assert_eq!(cores, self.pools.iter().map(|pool| pool.cores).sum::<u64>(), "cores of pools");
        assert_eq!(self.nodes.len() as u64, self.figures.instances.value(), "nodes");
        self.check_jobs(attempts);
    }

    fn check_processes(&self, idle_cores: u32, idle: &[super::ProcessId]) {
        let cores = |process: &super::ProcessId| {
            let process = &self.processes[*process];
            assert_eq!(process.state, State::Idle, "{process:?}");
            self.groups[process.group as usize].spec.cores
        };
        assert_eq!(idle.iter().map(cores).sum::<u32>(), idle_cores, "cores of idle processes");
    }

    fn check_jobs(&self, attempts: &Arena<Attempt>) {
        let here = |attempt: &&Attempt| attempt.platform == self.number;
        let waiting = attempts.iter().filter(here).filter(|job| job.stage == Stage::Waiting);
        let (queued, starting): (Vec<&Attempt>, Vec<&Attempt>) =
            waiting.partition(|job| job.place == IN_QUEUE);
        let living: usize = self.groups.iter().map(|group| group.line.living()).sum();
        assert_eq!(queued.len(), living, "jobs in the queue");
        let waiting = (queued.len() + starting.len()) as u64;
        assert_eq!(waiting, self.waiting.value(), "waiting jobs");
        let served = attempts.iter().filter(here);
        let served = served.filter(|job| matches!(job.stage, Stage::Serving | Stage::Calling));
        let busy = self.processes.iter().filter(|process| process.state == State::Busy);
        assert_eq!(served.count(), busy.count(), "jobs on processes");
    }
}
