//! Google Cloud Functions, 1st generation.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{memory, whole};
use super::{Billed, Given, Sheet, SheetError, Values};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, GIB_S, Metering, Provision, Rate, Stretch, Tariff};

/// Memory and clock of the size that holds a function, for each invocation, rounded up to 100 ms.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GcfGen1 {
    /// Whether the allowance of the account is taken off a month.
    #[serde(default)]
    pub free_tier: bool,
    /// Figures instead of those of the sheet, by their names in `explain gcf-gen1`.
    #[serde(default)]
    pub values: Given,
}

impl Described for GcfGen1 {
    const NAME: &'static str = "gcf-gen1";
    const SUMMARY: &'static str =
        "Google Cloud Functions, 1st generation: GB-s and GHz-s in steps of 100 ms, requests.";
    const SOURCE: &'static str = "src/preset/prices/gcf-gen1.toml, with the evidence of each value";
}

/// A GHz-second, in MHz times nanoseconds.
const GHZ_S: u128 = 1000 * 1_000_000_000;

impl Sheet for GcfGen1 {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let instances = of.single(Self::NAME)?;
        let bytes = instances.try_weights(|a| values.size_for(a).map(memory))?;
        let mhz = instances.try_weights(|a| values.size_for(a).map(|size| whole(size, "mhz")))?;
        let free = |key| values.allowance(key, self.free_tier);
        let mut rates = vec![
            Rate {
                free_amount: free("free_memory")? * GIB_S,
                ..Rate::new(
                    "memory",
                    "GB-s",
                    (values.money("memory")?, GIB_S),
                    Amount::counted(Provision::All, bytes.clone()),
                )
            },
            Rate {
                free_amount: free("free_cpu")? * GHZ_S,
                ..Rate::new(
                    "cpu",
                    "GHz-s",
                    (values.money("cpu")?, GHZ_S),
                    Amount::counted(Provision::All, mhz.clone()),
                )
            },
            values.requests(self.free_tier)?,
        ];
        if instances.provisions() {
            let (memory, cpu) = (values.money("idle_memory")?, values.money("idle_cpu")?);
            rates.push(Rate::new("idle memory", "GB-s", (memory, GIB_S), Amount::Unused(bytes)));
            rates.push(Rate::new("idle cpu", "GHz-s", (cpu, GHZ_S), Amount::Unused(mhz)));
        }
        let step = values.span("step_ms")?;
        let provisioned_step = Span::ZERO;
        let metering =
            Metering { of: Stretch::Served, step, least: step, init: false, provisioned_step };
        Ok(Tariff { rates, metering: Some(metering), monthly: true })
    }
}
