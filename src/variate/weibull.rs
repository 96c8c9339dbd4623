//! The Weibull distribution.

use rand::Rng;
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::{above_zero, within};
use super::exp::exp;
use super::{DistributionEntry, Kind, ParameterError, Variate, standard_exponential};
use crate::kernel::Span;

pub(super) const ENTRY: DistributionEntry = DistributionEntry {
    name: "weibull",
    parameters: &[("mean", "a time above 0"), ("shape", "0.05 to 1000; 1 is exponential")],
    summary: "times to failure: a rate that falls (shape below 1) or rises (above 1) with age",
    source: "Weibull, A statistical distribution function of wide applicability, 1951; \
             scale (-ln U)^(1/shape)",
    example: r#"demand.weibull = { mean = "2h", shape = 0.7 }"#,
};

/// A mean, and a shape that says how the rate of failure changes with age.
///
/// ```
/// use std::path::Path;
///
/// use cloudsched::kernel::Span;
/// use cloudsched::variate::{Distribution, Weibull};
/// let life = Distribution::Weibull(Weibull { mean: Span::from_secs(7200), shape: 0.7 });
/// assert_eq!(life.compile(Path::new("")).expect("both are in range").mean(), Some(7200.0));
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weibull {
    /// The mean; above 0.
    pub mean: Span,
    /// The shape; 0.05 to 1000.
    pub shape: f64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Sampler {
    mean: f64,
    scale: f64,
    /// One over the shape.
    exponent: f64,
}

impl Weibull {
    pub(super) fn compile(&self) -> Result<Variate, ParameterError> {
        let mean = above_zero("mean", self.mean)?;
        let exponent = 1.0 / within("shape", self.shape, 0.05, 1000.0)?;
        let scale = mean / libm::tgamma(1.0 + exponent);
        Ok(Variate(Kind::Weibull(Sampler { mean, scale, exponent })))
    }
}

impl Sampler {
    #[inline(never)]
    pub(super) fn sample(&self, rng: &mut (impl Rng + ?Sized)) -> f64 {
        // E^exponent.
        self.scale * exp(self.exponent * libm::log(standard_exponential(rng)))
    }

    pub(super) const fn mean(&self) -> f64 {
        self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_past_the_range_are_refused() {
        for shape in [0.0, -1.0, 0.04, 1001.0, f64::NAN] {
            let error = Weibull { mean: Span::from_secs(1), shape }.compile().unwrap_err();
            assert!(error.to_string().starts_with("shape: shape must be a number from 0.05 to"));
        }
    }
}
