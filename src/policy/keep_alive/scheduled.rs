//! Instances by the clock.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{KeepAlive, Plan};
use crate::kernel::{Span, Time};
use crate::model::ApplicationId;
use crate::policy::catalogue::Described;
use crate::policy::eviction::InstanceView;
use crate::policy::timetable::{Shift, Timetable, day};
use crate::variate::ParameterError;

/// Has so many instances of each application at certain times of the day, used or not, as for a
/// morning rush; those beyond go after a window. The run begins at midnight. Eviction takes none of
/// them; what finds no room is started at the next of the times.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scheduled {
    /// The times of day, each with its number of instances. Where several hold, the largest counts.
    #[schemars(example = vec![Shift::example()])]
    pub times: Vec<Shift>,
    /// How long an instance beyond them stays idle before it goes.
    #[schemars(example = "10m")]
    pub window: Span,
    /// How long a day is: after so long the times come again.
    #[serde(default = "day")]
    pub every: Span,
}

impl Described for Scheduled {
    const NAME: &'static str = "scheduled";
    const SUMMARY: &'static str =
        "So many instances of each application are there at certain times of the day.";
    const SOURCE: &'static str = "Scheduled scaling of provisioned concurrency, AWS Application Auto Scaling: its \
         documentation";
}

impl Scheduled {
    fn timetable(&self) -> Timetable<'_> {
        Timetable { shifts: &self.times, every: self.every }
    }

    /// What holds at `now`, and when that changes next.
    fn plan(&self, now: Time) -> Plan {
        let (least, next) = self.timetable().at(now);
        Plan { least, next }
    }

    fn check(&self) -> Result<(), ParameterError> {
        if self.every == Span::ZERO {
            let message = "a day takes some time; leave it out for 24 h";
            return Err(ParameterError::new("every", message));
        }
        if self.times.is_empty() {
            let message = "there is no time of day; write one, or take `fixed`";
            return Err(ParameterError::new("times", message));
        }
        self.timetable().check().map_err(|error| error.under("times"))
    }
}

impl KeepAlive for Scheduled {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        self.check().map_err(|error| error.under(Self::NAME))
    }

    fn window(&mut self, _instance: &InstanceView) -> Span {
        self.window
    }

    fn follows_clock(&self) -> bool {
        true
    }

    fn promises(&self) -> bool {
        true
    }

    fn first(&mut self, now: Time, _application: ApplicationId) -> Option<Plan> {
        Some(self.plan(now))
    }

    fn due(&mut self, now: Time, _application: ApplicationId, _needed: u32) -> Plan {
        self.plan(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(times: &str) -> Scheduled {
        serde_json::from_str(&format!(r#"{{"window": "5m", "times": {times}}}"#)).unwrap()
    }

    fn hours(hours: u64) -> Time {
        Time::from_nanos(hours * 3_600_000_000_000)
    }

    fn plan(least: u32, next: u64) -> Plan {
        Plan { least, next: Some(hours(next)) }
    }

    #[test]
    fn keeps_the_hours() {
        let times = r#"[{"from": "7h", "to": "9h", "instances": 20},
                        {"from": "8h", "to": "12h", "instances": 5},
                        {"from": "22h", "to": "2h", "instances": 3}]"#;
        let mut policy = policy(times);
        assert_eq!(policy.prepare(Path::new("")), Ok(()));
        let application = ApplicationId::new(0);
        assert_eq!(policy.first(Time::ZERO, application), Some(plan(3, 2)));
        let mut due = |now| policy.due(hours(now), application, 0);
        let day = [(2, 0, 7), (7, 20, 8), (8, 20, 9), (9, 5, 12), (12, 0, 22), (22, 3, 26)];
        for (now, least, next) in day {
            assert_eq!(due(now), plan(least, next), "at {now} h");
            assert_eq!(due(now + 24), plan(least, next + 24), "a day later");
        }
    }

    #[test]
    fn a_day_that_ends_at_midnight_ends() {
        let policy = policy(r#"[{"from": "20h", "to": "24h", "instances": 2}]"#);
        assert_eq!(policy.check(), Ok(()));
        assert_eq!(policy.plan(hours(20)), plan(2, 24));
        assert_eq!(policy.plan(hours(24)), plan(0, 44));
    }

    #[test]
    fn refuses_what_is_no_time_of_day() {
        let error = |times| policy(times).prepare(Path::new("")).unwrap_err().key.join(".");
        assert_eq!(error("[]"), "scheduled.times");
        let late = r#"[{"from": "25h", "to": "9h", "instances": 1}]"#;
        assert_eq!(error(late), "scheduled.times.0.from");
        let never = r#"[{"from": "9h", "to": "9h", "instances": 1}]"#;
        assert_eq!(error(never), "scheduled.times.0.to");
    }
}
