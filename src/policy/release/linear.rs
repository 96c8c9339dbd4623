//! So much more, so often.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Step, Strategy};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::quantity::Probability;
use crate::variate::ParameterError;

/// Sends a share of requests to the new version, and as much more each time, until all go there.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// The time between two steps.
    #[schemars(example = "1m")]
    pub every: Span,
    /// The share of requests that goes over at once, and each time more.
    #[schemars(example = 0.1)]
    pub weight: Probability,
}

/// More steps than this are taken for a slip.
const MOST_STEPS: f64 = 100_000.0;

impl Described for Linear {
    const NAME: &'static str = "linear";
    const SUMMARY: &'static str =
        "A share of requests goes to the new version at once, and as much more each time.";
    const SOURCE: &'static str = "AWS CodeDeploy for Lambda, TimeBasedLinear: its documentation";
}

impl Strategy for Linear {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        let error = |key, message: &str| Err(ParameterError::new(key, message).under(Self::NAME));
        if self.weight.get() * MOST_STEPS < 1.0 {
            return error(
                "weight",
                "with so little each time it would take more than 100000 steps",
            );
        }
        if self.every == Span::ZERO {
            return error("every", "some time passes between two steps");
        }
        Ok(())
    }

    fn step(&self, number: u32) -> Option<Step> {
        // Ten times 0.1 is all, whatever the sum of rounded tenths is.
        let steps = libm::ceil(1.0 / self.weight.get() - 1e-9);
        let taken = f64::from(number) + 1.0;
        let weight = self.weight.get() * taken;
        (taken < steps).then_some(Step { weight, copies: 0.0, hold: self.every })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(weight: f64) -> Linear {
        let text = format!(r#"{{"weight": {weight}, "every": "1m"}}"#);
        serde_json::from_str(&text).unwrap()
    }

    /// Ten percent at once and ten more each minute: nine steps of a minute, and all after nine minutes.
    #[test]
    fn ten_tenths_are_all() {
        let linear = linear(0.1);
        let weights: Vec<f64> =
            (0..).map_while(|n| linear.step(n)).map(|step| step.weight).collect();
        assert_eq!(weights.len(), 9);
        assert!(weights.iter().zip(1..).all(|(w, n)| (w - f64::from(n) / 10.0).abs() < 1e-12));
    }

    #[test]
    fn the_last_step_is_what_is_left() {
        let linear = linear(0.4);
        let weights: Vec<f64> =
            (0..).map_while(|n| linear.step(n)).map(|step| step.weight).collect();
        assert_eq!(weights, [0.4, 0.8]);
        assert!(
            super::Linear { weight: Probability::new(0.0).unwrap(), ..linear }
                .prepare(Path::new(""))
                .is_err()
        );
    }
}
