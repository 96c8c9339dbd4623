//! In which minutes of the day the functions of an application are invoked.

use std::f64::consts::TAU;

use crate::kernel::StreamKey;
use crate::kernel::stream::{below, uniform};
use crate::variate::{standard_exponential, standard_normal};

use super::curve::quantile;
use super::population::{Application, Function, is_round};
use super::published::{BUSIEST, CV_BESIDE_TIMERS, CV_OF_ODD_TIMERS, CV_WITHOUT_TIMERS, QUIETEST};

/// Minutes of a day.
pub(super) const MINUTES: usize = 1440;

/// Invocations in each minute of a day.
pub(super) type Counts = [u32; MINUTES];

/// Up to so many invocations a day the gaps between them follow the published law; beyond, minutes
/// have several, and follow the course of the day.
const MOST_WITH_GAPS: u64 = MINUTES as u64;

/// Makes the minutes of applications.
pub(super) struct Times {
    key: StreamKey,
    /// The rate in each minute of the day; the mean is 1.
    day: [f64; MINUTES],
    /// Scratch of [`gaps`].
    gaps: Vec<f64>,
}

impl Times {
    pub(super) fn new(key: StreamKey) -> Self {
        Self { key, day: std::array::from_fn(rate), gaps: Vec::new() }
    }

    /// The counts of each function of application `number`, into `counts`.
    pub(super) fn fill(
        &mut self,
        number: u64,
        application: &Application,
        counts: &mut Vec<Counts>,
    ) {
        counts.clear();
        counts.resize(application.functions.len(), [0; MINUTES]);
        let mut together = Vec::new();
        for (place, function) in application.functions.iter().enumerate() {
            if function.is_timer() {
                let key = self.key.part(number).part(place as u64 + 1);
                let rhythm = match place {
                    0 if application.has_timers_only() => application.rhythm,
                    _ => uniform(&mut key.draws(1)),
                };
                self.timer(function, rhythm, key, &mut counts[place]);
            } else {
                together.push((place, function.invocations));
            }
        }
        let total: u64 = together.iter().map(|(_, invocations)| invocations).sum();
        let key = self.key.part(number).part(0);
        let curve = if application.has_timers() { CV_BESIDE_TIMERS } else { CV_WITHOUT_TIMERS };
        let cv = quantile(curve, application.rhythm);
        if total <= MOST_WITH_GAPS {
            self.with_gaps(together, total, cv, key, counts);
        } else {
            self.over_the_day(&together, total, cv, key, counts);
        }
    }

    /// A timer: evenly, if it fires a round number of times or more than once a minute.
    fn timer(&mut self, function: &Function, rhythm: f64, key: StreamKey, counts: &mut Counts) {
        let (draws, invocations) = (&mut key.draws(0), function.invocations);
        if invocations > MINUTES as u64 {
            let phase = below(draws, MINUTES as u64);
            let up_to = |minute: usize| (minute as u64 * invocations + phase) / MINUTES as u64;
            for (minute, count) in counts.iter_mut().enumerate() {
                *count = (up_to(minute + 1) - up_to(minute)) as u32;
            }
            return;
        }
        let cv = if is_round(invocations) { 0.0 } else { quantile(CV_OF_ODD_TIMERS, rhythm) };
        for minute in self.minutes(invocations as usize, cv, key) {
            counts[minute] += 1;
        }
    }

    /// Few invocations of functions that share one rhythm: which function each is of is chance.
    fn with_gaps(
        &mut self,
        mut together: Vec<(usize, u64)>,
        mut total: u64,
        cv: f64,
        key: StreamKey,
        counts: &mut [Counts],
    ) {
        let draws = &mut key.draws(1);
        for minute in self.minutes(total as usize, cv, key) {
            let mut at = below(draws, total);
            for (place, left) in &mut together {
                if at < *left {
                    *left -= 1;
                    counts[*place][minute] += 1;
                    break;
                }
                at -= *left;
            }
            total -= 1;
        }
    }

    /// Many invocations: the course of the day times a rhythm of the application, whose counts vary
    /// as those of a renewal process with this coefficient of variation do in the long run.
    fn over_the_day(
        &self,
        together: &[(usize, u64)],
        total: u64,
        cv: f64,
        key: StreamKey,
        counts: &mut [Counts],
    ) {
        let draws = &mut key.draws(2);
        let mut sum = 0.0;
        let sums = self.day.map(|rate| {
            let mean = total as f64 / MINUTES as f64 * rate;
            let spread = libm::log1p(cv.max(LEAST_CV) * cv.max(LEAST_CV) / mean);
            let swing = standard_normal(draws) * spread.sqrt() - spread / 2.0;
            sum += rate * libm::exp(swing);
            sum
        });
        for (place, invocations) in together {
            let counts = &mut counts[*place];
            if *invocations <= MOST_WITH_GAPS {
                for _ in 0..*invocations {
                    let at = uniform(draws) * sum;
                    counts[sums.partition_point(|sum| *sum <= at).min(MINUTES - 1)] += 1;
                }
                continue;
            }
            let (phase, mut before) = (uniform(draws), 0);
            for (count, up_to) in counts.iter_mut().zip(sums) {
                let due = (*invocations as f64 * (up_to / sum) + phase) as u64;
                *count = (due - before) as u32;
                before = due;
            }
        }
    }

    /// The minutes of so many invocations whose gaps have this coefficient of variation, as near as
    /// that many can have it, in order of time.
    fn minutes(&mut self, number: usize, cv: f64, key: StreamKey) -> Vec<usize> {
        let draws = &mut key.draws(3);
        if cv == 0.0 && number > 0 {
            // Whole minutes apart, so that every gap is the same.
            let gap = MINUTES / number;
            let slack = MINUTES - gap * (number - 1);
            let first = below(draws, slack.min(gap) as u64) as usize;
            return (0..number).map(|i| first + i * gap).collect();
        }
        // One before the first and one after the last, too.
        self.gaps.clear();
        self.gaps.extend((0..=number).map(|_| libm::log(standard_exponential(draws))));
        if number > 2 {
            set_cv(&mut self.gaps, cv);
        } else {
            self.gaps.iter_mut().for_each(|gap| *gap = libm::exp(*gap));
        }
        let scale = MINUTES as f64 / self.gaps.iter().sum::<f64>();
        let mut at = 0.0;
        let minute = |gap: &f64| {
            at += gap * scale;
            (at as usize).min(MINUTES - 1)
        };
        self.gaps[..number].iter().map(minute).collect()
    }
}

/// Even what is very regular varies a little where it is invoked several times a minute.
const LEAST_CV: f64 = 0.1;

/// The exponents that [`set_cv`] tries.
const EXPONENTS: (f64, f64) = (0.0, 16.0);

/// Turns logarithms of exponential variates into gaps, by raising the variates to the power with
/// which all but the first and the last have this coefficient of variation (Weibull gaps).
fn set_cv(gaps: &mut [f64], cv: f64) {
    let inner = 1..gaps.len() - 1;
    let longest = gaps[inner.clone()].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut low, mut high) = EXPONENTS;
    for _ in 0..20 {
        let exponent = f64::midpoint(low, high);
        let (mut sum, mut squares) = (0.0, 0.0);
        for gap in &gaps[inner.clone()] {
            // Over the longest, so that nothing overflows.
            let gap = libm::exp((gap - longest) * exponent);
            (sum, squares) = (sum + gap, squares + gap * gap);
        }
        let of = inner.len() as f64;
        if squares * of / (sum * sum) - 1.0 < cv * cv { low = exponent } else { high = exponent }
    }
    for gap in gaps {
        *gap = libm::exp((*gap - longest).min(0.0) * low);
    }
}

/// The rate at a minute of the day over its mean: quiet at night, a peak in the afternoon. When the
/// peak is (15:00) is a guess; the shape is the power of a cosine with the published extremes, a
/// little inside them, as chance adds to both.
fn rate(minute: usize) -> f64 {
    const PEAK: f64 = 15.0 * 60.0;
    let (least, most) = (QUIETEST + 0.012, BUSIEST - 0.022);
    let wave = 0.5 + 0.5 * libm::cos(TAU * (minute as f64 + 0.5 - PEAK) / MINUTES as f64);
    least + (most - least) * libm::pow(wave, 1.41)
}
