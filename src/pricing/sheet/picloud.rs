//! `PiCloud`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Billed, Given, Instances, Sheet, SheetError, TypedCores, Values};
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

/// Core-hours of compute time, to the millisecond; realtime cores by the hour. On a platform of kind
/// `picloud` the platform says which cores; elsewhere the sheet does.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PiCloud {
    /// The type of the cores; c1 if it is left out.
    #[serde(default)]
    #[schemars(example = Core::C2)]
    pub core: Option<Core>,
    /// Cores that each job takes; 1 if it is left out.
    #[serde(default)]
    #[schemars(example = 2)]
    pub cores: Option<u32>,
    /// Realtime cores, reserved for all of the time; none if it is left out.
    #[serde(default)]
    #[schemars(example = 0)]
    pub realtime: Option<u32>,
    /// Figures instead of those of the sheet, by their names in `explain picloud`, and prices of core
    /// types that the platform has beside those.
    #[serde(default)]
    pub values: Given,
}

/// A value in the unit that the price of every type of core has.
const LIKE: &str = "c1";

impl Described for PiCloud {
    const NAME: &'static str = "picloud";
    const SUMMARY: &'static str = "PiCloud, 2012: core-hours of jobs, to the millisecond.";
    const SOURCE: &'static str = "src/preset/prices/picloud.toml, with the evidence of each value";
}

impl Sheet for PiCloud {
    fn tariff(&self, of: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::with_own(Self::NAME, &self.values, &of.core_types)?;
        let instances = of.single(Self::NAME)?;
        let typed = instances.applications.iter().any(|of| of.cores.is_some());
        let mut rates = if typed {
            self.check_says_no_cores()?;
            by_type(&values, instances)?
        } else {
            vec![self.compute(&values, instances)?]
        };
        let realtime = u64::from(self.realtime.unwrap_or(0)) + of.reserved_cores;
        if realtime > 0 {
            let step = values.span("realtime_step_s")?;
            let held = Amount::Held { weight: realtime.into(), step, least: Span::ZERO };
            let price = (values.money("realtime")?, HOUR);
            rates.push(Rate::new("realtime", "core-hour", price, held));
        }
        let step = values.span("step_ms")?;
        let metering = Metering {
            of: Stretch::Served,
            step,
            least: step,
            init: false,
            provisioned_step: Span::ZERO,
        };
        Ok(Tariff { rates, metering: Some(metering), monthly: true })
    }
}

impl PiCloud {
    /// The compute time of instances, on the cores that the sheet says.
    fn compute(&self, values: &Values<'_>, instances: &Instances) -> Result<Rate, SheetError> {
        let cores = self.cores.unwrap_or(1);
        if cores == 0 {
            let message = "a job takes at least one core";
            return Err(SheetError::new("cores", message, "write 1 or more"));
        }
        let key = format!("{:?}", self.core.unwrap_or_default()).to_lowercase();
        let jobs = Amount::counted(Provision::All, instances.weights(|_| cores.into()));
        Ok(Rate::new("compute", "core-hour", (values.money(&key)?, HOUR), jobs))
    }

    /// Where the platform says which cores its jobs take, the sheet does not.
    fn check_says_no_cores(&self) -> Result<(), SheetError> {
        let said = [
            ("core", self.core.is_some()),
            ("cores", self.cores.is_some()),
            ("realtime", self.realtime.is_some()),
        ];
        let Some((key, _)) = said.iter().find(|(_, said)| *said) else { return Ok(()) };
        let message = format!("`{key}` is not for a platform of kind `picloud`");
        let help = "leave it out: services say `core_type` and `cores`, the platform `realtime`";
        Err(SheetError::new(key, message, help))
    }
}

/// The compute time of jobs, a line for each type of core; on cores that an account has reserved it costs
/// nothing more.
fn by_type(values: &Values<'_>, instances: &Instances) -> Result<Vec<Rate>, SheetError> {
    let cores = || instances.applications.iter().filter_map(|of| of.cores.as_ref());
    let mut types: Vec<&str> = cores().map(|cores| cores.core_type.as_str()).collect();
    types.sort_unstable();
    types.dedup();
    let rate = |core_type: &str| {
        let weight = |cores: &TypedCores| {
            let charged = cores.core_type == core_type && !cores.reserved;
            if charged { cores.count.into() } else { 0 }
        };
        let weights = instances.weights(|of| of.cores.as_ref().map_or(0, weight));
        let jobs = Amount::counted(Provision::All, weights);
        let price = (values.money_of(core_type, LIKE)?, HOUR);
        Ok(Rate::new("compute", format!("{core_type} core-hour"), price, jobs))
    };
    types.into_iter().map(rate).collect()
}
