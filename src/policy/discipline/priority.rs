//! Priority order.

use schemars::JsonSchema;
use serde::Deserialize;

use super::ranked::Ranked;
use super::{Discipline, Line, Waiting};
use crate::policy::catalogue::Described;

/// Serves the most urgent class first and never interrupts who is in service (head of the line).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Priority {}

impl Described for Priority {
    const NAME: &'static str = "priority";
    const SUMMARY: &'static str =
        "The highest priority is served first, equals in order of arrival, without preemption.";
    const SOURCE: &'static str =
        "Cobham 1954, Priority assignment in waiting line problems, J. ORSA 2(1)";
}

/// The lower, the higher the priority.
fn rank(waiting: &Waiting) -> u64 {
    (i64::from(i32::MAX) - i64::from(waiting.priority)) as u64
}

impl Discipline for Priority {
    fn line(&self) -> Option<Box<dyn Line>> {
        Some(Box::new(Ranked::by(rank)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::discipline::testing::{order, order_without};

    #[test]
    fn serves_the_most_urgent_in_order_of_arrival() {
        let waiting = [(1, 0), (1, i32::MAX), (1, -7), (1, 0), (1, i32::MIN), (1, i32::MAX)];
        assert_eq!(order(&Priority {}, &waiting), [1, 5, 0, 3, 2, 4]);
        assert_eq!(order_without(&Priority {}, &waiting, 5), [1, 0, 3, 2, 4]);
    }
}
