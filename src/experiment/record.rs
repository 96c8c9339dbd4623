//! What is kept of a run.

use serde::{Deserialize, Serialize};

use crate::metric::{RunOutcome, Value};
use crate::stats::Histogram;

/// What is kept of a run of many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The seed that replays it.
    pub seed: u64,
    /// The hash of all that happened.
    pub digest: String,
    /// How many events that was.
    pub events: u64,
    /// The metrics of the run as a whole, in the order of the catalogue.
    pub metrics: Vec<Option<Value>>,
    /// The response times of all requests of clients.
    pub response: Histogram,
}

impl Record {
    /// What is kept of `outcome`.
    pub fn of(outcome: &RunOutcome) -> Self {
        Self {
            seed: outcome.seed.number(),
            digest: outcome.digest.to_string(),
            events: outcome.digest.events(),
            metrics: outcome.metrics().into_iter().map(|(_, value)| value).collect(),
            response: outcome.total().response,
        }
    }
}
