//! AWS Fargate.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{GIB_HOUR, MIB, VCPU_HOUR, whole};
use super::{Application, Architecture, Billed, Given, Sheet, SheetError, Values};
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, Metering, Provision, Rate, Stretch, Tariff};
use crate::quantity::Bytes;

/// CPU and memory of each instance from its start to its end, by the second and at least a minute,
/// of the smallest size that holds both.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fargate {
    /// The processors that tasks run on.
    #[serde(default)]
    pub architecture: Architecture,
    /// Temporary disk of each instance; what is above 20 GB is charged.
    #[serde(default)]
    #[schemars(example = "50GiB")]
    pub storage: Option<Bytes>,
    /// Figures instead of those of the sheet, by their names in `explain fargate`.
    #[serde(default)]
    pub values: Given,
}

impl Described for Fargate {
    const NAME: &'static str = "fargate";
    const SUMMARY: &'static str =
        "AWS Fargate, Linux, us-east-1: vCPU-hours and GB-hours of instances that exist.";
    const SOURCE: &'static str = "src/preset/prices/fargate.toml, with the evidence of each value";
}

/// CPU, in millicpu, and memory, in bytes, of the smallest size that holds an instance: the least
/// CPU that will do, and the least memory that goes with it.
fn size(values: &Values<'_>, application: &Application) -> Result<(u128, u128), SheetError> {
    if application.cpu.get() == 0 {
        let message = format!("`{}` reserves no CPU, and Fargate charges for it", application.name);
        return Err(SheetError::new("", message, "give the service its `cpu`, as in `cpu = 0.25`"));
    }
    let (cpu, memory) = (u128::from(application.cpu.get()), u128::from(application.memory.get()));
    let holds = |row: &&crate::preset::Row| {
        whole(row, "millicpu") >= cpu && whole(row, "most") * MIB >= memory
    };
    let row = values.sizes().iter().find(holds).ok_or_else(|| values.too_large(application))?;
    let (least, step) = (whole(row, "least") * MIB, whole(row, "step") * MIB);
    let steps = memory.saturating_sub(least).div_ceil(step);
    Ok((whole(row, "millicpu"), least + steps * step))
}

impl Sheet for Fargate {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let instances = of.instances(Self::NAME)?;
        let cpu = instances.try_weights(|a| size(&values, a).map(|(cpu, _)| cpu))?;
        let memory = instances.try_weights(|a| size(&values, a).map(|(_, memory)| memory))?;
        let all = |weights| Amount::counted(Provision::All, weights);
        let price = |name| values.money(&self.architecture.key(name));
        let mut rates = vec![
            Rate::new("cpu", "vCPU-hour", (price("cpu")?, VCPU_HOUR), all(cpu)),
            Rate::new("memory", "GB-hour", (price("memory")?, GIB_HOUR), all(memory)),
        ];
        if let Some(storage) = self.storage {
            let free = values.whole("storage_free_gb")? << 30;
            let charged = u128::from(storage.get()).saturating_sub(free);
            let price = (values.money("storage")?, GIB_HOUR);
            let disks = all(instances.weights(|_| charged));
            rates.push(Rate::new("storage", "GB-hour", price, disks));
        }
        let metering = Metering {
            of: Stretch::Alive,
            step: values.span("step_s")?,
            least: values.span("least_s")?,
            init: false,
            provisioned: 0,
        };
        Ok(Tariff { rates, metering: Some(metering), monthly: true })
    }
}
