//! Pollers by the length of the queue.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Polled, Pollers};
use crate::kernel::Span;
use crate::policy::catalogue::Described;

/// As many workers as the length of the queue over a target says, a few more at a time; each processes
/// several batches at once. There is one at least.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Messages of the queue for each worker, those at the service included (in batches).
    #[serde(default = "sixteen")]
    pub messages: NonZeroU32,
    /// Batches that a worker processes at once.
    #[serde(default = "one")]
    pub batches: NonZeroU32,
    /// How many workers are added in a period at most.
    #[serde(default = "four")]
    pub step: NonZeroU32,
    /// The period.
    #[serde(default = "half_a_minute")]
    pub every: Span,
    /// How many workers there are at most.
    #[serde(default = "two_hundred")]
    pub most: NonZeroU32,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

fn four() -> NonZeroU32 {
    one().saturating_add(3)
}

fn sixteen() -> NonZeroU32 {
    one().saturating_add(15)
}

fn two_hundred() -> NonZeroU32 {
    one().saturating_add(199)
}

fn half_a_minute() -> Span {
    Span::from_secs(30)
}

impl Described for Target {
    const NAME: &'static str = "target";
    const SUMMARY: &'static str =
        "As many workers as the length of the queue over a target says, a few more at a time.";
    const SOURCE: &'static str = "Microsoft Learn, Azure Functions: target-based scaling (target and step are \
         its figures); how often it looks, and that it takes workers away at once, is a guess";
}

impl Pollers for Target {
    fn first(&self) -> u32 {
        self.batches.get()
    }

    fn every(&self) -> Option<Span> {
        Some(self.every)
    }

    fn review(&self, polled: &Polled) -> u32 {
        let Polled { pollers, busy, waiting, .. } = *polled;
        let workers = pollers / self.batches;
        let wanted = busy.saturating_add(waiting).div_ceil(self.messages.get());
        let most = workers.saturating_add(self.step.get()).min(self.most.get());
        wanted.clamp(1, most).saturating_mul(self.batches.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_queue_by_steps() {
        let policy: Target = serde_json::from_str(r#"{"batches": 24}"#).unwrap();
        assert_eq!((policy.first(), policy.every()), (24, Some(Span::from_secs(30))));
        let review = |pollers, busy, waiting| {
            policy.review(&Polled { pollers, busy, waiting, lacking: waiting > 0 })
        };
        // 24 at work and 60 waiting are 84 messages: 6 workers wanted, 1 + 4 allowed.
        assert_eq!(review(24, 24, 60), 5 * 24);
        assert_eq!(review(5 * 24, 84, 0), 6 * 24);
        assert_eq!(review(6 * 24, 16, 1), 2 * 24);
        assert_eq!(review(2 * 24, 0, 0), 24, "there is one at least");
        assert_eq!(review(198 * 24, 198 * 24, 100_000), 200 * 24);
    }
}
