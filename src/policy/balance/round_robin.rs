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

    fn observe(&mut self, _backend: usize, _outstanding: u32) {}

    fn choose(&mut self, outstanding: &[u32], _key: u64, _stream: &mut Stream) -> usize {
        let chosen = self.next;
        self.next = (chosen + 1) % outstanding.len();
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::balance::testing::Bench;

    #[test]
    fn takes_turns() {
        let mut bench = Bench::new(&RoundRobin::default(), 3);
        assert_eq!([(); 5].map(|()| bench.send(0)), [0, 1, 2, 0, 1]);
    }
}
