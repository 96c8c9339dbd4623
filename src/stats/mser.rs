//! When a run has settled: the marginal standard error rule on means of five, MSER-5.
//!
//! A run that starts empty is not yet what it will be. Left in, its beginning makes the mean wrong;
//! left out too far, what remains says less. White's rule leaves out as many observations as make the standard error
//! of the mean of the rest, as if they were independent, least (White, "An effective truncation heuristic
//! for bias reduction in simulation output", Simulation 69, 1997; on means of five: White, Cobb,
//! Spratt, "A comparison of five steady-state truncation heuristics for simulation", Winter
//! Simulation Conference 2000). A minimum past the first half is not trusted: what remains would be
//! too little to say that it has settled.
//!
//! By itself the rule often cuts off a chance excursion of a run that was settled all along. So what
//! it finds counts only if it matters: if leaving the beginning out moves the mean by more than the
//! half-width of the interval of the rest, by batch means.

use super::Interval;
use super::batch::{BATCHES, neighbours, spread};
use crate::kernel::{Span, Time};

/// Observations of a mean, at first.
const FIVE: u32 = 5;

/// Means below which nothing is said: 1,000 observations. A guess: of fewer, chance looks like a trend.
const LEAST: usize = 200;

/// Means that are kept; of more, two neighbours become one. Even, so that all find their neighbour.
const MOST: usize = 4096;

/// The share of the mean by which the beginning has to move it, at least: what does not show in three
/// digits is not worth a word.
const LEAST_SHIFT: f64 = 1e-3;

/// The correlation of neighbouring batches from which on they drift. A guess: 20 independent ones have it
/// once in a hundred times, a straight line has nearly 1.
const DRIFT: f64 = 0.5;

/// The confidence of the interval that the beginning is held against.
const CONFIDENCE: f64 = 0.95;

/// The mean of some observations in a row, as their sum.
#[derive(Clone, Copy, Debug)]
struct Part {
    sum: u128,
    /// The time of the last one.
    until: Time,
}

/// Spans observed one after another, as means of five or, of many, of five times a power of two:
/// 4,096 at most.
#[derive(Clone, Debug)]
pub struct Mser {
    parts: Vec<Part>,
    /// The sum of the part to come, and how many observations it still lacks.
    sum: u128,
    lacking: u32,
    /// Observations of a part.
    size: u32,
}

/// A beginning that was not left out and moves the mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unsettled {
    /// When the observations settle; `None` if they have not by the middle of the run, or go on drifting.
    pub at: Option<Time>,
    /// The mean of what was not left out, in seconds.
    pub mean: f64,
    /// The mean from `at` on, or of the second half, in seconds.
    pub settled_mean: f64,
    /// The half-width of its 95 % interval, in seconds.
    pub half_width: f64,
}

impl Default for Mser {
    fn default() -> Self {
        Self { parts: Vec::new(), sum: 0, lacking: FIVE, size: FIVE }
    }
}

impl Mser {
    /// Observes a span at `now`.
    #[inline]
    pub fn record(&mut self, now: Time, span: Span) {
        self.sum += u128::from(span.as_nanos());
        self.lacking -= 1;
        if self.lacking == 0 {
            self.close(now);
        }
    }

    /// The part is full.
    fn close(&mut self, until: Time) {
        self.parts.push(Part { sum: std::mem::take(&mut self.sum), until });
        if self.parts.len() == MOST {
            for pair in 0..MOST / 2 {
                let [first, last] = [self.parts[2 * pair], self.parts[2 * pair + 1]];
                self.parts[pair] = Part { sum: first.sum + last.sum, until: last.until };
            }
            self.parts.truncate(MOST / 2);
            self.size *= 2;
        }
        self.lacking = self.size;
    }

    /// The mean of each part, in seconds.
    fn means(&self) -> Vec<f64> {
        let scale = 1e9 * f64::from(self.size);
        self.parts.iter().map(|part| part.sum as f64 / scale).collect()
    }

    /// What is wrong with leaving out what came before `warm_up`; `None` if nothing is, or if there
    /// are too few observations to say.
    pub fn unsettled(&self, warm_up: Time) -> Option<Unsettled> {
        let means = self.means();
        let left_out = self.parts.partition_point(|part| part.until <= warm_up);
        if means.len() < LEAST {
            return None;
        }
        let half = means.len() / 2;
        let found = truncation(&means);
        let settled = found < half && !drifts(&means[found..]);
        let cut = if settled { found } else { half };
        if cut <= left_out {
            return None;
        }
        let [mean, settled_mean] = [left_out, cut].map(|from| mean(&means[from..]));
        let batches = batches(&means[cut..]);
        let half_width = if settled {
            spread(&batches, settled_mean, CONFIDENCE)
        } else {
            // What they drift by must not widen what it is held against.
            Interval::of(&batches, CONFIDENCE)?.half_width
        };
        let matters = half_width.max(LEAST_SHIFT * settled_mean);
        ((mean - settled_mean).abs() > matters).then(|| Unsettled {
            at: settled.then(|| self.parts[cut - 1].until),
            mean,
            settled_mean,
            half_width,
        })
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// How many of the first values to leave out, at most half of them: the squares about the mean of the rest
/// over the square of their number are least. Costs one pass from the end.
///
/// ```
/// use cloudsched::stats::mser::truncation;
/// let values: Vec<f64> = (0..100).map(|i| if i < 30 { 0.0 } else { f64::from(9 + i % 3) }).collect();
/// assert_eq!(truncation(&values), 30);
/// ```
pub fn truncation(values: &[f64]) -> usize {
    let (mut mean, mut squares, mut best) = (0.0, 0.0, (f64::INFINITY, 0));
    for (from, value) in values.iter().enumerate().rev() {
        let n = (values.len() - from) as f64;
        // Welford's update, which does not cancel.
        let step = value - mean;
        mean += step / n;
        squares += step * (value - mean);
        if from <= values.len() / 2 && squares / (n * n) <= best.0 {
            best = (squares / (n * n), from);
        }
    }
    best.1
}

/// The means of equal parts of `values`.
fn batches(values: &[f64]) -> Vec<f64> {
    values.chunks_exact(values.len() / BATCHES).take(BATCHES).map(mean).collect()
}

/// Whether the values go one way, up or down, or wander: neighbouring batches are much alike.
fn drifts(values: &[f64]) -> bool {
    neighbours(&batches(values)).is_some_and(|correlation| correlation > DRIFT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;
    use crate::kernel::stream::uniform;

    /// Observations one a second: `level` of their number, and noise of ± 1 s about it.
    fn observed(count: u64, seed: u64, level: impl Fn(u64) -> f64) -> Mser {
        let mut draws = Seed::new(seed).key("noise").draws(0);
        let mut mser = Mser::default();
        for number in 0..count {
            let seconds = 2.0 + level(number) + 2.0 * uniform(&mut draws) - 1.0;
            mser.record(at(number), Span::from_secs_f64(seconds));
        }
        mser
    }

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    /// Half as high at the start as in the end, from a third of the way on settled.
    fn ramp(count: u64) -> impl Fn(u64) -> f64 {
        move |number| (number as f64 / count as f64 * 3.0).min(1.0) * 2.0
    }

    #[test]
    fn a_transient_is_seen_unless_it_is_left_out() {
        for count in [3_000, 300_000] {
            let mser = observed(count, 1, ramp(count));
            let found = mser.unsettled(at(count / 20)).expect("a twentieth is too little");
            let settled = found.at.expect("it settles").as_secs_f64() / count as f64;
            assert!((0.28..0.36).contains(&settled), "settled after {settled} of the run");
            assert!((found.settled_mean - 4.0).abs() < 0.1 && found.mean < 3.9, "{found:?}");
            assert_eq!(mser.unsettled(at(count / 5 * 2)), None);
        }
    }

    #[test]
    fn what_never_settles_is_seen() {
        let found = observed(5_000, 1, |number| number as f64 / 500.0).unsettled(Time::ZERO);
        assert_eq!(found.expect("it grows for ever").at, None);
    }

    #[test]
    fn what_is_settled_from_the_start_is_left_alone() {
        let told = (0..100)
            .filter(|seed| observed(20_000, *seed, |_| 0.0).unsettled(Time::ZERO).is_some());
        assert!(told.count() <= 1);
    }

    #[test]
    fn of_few_observations_nothing_is_said() {
        assert_eq!(observed(999, 1, ramp(999)).unsettled(Time::ZERO), None);
    }

    #[test]
    fn constant_values_after_a_cold_start_are_judged_by_what_shows() {
        let of = |first: f64| {
            let mut mser = Mser::default();
            for number in 0..10_000 {
                let seconds = if number < 100 { first } else { 1.0 };
                mser.record(at(number), Span::from_secs_f64(seconds));
            }
            mser.unsettled(Time::ZERO)
        };
        assert_eq!(of(1.05), None);
        assert_eq!(of(2.0).and_then(|found| found.at), Some(at(99)));
    }

    #[test]
    fn the_parts_stay_few_and_lose_nothing() {
        let mser = observed(1_000_000, 1, |_| 0.0);
        assert!(mser.parts.len() < MOST && mser.parts.len() >= MOST / 2);
        let whole = mser.parts.len() as u64 * u64::from(mser.size);
        assert_eq!(mser.parts.last().map(|part| part.until), Some(at(whole - 1)));
    }
}
