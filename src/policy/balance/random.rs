//! A backend at random.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Balance;
use crate::kernel::Stream;
use crate::kernel::stream::below;
use crate::policy::catalogue::Described;

/// Needs to know nothing of the backends; splits Poisson arrivals into Poisson arrivals.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Random {}

impl Described for Random {
    const NAME: &'static str = "random";
    const SUMMARY: &'static str = "A backend drawn uniformly.";
    const SOURCE: &'static str =
        "Harchol-Balter 2013, Performance Modeling and Design of Computer Systems, chapter 24";
}

impl Balance for Random {
    fn start(&mut self, _backends: usize) {}

    fn joins(&mut self, _backend: usize, _name: u64) {}

    fn leaves(&mut self, _backend: usize) {}

    fn observe(&mut self, _backend: usize, _outstanding: u32) {}

    fn choose(&mut self, outstanding: &[u32], _key: u64, stream: &mut Stream) -> usize {
        below(stream, outstanding.len() as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::balance::testing::Bench;

    #[test]
    fn is_uniform() {
        let mut bench = Bench::new(&Random::default(), 5);
        let mut counts = [0.0; 5];
        for _ in 0..10_000 {
            counts[bench.send(0)] += 1.0;
        }
        // Chi-squared with 4 degrees of freedom: 18.5 is its 99.9 % point.
        let chi2: f64 = counts.iter().map(|count| (count - 2e3) * (count - 2e3) / 2e3).sum();
        assert!(chi2 < 18.5, "chi2 {chi2} of {counts:?}");
    }
}
