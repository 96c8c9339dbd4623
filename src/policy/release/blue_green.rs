//! Beside the old one, then all at once.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Step, Strategy};
use crate::kernel::Span;
use crate::policy::catalogue::Described;

/// Brings the new version up beside the old one, with as many instances as that has, and then sends all
/// requests to it; the old one is kept for a while, to go back to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlueGreen {
    /// How long the old version is kept after that.
    #[schemars(example = "1h")]
    pub keep: Span,
}

impl Described for BlueGreen {
    const NAME: &'static str = "blue-green";
    const SUMMARY: &'static str =
        "The new version is brought up in full beside the old one, then gets all requests at once.";
    const SOURCE: &'static str = "Humble and Farley, Continuous Delivery (2010); Fowler, BlueGreenDeployment \
         (martinfowler.com, 2010); slots of Azure App Service";
}

impl Strategy for BlueGreen {
    fn brings_up(&self) -> bool {
        true
    }

    fn step(&self, number: u32) -> Option<Step> {
        (number == 0).then_some(Step { weight: 1.0, copies: 0.0, hold: self.keep })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_old_one_for_a_while() {
        let strategy = BlueGreen { keep: Span::from_secs(60) };
        assert_eq!(strategy.step(0).unwrap().weight, 1.0);
        assert_eq!(strategy.step(0).unwrap().hold, Span::from_secs(60));
        assert_eq!(strategy.step(1), None);
    }
}
