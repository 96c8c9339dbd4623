//! The Flex Consumption plan of Azure Functions.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::memory;
use super::{Billed, Given, Sheet, SheetError, Values};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, GIB_S, Metering, Provision, Rate, Stretch, Tariff};

/// GB-seconds of instances while they serve, of the size that holds the application: at least a
/// second, then in steps of 100 ms; always-ready instances by a rate of their own.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AzureFlex {
    /// Whether the allowance of the subscription, which is on demand only, is taken off a month.
    #[serde(default)]
    pub free_tier: bool,
    /// Figures instead of those of the sheet, by their names in `explain azure-flex`.
    #[serde(default)]
    pub values: Given,
}

impl Described for AzureFlex {
    const NAME: &'static str = "azure-flex";
    const SUMMARY: &'static str =
        "Azure Functions, Flex Consumption plan, East US: GB-seconds of instances, requests.";
    const SOURCE: &'static str =
        "src/preset/prices/azure-flex.toml, with the evidence of each value";
}

impl Sheet for AzureFlex {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let instances = of.instances(Self::NAME)?;
        let memory = instances.try_weights(|a| values.size_for(a).map(memory))?;
        let on_demand = Amount::counted(Provision::OnDemand, memory.clone());
        let mut rates = vec![
            Rate {
                free_amount: values.allowance("free_compute", self.free_tier)? * GIB_S,
                ..Rate::new("compute", "GB-s", (values.money("compute")?, GIB_S), on_demand)
            },
            values.requests(self.free_tier)?,
        ];
        if instances.provisions() {
            let baseline = Amount::Wanted(memory.clone());
            let served = Amount::counted(Provision::Provisioned, memory);
            let price = (values.money("provisioned")?, GIB_S);
            rates.push(Rate::new("provisioned", "GB-s", price, baseline));
            let price = (values.money("provisioned_compute")?, GIB_S);
            rates.push(Rate::new("provisioned compute", "GB-s", price, served));
        }
        let metering = Metering {
            of: Stretch::ServedTogether,
            step: values.span("step_ms")?,
            least: values.span("least_ms")?,
            init: false,
            provisioned_step: Span::ZERO,
        };
        Ok(Tariff { rates, metering: Some(metering), monthly: true })
    }
}
