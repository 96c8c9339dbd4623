//! The Consumption plan of Azure Functions.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::MIB;
use super::{Billed, Given, Sheet, SheetError, Values};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, GIB_S, Metering, Provision, Rate, Stretch, Tariff};

/// GB-seconds of executions: memory rounded up to 128 MB, time to the millisecond and at least
/// 100 ms. Requests that an instance serves at once share its memory, and are billed as one.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AzureConsumption {
    /// Whether the allowance of the subscription is taken off a month.
    #[serde(default)]
    pub free_tier: bool,
    /// Figures instead of those of the sheet, by their names in `explain azure-consumption`.
    #[serde(default)]
    pub values: Given,
}

impl Described for AzureConsumption {
    const NAME: &'static str = "azure-consumption";
    const SUMMARY: &'static str =
        "Azure Functions, Consumption plan, East US: GB-seconds of executions, requests.";
    const SOURCE: &'static str =
        "src/preset/prices/azure-consumption.toml, with the evidence of each value";
}

impl Sheet for AzureConsumption {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let step = values.step("memory_step_mb")? * MIB;
        let most = values.whole("most_memory_mb")? * MIB;
        let instances = of.instances(Self::NAME)?;
        if instances.provisions() {
            let message = "the Consumption plan has no instances that are provisioned";
            return Err(SheetError::new("", message, "choose `azure-flex` or `azure-premium`"));
        }
        let memory = instances.try_weights(|application| {
            let memory = u128::from(application.memory.get()).div_ceil(step).max(1) * step;
            if memory <= most { Ok(memory) } else { Err(values.too_large(application)) }
        })?;
        let price = (values.money("compute")?, GIB_S);
        let compute = Rate {
            free_amount: values.allowance("free_compute", self.free_tier)? * GIB_S,
            ..Rate::new("compute", "GB-s", price, Amount::counted(Provision::All, memory))
        };
        let metering = Metering {
            of: Stretch::Served,
            step: values.span("step_ms")?,
            least: values.span("least_ms")?,
            init: false,
            provisioned_step: Span::ZERO,
        };
        Ok(Tariff {
            rates: vec![compute, values.requests(self.free_tier)?],
            metering: Some(metering),
            monthly: true,
        })
    }
}
