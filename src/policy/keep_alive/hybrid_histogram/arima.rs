//! The next of a short series, by the ARIMA model that explains it best.
//!
//! ARIMA(p, d, q) says of a series x, or of its differences if d is 1, that
//! `z[t] = c + a[1] z[t-1] + … + a[p] z[t-p] + e[t] + b[1] e[t-1] + … + b[q] e[t-q]` with noise e
//! (Box, Jenkins 1970); c is 0 where d is 1. Coefficients are those of Hannan and Rissanen (1982):
//! the noise is first taken from a long autoregression, then everything is one regression; no
//! search, so the same numbers on every machine. Of p and q up to 2 and d up to 1 the orders with
//! the least AIC count, corrected for short series (Hurvich, Tsai 1989), all of them judged by the
//! same observations. Coefficients without a stationary or invertible model are left out.

/// Most coefficients of one kind.
const MOST: usize = 2;

/// What the constant, and the coefficients of the past and of the noise are together, at most.
const COLUMNS: usize = 1 + 2 * MOST;

/// The orders of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Orders {
    p: usize,
    d: usize,
    q: usize,
}

/// A model with its coefficients.
#[derive(Clone, Copy, Debug)]
struct Model {
    orders: Orders,
    constant: f64,
    past: [f64; MOST],
    noise: [f64; MOST],
}

/// The next value of a series of at least one, by the model of least AIC; the mean where the series
/// is too short for any, or where the model would go below zero.
pub(super) fn next(series: &[f32]) -> f64 {
    let series: Vec<f64> = series.iter().map(|value| f64::from(*value)).collect();
    let mean = series.iter().sum::<f64>() / series.len() as f64;
    let best = best(&series).map(|model| model.run(&series).1);
    best.filter(|next| next.is_finite() && *next > 0.0).unwrap_or(mean)
}

/// The model of least AIC; `None` if the series is too short for any.
fn best(series: &[f64]) -> Option<Model> {
    // Four observations for each further coefficient of the past, a guess.
    let most = (series.len() / 4).min(MOST);
    let skipped = most + 1;
    let mut best: Option<(f64, Model)> = None;
    for d in 0..=1 {
        for p in 0..=most {
            for q in 0..=most {
                let Some(model) = Model::fit(series, Orders { p, d, q }) else { continue };
                let Some(aic) = model.aic(series, skipped) else { continue };
                if best.is_none_or(|(least, _)| aic < least) {
                    best = Some((aic, model));
                }
            }
        }
    }
    best.map(|(_, model)| model)
}

impl Model {
    /// Fits the coefficients; `None` if there are too few observations, or the model would not be
    /// stationary and invertible.
    fn fit(series: &[f64], orders: Orders) -> Option<Self> {
        let Orders { p, d, q } = orders;
        let z = differences(series, d);
        let noise = if q > 0 { long_noise(&z, p.max(q) + 1)? } else { vec![0.0; z.len()] };
        // The noise is known once the long autoregression is.
        let from = if q > 0 { p.max(q) + 1 + q } else { p };
        let constant = usize::from(d == 0);
        let columns = constant + p + q;
        let row = |t: usize| {
            let mut row = [0.0; COLUMNS];
            row[0] = 1.0;
            for lag in 1..=p {
                row[constant + lag - 1] = z[t - lag];
            }
            for lag in 1..=q {
                row[constant + p + lag - 1] = noise[t - lag];
            }
            row
        };
        let fitted = regress(&z, from, columns, row)?;
        let mut model = Self { orders, constant: 0.0, past: [0.0; MOST], noise: [0.0; MOST] };
        if constant == 1 {
            model.constant = fitted[0];
        }
        model.past[..p].copy_from_slice(&fitted[constant..constant + p]);
        model.noise[..q].copy_from_slice(&fitted[constant + p..columns]);
        let inverted = model.noise.map(|b| -b);
        (is_stable(model.past) && is_stable(inverted)).then_some(model)
    }

    /// Runs along the series: the noise of each observation, zero before, and the next value.
    fn run(&self, series: &[f64]) -> (Vec<f64>, f64) {
        let Orders { p, d, q } = self.orders;
        let z = differences(series, d);
        let mut noise: Vec<f64> = Vec::with_capacity(z.len());
        let expected = |t: usize, noise: &[f64]| {
            let past = (1..=p.min(t)).map(|lag| self.past[lag - 1] * z[t - lag]);
            let before = (1..=q.min(t)).map(|lag| self.noise[lag - 1] * noise[t - lag]);
            self.constant + past.sum::<f64>() + before.sum::<f64>()
        };
        for (t, z) in z.iter().enumerate() {
            noise.push(z - expected(t, &noise));
        }
        let step = expected(z.len(), &noise);
        let last = if d == 0 { 0.0 } else { series[series.len() - 1] };
        (noise, last + step)
    }

    /// Akaike's criterion, corrected, of the observations after the first `skipped`; `None` if there
    /// are too few.
    fn aic(&self, series: &[f64], skipped: usize) -> Option<f64> {
        let (noise, _) = self.run(series);
        let n = series.len().checked_sub(skipped)? as f64;
        let judged = &noise[skipped - self.orders.d..];
        let variance = judged.iter().map(|e| e * e).sum::<f64>() / n;
        let mean = series.iter().sum::<f64>() / series.len() as f64;
        // A series that repeats itself has no noise; a millionth of its size counts as none.
        let floor = (mean * 1e-6) * (mean * 1e-6) + f64::MIN_POSITIVE;
        let constant = 1 - self.orders.d;
        let k = (self.orders.p + self.orders.q + constant + 1) as f64;
        let correction = 2.0 * k * (k + 1.0) / (n - k - 1.0);
        (n - k - 1.0 > 0.0).then(|| n * libm::log(variance + floor) + 2.0 * k + correction)
    }
}

fn differences(series: &[f64], d: usize) -> Vec<f64> {
    if d == 0 {
        return series.to_vec();
    }
    series.windows(2).map(|two| two[1] - two[0]).collect()
}

/// The noise that an autoregression of `order` leaves; zero where it has no past.
fn long_noise(z: &[f64], order: usize) -> Option<Vec<f64>> {
    let row = |t: usize| {
        let mut row = [0.0; COLUMNS];
        row[0] = 1.0;
        for lag in 1..=order {
            row[lag] = z[t - lag];
        }
        row
    };
    let fitted = regress(z, order, order + 1, row)?;
    let noise = |t: usize| {
        let explained = row(t).iter().zip(&fitted).map(|(x, c)| x * c).sum::<f64>();
        if t < order { 0.0 } else { z[t] - explained }
    };
    Some((0..z.len()).map(|t| if t < order { 0.0 } else { noise(t) }).collect())
}

/// Whether `1 - c[1] x - c[2] x^2` has no root within the unit circle: the triangle of Box and
/// Jenkins, its edge included, where values come in turns.
fn is_stable([first, second]: [f64; MOST]) -> bool {
    let edge = 1.01; // A guess: as far as estimates stray from the edge.
    second + first < edge && second - first < edge && second > -edge
}

/// Least squares of `y[from..]` on the first `columns` of each row; `None` if there are no more rows
/// than columns, or the columns say the same.
fn regress(
    y: &[f64],
    from: usize,
    columns: usize,
    row: impl Fn(usize) -> [f64; COLUMNS],
) -> Option<[f64; COLUMNS]> {
    if y.len() <= from + columns {
        return None;
    }
    let mut normal = [[0.0; COLUMNS + 1]; COLUMNS];
    for (t, value) in y.iter().enumerate().skip(from) {
        let row = row(t);
        for i in 0..columns {
            for j in 0..columns {
                normal[i][j] += row[i] * row[j];
            }
            normal[i][COLUMNS] += row[i] * value;
        }
    }
    solve(&mut normal, columns)
}

/// Gaussian elimination with pivots; `None` if a pivot vanishes.
fn solve(matrix: &mut [[f64; COLUMNS + 1]; COLUMNS], columns: usize) -> Option<[f64; COLUMNS]> {
    let scale = (0..columns).map(|i| matrix[i][i]).fold(0.0, f64::max);
    for i in 0..columns {
        let largest =
            (i..columns).max_by(|a, b| matrix[*a][i].abs().total_cmp(&matrix[*b][i].abs()));
        matrix.swap(i, largest?);
        if matrix[i][i].abs() <= scale * 1e-12 {
            return None;
        }
        let pivot = matrix[i];
        for other in &mut matrix[i + 1..columns] {
            let factor = other[i] / pivot[i];
            for (value, above) in other.iter_mut().zip(&pivot) {
                *value -= factor * above;
            }
        }
    }
    let mut solution = [0.0; COLUMNS];
    for i in (0..columns).rev() {
        let known: f64 = (i + 1..columns).map(|j| matrix[i][j] * solution[j]).sum();
        solution[i] = (matrix[i][COLUMNS] - known) / matrix[i][i];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;
    use crate::variate::standard_normal;

    fn near(value: f64, expected: f64, within: f64) {
        assert!((value - expected).abs() <= within, "{value}, and not {expected}");
    }

    #[test]
    fn a_series_that_repeats_itself_goes_on() {
        for length in 1..20 {
            near(next(&vec![18_000.0; length]), 18_000.0, 1e-3);
        }
    }

    #[test]
    fn two_values_in_turns_are_seen() {
        let series: Vec<f32> = (0..24).map(|t| [20_000.0, 30_000.0][t % 2]).collect();
        near(next(&series), 20_000.0, 1.0);
        let noisy: Vec<f32> =
            series.iter().enumerate().map(|(t, x)| x + (100 * t * t % 700) as f32).collect();
        near(next(&noisy), 20_300.0, 1_000.0);
    }

    #[test]
    fn noise_around_a_level_gives_the_level() {
        let mut draws = Seed::new(3).key("level").draws(0);
        let series: Vec<f32> =
            (0..32).map(|_| 20_000.0 + 300.0 * standard_normal(&mut draws) as f32).collect();
        near(next(&series), 20_000.0, 300.0);
    }

    #[test]
    fn a_trend_is_followed() {
        let series: Vec<f32> = (0..20).map(|t| 20_000.0 + 1_000.0 * t as f32).collect();
        let next = next(&series);
        assert!(next > 38_000.0, "it lags behind: {next}");
    }

    #[test]
    fn coefficients_of_a_long_series_are_found() {
        let mut draws = Seed::new(5).key("arma").draws(0);
        let (mut z, mut before, mut series) = (0.0, 0.0, Vec::new());
        for _ in 0..20_000 {
            let noise = standard_normal(&mut draws);
            z = 2.0 + 0.6 * z + noise + 0.3 * before;
            before = noise;
            series.push(z);
        }
        let model = Model::fit(&series, Orders { p: 1, d: 0, q: 1 }).unwrap();
        near(model.past[0], 0.6, 0.03);
        near(model.noise[0], 0.3, 0.04);
        near(model.constant, 2.0, 0.15);
        let best = best(&series).unwrap();
        assert_eq!(best.orders.d, 0, "{best:?}");
    }

    #[test]
    fn a_walk_is_differenced() {
        let mut draws = Seed::new(6).key("walk").draws(0);
        let mut series = vec![50_000.0];
        for t in 0..400 {
            series.push(series[t] + 100.0 * standard_normal(&mut draws));
        }
        let best = best(&series).unwrap();
        assert_eq!((best.orders.d, best.orders.p <= 1), (1, true), "{best:?}");
    }

    #[test]
    fn any_series_has_a_next_above_zero() {
        let mut draws = Seed::new(9).key("any").draws(0);
        for length in 1..33_usize {
            for _ in 0..20 {
                let value = |_| libm::exp(3.0 * standard_normal(&mut draws)) as f32;
                let series: Vec<f32> = (0..length).map(value).collect();
                let next = next(&series);
                assert!(next > 0.0 && next.is_finite(), "{series:?}: {next}");
            }
        }
    }
}
