//! Application Load Balancers of AWS.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Billed, Given, Sheet, SheetError, Values};
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, HOUR, Rate, Tariff};
use crate::quantity::Bytes;

/// Load balancers by the hour, and their capacity units: by new connections or by bytes, whichever needs more of
/// them. How many connections are open and how many rules are asked does not count here.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alb {
    /// How many load balancers.
    #[serde(default = "one")]
    pub count: u32,
    /// What a request and its answer hold.
    #[serde(default)]
    #[schemars(with = "Option<Bytes>", example = "20KiB")]
    pub per_request: Bytes,
    /// How many requests come over one connection.
    #[serde(default = "one")]
    pub requests_per_connection: u32,
    /// Figures instead of those of the sheet, by their names in `explain alb`.
    #[serde(default)]
    pub values: Given,
}

fn one() -> u32 {
    1
}

impl Described for Alb {
    const NAME: &'static str = "alb";
    const SUMMARY: &'static str = "Application Load Balancers of AWS, us-east-1: their hours, and capacity units by requests.";
    const SOURCE: &'static str = "src/preset/prices/alb.toml, with the evidence of each value";
}

/// Seconds in an hour, and bytes in a GB, as AWS means it (recalled).
const SECONDS: u128 = 3600;
const GB: u128 = 1 << 30;

impl Sheet for Alb {
    fn tariff(&self, _: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        if self.requests_per_connection == 0 {
            let message = "at least one request comes over a connection";
            return Err(SheetError::new("requests_per_connection", message, "write 1 or more"));
        }
        // A request is so many parts of a capacity unit for an hour: all dimensions grow with requests alike, so that the
        // one that needs most is always the same.
        let connections = values.step("connections")? * SECONDS;
        let connections = connections * u128::from(self.requests_per_connection);
        let bytes = values.step("bytes")? * GB;
        let weight = bytes.max(connections * u128::from(self.per_request.get()));
        let hours = (values.money("hour")?, HOUR);
        let units = (values.money("lcu")?, connections * bytes);
        Ok(Tariff {
            rates: vec![
                Rate::new(
                    "load balancers",
                    "load balancer hour",
                    hours,
                    Amount::held(self.count.into()),
                ),
                Rate::new("capacity units", "LCU hour", units, Amount::Balanced(weight)),
            ],
            metering: None,
            monthly: true,
        })
    }
}
