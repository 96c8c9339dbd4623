//! Exponential smoothing with a damped trend.

/// What share of the level and the trend is that of the last value, and what share of the trend goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Damped {
    /// How much of the level is the last value (alpha), 0 to 1.
    pub level: f64,
    /// How much of the trend is that of the last value (beta), 0 to 1.
    pub trend: f64,
    /// How much of the trend goes on from a value to the next (phi): 1 is all of it.
    pub damping: f64,
}

/// The level and the trend of a series, once it has a value. Holt 1957; Gardner, `McKenzie` 1985,
/// Forecasting trends in time series, Management Science 31(10).
///
/// ```
/// use cloudsched::stats::{Damped, Holt};
/// let shares = Damped { level: 0.5, trend: 0.5, damping: 1.0 };
/// let mut series = Holt::default();
/// assert_eq!([4.0, 8.0, 12.0].map(|value| series.take(shares, value)), [4.0, 7.0, 11.75]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Holt(Option<(f64, f64)>);

impl Holt {
    /// Takes in the next value, and forecasts the one after it.
    pub fn take(&mut self, shares: Damped, value: f64) -> f64 {
        let Damped { level: alpha, trend: beta, damping: phi } = shares;
        let (level, trend) = match self.0 {
            None => (value, 0.0),
            Some((before, trend)) => {
                let expected = before + phi * trend;
                let level = alpha * value + (1.0 - alpha) * expected;
                (level, beta * (level - before) + (1.0 - beta) * phi * trend)
            }
        };
        self.0 = Some((level, trend));
        level + phi * trend
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_example_worked_by_hand() {
        // The first value is the level. Then 8: 0.5 * 8 + 0.5 * 4 = 6, trend 0.5 * (6 - 4) = 1.
        // Then 12: 0.5 * 12 + 0.5 * 7 = 9.5, trend 0.5 * (9.5 - 6) + 0.5 * 1 = 2.25.
        let shares = Damped { level: 0.5, trend: 0.5, damping: 1.0 };
        let mut series = Holt::default();
        let forecasts = [4.0, 8.0, 12.0].map(|value| series.take(shares, value));
        assert_eq!(forecasts, [4.0, 7.0, 11.75]);
        // Expected 6.8; level 9.4, trend 0.5 * 3.4 + 0.5 * 0.8 = 2.1, of which 0.8 goes on.
        let mut series = Holt(Some((6.0, 1.0)));
        let forecast = series.take(Damped { damping: 0.8, ..shares }, 12.0);
        assert!((forecast - (9.4 + 1.68)).abs() < 1e-12);
    }
}
