//! Instances ahead of requests, by a target for how full they are, and one for how busy their CPU is.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Permit, Scaling, Wish};
use crate::kernel::{Span, Time};
use crate::model::ApplicationId;
use crate::policy::catalogue::Described;
use crate::quantity::Probability;
use crate::variate::ParameterError;

/// Looks at regular times how many requests of an application were there on average in a window, and
/// has so many instances that these would fill a share of what they take at once; with a target of CPU, also so many that
/// what these compute would use a share of their CPU. A request that lacks
/// an instance starts one at once all the same. Instances go by their keep-alive alone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetConcurrency {
    /// The share of the requests that an instance can serve at once which it is to have.
    #[serde(default = "target")]
    pub target: Probability,
    /// The share of the CPU of instances that is to be used; not looked at if it is left out. A request uses what its
    /// service computes of the time (`cpu_share`, `threads`), those that wait as much as those that are served.
    #[serde(default)]
    #[schemars(example = 0.6)]
    pub cpu_target: Option<Probability>,
    /// Over how long the average is taken.
    #[serde(default = "window")]
    pub window: Span,
    /// How often it is looked at; a part of the window.
    #[serde(default = "every")]
    pub every: Span,
    /// By application: the part of the CPU of an instance that a request uses.
    #[serde(skip)]
    uses: Vec<f64>,
    #[serde(skip)]
    records: Vec<Record>,
}

/// What is known of an application; nothing, while it sleeps.
#[derive(Clone, Debug, Default)]
struct Record {
    /// Requests times nanoseconds, of the parts of the window, in a ring.
    parts: Vec<u128>,
    /// Which of them is now.
    now: usize,
    /// Requests that are there, and since when.
    present: u32,
    since: Time,
    awake: bool,
}

fn target() -> Probability {
    Probability::new(0.6).expect("it is one")
}

fn window() -> Span {
    Span::from_secs(60)
}

/// How often Cloud Run looks: a third party's word (facts read 2026-11).
fn every() -> Span {
    Span::from_secs(5)
}

impl Described for TargetConcurrency {
    const NAME: &'static str = "target-concurrency";
    const SUMMARY: &'static str =
        "Instances are started ahead, so that requests fill a share of them on average.";
    const SOURCE: &'static str = "Google Cloud Run documentation, \"About instance autoscaling\" (copies read 2026-11); \
         the concurrency target of Knative";
}

impl Record {
    /// Counts the requests that are there until `now`.
    fn count(&mut self, now: Time) {
        let span = now - self.since;
        self.parts[self.now] += u128::from(self.present) * u128::from(span.as_nanos());
        self.since = now;
    }
}

impl TargetConcurrency {
    /// The part of an instance that a request of an application takes, so that all targets are met.
    fn part(&self, application: ApplicationId, concurrency: u32) -> f64 {
        let of_room = 1.0 / (self.target.get() * f64::from(concurrency));
        let uses = self.uses.get(application.index()).copied().unwrap_or(0.0);
        self.cpu_target.map_or(of_room, |target| of_room.max(uses / target.get()))
    }
}

impl Scaling for TargetConcurrency {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        let error = |key, message: &str| Err(ParameterError::new(key, message).under(Self::NAME));
        if self.target == Probability::ZERO {
            return error(
                "target",
                "instances that are to be empty are never enough; write more than 0",
            );
        }
        if self.cpu_target == Some(Probability::ZERO) {
            return error(
                "cpu_target",
                "instances that are to be idle are never enough; write more than 0",
            );
        }
        if self.every == Span::ZERO {
            return error("every", "it takes some time from one look to the next, as `\"5s\"`");
        }
        let (window, every) = (self.window.as_nanos(), self.every.as_nanos());
        if window < every || !window.is_multiple_of(every) || window / every > 10_000 {
            return error("window", "a window is 1 to 10000 times as long as `every`");
        }
        Ok(())
    }

    fn start(&mut self, applications: usize) {
        let parts = (self.window.as_nanos() / self.every.as_nanos()) as usize;
        self.records = vec![Record { parts: vec![0; parts], ..Record::default() }; applications];
    }

    fn permit(&mut self, _application: ApplicationId, _now: Time) -> Permit {
        Permit::Now
    }

    fn started(&mut self, _application: ApplicationId, _now: Time) {}

    fn follows_requests(&self) -> bool {
        true
    }

    fn changed(&mut self, now: Time, application: ApplicationId, present: u32) -> Option<Time> {
        let next = now.next_multiple_of(self.every);
        let record = &mut self.records[application.index()];
        record.count(now);
        record.present = present;
        let woken = present > 0 && !record.awake;
        record.awake |= woken;
        woken.then_some(next)
    }

    fn know_cpu(&mut self, uses: &[f64]) {
        self.uses = uses.to_vec();
    }

    fn due(&mut self, now: Time, application: ApplicationId, concurrency: u32, _live: u32) -> Wish {
        let (next, part) = (now.next_multiple_of(self.every), self.part(application, concurrency));
        let window = self.window.as_nanos() as f64;
        let record = &mut self.records[application.index()];
        record.count(now);
        let average = record.parts.iter().sum::<u128>() as f64 / window;
        record.now = (record.now + 1) % record.parts.len();
        record.parts[record.now] = 0;
        let sleeps = average == 0.0 && record.present == 0;
        record.awake = !sleeps;
        // What is above a whole number by less than a billionth is there by rounding.
        let instances = (average * part - 1e-9).ceil() as u32;
        Wish { instances, next: (!sleeps).then_some(next) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> TargetConcurrency {
        let mut policy: TargetConcurrency = serde_json::from_str(text).unwrap();
        assert_eq!(policy.prepare(Path::new("")), Ok(()));
        policy.start(2);
        policy
    }

    fn at(second: u64) -> Time {
        Time::ZERO + Span::from_secs(second)
    }

    /// 24 requests from 1 s on, with a window of a minute: in the first five seconds 24 x 4 of 60, 1.6
    /// on average, which at 0.6 of 10 an instance fill 0.27 of one; after a minute 24, which fill 4.
    #[test]
    fn the_average_comes_up_to_what_is_there() {
        let (mut policy, one) = (policy("{}"), ApplicationId::new(1));
        assert_eq!(policy.changed(at(1), one, 24), Some(at(5)));
        assert_eq!(policy.changed(at(2), one, 24), None);
        let wished: Vec<u32> =
            (1..=12).map(|k| policy.due(at(5 * k), one, 10, 0).instances).collect();
        // (5 k - 1) x 24 / 60 / 6, rounded up.
        assert_eq!(wished, [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
        assert_eq!(policy.due(at(65), one, 10, 4), Wish { instances: 4, next: Some(at(70)) });
        policy.changed(at(65), one, 0);
        let left: Vec<Wish> = (14..=26).map(|k| policy.due(at(5 * k), one, 10, 4)).collect();
        assert_eq!(left[10], Wish { instances: 1, next: Some(at(125)) });
        assert_eq!(left[11], Wish { instances: 0, next: None }, "and sleeps");
        assert_eq!(policy.changed(at(200), one, 1), Some(at(205)), "until the next request");
    }

    /// Six requests are there for a whole window, of ten that an instance takes: at 60 % they fill one. If each uses a fifth
    /// of the CPU of an instance, they use that of 1.2, which at 60 % are 2; at 30 % they are 4. What uses a hundredth changes
    /// nothing.
    #[test]
    fn the_larger_of_both_targets_counts() {
        let wanted = |uses: f64, text: &str| {
            let mut policy = policy(text);
            policy.know_cpu(&[uses, uses]);
            let one = ApplicationId::new(1);
            policy.changed(at(0), one, 6);
            (1..=12).map(|k| policy.due(at(5 * k), one, 10, 0).instances).last()
        };
        let target = r#"{"cpu_target": 0.6}"#;
        assert_eq!((wanted(0.2, "{}"), wanted(0.2, target)), (Some(1), Some(2)));
        assert_eq!(wanted(0.2, r#"{"cpu_target": 0.3}"#), Some(4));
        assert_eq!(wanted(0.01, target), Some(1));
    }

    #[test]
    fn refuses_windows_that_do_not_fit() {
        let key = |text: &str| {
            let mut policy: TargetConcurrency = serde_json::from_str(text).unwrap();
            policy.prepare(Path::new("")).unwrap_err().key.join(".")
        };
        assert_eq!(key(r#"{"every": "7s"}"#), "target-concurrency.window");
        assert_eq!(key(r#"{"every": "0s"}"#), "target-concurrency.every");
        assert_eq!(key(r#"{"cpu_target": 0}"#), "target-concurrency.cpu_target");
        assert_eq!(key(r#"{"target": 0}"#), "target-concurrency.target");
    }
}
