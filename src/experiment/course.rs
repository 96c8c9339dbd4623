//! The course of a sweep: which run comes next, known from those that are done.

use std::fmt;

use super::{Ended, Plan, Run};
use crate::metric::Value;

/// The part of a sweep that one process does: those runs whose number, divided by `of`, leaves
/// `number`; or those points, where each point stops by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub number: u64,
    /// How many shards there are, at least 1.
    pub of: u64,
}

impl Shard {
    /// The whole of a sweep.
    pub const WHOLE: Self = Self { number: 0, of: 1 };

    /// The shard of `of` that does `run`.
    pub const fn of_run(plan: &Plan, run: Run, of: u64) -> u64 {
        match plan.stopping().narrow() {
            Some(_) => run.point % of,
            None => plan.index(run) % of,
        }
    }

    /// The first of its runs at `point` that is replication `from` or later.
    pub(super) const fn first(self, plan: &Plan, point: u64, from: u64) -> Option<Run> {
        let first = Run { point, replication: from };
        let behind = (self.number + self.of - Self::of_run(plan, first, self.of)) % self.of;
        let replication = match plan.stopping().narrow() {
            Some(_) if behind > 0 => return None,
            Some(_) => from,
            None => from + behind,
        };
        if replication < plan.stopping().most() { Some(Run { point, replication }) } else { None }
    }
}

/// As `--shard` takes it: `2/3`.
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number + 1, self.of)
    }
}

/// Goes through the runs of a shard in plan order. When a point has been run often enough follows
/// from its finished runs alone, in their order.
#[derive(Clone, Debug)]
pub struct Course<'a> {
    plan: &'a Plan,
    shard: Shard,
    next: Option<Run>,
    /// The metric that decides when the point is left, in those of its runs that have it.
    values: Vec<f64>,
    done: u64,
    failed: u64,
}

impl<'a> Course<'a> {
    /// The course of `shard` from its first run on.
    pub fn new(plan: &'a Plan, shard: Shard) -> Self {
        let mut course = Self { plan, shard, next: None, values: Vec::new(), done: 0, failed: 0 };
        course.next = course.first_from(0);
        course
    }

    /// The run whose end is awaited; `None` if all are done.
    pub const fn next(&self) -> Option<Run> {
        self.next
    }

    /// How many runs are done, failed ones included.
    pub const fn done(&self) -> u64 {
        self.done
    }

    /// How many runs have failed.
    pub const fn failed(&self) -> u64 {
        self.failed
    }

    /// How many runs there are at most, those that are done included.
    pub const fn at_most(&self) -> u64 {
        let Some(run) = self.next else { return self.done };
        let most = self.plan.stopping().most();
        let left = match self.plan.stopping().narrow() {
            Some(_) => {
                let points = (self.plan.points() - run.point).div_ceil(self.shard.of);
                points * most - run.replication
            }
            None => (self.plan.most_runs() - self.plan.index(run)).div_ceil(self.shard.of),
        };
        self.done + left
    }

    /// The shard whose course it is.
    pub const fn shard(&self) -> Shard {
        self.shard
    }

    /// The first run at `point` or later.
    fn first_from(&self, point: u64) -> Option<Run> {
        (point..self.plan.points()).find_map(|point| self.shard.first(self.plan, point, 0))
    }

    /// Takes the end of the run that is next, and goes on to the one after it.
    ///
    /// # Panics
    /// If all runs are done.
    pub fn take(&mut self, ended: &Ended) {
        let run = self.next.expect("a run ends that was awaited");
        self.done += 1;
        self.failed += u64::from(ended.is_err());
        let stopping = self.plan.stopping();
        if let (Some(narrow), Ok(record)) = (stopping.narrow(), ended) {
            let value = record.metrics[narrow.column].map(Value::as_f64);
            self.values.extend(value.filter(|value| value.is_finite()));
        }
        let at_point = if stopping.enough(run.replication + 1, &self.values) {
            None
        } else {
            self.shard.first(self.plan, run.point, run.replication + 1)
        };
        self.next = at_point.or_else(|| {
            self.values.clear();
            self.first_from(run.point + 1)
        });
    }
}
