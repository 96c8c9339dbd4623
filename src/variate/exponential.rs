//! The exponential distribution.

use rand::Rng;
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::above_zero;
use super::{DistributionEntry, Kind, ParameterError, Variate, standard_exponential};
use crate::kernel::Span;

pub(super) const ENTRY: DistributionEntry = DistributionEntry {
    name: "exponential",
    parameters: &[("mean", "a time above 0")],
    summary: "memoryless: times between independent events; coefficient of variation 1",
    source: "the M of Kendall's notation; ziggurat of Marsaglia and Tsang, \
             J. Statistical Software 5(8), 2000",
    example: r#"demand.exponential = { mean = "10ms" }"#,
};

/// Memoryless with a mean.
///
/// ```
/// use cloudsched::kernel::Span;
/// use cloudsched::variate::{Distribution, Exponential};
/// let demand = Distribution::Exponential(Exponential { mean: Span::from_millis(10) });
/// assert_eq!(demand.name(), "exponential");
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exponential {
    /// The mean; above 0.
    pub mean: Span,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Sampler {
    mean: f64,
}

impl Exponential {
    pub(super) fn compile(&self) -> Result<Variate, ParameterError> {
        Ok(Variate(Kind::Exponential(Sampler { mean: above_zero("mean", self.mean)? })))
    }
}

impl Sampler {
    #[inline]
    pub(super) fn sample(self, rng: &mut (impl Rng + ?Sized)) -> f64 {
        self.mean * standard_exponential(rng)
    }

    pub(super) const fn mean(self) -> f64 {
        self.mean
    }
}
