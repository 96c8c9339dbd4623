//! Red Hat OpenShift Service on AWS.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Billed, Given, Make, Sheet, SheetError, Values};
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, HOUR, Lease, Rate, Tariff};

/// The control plane of a cluster and the vCPU of its nodes, by the hour. The machines are charged by `ec2`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rosa {
    /// Figures instead of those of the sheet, by their names in `explain rosa`.
    #[serde(default)]
    pub values: Given,
}

impl Described for Rosa {
    const NAME: &'static str = "rosa";
    const SUMMARY: &'static str = "Red Hat OpenShift Service on AWS: hours of a cluster with a hosted control plane, and of vCPU of its nodes.";
    const SOURCE: &'static str = "src/preset/prices/rosa.toml, with the evidence of each value";
}

/// Thousandths of a vCPU in a unit of workers.
const UNIT: u128 = 4000;

impl Sheet for Rosa {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let lease = Lease { step: values.span("step_s")?, least: values.span("least_s")? };
        if of.charged_hosts().any(|(_, make)| make.machine.is_none()) {
            let message = "`rosa` charges by the vCPU of machine types, and these hosts have none";
            return Err(SheetError::new("", message, "name it, as in `machine = \"m5.xlarge\"`"));
        }
        let cpu = |make: &Make| make.machine.map_or(0, |machine| machine.cpu.get().into());
        let weight = |make: usize| match &of.hosts[make] {
            make if make.priced => 0,
            make => cpu(make),
        };
        let workers = of.host_time(lease, weight);
        let cluster = (values.money("cluster")?, HOUR);
        let worker = (values.money("worker")?, HOUR * UNIT);
        Ok(Tariff {
            rates: vec![
                Rate::new("control plane", "cluster hour", cluster, Amount::held(1)),
                Rate::new("workers", "4 vCPU hour", worker, workers),
            ],
            metering: None,
            monthly: true,
        })
    }
}
