//! Last in, first out.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Discipline, Line, Waiting};
use crate::kernel::Stream;
use crate::model::AttemptId;
use crate::policy::catalogue::Described;

/// Serves the newest of those that wait, without interrupting who is in service. Under overload
/// the fresh requests are answered in time, and the old ones, long given up, wait.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lifo {}

impl Described for Lifo {
    const NAME: &'static str = "lifo";
    const SUMMARY: &'static str = "Who came last is served first, without preemption.";
    const SOURCE: &'static str =
        "Harchol-Balter 2013, Performance Modeling and Design of Computer Systems, chapter 29";
}

impl Discipline for Lifo {
    fn line(&self) -> Option<Box<dyn Line>> {
        Some(Box::new(LifoLine::default()))
    }
}

#[derive(Debug, Default)]
struct LifoLine(Vec<AttemptId>);

impl Line for LifoLine {
    fn push(&mut self, waiting: Waiting) {
        self.0.push(waiting.attempt);
    }

    fn pop(&mut self, _stream: &mut Stream) -> Option<AttemptId> {
        self.0.pop()
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
    use crate::policy::discipline::testing::{order, order_without};

    #[test]
    fn serves_the_newest() {
        assert_eq!(order(&Lifo {}, &[(3, 0), (1, 9), (2, 5)]), [2, 1, 0]);
        assert_eq!(order_without(&Lifo {}, &[(3, 0), (1, 9), (2, 5)], 1), [2, 0]);
    }
}
