//! A processor shared in equal parts: the one mechanism behind processor sharing.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::AttemptId;
use crate::kernel::{Span, Time};

/// Bits of a speed: it is rounded by less than 1e-12 of itself, and what attained service is
/// rounded by stays below a nanosecond over a thousand million changes.
const PRECISION: i32 = 40;

/// `cores` cores of speed `speed` shared equally among those that compute: with `n` of them each
/// attains service at rate `speed * min(1, cores / n)`. Nobody waits.
///
/// All attain at the same rate, so a job that joins at attained service `v` with demand `d` ends
/// when the attained service reaches `v + d`: a heap of these marks is the whole state. Arithmetic
/// is in whole numbers, so it is the same on every machine. The unit of attained service is that
/// part of a nanosecond, a power of two, of which a core attains 2^39 to 2^40 in a nanosecond.
/// Joining and ending cost O(log n).
///
/// Source of the model: Kleinrock, *Queueing Systems* vol. 2, 1976, chapter 4.
#[derive(Clone, Debug)]
pub struct Processor {
    /// The cores, in parts of which a job can use `grain`.
    cores: u64,
    grain: u64,
    /// Units of attained service a nanosecond on a core of its own.
    speed: u128,
    /// The unit is two to the minus this of a nanosecond.
    fraction: u32,
    attained: u128,
    /// The instant at which `attained` was right.
    updated: Time,
    /// Marks of the jobs, the order of joining, the job.
    marks: BinaryHeap<Reverse<(u128, u64, AttemptId)>>,
    joined: u64,
}

impl Processor {
    /// A processor of `cores` cores, each as fast as `speed` servers of speed 1.
    ///
    /// # Panics
    /// If the speed is not between 1e-6 and 1e6: the longest demand would overflow.
    pub fn new(cores: u32, speed: f64) -> Self {
        assert!((1e-6..=1e6).contains(&speed), "a speed of {speed} is not between 1e-6 and 1e6");
        let (mantissa, exponent) = libm::frexp(speed);
        Self {
            cores: u64::from(cores),
            grain: 1,
            speed: libm::ldexp(mantissa, PRECISION).round() as u128,
            fraction: (PRECISION - exponent).unsigned_abs(),
            attained: 0,
            updated: Time::ZERO,
            marks: BinaryHeap::new(),
            joined: 0,
        }
    }

    /// A processor of so many thousandths of a core of speed 1; a job can use a core.
    pub fn of_millicores(cores: u64) -> Self {
        Self { cores, grain: 1000, ..Self::new(1, 1.0) }
    }

    /// The same, with cores that can be changed by the thousandth.
    #[must_use]
    pub fn in_millicores(self) -> Self {
        Self { cores: self.cores * 1000, grain: 1000, ..self }
    }

    /// From now on it has so many thousandths of a core, at least one. Costs no more than joining.
    pub fn set_millicores(&mut self, now: Time, cores: u64) {
        self.advance(now);
        self.cores = cores.max(1);
    }

    /// From now on nothing is attained, until it has cores again; nothing ends until then.
    pub fn stand_still(&mut self, now: Time) {
        self.advance(now);
        self.cores = 0;
    }

    /// Whether nothing is attained, and so nothing ends.
    pub fn stands_still(&self) -> bool {
        self.cores == 0
    }

    /// From now on it runs at so many thousandths of speed 1, at least one.
    pub fn set_speed(&mut self, now: Time, thousandths: u32) {
        self.advance(now);
        let whole = Self::new(1, 1.0);
        self.speed = whole.speed * u128::from(thousandths.max(1)) / 1000;
        self.fraction = whole.fraction;
    }

    /// How many compute now.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// Whether none computes.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The parts of cores at work, and those that could be used.
    fn shares(&self) -> (u128, u128) {
        let parts = self.marks.len() as u128 * u128::from(self.grain);
        (parts.min(u128::from(self.cores)), parts)
    }

    /// Brings attained service up to `now`.
    fn advance(&mut self, now: Time) {
        let passed = u128::from((now - self.updated).as_nanos());
        let (cores, jobs) = self.shares();
        if !self.marks.is_empty() {
            // Of 104 bits, and the quotient is multiplied by less than it was divided by.
            let alone = passed * self.speed;
            self.attained += alone / jobs * cores + alone % jobs * cores / jobs;
        }
        self.updated = now;
    }

    /// `job` begins to compute `demand`.
    pub fn join(&mut self, now: Time, job: AttemptId, demand: Span) {
        self.advance(now);
        if self.marks.is_empty() {
            self.attained = 0;
        }
        let mark = self.attained + (u128::from(demand.as_nanos()) << self.fraction);
        self.marks.push(Reverse((mark, self.joined, job)));
        self.joined += 1;
    }

    /// `job` stops computing before it has ended. Costs O(n).
    pub fn leave(&mut self, now: Time, job: AttemptId) {
        self.retain(now, |other| other != job);
    }

    /// All stop computing for whom `stays` says no. Costs O(n).
    pub fn retain(&mut self, now: Time, stays: impl Fn(AttemptId) -> bool) {
        self.advance(now);
        self.marks.retain(|Reverse((_, _, job))| stays(*job));
    }

    /// When the next job ends if nothing changes before; `None` if none computes.
    pub fn next_end(&self) -> Option<Time> {
        let Reverse((mark, _, _)) = self.marks.peek()?;
        let (cores, jobs) = self.shares();
        debug_assert!(cores > 0, "it stands still");
        // Of 125 bits at most, so it is divided before it is multiplied, and the rest after.
        let missing = mark.saturating_sub(self.attained);
        let rate = self.speed * cores;
        let nanos = missing / rate * jobs + (missing % rate * jobs).div_ceil(rate);
        Some(self.updated + Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    /// Takes a job that has ended by `now`, in order of ending and then of joining.
    pub fn pop_ended(&mut self, now: Time) -> Option<AttemptId> {
        self.advance(now);
        let Reverse((mark, _, job)) = *self.marks.peek()?;
        if mark > self.attained {
            return None;
        }
        self.marks.pop();
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    #[test]
    fn two_jobs_share_one_core() {
        let mut processor = Processor::new(1, 1.0);
        let (long, short) = (AttemptId::new(0), AttemptId::new(1));
        processor.join(at(0), long, Span::from_secs(10));
        // Alone for 2 s; then both at half speed: the short one needs 3 s of work, so 6 s.
        processor.join(at(2), short, Span::from_secs(3));
        assert_eq!(processor.next_end(), Some(at(8)));
        assert_eq!(processor.pop_ended(at(8)), Some(short));
        assert_eq!(processor.pop_ended(at(8)), None);
        // The long one has 10 - 2 - 3 = 5 s left, alone.
        assert_eq!(processor.next_end(), Some(at(13)));
        assert_eq!(processor.pop_ended(at(13)), Some(long));
        assert!(processor.is_empty());
    }

    #[test]
    fn cores_of_their_own_until_there_are_too_few() {
        let mut processor = Processor::new(2, 0.5);
        for job in 0..2 {
            processor.join(at(0), AttemptId::new(job), Span::from_secs(1));
        }
        assert_eq!(processor.next_end(), Some(at(2)));
        processor.join(at(0), AttemptId::new(2), Span::from_secs(1));
        assert_eq!(processor.next_end(), Some(at(3)));
        processor.leave(at(0), AttemptId::new(0));
        assert_eq!(processor.next_end(), Some(at(2)));
    }

    #[test]
    fn a_speed_is_exact_to_nine_digits() {
        for (speed, demand) in [(1e-6, 1), (3e-6, 1), (0.7, 3600), (1.0, 3600), (1e6, 946_080_000)]
        {
            let mut processor = Processor::new(1, speed);
            for job in 0..2 {
                processor.join(at(0), AttemptId::new(job), Span::from_secs(demand));
            }
            let end = processor.next_end().unwrap();
            let (ends, due) = ((end - at(0)).as_nanos() as f64, 2e9 * demand as f64 / speed);
            assert!((ends - due).abs() <= due * 1e-12 + 1.0, "speed {speed}: {ends}, not {due}");
            assert_eq!(processor.pop_ended(end), Some(AttemptId::new(0)));
            assert_eq!(processor.pop_ended(end), Some(AttemptId::new(1)));
        }
    }

    #[test]
    fn the_longest_demands_do_not_overflow() {
        for speed in [1e-6, 1.0, 1e6] {
            let mut processor = Processor::new(u32::MAX, speed);
            processor.join(at(0), AttemptId::new(0), Span::MAX);
            processor.join(Time::MAX, AttemptId::new(1), Span::MAX);
            processor.pop_ended(Time::MAX);
            let mut processor = Processor::new(3, speed);
            for job in 0..7 {
                processor.join(at(0), AttemptId::new(job), Span::MAX);
            }
            let ended = processor.pop_ended(Time::MAX).is_some();
            assert_eq!(ended, speed > 1.0);
        }
    }
}
