//! Servers by the clock.

use std::num::NonZeroU32;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::target_tracking::one;
use super::{Autoscaling, GroupView};
use crate::kernel::{Span, Time};
use crate::policy::catalogue::Described;
use crate::policy::timetable::{Shift, Timetable, day};
use crate::variate::ParameterError;

/// Has so many servers at certain times of the day, and otherwise the fewest. The run begins at midnight.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scheduled {
    /// The times of day, each with its number of servers, as `instances`. Where several hold, the largest
    /// counts.
    #[schemars(example = vec![Shift::example()])]
    pub times: Vec<Shift>,
    /// How many there are at all other times.
    #[serde(default = "one")]
    pub min: NonZeroU32,
    /// How long a day is: after so long the times come again.
    #[serde(default = "day")]
    pub every: Span,
}

impl Described for Scheduled {
    const NAME: &'static str = "scheduled";
    const SUMMARY: &'static str = "So many servers are there at certain times of the day.";
    const SOURCE: &'static str =
        "Amazon EC2 Auto Scaling User Guide, \"Scheduled scaling for Amazon EC2 Auto Scaling\"";
}

impl Scheduled {
    fn timetable(&self) -> Timetable<'_> {
        Timetable { shifts: &self.times, every: self.every }
    }
}

impl Autoscaling for Scheduled {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        let under = |error: ParameterError| error.under(Self::NAME);
        if self.every == Span::ZERO {
            let message = "a day takes some time; leave it out for 24 h";
            return Err(under(ParameterError::new("every", message)));
        }
        if self.times.is_empty() {
            let message = "there is no time of day; write one, or leave `autoscaling` out";
            return Err(under(ParameterError::new("times", message)));
        }
        self.timetable().check().map_err(|error| under(error.under("times")))
    }

    fn bounds(&self) -> (u32, u32) {
        let most = self.times.iter().map(|shift| shift.instances).max();
        (self.min.get(), most.unwrap_or(self.min).max(self.min).get())
    }

    fn next(&self, now: Time) -> Option<Time> {
        self.timetable().at(now).1
    }

    fn look(&mut self, now: Time, _group: &GroupView) -> u32 {
        self.timetable().at(now).0.max(self.min.get())
    }

    fn follows_clock(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_fewest_out_of_hours() {
        let text = r#"{ "min": 2, "times": [{ "from": "7h", "to": "9h", "instances": 20 }] }"#;
        let mut policy: Scheduled = serde_json::from_str(text).unwrap();
        assert_eq!((policy.prepare(Path::new("")), policy.bounds()), (Ok(()), (2, 20)));
        let view = GroupView { wanted: 5, coming: false, cpu: None };
        let (mut now, mut seen) = (Time::ZERO, Vec::new());
        for _ in 0..4 {
            seen.push((now.as_nanos() / 3_600_000_000_000, policy.look(now, &view)));
            now = policy.next(now).unwrap();
        }
        assert_eq!(seen, [(0, 2), (7, 20), (9, 2), (31, 20)]);
    }
}
