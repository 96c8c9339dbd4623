//! Shortest job first.

use schemars::JsonSchema;
use serde::Deserialize;

use super::ranked::Ranked;
use super::{Discipline, Line, Waiting};
use crate::policy::catalogue::Described;

/// Serves the least demand first and never interrupts who is in service. It takes demands to be
/// known, and gives the least mean waiting time of all orders without preemption.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShortestJob {}

impl Described for ShortestJob {
    const NAME: &'static str = "shortest-job";
    const SUMMARY: &'static str =
        "The least demand is served first, equals in order of arrival, without preemption.";
    const SOURCE: &'static str =
        "Harchol-Balter 2013, Performance Modeling and Design of Computer Systems, chapter 31";
}

fn rank(waiting: &Waiting) -> u64 {
    waiting.demand.as_nanos()
}

impl Discipline for ShortestJob {
    fn line(&self) -> Option<Box<dyn Line>> {
        Some(Box::new(Ranked::by(rank)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::discipline::testing::{order, order_without};

    #[test]
    fn serves_the_shortest_in_order_of_arrival() {
        let waiting = [(3, 0), (1, 0), (2, 9), (1, 5), (0, 0), (3, 1)];
        assert_eq!(order(&ShortestJob {}, &waiting), [4, 1, 3, 2, 0, 5]);
        assert_eq!(order_without(&ShortestJob {}, &waiting, 1), [4, 3, 2, 0, 5]);
    }
}
