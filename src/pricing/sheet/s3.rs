//! AWS S3.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Billed, Given, Sheet, SheetError, Values};
use crate::policy::catalogue::Described;
use crate::pricing::{Amount, MONTH, Rate, Tariff};
use crate::quantity::Bytes;

/// What requests read from and write to S3, and what is kept there.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    /// Objects that each request reads.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1e6))]
    pub gets: f64,
    /// Objects that each request writes.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1e6))]
    pub puts: f64,
    /// What is kept all the time.
    #[serde(default)]
    #[schemars(example = "10GiB")]
    pub storage: Option<Bytes>,
    /// Figures instead of those of the sheet, by their names in `explain s3`.
    #[serde(default)]
    pub values: Given,
}

impl Described for S3 {
    const NAME: &'static str = "s3";
    const SUMMARY: &'static str =
        "AWS S3 Standard, us-east-1: objects read and written by requests, storage.";
    const SOURCE: &'static str = "src/preset/prices/s3.toml, with the evidence of each value";
}

/// Objects a request are counted in millionths.
const MILLIONTHS: f64 = 1e6;

impl Sheet for S3 {
    fn tariff(&self, _: &Billed) -> Result<Tariff, SheetError> {
        let values = Values::new(Self::NAME, &self.values)?;
        let accesses = |item, key: &str, each: f64| {
            if !(0.0..=1e6).contains(&each) {
                let message = format!("`{key}` is from 0 to 1e6 a request: `{each}`");
                return Err(SheetError::new(key, message, "write how many, as in 1 or 0.1"));
            }
            let amount = Amount::Messages((each * MILLIONTHS).round() as u128);
            let price = (values.money(key)?, 1_000 * MILLIONTHS as u128);
            Ok((each > 0.0).then(|| Rate::new(item, "thousand", price, amount)))
        };
        let mut rates = Vec::new();
        rates.extend(accesses("S3 reads", "gets", self.gets)?);
        rates.extend(accesses("S3 writes", "puts", self.puts)?);
        if let Some(storage) = self.storage {
            let gib_month = (1_u128 << 30) * u128::from(MONTH.as_nanos());
            let price = (values.money("storage")?, gib_month);
            let held = Amount::held(storage.get().into());
            rates.push(Rate::new("storage", "GB-month", price, held));
        }
        if rates.is_empty() {
            let help = "write `gets`, `puts` or `storage`, as in `s3 = { gets = 1 }`";
            return Err(SheetError::new("", "`s3` has nothing to charge for", help));
        }
        Ok(Tariff { rates, metering: None, monthly: true })
    }
}
