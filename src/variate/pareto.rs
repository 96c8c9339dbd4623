//! The Pareto distribution.

use rand::Rng;
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::{above_zero, within};
use super::exp::exp;
use super::{DistributionEntry, Kind, ParameterError, Variate, standard_exponential};
use crate::kernel::Span;

pub(super) const ENTRY: DistributionEntry = DistributionEntry {
    name: "pareto",
    parameters: &[
        ("min", "the least time; above 0"),
        ("alpha", "0.1 to 1000; the mean is infinite up to 1, the variance up to 2"),
    ],
    summary: "a heavy tail: P(X > x) = (min / x)^alpha",
    source: "Crovella and Bestavros 1997 on its use for Web work; min U^(-1/alpha)",
    example: r#"demand.pareto = { min = "5ms", alpha = 1.5 }"#,
};

/// A power-law tail from a least value on.
///
/// ```
/// use std::path::Path;
///
/// use cloudsched::kernel::Span;
/// use cloudsched::variate::{Distribution, Pareto};
/// let mean = |alpha| {
///     let demand = Distribution::Pareto(Pareto { min: Span::from_secs(2), alpha });
///     demand.compile(Path::new("")).expect("both are in range").mean()
/// };
/// assert_eq!((mean(2.0), mean(1.0)), (Some(4.0), None));
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pareto {
    /// The least value; above 0.
    pub min: Span,
    /// The exponent of the tail; 0.1 to 1000.
    pub alpha: f64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Sampler {
    min: f64,
    alpha: f64,
}

impl Pareto {
    pub(super) fn compile(&self) -> Result<Variate, ParameterError> {
        let min = above_zero("min", self.min)?;
        let alpha = within("alpha", self.alpha, 0.1, 1000.0)?;
        Ok(Variate(Kind::Pareto(Sampler { min, alpha })))
    }
}

impl Sampler {
    #[inline(never)]
    pub(super) fn sample(&self, rng: &mut (impl Rng + ?Sized)) -> f64 {
        self.min * exp(standard_exponential(rng) / self.alpha)
    }

    pub(super) fn mean(&self) -> Option<f64> {
        (self.alpha > 1.0).then(|| self.min * self.alpha / (self.alpha - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_past_the_range_are_refused() {
        for alpha in [0.0, -1.0, 0.09, f64::INFINITY, f64::NAN] {
            let error = Pareto { min: Span::from_secs(1), alpha }.compile().unwrap_err();
            assert!(error.to_string().starts_with("alpha: alpha must be a number from 0.1 to"));
        }
        let error = Pareto { min: Span::ZERO, alpha: 1.0 }.compile().unwrap_err();
        assert_eq!(error.key, ["min"]);
    }
}
