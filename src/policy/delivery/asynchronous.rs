//! Asynchronous invocation.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Delivery, Failed, Shape, Verdict, check_pause};
use crate::kernel::Span;
use crate::model::Outcome;
use crate::policy::catalogue::Described;
use crate::variate::ParameterError;

/// Gives each message to its service at once and by itself. After an error it tries again a few times;
/// what was refused it tries again for as long as the message is not too old.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asynchronous {
    /// How often a message is tried that ends in errors or timeouts, the first attempt included;
    /// refusals do not count.
    #[serde(default = "three")]
    pub attempts: NonZeroU32,
    /// The pause after each error; the last holds for all further ones.
    #[serde(default = "pauses")]
    pub pauses: Vec<Span>,
    /// The pauses after refusals.
    #[serde(default)]
    pub throttled: Throttled,
    /// A message that would be older at its next attempt is a dead letter.
    #[serde(default = "six_hours")]
    pub max_age: Span,
}

/// Pauses after refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Throttled {
    /// The pause after the first refusal of a message; each further one is twice as long.
    pub backoff: Span,
    /// The longest pause.
    pub max_backoff: Span,
}

impl Default for Throttled {
    fn default() -> Self {
        Self { backoff: Span::from_secs(1), max_backoff: Span::from_secs(300) }
    }
}

fn three() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(2)
}

fn pauses() -> Vec<Span> {
    vec![Span::from_secs(60), Span::from_secs(120)]
}

fn six_hours() -> Span {
    Span::from_secs(6 * 3600)
}

impl Throttled {
    /// The pause after so many refusals.
    fn pause(self, refusals: u32) -> Span {
        let mut pause = self.backoff;
        for _ in 1..refusals {
            if pause >= self.max_backoff || pause == Span::ZERO {
                break;
            }
            pause = pause.scaled(2.0);
        }
        pause.min(self.max_backoff)
    }
}

impl Described for Asynchronous {
    const NAME: &'static str = "asynchronous";
    const SUMMARY: &'static str =
        "Each message is given to the service at once, and again after errors and refusals.";
    const SOURCE: &'static str = "AWS Lambda Developer Guide, \"Asynchronous invocation\" (the defaults are those of Lambda)";
}

impl Delivery for Asynchronous {
    fn check(&self) -> Result<(), ParameterError> {
        if self.pauses.is_empty() && self.attempts > NonZeroU32::MIN {
            let message = "there is no pause before the next attempt; write one, as in `[\"1m\"]`";
            return Err(ParameterError::new("pauses", message));
        }
        let Throttled { backoff, max_backoff } = self.throttled;
        for (key, pause) in [("backoff", backoff), ("max_backoff", max_backoff)] {
            if pause == Span::ZERO {
                let message =
                    "a refused message would be refused again at the same instant; write `\"1s\"`";
                return Err(ParameterError::new(key, message).under("throttled"));
            }
        }
        self.pauses.last().map_or(Ok(()), |last| check_pause("pauses", *last, Some(self.attempts)))
    }

    fn shape(&self) -> Shape {
        Shape { lines: 1, batch: 1, window: Span::ZERO, in_order: false, per_message: 1.0 }
    }

    fn failed(&self, failed: &Failed) -> Verdict {
        let errors = failed.attempts - failed.refusals;
        let pause = match failed.outcome {
            Outcome::Refused => self.throttled.pause(failed.refusals),
            _ if errors >= self.attempts.get() => return Verdict::Dead,
            _ => self.pauses[(errors as usize - 1).min(self.pauses.len() - 1)],
        };
        if failed.age + pause > self.max_age { Verdict::Dead } else { Verdict::Again(pause) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(outcome: Outcome, attempts: u32, refusals: u32, age: u64) -> Failed {
        let age = Span::from_secs(age);
        Failed { outcome, attempts, refusals, messages: 1, age, held: Span::ZERO }
    }

    fn again(secs: u64) -> Verdict {
        Verdict::Again(Span::from_secs(secs))
    }

    #[test]
    fn errors_are_tried_two_more_times() {
        let policy: Asynchronous = serde_json::from_str("{}").unwrap();
        let error =
            |attempts, refusals| policy.failed(&failed(Outcome::Failed, attempts, refusals, 0));
        assert_eq!([error(1, 0), error(2, 0), error(3, 0)], [again(60), again(120), Verdict::Dead]);
        assert_eq!(
            [error(9, 7), error(9, 6)],
            [again(120), Verdict::Dead],
            "refusals do not count"
        );
        let policy: Asynchronous =
            serde_json::from_str(r#"{"attempts": 5, "pauses": ["1s", "3s"]}"#).unwrap();
        assert_eq!(policy.failed(&failed(Outcome::TimedOut, 4, 0, 0)), again(3));
    }

    #[test]
    fn refusals_are_tried_until_the_message_is_too_old() {
        let policy: Asynchronous = serde_json::from_str("{}").unwrap();
        let refused =
            |refusals, age| policy.failed(&failed(Outcome::Refused, refusals, refusals, age));
        let pauses = [1, 2, 3, 9, 10, 4_000_000_000].map(|refusals| refused(refusals, 0));
        assert_eq!(pauses, [1, 2, 4, 256, 300, 300].map(again));
        assert_eq!([refused(20, 21_300), refused(20, 21_301)], [again(300), Verdict::Dead]);
    }

    #[test]
    fn says_what_makes_no_sense() {
        let told = |text| {
            let policy: Asynchronous = serde_json::from_str(text).unwrap();
            policy.check().unwrap_err().message
        };
        assert!(told(r#"{"pauses": []}"#).contains("no pause"));
        assert!(told(r#"{"throttled": {"backoff": "0s"}}"#).contains("same instant"));
        assert!(told(r#"{"throttled": {"max_backoff": "0s"}}"#).contains("same instant"));
        assert!(told(r#"{"pauses": ["1s", "0s"], "attempts": 1001}"#).contains("for ever"));
    }
}
