//! The gamma distribution.

use rand::Rng;
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::{above_zero, variation};
use super::exp::exp;
use super::{
    DistributionEntry, Kind, ParameterError, Variate, standard_exponential, standard_normal,
};
use crate::kernel::Span;
use crate::kernel::stream::uniform;

pub(super) const ENTRY: DistributionEntry = DistributionEntry {
    name: "gamma",
    parameters: &[("mean", "a time above 0"), ("cv", "standard deviation over mean, 0 to 1000")],
    summary: "from nearly constant (cv near 0) through exponential (1) to bursty (above 1)",
    source: "Marsaglia and Tsang, A simple method for generating gamma variables, ACM TOMS 26, 2000",
    example: r#"demand.gamma = { mean = "50ms", cv = 0.5 }"#,
};

/// Below this the deviation is lost in the rounding of the mean.
const LEAST_CV: f64 = 1e-9;

/// A mean and a coefficient of variation, with an exponential tail.
///
/// ```
/// use std::path::Path;
///
/// use cloudsched::kernel::Span;
/// use cloudsched::variate::{Distribution, Gamma};
/// let demand = Distribution::Gamma(Gamma { mean: Span::from_millis(50), cv: 0.5 });
/// assert_eq!(demand.compile(Path::new("")).expect("both are in range").mean(), Some(0.05));
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gamma {
    /// The mean; above 0.
    pub mean: Span,
    /// The coefficient of variation, standard deviation over mean; 0 to 1000.
    pub cv: f64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Sampler {
    mean: f64,
    scale: f64,
    /// The shape less 1/3, after one is added to shapes below 1.
    d: f64,
    /// 1 / sqrt(9 d).
    c: f64,
    /// One over the shape if that is below 1, otherwise 0.
    boost: f64,
}

impl Gamma {
    pub(super) fn compile(&self) -> Result<Variate, ParameterError> {
        let (mean, cv) = (above_zero("mean", self.mean)?, variation(self.cv)?);
        if cv < LEAST_CV {
            return Ok(Variate::constant(self.mean));
        }
        Ok(Variate(Kind::Gamma(Sampler::new(mean, 1.0 / (cv * cv)))))
    }
}

impl Sampler {
    /// Of this mean and shape, both above 0.
    pub(super) fn new(mean: f64, shape: f64) -> Self {
        let (raised, boost) = if shape < 1.0 { (shape + 1.0, 1.0 / shape) } else { (shape, 0.0) };
        let d = raised - 1.0 / 3.0;
        Self { mean, scale: mean / shape, d, c: 1.0 / (9.0 * d).sqrt(), boost }
    }

    #[inline(never)]
    pub(super) fn sample(&self, rng: &mut (impl Rng + ?Sized)) -> f64 {
        let standard = self.scale * self.raised(rng);
        if self.boost == 0.0 {
            return standard;
        }
        // A gamma of shape a is one of shape a + 1 times U^(1/a), and -ln U is exponential.
        standard * exp(-standard_exponential(rng) * self.boost)
    }

    /// A gamma number of scale 1 and shape d + 1/3.
    fn raised(&self, rng: &mut (impl Rng + ?Sized)) -> f64 {
        loop {
            let z = standard_normal(rng);
            let root = 1.0 + self.c * z;
            if root <= 0.0 {
                continue;
            }
            let (v, u, zz) = (root * root * root, uniform(rng), z * z);
            let surely = u < 1.0 - 0.0331 * zz * zz;
            if surely || libm::log(u) < zz / 2.0 + self.d * (1.0 - v + libm::log(v)) {
                return self.d * v;
            }
        }
    }

    pub(super) const fn mean(&self) -> f64 {
        self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;

    #[test]
    fn extreme_variation_stays_finite() {
        let mut rng = Seed::new(2).key("gamma").stream();
        for cv in [1e-8, 0.001, 1.0, 30.0, 1000.0] {
            let gamma = Gamma { mean: Span::from_secs(1), cv }.compile().unwrap();
            for _ in 0..10_000 {
                let secs = gamma.sample(&mut rng);
                assert!(secs.is_finite() && secs >= 0.0, "{secs} for {cv}");
            }
        }
        let same = Gamma { mean: Span::from_secs(1), cv: 0.0 }.compile().unwrap();
        assert_eq!(same.sample(&mut rng), 1.0);
    }

    #[test]
    fn bad_parameters_are_refused() {
        let error = |mean, cv| Gamma { mean, cv }.compile().unwrap_err().to_string();
        assert_eq!(
            error(Span::ZERO, 1.0),
            "mean: mean must be above 0; for no time at all write `constant = \"0s\"`"
        );
        assert_eq!(
            error(Span::from_secs(1), 1001.0),
            "cv: cv must be a number from 0 to 1000, and is 1001"
        );
        error(Span::from_secs(1), f64::NAN);
    }
}
