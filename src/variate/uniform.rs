//! The uniform distribution.

use rand::Rng;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DistributionEntry, Kind, ParameterError, Variate};
use crate::kernel::{Span, stream};

pub(super) const ENTRY: DistributionEntry = DistributionEntry {
    name: "uniform",
    parameters: &[("low", "a time"), ("high", "a time of at least low")],
    summary: "every time between two is equally likely",
    source: "low + (high - low) U",
    example: r#"demand.uniform = { low = "10ms", high = "30ms" }"#,
};

/// Equally likely anywhere between two times.
///
/// ```
/// use std::path::Path;
///
/// use cloudsched::kernel::Span;
/// use cloudsched::variate::{Distribution, Uniform};
/// let (low, high) = (Span::from_secs(1), Span::from_secs(3));
/// let demand = Distribution::Uniform(Uniform { low, high });
/// assert_eq!(demand.compile(Path::new("")).expect("low is below high").mean(), Some(2.0));
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Uniform {
    /// The least value.
    pub low: Span,
    /// The greatest value.
    pub high: Span,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Sampler {
    low: f64,
    width: f64,
}

impl Uniform {
    pub(super) fn compile(&self) -> Result<Variate, ParameterError> {
        let (low, high) = (self.low, self.high);
        if low > high {
            let message = format!("low ({low}) must not be above high ({high}); exchange them");
            return Err(ParameterError::new("low", message));
        }
        let width = high.as_secs_f64() - low.as_secs_f64();
        Ok(Variate(Kind::Uniform(Sampler { low: low.as_secs_f64(), width })))
    }
}

impl Sampler {
    #[inline]
    pub(super) fn sample(&self, rng: &mut (impl Rng + ?Sized)) -> f64 {
        self.low + self.width * stream::uniform(rng)
    }

    pub(super) fn mean(&self) -> f64 {
        self.low + self.width / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_in_the_wrong_order_are_refused() {
        let (low, high) = (Span::from_secs(2), Span::from_secs(1));
        let error = Uniform { low, high }.compile().unwrap_err();
        assert_eq!(error.to_string(), "low: low (2s) must not be above high (1s); exchange them");
        assert_eq!(Uniform { low, high: low }.compile().unwrap().mean(), Some(2.0));
    }
}
