//! What the tests of all disciplines share.

use super::{Discipline, Line, Waiting};
use crate::kernel::{Seed, Span};
use crate::model::AttemptId;

/// Attempt `number` with so many seconds of demand.
pub(super) fn waiting(number: u32, demand: u64, priority: i32) -> Waiting {
    Waiting { attempt: AttemptId::new(number), demand: Span::from_secs(demand), priority }
}

/// A line of attempts 0, 1, 2, … with these demands and priorities.
fn line(discipline: &dyn Discipline, demands: &[(u64, i32)]) -> Box<dyn Line> {
    let mut line = discipline.line().expect("the discipline has a line");
    for (number, &(demand, priority)) in (0..).zip(demands) {
        line.push(waiting(number, demand, priority));
    }
    line
}

fn drain(mut line: Box<dyn Line>) -> Vec<u32> {
    let mut stream = Seed::new(1).key("test").stream();
    std::iter::from_fn(|| line.pop(&mut stream)).map(AttemptId::number).collect()
}

/// The order in which attempts 0, 1, 2, … with these demands and priorities are served.
pub(super) fn order(discipline: &dyn Discipline, demands: &[(u64, i32)]) -> Vec<u32> {
    drain(line(discipline, demands))
}

/// The same after attempt `leaver` has left the line.
pub(super) fn order_without(
    discipline: &dyn Discipline,
    demands: &[(u64, i32)],
    leaver: u32,
) -> Vec<u32> {
    let mut line = line(discipline, demands);
    line.retain(&mut |attempt| attempt.number() != leaver);
    drain(line)
}
