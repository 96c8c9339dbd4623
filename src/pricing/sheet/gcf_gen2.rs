//! Google Cloud Functions, 2nd generation.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::whole;
use super::{Application, Billed, Given, Sheet, SheetError, Values};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, GIB_S, Metering, Provision, Rate, Stretch, Tariff};

/// CPU and memory of an instance while at least one request is in it: requests that overlap are
/// billed once. CPU is what the service reserves, or what goes with its memory.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GcfGen2 {
    /// Whether the allowance of the account is taken off a month.
    #[serde(default)]
    pub free_tier: bool,
    /// Figures instead of those of the sheet, by their names in `explain gcf-gen2`.
    #[serde(default)]
    pub values: Given,
}

impl Described for GcfGen2 {
    const NAME: &'static str = "gcf-gen2";
    const SUMMARY: &'static str = "Google Cloud Functions, 2nd generation (Cloud Run): vCPU-s and GiB-s of instances, requests.";
    const SOURCE: &'static str = "src/preset/prices/gcf-gen2.toml, with the evidence of each value";
}

/// A vCPU-second, in millicpu times nanoseconds.
const VCPU_S: u128 = 1000 * 1_000_000_000;

/// A vCPU, in millicpu: the least of an instance that serves several requests at once (Cloud Run
/// documentation, "Set maximum concurrent requests per instance").
const WHOLE: u128 = 1000;

/// The CPU of an instance.
fn cpu(values: &Values<'_>, application: &Application) -> Result<u128, SheetError> {
    if application.cpu.get() > 0 {
        return Ok(application.cpu.get().into());
    }
    values.size_for(application).map(|size| whole(size, "millicpu"))
}

impl Sheet for GcfGen2 {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let instances = of.instances(Self::NAME)?;
        let cpu = instances.try_weights(|application| {
            let cpu = cpu(&values, application)?;
            if instances.concurrency > 1 && cpu < WHOLE {
                let name = &application.name;
                let message = format!(
                    "an instance that serves several requests has a vCPU at least, and one of `{name}` has {:.3}",
                    cpu as f64 / WHOLE as f64
                );
                let help = "give the service `cpu = 1` or more memory, or set `concurrency = 1`";
                return Err(SheetError::new("", message, help));
            }
            Ok(cpu)
        })?;
        let memory = instances.weights(|application| application.memory.get().into());
        let free = |key| values.allowance(key, self.free_tier);
        let rate = |item, unit, key, per, amount| -> Result<Rate, SheetError> {
            Ok(Rate::new(item, unit, (values.money(key)?, per), amount))
        };
        let served = |weights: &[u128]| Amount::counted(Provision::All, weights.to_vec());
        let mut rates = vec![
            Rate {
                free_amount: free("free_cpu")? * VCPU_S,
                ..rate("cpu", "vCPU-s", "cpu", VCPU_S, served(&cpu))?
            },
            Rate {
                free_amount: free("free_memory")? * GIB_S,
                ..rate("memory", "GiB-s", "memory", GIB_S, served(&memory))?
            },
            values.requests(self.free_tier)?,
        ];
        if instances.provisions() {
            rates.push(rate("idle cpu", "vCPU-s", "idle_cpu", VCPU_S, Amount::Unused(cpu))?);
            rates.push(rate("idle memory", "GiB-s", "idle_memory", GIB_S, Amount::Unused(memory))?);
        }
        let step = values.span("step_ms")?;
        let metering = Metering {
            of: Stretch::ServedTogether,
            step,
            least: step,
            init: false,
            provisioned_step: Span::ZERO,
        };
        Ok(Tariff { rates, metering: Some(metering), monthly: true })
    }
}
