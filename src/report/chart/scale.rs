//! From numbers to places on an axis, and the ticks between.

/// From this ratio of largest to smallest on, an axis is logarithmic.
const DECADES: f64 = 40.0;

/// The range of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) log: bool,
}

impl Scale {
    /// From `low` to `high` as they are.
    pub(super) fn new(low: f64, high: f64) -> Self {
        Self { low, high, log: false }
    }

    /// A linear axis around `values` that ends at ticks, with zero if `zero` says so.
    pub(super) fn linear(values: impl IntoIterator<Item = f64>, zero: bool, ticks: usize) -> Self {
        let (mut low, mut high) = range(values).unwrap_or((0.0, 1.0));
        if zero {
            (low, high) = (low.min(0.0), high.max(0.0));
        }
        if low == high {
            let room = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
            (low, high) = (if zero && low == 0.0 { 0.0 } else { low - room }, high + room);
        }
        let step = step(high - low, ticks);
        Self::new(tidy((low / step).floor() * step, step), tidy((high / step).ceil() * step, step))
    }

    /// A logarithmic axis around those of `values` that are more than zero, ending at 1, 2 or 5 times
    /// a power of ten; `None` if there are none.
    pub(super) fn log(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (low, high) = range(values.into_iter().filter(|value| *value > 0.0))?;
        let mut scale = Self { low: round_125(low, false), high: round_125(high, true), log: true };
        if scale.low == scale.high {
            (scale.low, scale.high) = (scale.low / 2.0, scale.high * 2.0);
        }
        Some(scale)
    }

    /// Logarithmic if `values` span decades and all of them are more than zero, else linear.
    pub(super) fn fitting(values: &[f64], zero: bool, ticks: usize) -> Self {
        let spans = range(values.iter().copied())
            .is_some_and(|(low, high)| low > 0.0 && high / low >= DECADES);
        let log = if spans { Self::log(values.iter().copied()) } else { None };
        log.unwrap_or_else(|| Self::linear(values.iter().copied(), zero, ticks))
    }

    /// Where `value` is between the ends, from 0 to 1.
    pub(super) fn share(&self, value: f64) -> f64 {
        let share = if self.log {
            libm::log(value.max(self.low) / self.low) / libm::log(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        share.clamp(0.0, 1.0)
    }

    /// The value at a share of the way between the ends.
    pub(super) fn at(&self, share: f64) -> f64 {
        if self.log {
            self.low * libm::exp(share * libm::log(self.high / self.low))
        } else {
            self.low + share * (self.high - self.low)
        }
    }

    /// About `count` ticks.
    pub(super) fn ticks(&self, count: usize) -> Vec<f64> {
        if self.log { self.log_ticks(count) } else { self.linear_ticks(count) }
    }

    /// At least two: a step may be as wide as the range.
    fn linear_ticks(&self, count: usize) -> Vec<f64> {
        let mut ticks =
            (count..count + 5).map(|count| self.ticks_by(step(self.high - self.low, count)));
        ticks.find(|ticks| ticks.len() >= 2).unwrap_or_default()
    }

    fn ticks_by(&self, step: f64) -> Vec<f64> {
        let first = (self.low / step - 1e-9).ceil();
        let last = (self.high / step + 1e-9).floor();
        let steps = (last - first).max(0.0) as u32;
        (0..=steps).map(|number| tidy((first + f64::from(number)) * step, step)).collect()
    }

    /// Powers of ten, every n-th of them if there are too many, 2 and 5 times them if there is room.
    fn log_ticks(&self, count: usize) -> Vec<f64> {
        let (first, last) = (power_of(self.low), power_of(self.high));
        let powers = (last - first + 1) as usize;
        let every = powers.div_ceil(count.max(1));
        let finest: &[&[f64]] =
            if every == 1 { &[&[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]] } else { &[&[1.0]] };
        let ticks = |factors: &[f64]| -> Vec<f64> {
            (first..=last)
                .step_by(every)
                .flat_map(|power| factors.iter().map(move |factor| scaled(*factor, power)))
                .filter(|tick| (self.low * (1.0 - 1e-9)..=self.high * (1.0 + 1e-9)).contains(tick))
                .collect()
        };
        let fits = finest.iter().map(|factors| ticks(factors)).find(|ticks| ticks.len() <= count);
        fits.filter(|ticks| ticks.len() >= 2).unwrap_or_else(|| vec![self.low, self.high])
    }
}

/// The least and the greatest of the finite `values`.
fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

/// The step of about `count` ticks over `span`: 1, 2 or 5 times a power of ten.
fn step(span: f64, count: usize) -> f64 {
    round_125(span / count.max(1) as f64 * (1.0 - 1e-9), true)
}

/// `x` to the next of 1, 2 and 5 times a power of ten.
fn round_125(x: f64, up: bool) -> f64 {
    let power = power_of(x);
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| scaled(factor, power));
    let near = 1e-9;
    let found = if up {
        steps.into_iter().find(|step| *step >= x * (1.0 - near))
    } else {
        steps.into_iter().rev().find(|step| *step <= x * (1.0 + near))
    };
    found.unwrap_or(x)
}

/// The power of ten at or below `x`.
fn power_of(x: f64) -> i32 {
    // The text is exact where a logarithm may miss by a bit.
    let text = format!("{x:e}");
    text.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0)
}

/// `factor` times a power of ten, as near as a number can be.
fn scaled(factor: f64, power: i32) -> f64 {
    format!("{factor}e{power}").parse().unwrap_or(f64::NAN)
}

/// `x`, a multiple of `step`, without the noise of its multiplication.
fn tidy(x: f64, step: f64) -> f64 {
    let decimals = usize::try_from(-power_of(step)).unwrap_or(0);
    let text = format!("{x:.decimals$}");
    text.parse().map_or(x, |tidy: f64| if tidy == 0.0 { 0.0 } else { tidy })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_ticks_are_round() {
        let scale = Scale::linear([3.2, 97.0], true, 6);
        assert_eq!(scale, Scale::new(0.0, 100.0));
        assert_eq!(scale.ticks(6), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        let scale = Scale::linear([-0.05, 0.21], false, 6);
        assert_eq!(scale.ticks(6), [-0.05, 0.0, 0.05, 0.1, 0.15, 0.2, 0.25]);
        let scale = Scale::linear([0.1, 0.3], false, 4);
        assert_eq!(scale.ticks(4), [0.1, 0.15, 0.2, 0.25, 0.3]);
        assert!((Scale::linear([5.0, 5.0], false, 5).share(5.0) - 0.5).abs() < 1e-9);
        assert_eq!(Scale::linear([0.0], true, 5), Scale::new(0.0, 1.0));
        assert_eq!(Scale::linear([], true, 5), Scale::new(0.0, 1.0));
    }

    #[test]
    fn ticks_are_inside() {
        for (low, high) in [(0.013, 0.017), (-7.3, 1e6), (1e-9, 3e-9), (17.0, 1e12)] {
            for count in [2, 5, 9] {
                let scale = Scale::linear([low, high], false, count);
                let ticks = scale.ticks(count);
                assert!(ticks.len() >= 2 && ticks.len() <= count + 3, "{ticks:?}");
                assert!(scale.low <= low && scale.high >= high, "{scale:?}");
                assert!(ticks.windows(2).all(|pair| pair[0] < pair[1]), "{ticks:?}");
            }
        }
    }

    #[test]
    fn log_ticks_thin_out() {
        let scale = Scale::log([1.3, 80.0, 0.0]).unwrap();
        assert_eq!((scale.low, scale.high), (1.0, 100.0));
        assert_eq!(scale.ticks(8), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
        assert_eq!(scale.ticks(5), [1.0, 3.0, 10.0, 30.0, 100.0]);
        assert_eq!(scale.ticks(4), [1.0, 10.0, 100.0]);
        let wide = Scale::log([1e-3, 1e9]).unwrap();
        assert_eq!(wide.ticks(7), [1e-3, 0.1, 10.0, 1e3, 1e5, 1e7, 1e9]);
        let narrow = Scale::log([2.1, 2.2]).unwrap();
        assert_eq!((narrow.low, narrow.high), (2.0, 5.0));
        assert_eq!(narrow.ticks(5), [2.0, 5.0]);
        assert_eq!(Scale::log([10.0]).unwrap().ticks(5), [5.0, 10.0, 20.0]);
        assert_eq!(Scale::log([0.0, -1.0]), None);
    }

    #[test]
    fn values_that_span_decades_are_logarithmic() {
        assert!(Scale::fitting(&[1.0, 100.0], true, 5).log);
        assert!(!Scale::fitting(&[1.0, 30.0], true, 5).log);
        assert!(!Scale::fitting(&[0.0, 100.0], true, 5).log);
        let scale = Scale::fitting(&[1.0, 100.0], true, 5);
        assert!((scale.share(10.0) - 0.5).abs() < 1e-12);
        assert_eq!((scale.share(0.1), scale.share(1e9)), (0.0, 1.0));
    }
}
