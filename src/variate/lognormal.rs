//! The lognormal distribution.

use rand::Rng;
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::{above_zero, variation, within};
use super::exp::exp;
use super::{DistributionEntry, Kind, ParameterError, Variate, standard_normal};
use crate::kernel::Span;

pub(super) const ENTRY: DistributionEntry = DistributionEntry {
    name: "lognormal",
    parameters: &[
        ("mean", "a time above 0; with cv"),
        ("cv", "standard deviation over mean, 0 to 1000; with mean"),
        ("median", "a time above 0; with sigma"),
        ("sigma", "standard deviation of the logarithm, 0 to 20; with median"),
    ],
    summary: "its logarithm is normal: skewed, as execution times mostly are",
    source: "exp(mu + sigma Z), sigma² = ln(1 + cv²); Z by the ziggurat of Marsaglia and Tsang 2000",
    example: r#"demand.lognormal = { mean = "120ms", cv = 1.5 }"#,
};

/// Of normal logarithm: by `mean` and `cv`, or by `median` and `sigma`.
///
/// ```
/// use std::path::Path;
///
/// use cloudsched::kernel::Span;
/// use cloudsched::variate::{Distribution, Lognormal};
/// let demand = Lognormal::of_mean(Span::from_millis(120), 1.5);
/// let demand = Distribution::Lognormal(demand).compile(Path::new("")).expect("both are in range");
/// assert!((demand.mean().expect("it is finite") - 0.120).abs() < 1e-12);
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lognormal {
    /// The mean; above 0.
    pub mean: Option<Span>,
    /// The coefficient of variation, standard deviation over mean; 0 to 1000.
    pub cv: Option<f64>,
    /// The median; above 0.
    pub median: Option<Span>,
    /// The standard deviation of the logarithm; 0 to 20.
    pub sigma: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Sampler {
    /// The mean of the logarithm of seconds.
    mu: f64,
    sigma: f64,
}

impl Lognormal {
    /// By mean and coefficient of variation.
    pub const fn of_mean(mean: Span, cv: f64) -> Self {
        Self { mean: Some(mean), cv: Some(cv), median: None, sigma: None }
    }

    /// By median and the standard deviation of the logarithm.
    pub const fn of_median(median: Span, sigma: f64) -> Self {
        Self { mean: None, cv: None, median: Some(median), sigma: Some(sigma) }
    }

    pub(super) fn compile(&self) -> Result<Variate, ParameterError> {
        let (mu, sigma, middle) = match (self.mean, self.cv, self.median, self.sigma) {
            (Some(mean), Some(cv), None, None) => {
                let (secs, cv) = (above_zero("mean", mean)?, variation(cv)?);
                let variance = libm::log1p(cv * cv);
                (libm::log(secs) - variance / 2.0, variance.sqrt(), mean)
            }
            (None, None, Some(median), Some(sigma)) => {
                let secs = above_zero("median", median)?;
                (libm::log(secs), within("sigma", sigma, 0.0, 20.0)?, median)
            }
            _ => {
                let message = "lognormal takes either mean and cv, or median and sigma";
                return Err(ParameterError::whole(message));
            }
        };
        if sigma == 0.0 {
            return Ok(Variate::constant(middle));
        }
        Ok(Variate(Kind::Lognormal(Sampler { mu, sigma })))
    }
}

impl Sampler {
    #[inline]
    pub(super) fn sample(&self, rng: &mut (impl Rng + ?Sized)) -> f64 {
        exp(self.mu + self.sigma * standard_normal(rng))
    }

    pub(super) fn mean(&self) -> f64 {
        libm::exp(self.mu + self.sigma * self.sigma / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_describe_the_same() {
        let by_median = Lognormal::of_median(Span::from_secs(1), 0.5).compile().unwrap();
        let mean = libm::exp(0.125);
        assert!((by_median.mean().unwrap() - mean).abs() < 1e-12);
        let cv = libm::expm1(0.25).sqrt();
        let by_mean = Lognormal::of_mean(Span::from_secs_f64(mean), cv).compile().unwrap();
        let (Kind::Lognormal(one), Kind::Lognormal(other)) = (by_median.0, by_mean.0) else {
            panic!("both are lognormal");
        };
        assert!((one.mu - other.mu).abs() < 1e-9 && (one.sigma - other.sigma).abs() < 1e-9);
    }

    #[test]
    fn no_variation_is_a_constant() {
        let same = Lognormal::of_mean(Span::from_millis(7), 0.0).compile().unwrap();
        assert!(matches!(same.0, Kind::Constant(secs) if secs == 0.007));
    }

    #[test]
    fn half_a_form_is_refused() {
        let half = Lognormal { sigma: Some(1.0), ..Lognormal::of_mean(Span::from_secs(1), 1.0) };
        let message = "lognormal takes either mean and cv, or median and sigma";
        assert_eq!(half.compile().unwrap_err(), ParameterError::whole(message));
        let negative = Lognormal::of_mean(Span::from_secs(1), -0.5).compile().unwrap_err();
        assert_eq!(negative.to_string(), "cv: cv must be a number from 0 to 1000, and is -0.5");
        assert!(Lognormal::of_mean(Span::from_secs(1), f64::NAN).compile().is_err());
        assert!(Lognormal::of_median(Span::from_secs(1), f64::INFINITY).compile().is_err());
        assert!(Lognormal::of_median(Span::ZERO, 1.0).compile().is_err());
    }
}
