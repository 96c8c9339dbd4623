//! Random order of service.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Discipline, Line, Waiting};
use crate::kernel::Stream;
use crate::kernel::stream::below;
use crate::model::AttemptId;
use crate::policy::catalogue::Described;

/// Whoever waits is equally likely to be next; the mean waiting time is that of fifo, its variance
/// is higher.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Random {}

impl Described for Random {
    const NAME: &'static str = "random";
    const SUMMARY: &'static str = "Who is served next is drawn uniformly from those who wait.";
    const SOURCE: &'static str =
        "Harchol-Balter 2013, Performance Modeling and Design of Computer Systems, chapter 29";
}

impl Discipline for Random {
    fn line(&self) -> Option<Box<dyn Line>> {
        Some(Box::new(RandomLine::default()))
    }
}

#[derive(Debug, Default)]
struct RandomLine(Vec<AttemptId>);

impl Line for RandomLine {
    fn push(&mut self, waiting: Waiting) {
        self.0.push(waiting.attempt);
    }

    fn pop(&mut self, stream: &mut Stream) -> Option<AttemptId> {
        if self.0.is_empty() {
            return None;
        }
        let next = below(stream, self.0.len() as u64) as usize;
        Some(self.0.swap_remove(next))
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn retain(&mut self, stays: &mut dyn FnMut(AttemptId) -> bool) {
        self.0.retain(|&attempt| stays(attempt));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;
    use crate::policy::discipline::testing::waiting;

    #[test]
    fn every_order_is_equally_likely() {
        let mut stream = Seed::new(1).key("test").stream();
        let mut line = Random {}.line().unwrap();
        let mut counts = [0.0; 9];
        for _ in 0..12_000 {
            (0..3).for_each(|number| line.push(waiting(number, 0, 0)));
            let mut pop = || line.pop(&mut stream).unwrap().index();
            let (first, second) = (pop(), pop());
            assert_eq!(pop(), 3 - first - second);
            counts[3 * first + second] += 1.0;
        }
        // Six orders; chi-squared with 5 degrees of freedom: 20.5 is its 99.9 % point.
        let orders = counts.iter().filter(|count| **count > 0.0);
        let chi2: f64 = orders.map(|count| (count - 2e3) * (count - 2e3) / 2e3).sum();
        assert!(chi2 < 20.5, "chi2 {chi2} of {counts:?}");
    }
}
