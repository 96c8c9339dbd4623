//! Quantities with units, as a scenario file writes them: spans of time, times of day, rates, bytes,
//! CPU, money, percentages, probabilities. All of them are read exactly: a decimal is never passed through a
//! float.

mod bandwidth;
mod bytes;
mod cpu;
mod growth;
mod measure;
mod money;
mod percentage;
mod probability;
mod rate;
mod share;
mod span;
pub mod suggest;
mod time_of_day;

pub use bandwidth::Bandwidth;
pub use bytes::Bytes;
pub use cpu::Millicpu;
pub use growth::{Grows, Growth};
pub use measure::QuantityError;
pub use money::Money;
pub use percentage::Percentage;
pub use probability::Probability;
pub use rate::Rate;
pub use share::{NotAPercentage, Share};
pub use time_of_day::TimeOfDay;

/// Addition that stops at the largest amount, subtraction that asserts there is enough.
macro_rules! adds_up {
    ($($amount:ident),*) => {$(
        impl std::ops::Add for $amount {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }
        impl std::ops::AddAssign for $amount {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }
        impl std::ops::Sub for $amount {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                debug_assert!(self.0 >= other.0, "{self:?} less {other:?}");
                Self(self.0.wrapping_sub(other.0))
            }
        }
        impl std::ops::SubAssign for $amount {
            fn sub_assign(&mut self, other: Self) {
                *self = *self - other;
            }
        }
    )*};
}
use adds_up;

#[cfg(test)]
mod tests {
    use schemars::{JsonSchema, schema_for};
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::kernel::Span;

    /// The schema of `T` and its reader agree on these values, and on its own examples.
    fn agree<T: JsonSchema + DeserializeOwned>(values: &[&str]) {
        let schema = schema_for!(T);
        let validator = jsonschema::validator_for(schema.as_value()).unwrap();
        let values = values.iter().map(|json| serde_json::from_str(json).unwrap());
        let examples = schema.get("examples").unwrap().as_array().unwrap().clone();
        for value in values.chain(examples.iter().cloned()) {
            let read = serde_json::from_value::<T>(value.clone()).is_ok();
            assert_eq!(validator.is_valid(&value), read, "{} of {value}", T::schema_name());
            assert!(read || !examples.contains(&value), "{value}");
        }
    }

    #[test]
    fn schemas_say_what_is_read() {
        agree::<Span>(&[r#""5s""#, r#""1h2min3.5s""#, r#""5""#, r#""5 s""#, r#""-5s""#, "5"]);
        let days =
            [r#""07:30""#, r#""24:00""#, r#""24:01""#, r#""7:30""#, r#""7h""#, r#""7""#, "7"];
        agree::<TimeOfDay>(&days);
        agree::<Rate>(&[r#""0.5/ms""#, r#""5/min""#, r#""5""#, r#""/s""#, r#""1e3/s""#, "5"]);
        agree::<Bytes>(&[r#""5B""#, r#""0.5TiB""#, r#""5mb""#, r#""5MB5MB""#, r#""5""#, "5"]);
        agree::<Bandwidth>(&[r#""5B/s""#, r#""5MB""#, r#""5mb/s""#, r#""5MB/h""#, r#""/s""#, "5"]);
        agree::<Growth<Bytes>>(&[
            r#""5B/h""#,
            r#""5MB""#,
            r#""5mb/s""#,
            r#""5MB/y""#,
            r#""/s""#,
            "5",
        ]);
        agree::<Growth<Percentage>>(&[r#""5%/h""#, r#""5%""#, r#""5/s""#, r#""5%/y""#, "5"]);
        agree::<Percentage>(&[r#""5%""#, r#""0.05%""#, r#""150%""#, r#""5""#, r#""-5%""#, "5"]);
        agree::<Millicpu>(&["4", "0.5", "-1", r#""4""#, r#""2.5m""#, r#""4c""#, r#""""#, "true"]);
        agree::<Money>(&["0", "1", "2e-7", "-1", "1e13", r#""1""#]);
        agree::<Probability>(&["0", "1", "0.5", "1.1", "-0.1", r#""1""#]);
    }
}
