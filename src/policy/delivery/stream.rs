//! A stream with partitions.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Delivery, Failed, Shape, Verdict, check_pause};
use crate::kernel::Span;
use crate::model::Outcome;
use crate::policy::MOST;
use crate::policy::catalogue::Described;
use crate::quantity::Probability;
use crate::variate::ParameterError;

/// Gives the messages of each partition to the service in their order, a batch at a time. A batch that
/// fails holds up all behind it until it is processed or given up.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// How many partitions there are; messages spread over them evenly by chance.
    #[serde(default = "one")]
    pub partitions: NonZeroU32,
    /// Batches of a partition at once, each of other keys: their order is kept by key.
    #[serde(default = "one")]
    pub parallelism: NonZeroU32,
    /// Messages of a batch, at most.
    #[serde(default = "hundred")]
    pub batch: NonZeroU32,
    /// How long the first waits for a batch to fill.
    #[serde(default)]
    #[schemars(example = "0s")]
    pub window: Span,
    /// How often a batch is tried at most; for as long as it is not too old if this is left out.
    #[serde(default)]
    #[schemars(example = 3)]
    pub attempts: Option<NonZeroU32>,
    /// A message that is older when its turn comes is given up, and so is a batch whose oldest message
    /// would be older at the next attempt.
    #[serde(default = "day")]
    pub max_age: Span,
    /// The pause before a batch is tried again.
    #[serde(default = "second")]
    pub pause: Span,
    /// Whether a batch that ends in an error or a timeout is cut in two, which are tried one after the other.
    #[serde(default)]
    pub bisect: bool,
    /// The share of its demand that each message of a batch but the first adds.
    #[serde(default = "whole")]
    pub per_message: Probability,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

fn hundred() -> NonZeroU32 {
    one().saturating_add(99)
}

fn day() -> Span {
    Span::from_secs(86_400)
}

fn second() -> Span {
    Span::from_secs(1)
}

fn whole() -> Probability {
    Probability::ONE
}

impl Described for Stream {
    const NAME: &'static str = "stream";
    const SUMMARY: &'static str =
        "Messages are processed in the order of their partition; a batch that fails holds it up.";
    const SOURCE: &'static str = "AWS Lambda Developer Guide, \"Lambda parameters for Amazon Kinesis Data Streams\" \
         (the defaults are its); the pause between attempts is a guess";
}

impl Delivery for Stream {
    fn check(&self) -> Result<(), ParameterError> {
        check_pause("pause", self.pause, self.attempts)?;
        if self.shape().lines > MOST {
            let message = "partitions times parallelism are more than 1000000; write fewer";
            return Err(ParameterError::new("partitions", message));
        }
        Ok(())
    }

    fn shape(&self) -> Shape {
        Shape {
            lines: self.partitions.saturating_mul(self.parallelism).get(),
            batch: self.batch.get(),
            window: self.window,
            in_order: true,
            per_message: self.per_message.get(),
        }
    }

    fn max_age(&self) -> Span {
        self.max_age
    }

    fn failed(&self, failed: &Failed) -> Verdict {
        let cuts = self.bisect && failed.messages > 1 && failed.outcome != Outcome::Refused;
        let enough = self.attempts.is_some_and(|attempts| failed.attempts >= attempts.get());
        match () {
            () if failed.age + self.pause > self.max_age => Verdict::Dead,
            // What is cut begins anew, however often it was tried.
            () if cuts => Verdict::Halve(self.pause),
            () if enough => Verdict::Dead,
            () => Verdict::Again(self.pause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(attempts: u32, messages: u32, age: u64) -> Failed {
        Failed {
            outcome: Outcome::Failed,
            attempts,
            refusals: 0,
            messages,
            age: Span::from_secs(age),
            held: Span::ZERO,
        }
    }

    #[test]
    fn a_batch_is_tried_until_it_is_too_old() {
        let policy: Stream = serde_json::from_str("{}").unwrap();
        let again = Verdict::Again(Span::from_secs(1));
        let verdicts = [failed(1, 100, 0), failed(999_999, 100, 86_399), failed(1, 100, 86_400)]
            .map(|failed| policy.failed(&failed));
        assert_eq!(verdicts, [again, again, Verdict::Dead]);
    }

    #[test]
    fn a_batch_is_tried_so_often() {
        let policy: Stream = serde_json::from_str(r#"{"attempts": 2, "pause": "3s"}"#).unwrap();
        let verdicts = [failed(1, 9, 0), failed(2, 9, 0)].map(|failed| policy.failed(&failed));
        assert_eq!(verdicts, [Verdict::Again(Span::from_secs(3)), Verdict::Dead]);
    }

    #[test]
    fn cuts_what_fails_down_to_a_message() {
        let policy: Stream = serde_json::from_str(r#"{"attempts": 2, "bisect": true}"#).unwrap();
        let halve = Verdict::Halve(Span::from_secs(1));
        assert_eq!([2, 100].map(|n| policy.failed(&failed(7, n, 0))), [halve, halve]);
        let refused = Failed { outcome: Outcome::Refused, ..failed(1, 9, 0) };
        assert_eq!(policy.failed(&refused), Verdict::Again(Span::from_secs(1)));
        assert_eq!(policy.failed(&failed(2, 1, 0)), Verdict::Dead);
        assert_eq!(policy.failed(&failed(1, 9, 86_400)), Verdict::Dead);
    }

    #[test]
    fn says_what_makes_no_sense() {
        let told = |text| {
            let policy: Stream = serde_json::from_str(text).unwrap();
            policy.check().unwrap_err().key.join(".")
        };
        assert_eq!(told(r#"{"pause": "0s"}"#), "pause");
        assert_eq!(told(r#"{"pause": "0s", "attempts": 1001}"#), "pause");
        assert_eq!(told(r#"{"partitions": 4000000, "parallelism": 4000000}"#), "partitions");
    }
}
