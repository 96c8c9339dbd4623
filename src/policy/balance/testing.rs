//! What the tests of all balancing policies share.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::Balance;
use crate::kernel::{Seed, Stream};

/// Backends behind a policy.
pub(super) struct Bench {
    policy: Box<dyn Balance>,
    outstanding: Vec<u32>,
    stream: Stream,
}

impl Bench {
    /// So many idle backends behind a copy of `policy`.
    pub(super) fn new(policy: &(dyn Balance + 'static), backends: usize) -> Self {
        let mut policy = dyn_clone::clone_box(policy);
        policy.start(backends);
        let stream = Seed::new(1).key("test").stream();
        Self { policy, outstanding: vec![0; backends], stream }
    }

    /// Tells the policy that a backend has so many requests.
    pub(super) fn tell(&mut self, backend: usize, outstanding: u32) {
        self.outstanding[backend] = outstanding;
        self.policy.observe(backend, outstanding);
    }

    /// Sends a request to the backend that the policy chooses.
    pub(super) fn send(&mut self, key: u64) -> usize {
        let chosen = self.policy.choose(&self.outstanding, key, &mut self.stream);
        self.tell(chosen, self.outstanding[chosen] + 1);
        chosen
    }

    /// Sends so many requests, to these backends.
    pub(super) fn sends(&mut self, requests: usize) -> Vec<usize> {
        (0..requests).map(|_| self.send(0)).collect()
    }

    /// A backend of this name comes.
    pub(super) fn joins(&mut self, backend: usize, name: u64) {
        self.outstanding.insert(backend, 0);
        self.policy.joins(backend, name);
    }

    /// A backend goes, with its requests.
    pub(super) fn leaves(&mut self, backend: usize) {
        self.outstanding.remove(backend);
        self.policy.leaves(backend);
    }

    /// Ends a request at a backend.
    pub(super) fn finish(&mut self, backend: usize) {
        self.tell(backend, self.outstanding[backend] - 1);
    }
}

/// Asserts that `right(outstanding, chosen)` holds of every choice over random arrivals, ends and
/// loads from elsewhere.
pub(super) fn agrees(policy: &(dyn Balance + 'static), right: impl Fn(&[u32], usize) -> bool) {
    let case = (1..40_usize, vec((any::<prop::sample::Index>(), 0..4_u32), 1..100));
    let check = |(backends, steps): (usize, Vec<(prop::sample::Index, u32)>)| {
        let mut bench = Bench::new(policy, backends);
        for (which, load) in steps {
            bench.tell(which.index(backends), load);
            let before = bench.outstanding.clone();
            let chosen = bench.send(0);
            prop_assert!(right(&before, chosen), "{} of {:?}", chosen, before);
        }
        Ok(())
    };
    TestRunner::deterministic().run(&case, check).expect("every choice is right");
}
