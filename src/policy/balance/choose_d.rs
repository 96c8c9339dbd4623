//! The power of d choices.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Balance;
use crate::kernel::Stream;
use crate::kernel::stream::below;
use crate::policy::catalogue::Described;

/// Looks at a few backends only, and still keeps the longest line short: with two choices it grows
/// with the logarithm of the logarithm of the number of backends.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChooseD {
    /// How many different backends are drawn for a request; all of them if there are fewer.
    #[serde(default = "two")]
    pub d: NonZeroU32,
    /// All backends, in an order that the draws keep shuffling.
    #[serde(skip)]
    order: Vec<u32>,
}

fn two() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(1)
}

impl ChooseD {
    /// The policy that draws `d` backends.
    pub fn new(d: NonZeroU32) -> Self {
        Self { d, order: Vec::new() }
    }
}

impl Described for ChooseD {
    const NAME: &'static str = "choose-d";
    const SUMMARY: &'static str = "The backend with the fewest requests of d drawn at random.";
    const SOURCE: &'static str =
        "Mitzenmacher 2001, The power of two choices in randomized load balancing, TPDS 12(10)";
}

impl Balance for ChooseD {
    fn start(&mut self, backends: usize) {
        self.order = (0..).take(backends).collect();
    }

    fn joins(&mut self, backend: usize, _name: u64) {
        let joined = backend as u32;
        self.order.iter_mut().for_each(|other| *other += u32::from(*other >= joined));
        self.order.push(joined);
    }

    fn leaves(&mut self, backend: usize) {
        let left = backend as u32;
        self.order.retain(|&other| other != left);
        self.order.iter_mut().for_each(|other| *other -= u32::from(*other > left));
    }

    fn observe(&mut self, _backend: usize, _outstanding: u32) {}

    fn choose(&mut self, outstanding: &[u32], _key: u64, stream: &mut Stream) -> usize {
        // The first steps of a Fisher-Yates shuffle, which is uniform from any order on.
        let drawn = self.order.len().min(self.d.get() as usize);
        let mut best = 0;
        for place in 0..drawn {
            let left = (self.order.len() - place) as u64;
            self.order.swap(place, place + below(stream, left) as usize);
            let load = |place: usize| outstanding[self.order[place] as usize];
            if load(place) < load(best) {
                best = place;
            }
        }
        self.order[best] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::balance::testing::{Bench, agrees};

    fn policy(d: u32) -> ChooseD {
        ChooseD::new(NonZeroU32::new(d).unwrap())
    }

    #[test]
    fn two_is_the_default() {
        assert_eq!(serde_json::from_str::<ChooseD>("{}").unwrap().d.get(), 2);
        assert!(serde_json::from_str::<ChooseD>(r#"{"d": 0}"#).is_err());
    }

    #[test]
    fn all_backends_drawn_is_least_outstanding() {
        agrees(&policy(u32::MAX), |outstanding, chosen| {
            outstanding.iter().min() == Some(&outstanding[chosen])
        });
    }

    #[test]
    fn all_are_drawn_when_backends_change() {
        let mut bench = Bench::new(&policy(u32::MAX), 3);
        bench.joins(1, 3);
        bench.tell(1, 1);
        let mut seen = bench.sends(3);
        seen.sort_unstable();
        assert_eq!(seen, [0, 2, 3]);
        bench.leaves(0);
        bench.finish(2);
        assert_eq!(bench.send(0), 2);
    }

    #[test]
    fn draws_without_replacement() {
        // The one idle backend of n is chosen if it is among the d drawn: with probability d / n.
        let mut bench = Bench::new(&policy(3), 10);
        for backend in 1..10 {
            bench.tell(backend, 5);
        }
        let mut hits = 0;
        for _ in 0..10_000 {
            if bench.send(0) == 0 {
                hits += 1;
                bench.finish(0);
            }
        }
        // Binomial(10,000, 0.3) has a standard deviation of 46; others only grow longer.
        assert!((2_800..3_200).contains(&hits), "{hits} of 10000");
    }
}
