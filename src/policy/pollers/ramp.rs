//! Pollers that become more as long as messages wait.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Polled, Pollers};
use crate::kernel::Span;
use crate::policy::catalogue::Described;

/// Begins with a few pollers and adds so many in each period while messages wait that could be taken.
/// When none does, those that are idle go, down to the first few.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// How many there are at least, and at first.
    #[serde(default = "five")]
    pub first: NonZeroU32,
    /// How many are added in a period.
    #[serde(default = "three_hundred")]
    pub step: NonZeroU32,
    /// The period.
    #[serde(default = "minute")]
    pub every: Span,
    /// How many there are at most.
    #[serde(default = "thousand")]
    pub most: NonZeroU32,
}

fn many(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).expect("it is not zero")
}

fn five() -> NonZeroU32 {
    many(5)
}

fn three_hundred() -> NonZeroU32 {
    many(300)
}

fn minute() -> Span {
    Span::from_secs(60)
}

fn thousand() -> NonZeroU32 {
    many(1000)
}

impl Described for Ramp {
    const NAME: &'static str = "ramp";
    const SUMMARY: &'static str = "So many pollers are added in each period while messages wait.";
    const SOURCE: &'static str = "AWS Lambda Developer Guide, \"Configuring scaling behavior for SQS event source \
         mappings\" (the defaults are its figures); that pollers go when no message waits, and when, is a guess";
}

impl Pollers for Ramp {
    fn first(&self) -> u32 {
        self.first.get().min(self.most.get())
    }

    fn every(&self) -> Option<Span> {
        Some(self.every)
    }

    fn review(&self, polled: &Polled) -> u32 {
        let Polled { pollers, busy, .. } = *polled;
        if polled.lacking {
            pollers.saturating_add(self.step.get()).min(self.most.get())
        } else {
            busy.clamp(self.first(), pollers)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn becomes_more_while_messages_wait() {
        let policy: Ramp = serde_json::from_str("{}").unwrap();
        assert_eq!((policy.first(), policy.every()), (5, Some(Span::from_secs(60))));
        let more = [(5, 1), (305, 9000), (905, 1)].map(|(pollers, waiting)| {
            policy.review(&Polled { pollers, busy: pollers, waiting, lacking: true })
        });
        assert_eq!(more, [305, 605, 1000]);
    }

    #[test]
    fn idle_ones_go_when_no_message_waits() {
        let policy: Ramp = serde_json::from_str(r#"{"first": 2, "step": 10}"#).unwrap();
        let review = |pollers, busy, waiting| {
            policy.review(&Polled { pollers, busy, waiting, lacking: false })
        };
        assert_eq!([review(32, 20, 0), review(20, 1, 0)], [20, 2]);
        // More may still be at work than there are pollers.
        assert_eq!(review(2, 7, 0), 2);
        // What waits for its window needs no poller.
        assert_eq!(review(32, 20, 9), 20);
    }

    #[test]
    fn a_period_takes_time() {
        let policy: Ramp = serde_json::from_str(r#"{"every": "999ms"}"#).unwrap();
        assert_eq!(policy.check().unwrap_err().key, ["every"]);
    }
}
