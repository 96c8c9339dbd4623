//! A limit on how fast instances are started.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Permit, Scaling};
use crate::kernel::{Span, Time};
use crate::model::ApplicationId;
use crate::policy::catalogue::Described;
use crate::quantity::Rate;

/// Lets so many instances start at once, and further ones at a rate. What is not used is not
/// saved beyond the capacity.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenBucket {
    /// How many instances may start at once.
    #[serde(default = "one")]
    pub capacity: NonZeroU32,
    /// At which rate further ones may.
    #[schemars(example = "100/s")]
    pub refill: Rate,
    /// Who shares a bucket.
    #[serde(default)]
    pub scope: Scope,
    /// By bucket: when it would be full again if one token more had been taken from it: the
    /// theoretical arrival time of the generic cell rate algorithm.
    #[serde(skip)]
    full: Vec<Time>,
}

/// Who shares a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Each application has one of its own.
    #[default]
    Application,
    /// All applications of the platform share one.
    Platform,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl TokenBucket {
    /// The time in which one token comes in.
    fn interval(&self) -> Span {
        Span::from_secs_f64(1.0 / self.refill.per_sec())
    }

    fn bucket(&self, application: ApplicationId) -> usize {
        match self.scope {
            Scope::Application => application.index(),
            Scope::Platform => 0,
        }
    }
}

impl Described for TokenBucket {
    const NAME: &'static str = "token-bucket";
    const SUMMARY: &'static str =
        "So many instances may start at once, and further ones at a rate.";
    const SOURCE: &'static str = "AWS Lambda Developer Guide, \"Lambda scaling behavior\" (2023-11); \
        the generic cell rate algorithm of ITU-T I.371";
}

impl Scaling for TokenBucket {
    fn start(&mut self, applications: usize) {
        let buckets = match self.scope {
            Scope::Application => applications,
            Scope::Platform => 1,
        };
        self.full = vec![Time::ZERO; buckets];
    }

    fn permit(&mut self, application: ApplicationId, now: Time) -> Permit {
        let spare = self.interval().as_nanos().saturating_mul(u64::from(self.capacity.get() - 1));
        let full = self.full[self.bucket(application)].as_nanos();
        let from = Time::from_nanos(full.saturating_sub(spare));
        if now >= from { Permit::Now } else { Permit::At(from) }
    }

    fn started(&mut self, application: ApplicationId, now: Time) {
        let (bucket, interval) = (self.bucket(application), self.interval());
        self.full[bucket] = self.full[bucket].max(now) + interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> TokenBucket {
        let mut policy: TokenBucket = serde_json::from_str(text).unwrap();
        policy.start(2);
        policy
    }

    /// How many start at this second when as many as may do.
    fn starts(policy: &mut TokenBucket, application: u32, second: u64) -> u32 {
        let (id, now) = (ApplicationId::new(application), Time::ZERO + Span::from_secs(second));
        let mut count = 0;
        while policy.permit(id, now) == Permit::Now {
            policy.started(id, now);
            count += 1;
        }
        count
    }

    #[test]
    fn lets_a_burst_pass_and_then_the_rate() {
        let mut policy = policy(r#"{"capacity": 1000, "refill": "100/s"}"#);
        assert_eq!(starts(&mut policy, 0, 0), 1000);
        assert_eq!(starts(&mut policy, 0, 1), 100);
        assert_eq!(starts(&mut policy, 0, 4), 300);
        assert_eq!(starts(&mut policy, 0, 1000), 1000, "no more is saved than the capacity");
        assert_eq!(starts(&mut policy, 1, 1000), 1000, "another application has its own");
    }

    #[test]
    fn says_when_to_ask_again() {
        let mut policy = policy(r#"{"refill": "2/min"}"#);
        assert_eq!(starts(&mut policy, 0, 7), 1);
        let again = policy.permit(ApplicationId::new(0), Time::ZERO + Span::from_secs(8));
        assert_eq!(again, Permit::At(Time::ZERO + Span::from_secs(37)));
    }

    #[test]
    fn may_be_shared() {
        let mut policy = policy(r#"{"capacity": 3, "refill": "1/s", "scope": "platform"}"#);
        assert_eq!((starts(&mut policy, 0, 0), starts(&mut policy, 1, 0)), (3, 0));
        assert_eq!((starts(&mut policy, 1, 2), starts(&mut policy, 0, 2)), (2, 0));
    }
}
