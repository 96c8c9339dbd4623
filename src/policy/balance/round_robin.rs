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

    fn change(&mut self, names: &[u32]) {
        self.next %= names.len();
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

    /// One that is new has its turn when it comes, and who goes does not give the first another.
    #[test]
    fn goes_on_when_backends_change() {
        let mut stream = crate::kernel::Seed::new(1).key("test").stream();
        let mut policy = RoundRobin::default();
        policy.start(3);
        let mut turns = |policy: &mut RoundRobin, backends: usize, turns: usize| {
            let choose = |_| policy.choose(&vec![0; backends], 0, &mut stream);
            (0..turns).map(choose).collect::<Vec<usize>>()
        };
        assert_eq!(turns(&mut policy, 3, 2), [0, 1]);
        policy.change(&[0, 1, 2, 3]);
        assert_eq!(turns(&mut policy, 4, 2), [2, 3]);
        policy.change(&[0, 1, 3]);
        assert_eq!(turns(&mut policy, 3, 2), [0, 1]);
        policy.change(&[3]);
        assert_eq!(turns(&mut policy, 1, 2), [0, 0]);
    }

    #[test]
    fn takes_turns() {
        let mut bench = Bench::new(&RoundRobin::default(), 3);
        assert_eq!([(); 5].map(|()| bench.send(0)), [0, 1, 2, 0, 1]);
    }
}
