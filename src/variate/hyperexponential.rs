//! The hyperexponential distribution of two phases.

use rand::Rng;
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::{above_zero, variation_from_one};
use super::{DistributionEntry, Kind, ParameterError, Variate, standard_exponential};
use crate::kernel::Span;
use crate::kernel::stream::uniform;

pub(super) const ENTRY: DistributionEntry = DistributionEntry {
    name: "hyperexponential",
    parameters: &[("mean", "a time above 0"), ("cv", "standard deviation over mean, 1 to 1000")],
    summary: "one of two exponentials, often short and seldom long, half of the time in each",
    source: "H2 with balanced means: Allen, Probability, Statistics and Queueing Theory, 1990; \
             Whitt 1982",
    example: r#"demand.hyperexponential = { mean = "50ms", cv = 3.0 }"#,
};

/// One of two exponentials by chance; each contributes half of the mean.
///
/// ```
/// use std::path::Path;
///
/// use cloudsched::kernel::Span;
/// use cloudsched::variate::{Distribution, Hyperexponential};
/// let demand = Hyperexponential { mean: Span::from_millis(50), cv: 3.0 };
/// let demand = Distribution::Hyperexponential(demand).compile(Path::new(""));
/// assert_eq!(demand.expect("both are in range").mean(), Some(0.05));
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hyperexponential {
    /// The mean; above 0.
    pub mean: Span,
    /// The coefficient of variation, standard deviation over mean; 1 to 1000.
    pub cv: f64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Sampler {
    mean: f64,
    /// The probability of the short phase.
    often: f64,
    short: f64,
    long: f64,
}

impl Hyperexponential {
    pub(super) fn compile(&self) -> Result<Variate, ParameterError> {
        let (mean, cv) = (above_zero("mean", self.mean)?, variation_from_one(self.cv)?);
        let square = cv * cv;
        let root = ((square - 1.0) / (square + 1.0)).sqrt();
        let often = 0.5 * (1.0 + root);
        // 1 - often, without cancellation: (1 - root) (1 + root) is 2 / (cv² + 1).
        let seldom = 1.0 / (square + 1.0) / (1.0 + root);
        let (short, long) = (mean / (2.0 * often), mean / (2.0 * seldom));
        Ok(Variate(Kind::Hyperexponential(Sampler { mean, often, short, long })))
    }
}

impl Sampler {
    #[inline(never)]
    pub(super) fn sample(&self, rng: &mut (impl Rng + ?Sized)) -> f64 {
        let phase = if uniform(rng) < self.often { self.short } else { self.long };
        phase * standard_exponential(rng)
    }

    pub(super) const fn mean(&self) -> f64 {
        self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phases_have_the_moments_asked_for() {
        for cv in [1.0, 1.5, 3.0, 1000.0] {
            let made = Hyperexponential { mean: Span::from_secs(2), cv }.compile().unwrap();
            let Kind::Hyperexponential(h2) = made.0 else { panic!("it is one") };
            let seldom = h2.mean / 2.0 / h2.long;
            assert!((h2.often + seldom - 1.0).abs() < 1e-12);
            let square = 2.0 * (h2.often * h2.short * h2.short + seldom * h2.long * h2.long);
            assert!((square / 4.0 / (1.0 + cv * cv) - 1.0).abs() < 1e-12, "{cv}");
        }
    }

    #[test]
    fn less_variation_than_one_has_another_name() {
        let error = |cv| Hyperexponential { mean: Span::from_secs(1), cv }.compile().unwrap_err();
        assert_eq!(
            error(0.5).to_string(),
            "cv: cv must be at least 1, and is 0.5; use gamma for less"
        );
        assert_eq!(
            error(f64::NAN).to_string(),
            "cv: cv must be a number from 1 to 1000, and is NaN"
        );
    }
}
