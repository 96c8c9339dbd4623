//! A few requests first.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Step, Strategy};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::quantity::Probability;
use crate::variate::ParameterError;

/// Sends a share of requests to the new version for a time, then perhaps a larger one, and at last all.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Canary {
    /// The shares, each for its time; after the last one all requests go to the new version.
    #[schemars(example = serde_json::json!([{ "weight": 0.1, "hold": "5m" }]))]
    pub steps: Vec<CanaryStep>,
}

/// A share of requests for a time.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CanaryStep {
    /// The share of requests that go to the new version.
    pub weight: Probability,
    /// How long it stays so.
    pub hold: Span,
}

impl Described for Canary {
    const NAME: &'static str = "canary";
    const SUMMARY: &'static str =
        "A share of requests goes to the new version for a time, in one or more steps, then all.";
    const SOURCE: &'static str =
        "Sato, CanaryRelease (martinfowler.com, 2014); AWS CodeDeploy for Lambda, TimeBasedCanary";
}

impl Strategy for Canary {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        let ascend = self.steps.windows(2).all(|pair| pair[0].weight.get() <= pair[1].weight.get());
        if self.steps.is_empty() || !ascend {
            let message = "a canary has at least one step, and weights that do not go down";
            return Err(ParameterError::new("steps", message).under(Self::NAME));
        }
        Ok(())
    }

    fn step(&self, number: u32) -> Option<Step> {
        let step = self.steps.get(number as usize)?;
        Some(Step { weight: step.weight.get(), copies: 0.0, hold: step.hold })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canary(steps: &str) -> Canary {
        serde_json::from_str(&format!(r#"{{"steps": {steps}}}"#)).unwrap()
    }

    #[test]
    fn goes_step_by_step() {
        let text = r#"[{"weight": 0.1, "hold": "5m"}, {"weight": 0.5, "hold": "1h"}]"#;
        let mut canary = canary(text);
        assert_eq!(canary.prepare(Path::new("")), Ok(()));
        let step =
            |weight, seconds| Some(Step { weight, copies: 0.0, hold: Span::from_secs(seconds) });
        assert_eq!(canary.step(0), step(0.1, 300));
        assert_eq!(canary.step(1), step(0.5, 3600));
        assert_eq!(canary.step(2), None);
    }

    #[test]
    fn takes_no_step_back() {
        assert!(canary("[]").prepare(Path::new("")).is_err());
        let back = r#"[{"weight": 0.5, "hold": "5m"}, {"weight": 0.1, "hold": "1h"}]"#;
        assert!(canary(back).prepare(Path::new("")).is_err());
    }
}
