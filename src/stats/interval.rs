//! Intervals of confidence by Student's t distribution.

/// A mean and how far from it the true mean may lie, at some confidence.
///
/// ```
/// use cloudsched::stats::Interval;
/// let interval = Interval::of(&[1.0, 2.0, 3.0], 0.95).expect("two values are enough");
/// assert_eq!(interval.mean, 2.0);
/// assert!((interval.half_width - 2.484).abs() < 0.001);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The mean of the values.
    pub mean: f64,
    /// The interval is `mean ± half_width`.
    pub half_width: f64,
    /// How many values there were.
    pub n: usize,
}

impl Interval {
    /// The interval that holds the true mean with probability `confidence` (0.95, say) if `values`
    /// are independent and normal, as the means of replications nearly are. `None` below two values, or if
    /// one is not finite.
    ///
    /// # Panics
    ///
    /// If `confidence` is not between 0 and 1.
    pub fn of(values: &[f64], confidence: f64) -> Option<Self> {
        if values.len() < 2 || !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        let n = values.len() as f64;
        // From the first value on, so that values which are all the same have that mean and no width.
        let first = values[0];
        let mean = first + values.iter().map(|value| value - first).sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let error = (squares / (n - 1.0) / n).sqrt();
        let half_width = t_quantile(confidence, n - 1.0) * error;
        Some(Self { mean, half_width, n: values.len() })
    }
}

/// The t for which a Student-t variable with `degrees_of_freedom` lies within `-t..t` with
/// probability `confidence`; the two-sided quantile of tables (12.706 for 0.95 and 1). Accurate to
/// 1e-9 of its value.
///
/// The tail probability is an incomplete beta function (Abramowitz and Stegun 26.7.1, 26.5.8),
/// inverted by Newton's method; past 10,000 degrees of freedom the expansion about the normal
/// quantile (26.7.5) takes over.
///
/// ```
/// use cloudsched::stats::t_quantile;
/// assert!((t_quantile(0.95, 9.0) - 2.262_157).abs() < 1e-6);
/// ```
///
/// # Panics
///
/// If `confidence` is not between 0 and 1, or `degrees_of_freedom` not above 0.
pub fn t_quantile(confidence: f64, degrees_of_freedom: f64) -> f64 {
    assert!(confidence > 0.0 && confidence < 1.0, "confidence {confidence} is not within 0 and 1");
    assert!(degrees_of_freedom > 0.0, "{degrees_of_freedom} degrees of freedom are not above 0");
    if degrees_of_freedom > 1e4 {
        return near_normal(confidence, degrees_of_freedom);
    }
    let student = Student::new(degrees_of_freedom);
    invert(1.0 - confidence, |t| student.tail(t), |t| student.density(t))
}

/// The probability that a Student-t variable with `degrees_of_freedom` is as far from zero as `t`,
/// on either side: the p of a two-sided test. The inverse of [`t_quantile`].
///
/// ```
/// use cloudsched::stats::t_probability;
/// assert!((t_probability(-2.262_157, 9.0) - 0.05).abs() < 1e-7);
/// ```
///
/// # Panics
///
/// If `degrees_of_freedom` is not above 0.
pub fn t_probability(t: f64, degrees_of_freedom: f64) -> f64 {
    assert!(degrees_of_freedom > 0.0, "{degrees_of_freedom} degrees of freedom are not above 0");
    if t.is_infinite() {
        return 0.0;
    }
    Student::new(degrees_of_freedom).tail(t)
}

/// The t at which the probability outside `-t..t` is `target`. A tail falls and is convex, so from
/// 0 Newton's steps approach the root from below and never pass it: far out they double t, near
/// the root they double its digits.
fn invert(target: f64, tail: impl Fn(f64) -> f64, density: impl Fn(f64) -> f64) -> f64 {
    let mut t = 0.0;
    for _ in 0..2000 {
        let step = (tail(t) - target) / (2.0 * density(t));
        t += step;
        if step.abs() <= 1e-13 * t {
            break;
        }
    }
    t
}

/// The quantile by powers of 1 / `degrees` about that of the normal distribution.
fn near_normal(confidence: f64, degrees: f64) -> f64 {
    let tail = |z: f64| libm::erfc(z / std::f64::consts::SQRT_2);
    let density = |z: f64| libm::exp(-z * z / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
    let z = invert(1.0 - confidence, tail, density);
    let (u, zz) = (1.0 / degrees, z * z);
    let first = (zz + 1.0) / 4.0;
    let second = ((5.0 * zz + 16.0) * zz + 3.0) / 96.0;
    let third = (((3.0 * zz + 19.0) * zz + 17.0) * zz - 15.0) / 384.0;
    z * (1.0 + u * (first + u * (second + u * third)))
}

/// Student's distribution with its constant.
struct Student {
    degrees: f64,
    /// 1 / B(degrees / 2, 1/2).
    inverse_beta: f64,
}

impl Student {
    fn new(degrees: f64) -> Self {
        let inverse_beta = half_step(degrees / 2.0) / std::f64::consts::PI.sqrt();
        Self { degrees, inverse_beta }
    }

    /// (1 + t²/n)^(-n/2).
    fn kernel(&self, t: f64) -> f64 {
        libm::exp(-self.degrees / 2.0 * libm::log1p(t * t / self.degrees))
    }

    /// The density at `t`.
    fn density(&self, t: f64) -> f64 {
        let root = (1.0 + t * t / self.degrees).sqrt();
        self.inverse_beta / self.degrees.sqrt() * self.kernel(t) / root
    }

    /// The probability of lying outside `-t..t`: `I_x(n/2, 1/2)` with x = n / (n + t²).
    fn tail(&self, t: f64) -> f64 {
        let half = self.degrees / 2.0;
        let x = self.degrees / (self.degrees + t * t);
        let rest = t * t / (self.degrees + t * t);
        let front = self.inverse_beta * self.kernel(t) * rest.sqrt();
        // The fraction converges fast below about the mean of the beta distribution.
        if x < (half + 1.0) / (half + 2.5) {
            front / half * beta_fraction(half, 0.5, x)
        } else {
            1.0 - front / 0.5 * beta_fraction(0.5, half, rest)
        }
    }
}

/// Γ(a + 1/2) / Γ(a), by its asymptotic series (Tricomi and Erdélyi 1951) at 30 or more and the
/// recurrence of Γ below.
fn half_step(a: f64) -> f64 {
    if a < 30.0 {
        return half_step(a + 1.0) * a / (a + 0.5);
    }
    let u = 1.0 / a;
    let series = 1.0
        + u * (-1.0 / 8.0
            + u * (1.0 / 128.0
                + u * (5.0 / 1024.0
                    + u * (-21.0 / 32768.0 + u * (-399.0 / 262_144.0 + u * 869.0 / 4_194_304.0)))));
    a.sqrt() * series
}

/// The continued fraction 1 / (1 + d1 / (1 + d2 / (1 + ...))) of `I_x(a, b)` (Abramowitz and Stegun
/// 26.5.8), by the method of Lentz.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut upper, mut lower, mut fraction) = (1.0, 0.0, 1.0);
    let mut extend = |term: f64| {
        lower = 1.0 / away_from_zero(1.0 + term * lower);
        upper = away_from_zero(1.0 + term / upper);
        fraction *= upper * lower;
        (fraction, (upper * lower - 1.0).abs() < 1e-15)
    };
    for step in 0..100_000 {
        let m = f64::from(step);
        let twice = a + 2.0 * m;
        extend(-(a + m) * (a + b + m) * x / (twice * (twice + 1.0)));
        let (fraction, settled) =
            extend((m + 1.0) * (b - m - 1.0) * x / ((twice + 1.0) * (twice + 2.0)));
        if settled {
            return 1.0 / fraction;
        }
    }
    panic!("the fraction of I_{x}({a}, {b}) converges")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(confidence: f64, degrees: f64, expected: f64) {
        let found = t_quantile(confidence, degrees);
        let error = (found / expected - 1.0).abs();
        assert!(error < 1e-9, "t({confidence}, {degrees}) = {found}, not {expected}");
    }

    /// The sum of three times 0.1, divided by three, is another number.
    #[test]
    fn what_is_the_same_each_time_has_no_width() {
        let interval = Interval::of(&[0.1; 3], 0.95).unwrap();
        assert_eq!((interval.mean, interval.half_width), (0.1, 0.0));
    }

    #[test]
    fn agrees_with_closed_forms() {
        for confidence in [0.001, 0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.999_999] {
            // One degree of freedom: Cauchy. Two: t = c sqrt(2 / (1 - c²)).
            check(confidence, 1.0, libm::tan(std::f64::consts::FRAC_PI_2 * confidence));
            let two = confidence * (2.0 / (1.0 - confidence * confidence)).sqrt();
            check(confidence, 2.0, two);
            // Four, from t² = 4 (cos(acos(sqrt a) / 3) / sqrt a - 1), a = 1 - c² (Shaw 2006).
            let root = (1.0 - confidence * confidence).sqrt();
            let cosine = libm::cos(libm::acos(root) / 3.0);
            if confidence > 0.05 {
                check(confidence, 4.0, 2.0 * (cosine / root - 1.0).sqrt());
            }
        }
    }

    #[test]
    fn agrees_with_published_tables() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, to its three decimals.
        let table = [
            (3.0, [2.353, 3.182, 5.841]),
            (5.0, [2.015, 2.571, 4.032]),
            (9.0, [1.833, 2.262, 3.250]),
            (10.0, [1.812, 2.228, 3.169]),
            (29.0, [1.699, 2.045, 2.756]),
            (30.0, [1.697, 2.042, 2.750]),
            (60.0, [1.671, 2.000, 2.660]),
            (100.0, [1.660, 1.984, 2.626]),
        ];
        for (degrees, row) in table {
            for (confidence, expected) in [0.90, 0.95, 0.99].into_iter().zip(row) {
                let found = t_quantile(confidence, degrees);
                assert!(
                    (found - expected).abs() <= 0.000_501,
                    "t({confidence}, {degrees}) = {found}"
                );
            }
        }
        // The normal distribution, to more decimals than f64 holds.
        check(0.95, 1e10, 1.959_963_984_540_054);
        check(0.99, f64::INFINITY, 2.575_829_303_548_901);
    }

    #[test]
    fn the_two_methods_meet() {
        for confidence in [0.01, 0.5, 0.95, 0.999, 0.999_999] {
            let student = Student::new(1e4);
            let exact = invert(1.0 - confidence, |t| student.tail(t), |t| student.density(t));
            let error = (near_normal(confidence, 1e4) / exact - 1.0).abs();
            assert!(error < 1e-10, "{error} at {confidence}");
        }
    }

    #[test]
    fn the_tail_at_the_quantile_is_the_complement() {
        for degrees in [0.5, 1.5, 7.0, 33.3, 1e3, 1e4] {
            for confidence in [0.2, 0.9, 0.999] {
                let t = t_quantile(confidence, degrees);
                // The integral of the density over -t..t by Simpson's rule, in t = sinh(u).
                let student = Student::new(degrees);
                let top = libm::asinh(t);
                let value = |i: u32| {
                    let u = top * f64::from(i) / 4000.0;
                    student.density(libm::sinh(u)) * libm::cosh(u)
                };
                let weight = |i: u32| [2.0, 4.0][i as usize % 2];
                let inner: f64 = (1..4000).map(|i| weight(i) * value(i)).sum();
                let within = 2.0 * (value(0) + inner + value(4000)) * top / 12_000.0;
                assert!(
                    (within - confidence).abs() < 1e-10,
                    "{within} for {confidence}, {degrees}"
                );
            }
        }
    }

    #[test]
    fn the_probability_agrees_with_closed_forms() {
        let near = |t: f64, degrees, expected: f64| {
            let found = t_probability(t, degrees);
            let error = (found / expected - 1.0).abs();
            assert!(error < 1e-9, "p({t}, {degrees}) = {found}, not {expected}");
        };
        for t in [-40.0, -3.0, -0.1, 0.2, 1.0, 2.5, 12.706, 1e3] {
            // One degree of freedom: Cauchy. Two: 1 - |t| / sqrt(2 + t²).
            near(t, 1.0, 1.0 - libm::atan(t.abs()) * std::f64::consts::FRAC_2_PI);
            near(t, 2.0, 2.0 / (2.0 + t * t + t.abs() * (2.0 + t * t).sqrt()));
        }
        for (degrees, confidence) in [(3.0, 0.9), (9.0, 0.95), (17.776, 0.99), (5e3, 0.999)] {
            near(t_quantile(confidence, degrees), degrees, 1.0 - confidence);
        }
        // Nearly normal: erfc(t / sqrt 2), apart by a part in the degrees of freedom.
        let normal = libm::erfc(2.0 / std::f64::consts::SQRT_2);
        assert!((t_probability(2.0, 1e6) / normal - 1.0).abs() < 1e-5);
        assert_eq!((t_probability(0.0, 5.0), t_probability(f64::INFINITY, 5.0)), (1.0, 0.0));
    }

    #[test]
    fn an_interval_needs_two_finite_values() {
        assert_eq!(Interval::of(&[], 0.95), None);
        assert_eq!(Interval::of(&[1.0], 0.95), None);
        assert_eq!(Interval::of(&[1.0, f64::NAN], 0.95), None);
        let same = Interval::of(&[3.0; 5], 0.95).unwrap();
        assert_eq!(same, Interval { mean: 3.0, half_width: 0.0, n: 5 });
    }
}
