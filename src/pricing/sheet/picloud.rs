//! `PiCloud`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Billed, Given, Sheet, SheetError, Values};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, HOUR, Metering, Provision, Rate, Stretch, Tariff};

/// The type of a core.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Core {
    /// One compute unit, 300 MB.
    #[default]
    C1,
    /// 2.5 compute units, 800 MB.
    C2,
    /// 5.5 compute units, 3.75 GB.
    F2,
    /// 3.25 compute units, 8 GB.
    M1,
    /// Up to two compute units, 300 MB, an address of its own.
    S1,
}

/// Core-hours of compute time, to the millisecond; realtime cores by the hour.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PiCloud {
    /// The type of the cores.
    #[serde(default)]
    pub core: Core,
    /// Cores that each job takes.
    #[serde(default = "one")]
    pub cores: u32,
    /// Realtime cores, reserved for all of the time.
    #[serde(default)]
    pub realtime: u32,
    /// Figures instead of those of the sheet, by their names in `explain picloud`.
    #[serde(default)]
    pub values: Given,
}

fn one() -> u32 {
    1
}

impl Described for PiCloud {
    const NAME: &'static str = "picloud";
    const SUMMARY: &'static str = "PiCloud, 2012: core-hours of jobs, to the millisecond.";
    const SOURCE: &'static str = "src/preset/prices/picloud.toml, with the evidence of each value";
}

impl Sheet for PiCloud {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let instances = of.single(Self::NAME)?;
        if self.cores == 0 {
            return Err(SheetError::new(
                "cores",
                "a job takes at least one core",
                "write 1 or more",
            ));
        }
        let key = format!("{:?}", self.core).to_lowercase();
        let jobs = Amount::counted(Provision::All, instances.weights(|_| self.cores.into()));
        let mut rates = vec![Rate::new("compute", "core-hour", (values.money(&key)?, HOUR), jobs)];
        if self.realtime > 0 {
            let step = values.span("realtime_step_s")?;
            let held = Amount::Held { weight: self.realtime.into(), step, least: Span::ZERO };
            let price = (values.money("realtime")?, HOUR);
            rates.push(Rate::new("realtime", "core-hour", price, held));
        }
        let step = values.span("step_ms")?;
        let metering =
            Metering { of: Stretch::Served, step, least: step, init: false, provisioned: 0 };
        Ok(Tariff { rates, metering: Some(metering), monthly: true })
    }
}
