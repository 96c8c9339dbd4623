//! A fixed number of pollers.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Pollers;
use crate::policy::catalogue::Described;

/// The same number of pollers at all times, as workers of one's own are.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// How many there are.
    #[serde(default = "one")]
    pub count: NonZeroU32,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl Default for Fixed {
    fn default() -> Self {
        Self { count: one() }
    }
}

impl Described for Fixed {
    const NAME: &'static str = "fixed";
    const SUMMARY: &'static str = "The same number of batches is processed at once at all times.";
    const SOURCE: &'static str =
        "Competing consumers: Hohpe, Woolf, Enterprise Integration Patterns, 2003";
}

impl Pollers for Fixed {
    fn first(&self) -> u32 {
        self.count.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pollers::Polled;

    #[test]
    fn stays_as_it_is() {
        let policy: Fixed = serde_json::from_str(r#"{"count": 7}"#).unwrap();
        assert_eq!((policy.first(), policy.every()), (7, None));
        let polled = Polled { pollers: 7, busy: 7, waiting: 1000, lacking: true };
        assert_eq!(policy.review(&polled), 7);
    }
}
