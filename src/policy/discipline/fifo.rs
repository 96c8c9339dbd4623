//! First in, first out.

use std::collections::VecDeque;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Discipline, Line, Waiting};
use crate::kernel::Stream;
use crate::model::AttemptId;
use crate::policy::catalogue::Described;

/// Serves in order of arrival, which of all orders that do not look at demand spreads waiting
/// times the least.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fifo {}

impl Described for Fifo {
    const NAME: &'static str = "fifo";
    const SUMMARY: &'static str = "Who came first is served first.";
    const SOURCE: &'static str =
        "Harchol-Balter 2013, Performance Modeling and Design of Computer Systems, chapter 29";
}

impl Discipline for Fifo {
    fn line(&self) -> Option<Box<dyn Line>> {
        Some(Box::new(FifoLine::default()))
    }
}

#[derive(Debug, Default)]
struct FifoLine(VecDeque<AttemptId>);

impl Line for FifoLine {
    fn push(&mut self, waiting: Waiting) {
        self.0.push_back(waiting.attempt);
    }

    fn pop(&mut self, _stream: &mut Stream) -> Option<AttemptId> {
        self.0.pop_front()
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
    fn serves_in_order_of_arrival() {
        assert_eq!(order(&Fifo {}, &[(3, 0), (1, 9), (2, 5)]), [0, 1, 2]);
        assert_eq!(order_without(&Fifo {}, &[(3, 0), (1, 9), (2, 5)], 1), [0, 2]);
    }
}
