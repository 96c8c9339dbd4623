//! Data that leaves a provider.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Billed, Given, Sheet, SheetError, Values};
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, Rate, Tariff};
use crate::quantity::Bytes;

/// Whom data leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// Amazon.
    #[default]
    Aws,
    /// Google.
    Google,
}

/// What each request sends to the internet.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Egress {
    /// What the answer to a request holds.
    #[schemars(example = "10KiB")]
    pub per_request: Bytes,
    /// Whom it leaves.
    #[serde(default)]
    pub provider: Provider,
    /// Whether the allowance of the account is taken off a month.
    #[serde(default)]
    pub free_tier: bool,
    /// Figures instead of those of the sheet, by their names in `explain egress`.
    #[serde(default)]
    pub values: Given,
}

impl Described for Egress {
    const NAME: &'static str = "egress";
    const SUMMARY: &'static str = "What requests send from AWS or Google to the internet.";
    const SOURCE: &'static str = "src/preset/prices/egress.toml, with the evidence of each value";
}

impl Sheet for Egress {
    fn tariff(&self, _: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let (price, free) = match self.provider {
            Provider::Aws => ("aws", "aws_free"),
            Provider::Google => ("google", "google_free"),
        };
        let amount = Amount::Messages(self.per_request.get().into());
        let rate = Rate {
            free_amount: values.allowance(free, self.free_tier)? << 30,
            ..Rate::new("transfer", "GB", (values.money(price)?, 1 << 30), amount)
        };
        Ok(Tariff { rates: vec![rate], metering: None, monthly: true })
    }
}
