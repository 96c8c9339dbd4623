//! AWS Lambda.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::MIB;
use super::{Application, Architecture, Billed, Given, Instances, Sheet, SheetError, Values};
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, GIB_S, Metering, Provision, Rate, Stretch, Tariff};
use crate::quantity::Bytes;

/// GB-seconds of each invocation, to the millisecond, and requests. A GB is a GiB.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsLambda {
    /// The processors that functions run on.
    #[serde(default)]
    pub architecture: Architecture,
    /// Whether the allowance of the account is taken off a month.
    #[serde(default)]
    pub free_tier: bool,
    /// Whether the start of an instance is billed with its first invocation; as the data say if it
    /// is left out.
    #[serde(default)]
    #[schemars(example = true)]
    pub bill_init: Option<bool>,
    /// Temporary disk of each instance; what is above 512 MB is charged.
    #[serde(default)]
    #[schemars(example = "2GiB")]
    pub ephemeral_storage: Option<Bytes>,
    /// Whether instances start from snapshots, which are kept and restored for a price.
    #[serde(default)]
    pub snapstart: bool,
    /// Figures instead of those of the sheet, by their names in `explain aws-lambda`.
    #[serde(default)]
    pub values: Given,
}

impl Described for AwsLambda {
    const NAME: &'static str = "aws-lambda";
    const SUMMARY: &'static str = "AWS Lambda, us-east-1: GB-seconds to the millisecond, requests.";
    const SOURCE: &'static str =
        "src/preset/prices/aws-lambda.toml, with the evidence of each value";
}

impl Sheet for AwsLambda {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let instances = of.single(Self::NAME)?;
        let memory = instances.try_weights(|application| billed_memory(&values, application))?;
        let mut rates =
            vec![self.compute(&values, memory.clone())?, values.requests(self.free_tier)?];
        if instances.provisions() {
            self.provision(&values, &memory, &mut rates)?;
        }
        self.store(&values, instances, &mut rates)?;
        self.snap(&values, instances, memory, &mut rates)?;
        let step = values.span("step_ms")?;
        let metering = Metering {
            of: Stretch::Served,
            step,
            least: step,
            init: self.bill_init.unwrap_or_else(|| values.flag("bill_init")),
            provisioned_step: values.span("provisioned_step_s")?,
        };
        Ok(Tariff { rates, metering: Some(metering), monthly: true })
    }
}

/// The memory that is billed of an instance, in bytes.
fn billed_memory(values: &Values<'_>, application: &Application) -> Result<u128, SheetError> {
    let step = values.step("memory_step_mb")? * MIB;
    let memory = u128::from(application.memory.get()).div_ceil(step) * step;
    if memory > values.whole("most_memory_mb")? * MIB {
        return Err(values.too_large(application));
    }
    Ok(memory.max(values.whole("least_memory_mb")? * MIB))
}

impl AwsLambda {
    fn compute(&self, values: &Values<'_>, memory: Vec<u128>) -> Result<Rate, SheetError> {
        let key = |name| self.architecture.key(name);
        let tier = |bound, price| Ok((values.whole(&key(bound))?, values.money(&key(price))?));
        let price = (values.money(&key("compute"))?, GIB_S);
        let amount = Amount::counted(Provision::OnDemand, memory);
        Ok(Rate {
            tiers: vec![tier("tier_2", "compute_2")?, tier("tier_3", "compute_3")?],
            free_amount: values.allowance("free_compute", self.free_tier)? * GIB_S,
            ..Rate::new("compute", "GB-s", price, amount)
        })
    }

    /// Provisioned concurrency: what is reserved, and what it serves.
    fn provision(
        &self,
        values: &Values<'_>,
        memory: &[u128],
        rates: &mut Vec<Rate>,
    ) -> Result<(), SheetError> {
        let price = |name| Ok((values.money(&self.architecture.key(name))?, GIB_S));
        let reserved = Amount::Wanted(memory.to_vec());
        let served = Amount::counted(Provision::Provisioned, memory.to_vec());
        rates.push(Rate::new("provisioned", "GB-s", price("provisioned")?, reserved));
        let compute = price("provisioned_compute")?;
        rates.push(Rate::new("provisioned compute", "GB-s", compute, served));
        Ok(())
    }

    fn store(
        &self,
        values: &Values<'_>,
        instances: &Instances,
        rates: &mut Vec<Rate>,
    ) -> Result<(), SheetError> {
        let Some(storage) = self.ephemeral_storage else { return Ok(()) };
        let free = values.whole("ephemeral_free_mb")? * MIB;
        let most = values.whole("most_ephemeral_mb")? * MIB;
        if !(free..=most).contains(&storage.get().into()) {
            let message = format!("no instance has {storage} of temporary disk");
            let help = "write a size from \"512MiB\" to \"10GiB\"";
            return Err(SheetError::new("ephemeral_storage", message, help));
        }
        let charged = u128::from(storage.get()).saturating_sub(free);
        let amount = Amount::counted(Provision::All, instances.weights(|_| charged));
        let price = (values.money("ephemeral_storage")?, GIB_S);
        rates.push(Rate::new("storage", "GB-s", price, amount));
        Ok(())
    }

    /// Snapshots: of those that start from one, or of all where nothing says which these are.
    fn snap(
        &self,
        values: &Values<'_>,
        instances: &Instances,
        mut memory: Vec<u128>,
        rates: &mut Vec<Rate>,
    ) -> Result<(), SheetError> {
        if self.snapstart {
            if instances.applications.iter().any(|of| of.snapshot) {
                let each = memory.iter_mut().zip(&instances.applications);
                each.filter(|(_, of)| !of.snapshot).for_each(|(memory, _)| *memory = 0);
            }
            let kept = (values.money("snapstart_cache")?, GIB_S);
            let restored = (values.money("snapstart_restore")?, 1 << 30);
            rates.push(Rate::new("snapshots", "GB-s", kept, Amount::held(memory.iter().sum())));
            rates.push(Rate::new("restores", "GB", restored, Amount::Starts(memory)));
        }
        Ok(())
    }
}
