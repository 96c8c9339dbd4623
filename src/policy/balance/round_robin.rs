//! Round robin over backends.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Balance;
use crate::kernel::Stream;
use crate::policy::catalogue::Described;

/// Needs to know nothing of the backends, and spreads the number of requests evenly, whatever
/// their work.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoundRobin {
    /// The place after that of the backend that had the last turn.
    #[serde(skip)]
    next: usize,
}

impl Described for RoundRobin {
    const NAME: &'static str = "round-robin";
    const SUMMARY: &'static str = "Each backend in turn.";
    const SOURCE: &'static str =
        "Harchol-Balter 2013, Performance Modeling and Design of Computer Systems, chapter 24";
}

impl Balance for RoundRobin {
    fn start(&mut self, _backends: usize) {
        self.next = 0;
    }

    fn joins(&mut self, backend: usize, _name: u64) {
        self.next += usize::from(backend < self.next);
    }

    fn leaves(&mut self, backend: usize) {
        self.next -= usize::from(backend < self.next);
    }

    fn observe(&mut self, _backend: usize, _outstanding: u32) {}

    fn choose(&mut self, outstanding: &[u32], _key: u64, _stream: &mut Stream) -> usize {
        let chosen = if self.next < outstanding.len() { self.next } else { 0 };
        self.next = chosen + 1;
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::balance::testing::Bench;

    /// One that is new has its turn when it comes, and who goes or comes gives no other two turns, and takes none away.
    #[test]
    fn goes_on_when_backends_change() {
        let mut bench = Bench::new(&RoundRobin::default(), 3);
        assert_eq!(bench.sends(2), [0, 1]);
        bench.joins(3, 3);
        assert_eq!(bench.sends(2), [2, 3]);
        bench.leaves(2);
        assert_eq!(bench.sends(2), [0, 1]);
        bench.leaves(0);
        assert_eq!(bench.sends(2), [1, 0], "of 1 and 3, 3 comes after 1");
        bench.joins(0, 4);
        assert_eq!(bench.sends(3), [2, 0, 1], "3 comes after 1, then 4");
        bench.joins(3, 5);
        assert_eq!(bench.sends(4), [2, 3, 0, 1]);
    }

    #[test]
    fn takes_turns() {
        let mut bench = Bench::new(&RoundRobin::default(), 3);
        assert_eq!([(); 5].map(|()| bench.send(0)), [0, 1, 2, 0, 1]);
    }
}
