//! Runs a plan on several threads and hands its results over in plan order.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard};

use super::replicate::message;
use super::{Course, Plan, Record, Run, Shard};
use crate::world::{self, Specification};

/// The end of a run: what is kept of it, or why it failed.
pub type Ended = Result<Record, String>;

/// Results that wait for an earlier one, and runs under way, are at most so many times the threads. A
/// guess: runs of a point take about as long, so that few wait for an earlier one.
const AHEAD: usize = 4;

/// Runs what is left of `course` on `jobs` threads. Each end is handed to `commit` in plan order,
/// on the calling thread, with the course behind it, whatever thread came to it; so what was handed
/// over is always all up to some run. Memory grows with `jobs`, not with the runs.
///
/// Threads run ahead of what is handed over. Where points stop by themselves, some of that is not
/// needed after all, and is dropped: when a point stops follows from what was handed over alone.
///
/// # Errors
/// The first error of `commit`, which ends it all.
pub fn execute<E>(
    plan: &Plan,
    course: &mut Course<'_>,
    jobs: usize,
    mut commit: impl FnMut(Run, &Ended, &Course<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let Some(first) = course.next() else { return Ok(()) };
    let desk = Desk::new(plan, course.shard(), first, jobs);
    std::thread::scope(|scope| {
        // Dropped also when `commit` panics, or a thread cannot be had: the threads stop asking for
        // more.
        let _closing = Closing(&desk);
        for _ in 0..jobs {
            scope.spawn(|| work(plan, &desk));
        }
        while let Some(run) = course.next() {
            let ended = desk.await_end(run);
            course.take(&ended);
            commit(run, &ended, course)?;
            if let Some(next) = course.next() {
                desk.go_on(next);
            }
        }
        Ok(())
    })
}

/// Does runs until there are no more.
fn work(plan: &Plan, desk: &Desk<'_>) {
    let mut compiled: Option<(u64, Specification)> = None;
    while let Some(run) = desk.claim() {
        // What a run shares with others it only reads, so nothing is left in a state between two.
        let ended = catch_unwind(AssertUnwindSafe(|| one(plan, run, &mut compiled)));
        desk.deliver(run, ended.unwrap_or_else(|payload| Err(message(payload.as_ref()))));
    }
}

/// Does `run`; the point that was compiled last is kept for the next one.
fn one(plan: &Plan, run: Run, compiled: &mut Option<(u64, Specification)>) -> Ended {
    if compiled.as_ref().is_none_or(|(point, _)| *point != run.point) {
        *compiled = None;
        let specification = plan.compile(run.point).map_err(|error| error.render(false))?;
        *compiled = Some((run.point, specification));
    }
    let (_, specification) = compiled.as_ref().expect("it is compiled by now");
    let outcome = world::run(specification, plan.replication(run).seed, None, None);
    Ok(Record::of(&outcome))
}

/// Where threads get runs and bring results.
struct Desk<'a> {
    plan: &'a Plan,
    shard: Shard,
    jobs: usize,
    state: Mutex<State>,
    /// Something may be claimed that could not before, or nothing any more.
    claimable: Condvar,
    /// A result has come.
    arrived: Condvar,
}

struct State {
    /// The run whose result is handed over next; what comes before it is dropped.
    expected: Run,
    /// Points that have runs to claim, from the expected one on.
    open: VecDeque<Open>,
    /// The next point to open.
    next_point: u64,
    /// Runs that were claimed and neither handed over nor dropped.
    outstanding: usize,
    ended: BTreeMap<Run, Ended>,
    closed: bool,
}

/// A point that is being run.
struct Open {
    point: u64,
    /// The next run to claim.
    next: Option<Run>,
}

impl<'a> Desk<'a> {
    fn new(plan: &'a Plan, shard: Shard, first: Run, jobs: usize) -> Self {
        let state = State {
            expected: first,
            open: VecDeque::from([Open { point: first.point, next: Some(first) }]),
            next_point: first.point + 1,
            outstanding: 0,
            ended: BTreeMap::new(),
            closed: false,
        };
        let (claimable, arrived) = (Condvar::new(), Condvar::new());
        Self { plan, shard, jobs, state: Mutex::new(state), claimable, arrived }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics while it holds the lock")
    }

    /// A run to do; waits while threads are far enough ahead. `None` if there is nothing more.
    fn claim(&self) -> Option<Run> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if state.outstanding < AHEAD * self.jobs
                && let Some(run) = self.pick(&mut state)
            {
                state.outstanding += 1;
                return Some(run);
            }
            state = self.claimable.wait(state).expect("no thread panics while it holds the lock");
        }
    }

    /// The first run in plan order that nobody has claimed. Of runs that may turn out not to be
    /// needed, only those of the first point, and one a thread; then those that are sure to be, of
    /// the points after it.
    fn pick(&self, state: &mut State) -> Option<Run> {
        let stopping = self.plan.stopping();
        let expected = state.expected;
        let mut place = 0;
        loop {
            if place == state.open.len() && !self.open_next(state) {
                return None;
            }
            let open = &mut state.open[place];
            let first = open.point == expected.point;
            let ahead = if first { expected.replication + self.jobs as u64 } else { 0 };
            let end = stopping.least().max(ahead);
            if let Some(run) = open.next.filter(|run| run.replication < end) {
                open.next = self.shard.first(self.plan, run.point, run.replication + 1);
                return Some(run);
            }
            place += 1;
        }
    }

    /// Opens the next point that has runs; whether there is one.
    fn open_next(&self, state: &mut State) -> bool {
        while state.next_point < self.plan.points() {
            let point = state.next_point;
            state.next_point += 1;
            if let Some(first) = self.shard.first(self.plan, point, 0) {
                state.open.push_back(Open { point, next: Some(first) });
                return true;
            }
        }
        false
    }

    /// Brings the end of a run.
    fn deliver(&self, run: Run, ended: Ended) {
        let mut state = self.lock();
        if run < state.expected {
            state.outstanding -= 1;
            self.claimable.notify_all();
        } else {
            state.ended.insert(run, ended);
            self.arrived.notify_one();
        }
    }

    /// Waits for the end of `run`, which is the next to be handed over.
    fn await_end(&self, run: Run) -> Ended {
        let mut state = self.lock();
        loop {
            if let Some(ended) = state.ended.remove(&run) {
                return ended;
            }
            state = self.arrived.wait(state).expect("no thread panics while it holds the lock");
        }
    }

    /// Goes on to hand over `next`, behind one that was; drops what comes between.
    fn go_on(&self, next: Run) {
        let mut state = self.lock();
        state.expected = next;
        let kept = state.ended.split_off(&next);
        // The place of what was handed over is free only now that `next` may be claimed: before, a
        // run of a later point could take it, and `next` would wait for ever.
        state.outstanding -= 1 + state.ended.len();
        state.ended = kept;
        while state.open.front().is_some_and(|open| open.point < next.point) {
            state.open.pop_front();
        }
        self.claimable.notify_all();
    }
}

/// Closes the desk when it is dropped.
struct Closing<'a>(&'a Desk<'a>);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.claimable.notify_all();
    }
}
