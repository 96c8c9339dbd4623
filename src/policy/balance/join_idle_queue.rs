//! Join the idle queue.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Balance;
use crate::kernel::Stream;
use crate::kernel::stream::below;
use crate::policy::catalogue::Described;

/// Backends report when they become idle and queue up; a request takes the one that is idle for
/// longest. If none is, it goes to a backend drawn uniformly.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinIdleQueue {
    /// Idle backends, the one idle for longest first; at the start, in order.
    #[serde(skip)]
    idle: VecDeque<u32>,
    /// Whether a backend is in the queue.
    #[serde(skip)]
    queued: Vec<bool>,
}

impl Described for JoinIdleQueue {
    const NAME: &'static str = "join-idle-queue";
    const SUMMARY: &'static str =
        "The backend that has been idle for longest, or a random one if none is idle.";
    const SOURCE: &'static str = "Lu et al. 2011, Join-Idle-Queue, Performance Evaluation 68(11)";
}

impl Balance for JoinIdleQueue {
    fn start(&mut self, backends: usize) {
        self.idle = (0..).take(backends).collect();
        self.queued = vec![true; backends];
    }

    fn joins(&mut self, backend: usize, _name: u64) {
        let joined = backend as u32;
        self.idle.iter_mut().for_each(|other| *other += u32::from(*other >= joined));
        self.idle.push_back(joined);
        self.queued.insert(backend, true);
    }

    fn leaves(&mut self, backend: usize) {
        let left = backend as u32;
        self.idle.retain(|&other| other != left);
        self.idle.iter_mut().for_each(|other| *other -= u32::from(*other > left));
        self.queued.remove(backend);
    }

    fn observe(&mut self, backend: usize, outstanding: u32) {
        let idle = outstanding == 0;
        if std::mem::replace(&mut self.queued[backend], idle) == idle {
            return;
        }
        if idle {
            self.idle.push_back(backend as u32);
        } else if self.idle.front() == Some(&(backend as u32)) {
            self.idle.pop_front();
        } else {
            // Another than this policy sent the request.
            self.idle.retain(|&other| other != backend as u32);
        }
    }

    fn choose(&mut self, outstanding: &[u32], _key: u64, stream: &mut Stream) -> usize {
        match self.idle.front() {
            Some(&backend) => backend as usize,
            None => below(stream, outstanding.len() as u64) as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::balance::testing::{Bench, agrees};

    #[test]
    fn takes_the_one_idle_for_longest() {
        let mut bench = Bench::new(&JoinIdleQueue::default(), 3);
        assert_eq!([(); 3].map(|()| bench.send(0)), [0, 1, 2]);
        let fourth = bench.send(0);
        bench.finish(fourth); // It has another request still.
        bench.finish((fourth + 1) % 3);
        bench.finish(fourth);
        assert_eq!([(); 2].map(|()| bench.send(0)), [(fourth + 1) % 3, fourth]);
    }

    #[test]
    fn forgets_a_backend_that_another_made_busy() {
        let mut bench = Bench::new(&JoinIdleQueue::default(), 3);
        bench.tell(1, 1);
        assert_eq!([(); 2].map(|()| bench.send(0)), [0, 2]);
    }

    /// 1 is idle for longest, then 2, then the new one, which takes the place of 0.
    #[test]
    fn the_queue_stays_when_backends_change() {
        let mut bench = Bench::new(&JoinIdleQueue::default(), 3);
        bench.tell(0, 1);
        bench.leaves(0);
        bench.joins(0, 3);
        bench.tell(1, 1);
        bench.finish(1);
        assert_eq!(bench.sends(3), [2, 0, 1]);
        bench.finish(2);
        bench.finish(0);
        bench.leaves(1);
        assert_eq!(bench.sends(2), [1, 0]);
    }

    #[test]
    fn chooses_an_idle_one_if_there_is_one() {
        agrees(&JoinIdleQueue::default(), |outstanding, chosen| {
            outstanding[chosen] == 0 || !outstanding.contains(&0)
        });
    }
}
