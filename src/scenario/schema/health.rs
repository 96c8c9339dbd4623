//! How it is found out that containers are sick, and what is done about it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::Span;
use crate::quantity::{Probability, Rate};

/// A check of containers: a probe, a health check. What a `pod` leaves out is as its platform says, and else as
/// Kubernetes has it.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CheckForm {
    /// When it is first looked, after the containers began to start; if nothing is said at once, or with `after_answer` after
    /// a `period`.
    pub initial_delay: Option<Span>,
    /// How often; each 10 s if nothing is said.
    pub period: Option<Span>,
    /// How long a look waits for an answer; 1 s if nothing is said.
    pub timeout: Option<Span>,
    /// How many looks in a row must fail; 3 if nothing is said.
    pub failures: Option<u32>,
    /// For so long after the containers began to start, failures do not count.
    pub start_period: Option<Span>,
    /// Whether the period counts from the end of a look, and not from its beginning.
    pub after_answer: Option<bool>,
}

impl CheckForm {
    /// What this says, and where it says nothing, what `other` does.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            initial_delay: self.initial_delay.or(other.initial_delay),
            period: self.period.or(other.period),
            timeout: self.timeout.or(other.timeout),
            failures: self.failures.or(other.failures),
            start_period: self.start_period.or(other.start_period),
            after_answer: self.after_answer.or(other.after_answer),
        }
    }
}

/// How containers that have ended are started again. What a `pod` leaves out is as its platform says.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RestartForm {
    /// Which ones; all if nothing is said.
    pub policy: Option<RestartPolicyForm>,
    /// Whether in a new pod, which may come to another node; where they were if nothing is said.
    pub in_new_pod: Option<bool>,
    /// Whether that new pod comes only when the containers of the old one have ended, and not when they are told to.
    pub after_end: Option<bool>,
    /// Whether the first time in a row is at once; it is if nothing is said.
    pub first_at_once: Option<bool>,
    /// How long the first time is put off after that, and twice as long each further time; not at all if nothing is
    /// said.
    pub delay: Option<Span>,
    /// How long it is put off at most; no longer than the first time if nothing is said.
    pub most: Option<Span>,
    /// After how long a run the next failure is the first in a row again; after any if nothing is said.
    pub reset: Option<Span>,
    /// Whether those are started again of which liveness says that they are sick; they are if nothing is said.
    pub unhealthy: Option<bool>,
    /// Whether those are started again, too, of which readiness says that they are not ready any more, or do not become ready.
    pub unready: Option<bool>,
    /// For so long after the containers began to start nobody is started again for what a check finds; not at all if nothing is
    /// said.
    pub grace: Option<Span>,
}

impl RestartForm {
    /// What this says, and where it says nothing, what `other` does.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            policy: self.policy.or(other.policy),
            in_new_pod: self.in_new_pod.or(other.in_new_pod),
            after_end: self.after_end.or(other.after_end),
            first_at_once: self.first_at_once.or(other.first_at_once),
            delay: self.delay.or(other.delay),
            most: self.most.or(other.most),
            reset: self.reset.or(other.reset),
            unhealthy: self.unhealthy.or(other.unhealthy),
            unready: self.unready.or(other.unready),
            grace: self.grace.or(other.grace),
        }
    }
}

/// Which containers are started again when they have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RestartPolicyForm {
    /// All.
    Always,
    /// Those that have failed.
    OnFailure,
    /// None.
    Never,
}

/// How fast nodes are given up that have failed, in each zone.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeEvictionForm {
    /// How many, as in `"0.1/s"`.
    pub rate: Rate,
    /// How many in a large zone of which `unhealthy_zone` has failed; none in others, and none at all while all zones have
    /// failed as a whole.
    pub secondary_rate: Rate,
    /// From which share of failed nodes on, if they are three or more.
    pub unhealthy_zone: Probability,
    /// A zone is large that has more nodes than this.
    pub large_zone: u32,
}
