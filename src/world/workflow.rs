//! Workflows: jobs that wait for each other, and hold nothing while they do.
//!
//! An attempt at a workflow is on no platform. Its jobs are the steps of its plan: each begins when those that it
//! comes after have ended, and is one call or several at the same time, as a step of a service is (see `calls.rs`).

use super::{FamilySpec, World, WorldAgenda};
use crate::model::{Attempt, AttemptId, Outcome, Stage};
use crate::platform::Signal;

/// How the jobs of a workflow depend on each other.
#[derive(Debug)]
pub(super) struct Shape {
    jobs: Vec<Job>,
    /// By call of the plan: of which job it is.
    job_of: Vec<usize>,
}

#[derive(Debug)]
struct Job {
    /// The number of its first call in the plan.
    first: usize,
    /// Where it stands before anything has begun.
    start: State,
    ignores_errors: bool,
    /// The jobs that come after it.
    next: Vec<usize>,
}

/// The courses of all attempts at workflows that are in flight; those that are over are used again.
#[derive(Debug, Default)]
pub(super) struct Courses {
    /// By `step` of the attempt.
    rows: Vec<Course>,
    free: Vec<u32>,
}

/// Where the jobs of an attempt at a workflow stand.
#[derive(Debug, Default)]
struct Course {
    jobs: Vec<State>,
    /// Jobs that are to begin, in the order in which they may.
    ready: Vec<usize>,
    /// Jobs that have ended, whose next are still to be told; empty between events.
    ended: Vec<usize>,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug)]
struct State {
    /// How many of the jobs that it comes after have not ended.
    before: usize,
    /// How many of its calls have not ended.
    calls: usize,
    /// Whether one of them did not complete, or it is stalled: never begins, for a job before it has failed.
    failed: bool,
}

impl Shape {
    /// That of a workflow; of a service it is empty.
    pub(super) fn of(spec: &FamilySpec) -> Self {
        let (mut jobs, mut job_of): (Vec<Job>, Vec<usize>) = (Vec::new(), Vec::new());
        for (number, (job, calls)) in spec.jobs.iter().zip(&spec.plan).enumerate() {
            let start = State { before: job.after.len(), calls: calls.len(), failed: false };
            let first = job_of.len();
            jobs.push(Job { first, start, ignores_errors: job.ignores_errors, next: Vec::new() });
            job_of.extend(std::iter::repeat_n(number, calls.len()));
        }
        for (number, job) in spec.jobs.iter().enumerate() {
            job.after.iter().for_each(|&before| jobs[before].next.push(number));
        }
        Self { jobs, job_of }
    }
}

impl Course {
    fn begin(&mut self, shape: &Shape) {
        self.jobs.clear();
        self.jobs.extend(shape.jobs.iter().map(|job| job.start));
        self.ready.clear();
        self.ready.extend((0..self.jobs.len()).filter(|&job| self.jobs[job].before == 0));
    }

    /// A call of a job has ended.
    fn call_ended(&mut self, job: usize, outcome: Outcome, shape: &Shape) {
        let state = &mut self.jobs[job];
        state.calls -= 1;
        state.failed |= outcome != Outcome::Completed;
        if state.calls == 0 {
            self.ended.push(job);
        }
        while let Some(job) = self.ended.pop() {
            let failed = self.jobs[job].failed;
            for &next in &shape.jobs[job].next {
                let state = &mut self.jobs[next];
                state.before -= 1;
                state.failed |= failed && !shape.jobs[next].ignores_errors;
                if state.before == 0 {
                    (if state.failed { &mut self.ended } else { &mut self.ready }).push(next);
                }
            }
        }
    }
}

impl Courses {
    /// The number of a course that nobody uses.
    fn take(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.rows.push(Course::default());
            self.rows.len() as u32 - 1
        })
    }

    /// Nobody uses a course any more.
    pub(super) fn give_back(&mut self, number: u32) {
        self.free.push(number);
    }

    fn at(&mut self, number: u32) -> &mut Course {
        &mut self.rows[number as usize]
    }
}

impl World<'_> {
    /// An attempt at a workflow has arrived.
    #[inline(never)]
    pub(super) fn begin_workflow(&mut self, id: AttemptId) {
        let attempt = &mut self.attempts[id];
        attempt.stage = Stage::Joining;
        attempt.began = attempt.arrived;
        let shape = &self.families[attempt.family.index()].shape;
        attempt.step = self.courses.take();
        self.courses.at(attempt.step).begin(shape);
        self.outbox.push(Signal::Served(id));
    }

    /// Begins the jobs of a workflow that have nothing left to wait for, or ends it.
    pub(super) fn begin_jobs(&mut self, id: AttemptId, agenda: &mut impl WorldAgenda) {
        let Attempt { family, step: course, .. } = self.attempts[id];
        let plan = &self.family(family).spec.plan;
        let mut ready = std::mem::take(&mut self.courses.at(course).ready);
        for job in ready.drain(..) {
            let first = self.family(family).shape.jobs[job].first;
            self.take_step(id, first, &plan[job], agenda);
        }
        self.courses.at(course).ready = ready;
        if self.attempts[id].calls.is_none() {
            self.courses.give_back(course);
            self.answer(id, agenda);
        }
    }

    /// A call of a workflow has ended. Whether there are jobs to begin now, or the workflow is over.
    #[inline(never)]
    pub(super) fn job_call_ended(&mut self, id: AttemptId, call: u32, outcome: Outcome) -> bool {
        let attempt = &self.attempts[id];
        let shape = &self.families[attempt.family.index()].shape;
        let course = self.courses.at(attempt.step);
        course.call_ended(shape.job_of[call as usize], outcome, shape);
        !course.ready.is_empty() || attempt.calls.is_none()
    }
}
