//! Amazon EKS.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Billed, Given, Sheet, SheetError, Values};
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, HOUR, Rate, Tariff};

/// The control plane of a cluster, by the hour. Its nodes are charged by `ec2`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Eks {
    /// Whether its version is so old that it is in extended support.
    #[serde(default)]
    pub extended_support: bool,
    /// Figures instead of those of the sheet, by their names in `explain eks`.
    #[serde(default)]
    pub values: Given,
}

impl Described for Eks {
    const NAME: &'static str = "eks";
    const SUMMARY: &'static str = "Amazon EKS, us-east-1: hours of the control plane of a cluster.";
    const SOURCE: &'static str = "src/preset/prices/eks.toml, with the evidence of each value";
}

impl Sheet for Eks {
    fn tariff(&self, _: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let price = values.money(if self.extended_support { "extended" } else { "cluster" })?;
        let rate = Rate::new("control plane", "cluster hour", (price, HOUR), Amount::held(1));
        Ok(Tariff { rates: vec![rate], metering: None, monthly: true })
    }
}
