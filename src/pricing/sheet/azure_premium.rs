//! The Premium plan of Azure Functions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{GIB_HOUR, VCPU_HOUR, memory, whole};
use super::{Billed, Given, Sheet, SheetError, Values};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, Metering, Provision, Rate, Stretch, Tariff};

/// The size of the instances of a Premium plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum PremiumSize {
    /// One core, 3.5 GB.
    #[default]
    EP1,
    /// Two cores, 7 GB.
    EP2,
    /// Four cores, 14 GB.
    EP3,
}

/// Cores and memory of all instances that there are, by the second; never of fewer than one.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AzurePremium {
    /// The size of its instances.
    #[serde(default)]
    pub size: PremiumSize,
    /// Figures instead of those of the sheet, by their names in `explain azure-premium`.
    #[serde(default)]
    pub values: Given,
}

impl Described for AzurePremium {
    const NAME: &'static str = "azure-premium";
    const SUMMARY: &'static str =
        "Azure Functions, Premium plan, East US: vCPU-hours and GB-hours of instances that exist.";
    const SOURCE: &'static str =
        "src/preset/prices/azure-premium.toml, with the evidence of each value";
}

impl Sheet for AzurePremium {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let instances = of.instances(Self::NAME)?;
        let name = format!("{:?}", self.size);
        let size = values.sizes().iter().find(|row| row.name == name);
        let size = size.expect("a sheet asks for what its data file has");
        let (cpu, memory) = (whole(size, "cpu") * 1000, memory(size));
        if let Some(large) =
            instances.applications.iter().find(|a| u128::from(a.memory.get()) > memory)
        {
            let larger = values.size_for(large)?;
            let message = format!(
                "an instance of size {name} does not hold `{}` with {}",
                large.name, large.memory
            );
            let help = format!("write `price.azure-premium.size = \"{}\"`", larger.name);
            return Err(SheetError::new("size", message, help));
        }
        let least = values.whole("least_instances")?;
        let all = |weight| Amount::Counted {
            of: Provision::All,
            weights: instances.weights(|_| weight),
            empty: least * weight,
        };
        let rates = vec![
            Rate::new("cpu", "vCPU-hour", (values.money("cpu")?, VCPU_HOUR), all(cpu)),
            Rate::new("memory", "GB-hour", (values.money("memory")?, GIB_HOUR), all(memory)),
        ];
        let metering = Metering {
            of: Stretch::Alive,
            step: values.span("step_s")?,
            least: Span::ZERO,
            init: false,
            provisioned_step: Span::ZERO,
        };
        Ok(Tariff { rates, metering: Some(metering), monthly: true })
    }
}
