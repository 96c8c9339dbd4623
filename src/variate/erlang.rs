//! The Erlang distribution.

use schemars::JsonSchema;
use serde::Deserialize;

use super::error::above_zero;
use super::{DistributionEntry, Kind, ParameterError, Variate, gamma};
use crate::kernel::Span;

pub(super) const ENTRY: DistributionEntry = DistributionEntry {
    name: "erlang",
    parameters: &[("mean", "a time above 0"), ("phases", "a whole number of at least 1")],
    summary: "the sum of so many equal exponential phases; cv is 1 / sqrt(phases)",
    source: "the E_k of Kendall's notation; drawn as a gamma of whole shape",
    example: r#"demand.erlang = { mean = "50ms", phases = 4 }"#,
};

/// A sum of equal exponential phases.
///
/// ```
/// use std::path::Path;
///
/// use cloudsched::kernel::Span;
/// use cloudsched::variate::{Distribution, Erlang};
/// let demand = Distribution::Erlang(Erlang { mean: Span::from_millis(50), phases: 4 });
/// assert_eq!(demand.compile(Path::new("")).expect("both are in range").mean(), Some(0.05));
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Erlang {
    /// The mean of the sum; above 0.
    pub mean: Span,
    /// How many phases; at least 1.
    pub phases: u32,
}

impl Erlang {
    pub(super) fn compile(&self) -> Result<Variate, ParameterError> {
        let mean = above_zero("mean", self.mean)?;
        if self.phases == 0 {
            return Err(ParameterError::new("phases", "phases must be at least 1, and is 0"));
        }
        Ok(Variate(Kind::Gamma(gamma::Sampler::new(mean, f64::from(self.phases)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_phases_are_refused() {
        let error = Erlang { mean: Span::from_secs(1), phases: 0 }.compile().unwrap_err();
        assert_eq!(error.to_string(), "phases: phases must be at least 1, and is 0");
    }
}
