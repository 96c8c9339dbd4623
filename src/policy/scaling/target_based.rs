//! Instances by the length of what waits, a few at a time.

use std::num::NonZeroU32;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Permit, Scaling, Wish};
use crate::kernel::{Span, Time};
use crate::model::ApplicationId;
use crate::policy::catalogue::Described;
use crate::variate::ParameterError;

/// Looks at regular times how many requests of an application are there, waiting or served, and has an instance for
/// each `target` of them, at most so many more at a time. No request starts one by itself. Instances go by their
/// keep-alive alone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetBased {
    /// Requests for each instance. Azure's for Storage Queues and Service Bus: Azure Functions documentation,
    /// "Target-based scaling" (2023-04); 10 for Event Hubs, 100 for Cosmos DB.
    #[serde(default = "sixteen")]
    pub target: NonZeroU32,
    /// Instances more at a time, at most; from the same.
    #[serde(default = "four")]
    pub most: NonZeroU32,
    /// How often it is looked at. Not published: a guess, as often as the rule before it adds an instance (Azure
    /// Functions documentation, "Event-driven scaling": one in 30 s where the trigger is not HTTP).
    #[serde(default = "every")]
    pub every: Span,
    /// By application.
    #[serde(skip)]
    records: Vec<Record>,
}

/// What is known of an application.
#[derive(Clone, Copy, Debug, Default)]
struct Record {
    present: u32,
    /// Whether it will be looked at.
    awake: bool,
}

fn sixteen() -> NonZeroU32 {
    NonZeroU32::new(16).expect("it is not zero")
}

fn four() -> NonZeroU32 {
    NonZeroU32::new(4).expect("it is not zero")
}

fn every() -> Span {
    Span::from_secs(30)
}

impl Described for TargetBased {
    const NAME: &'static str = "target-based";
    const SUMMARY: &'static str =
        "Looks now and then, and has an instance for so many requests each, a few more at a time.";
    const SOURCE: &'static str =
        "Azure Functions documentation, \"Target-based scaling\" (2023-04, copies read 2026-11)";
}

impl Scaling for TargetBased {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        if self.every == Span::ZERO {
            let message = "it takes some time from one look to the next, as `\"30s\"`";
            return Err(ParameterError::new("every", message).under(Self::NAME));
        }
        Ok(())
    }

    fn start(&mut self, applications: usize) {
        self.records = vec![Record::default(); applications];
    }

    fn permit(&mut self, _application: ApplicationId, _now: Time) -> Permit {
        Permit::Now
    }

    fn started(&mut self, _application: ApplicationId, _now: Time) {}

    fn follows_requests(&self) -> bool {
        true
    }

    fn starts_on_demand(&self) -> bool {
        false
    }

    fn changed(&mut self, now: Time, application: ApplicationId, present: u32) -> Option<Time> {
        let record = &mut self.records[application.index()];
        record.present = present;
        let woken = present > 0 && !record.awake;
        record.awake |= woken;
        woken.then(|| now.next_multiple_of(self.every))
    }

    fn due(&mut self, now: Time, application: ApplicationId, _concurrency: u32, live: u32) -> Wish {
        let record = &mut self.records[application.index()];
        record.awake = record.present > 0;
        let desired = record.present.div_ceil(self.target.get());
        Wish {
            instances: desired.min(live.saturating_add(self.most.get())),
            next: record.awake.then(|| now.next_multiple_of(self.every)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 requests at 10 each want 10 instances: four more at each look, so 4, 8, 10. With 5 left one is wanted, and the
    /// others stay as long as they are kept.
    #[test]
    fn up_by_four_at_a_time() {
        let mut policy: TargetBased = serde_json::from_str(r#"{"target": 10}"#).unwrap();
        assert_eq!(policy.prepare(Path::new("")), Ok(()));
        policy.start(1);
        let (at, id) = (|second| Time::ZERO + Span::from_secs(second), ApplicationId::new(0));
        assert_eq!(policy.changed(at(7), id, 100), Some(at(30)));
        assert_eq!(policy.changed(at(8), id, 99), None);
        let looks = [(30, 0, 4), (60, 4, 8), (90, 8, 10), (120, 10, 10)];
        for (second, live, wanted) in looks {
            let next = Some(at(second + 30));
            assert_eq!(policy.due(at(second), id, 1, live), Wish { instances: wanted, next });
        }
        policy.changed(at(130), id, 5);
        assert_eq!(policy.due(at(150), id, 1, 10).instances, 1);
        policy.changed(at(160), id, 0);
        assert_eq!(policy.due(at(180), id, 1, 10), Wish { instances: 0, next: None });
        assert_eq!(policy.changed(at(180), id, 1), Some(at(210)), "until the next request");
    }
}
