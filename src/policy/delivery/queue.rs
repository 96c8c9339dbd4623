//! A queue that is polled.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Delivery, Failed, Shape, Verdict, check_pause};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::policy::pollers::{Fixed, Pollers, PollersChoice};
use crate::quantity::Probability;
use crate::variate::ParameterError;

/// Lets messages wait until a poller takes up to a batch of them and gives it to the service. Those of a
/// batch that was not processed are visible again when their visibility timeout is over.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Messages of a batch, at most.
    #[serde(default = "ten")]
    pub batch: NonZeroU32,
    /// How long the first waits for a batch to fill.
    #[serde(default)]
    #[schemars(example = "0s")]
    pub window: Span,
    /// How long messages are hidden once they were taken; also how long the source waits for an answer.
    #[serde(default = "half_a_minute")]
    pub visibility: Span,
    /// How long messages of a batch that failed stay hidden; for the rest of `visibility` if it is left
    /// out.
    #[serde(default)]
    #[schemars(example = "0s")]
    pub pause: Option<Span>,
    /// How often a message is taken at most; if it was not processed then, it is a dead letter.
    #[serde(default = "three")]
    pub attempts: NonZeroU32,
    /// The share of its demand that each message of a batch but the first adds.
    #[serde(default = "whole")]
    pub per_message: Probability,
    /// How many batches are processed at once.
    #[serde(default)]
    #[schemars(example = &"fixed", extend("default" = null))]
    pub pollers: Option<PollersChoice>,
    /// What polls where nothing is said.
    #[serde(skip)]
    alone: Fixed,
}

fn ten() -> NonZeroU32 {
    three().saturating_add(7)
}

fn three() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(2)
}

fn half_a_minute() -> Span {
    Span::from_secs(30)
}

fn whole() -> Probability {
    Probability::ONE
}

impl Described for Queue {
    const NAME: &'static str = "queue";
    const SUMMARY: &'static str =
        "Messages wait in a queue; pollers take batches, and what fails is visible again later.";
    const SOURCE: &'static str = "Amazon SQS Developer Guide, \"Amazon SQS visibility timeout\"; AWS Lambda Developer \
         Guide, \"Using Lambda with Amazon SQS\" (batch and visibility have their defaults)";
}

impl Delivery for Queue {
    fn check(&self) -> Result<(), ParameterError> {
        if self.visibility == Span::ZERO {
            let message = "messages are hidden for some time once they were taken; write `\"30s\"`";
            return Err(ParameterError::new("visibility", message));
        }
        if let Some(pause) = self.pause {
            check_pause("pause", pause, Some(self.attempts))?;
        }
        let Some(PollersChoice(pollers)) = &self.pollers else { return Ok(()) };
        pollers.check().map_err(|error| error.under("pollers"))
    }

    fn shape(&self) -> Shape {
        Shape {
            lines: 1,
            batch: self.batch.get(),
            window: self.window,
            in_order: false,
            per_message: self.per_message.get(),
        }
    }

    fn patience(&self) -> Option<Span> {
        Some(self.visibility)
    }

    fn pollers(&self) -> Option<&dyn Pollers> {
        Some(self.pollers.as_ref().map_or(&self.alone, |choice| &*choice.0))
    }

    fn failed(&self, failed: &Failed) -> Verdict {
        if failed.attempts >= self.attempts.get() {
            return Verdict::Dead;
        }
        let rest = self.visibility.as_nanos().saturating_sub(failed.held.as_nanos());
        Verdict::Again(self.pause.unwrap_or(Span::from_nanos(rest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;

    fn failed(attempts: u32, held: u64) -> Failed {
        Failed {
            outcome: Outcome::Failed,
            attempts,
            refusals: 0,
            messages: 1,
            age: Span::from_secs(100),
            held: Span::from_secs(held),
        }
    }

    #[test]
    fn what_failed_is_visible_again_when_its_timeout_is_over() {
        let policy: Queue = serde_json::from_str("{}").unwrap();
        assert_eq!(policy.failed(&failed(1, 4)), Verdict::Again(Span::from_secs(26)));
        assert_eq!(policy.failed(&failed(2, 30)), Verdict::Again(Span::ZERO));
        assert_eq!(policy.failed(&failed(3, 4)), Verdict::Dead);
        let policy: Queue = serde_json::from_str(r#"{"pause": "1s", "attempts": 5}"#).unwrap();
        assert_eq!(policy.failed(&failed(4, 4)), Verdict::Again(Span::from_secs(1)));
    }

    #[test]
    fn has_one_poller_if_nothing_is_said() {
        let first = |text| {
            let policy: Queue = serde_json::from_str(text).unwrap();
            (policy.pollers().unwrap().first(), policy.shape().batch)
        };
        assert_eq!(first("{}"), (1, 10));
        assert_eq!(first(r#"{"pollers": "ramp", "batch": 1}"#), (5, 1));
    }

    #[test]
    fn says_what_makes_no_sense() {
        let told = |text| {
            let policy: Queue = serde_json::from_str(text).unwrap();
            policy.check().unwrap_err().key.join(".")
        };
        assert_eq!(told(r#"{"visibility": "0s"}"#), "visibility");
        assert_eq!(told(r#"{"pause": "0s", "attempts": 1001}"#), "pause");
        assert_eq!(told(r#"{"pollers": {"ramp": {"every": "0s"}}}"#), "pollers.every");
    }
}
