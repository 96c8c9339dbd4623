//! OCI Functions.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::memory;
use super::{Billed, Given, Sheet, SheetError, Values};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, GIB_S, Metering, Provision, Rate, Stretch, Tariff};
use crate::quantity::Money;

/// GB-seconds of each invocation, of the size that holds the function, and requests.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OciFunctions {
    /// Whether the allowance of the tenancy is taken off a month.
    #[serde(default)]
    pub free_tier: bool,
    /// Figures instead of those of the sheet, by their names in `explain oci-functions`.
    #[serde(default)]
    pub values: Given,
}

impl Described for OciFunctions {
    const NAME: &'static str = "oci-functions";
    const SUMMARY: &'static str = "OCI Functions: GB-seconds of invocations, requests.";
    const SOURCE: &'static str =
        "src/preset/prices/oci-functions.toml, with the evidence of each value";
}

impl Sheet for OciFunctions {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let instances = of.single(Self::NAME)?;
        let memory = instances.try_weights(|a| values.size_for(a).map(memory))?;
        let price = values.money("compute")?;
        let served = Amount::counted(Provision::All, memory.clone());
        let mut rates = vec![
            Rate {
                free_amount: values.allowance("free_compute", self.free_tier)? * GIB_S,
                ..Rate::new("compute", "GB-s", (price, GIB_S), served)
            },
            values.requests(self.free_tier)?,
        ];
        if instances.provisions() {
            let idle = Money::from_usd(price.as_usd() * values.number("idle_share")?);
            let unused = Amount::Unused(memory);
            rates.push(Rate::new("provisioned", "GB-s", (idle, GIB_S), unused));
        }
        let step = values.span("step_ms")?;
        let provisioned_step = Span::ZERO;
        let metering =
            Metering { of: Stretch::Served, step, least: step, init: false, provisioned_step };
        Ok(Tariff { rates, metering: Some(metering), monthly: true })
    }
}
