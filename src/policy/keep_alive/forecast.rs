//! Instances ahead of a forecast.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{KeepAlive, Plan, minute, probability};
use crate::kernel::{Span, StreamKey, Time};
use crate::model::ApplicationId;
use crate::policy::catalogue::Described;
use crate::policy::eviction::InstanceView;
use crate::quantity::Probability;
use crate::stats::{Damped, Holt};
use crate::variate::ParameterError;

/// Looks at the end of each period at the most instances that the requests of an application filled
/// at once in it, forecasts that of the next by exponential smoothing with a damped trend, and has
/// so many instances then; those beyond go after a window. An application that sleeps costs nothing:
/// once the forecast rounds to none, it is looked at again when a request comes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    /// How long an instance beyond the forecast stays idle before it goes.
    #[schemars(example = "10m")]
    pub window: Span,
    /// How long a period is.
    #[serde(default = "minute")]
    pub period: Span,
    /// How much of the level is that of the last period (alpha).
    #[serde(default = "half")]
    pub level: Probability,
    /// How much of the trend is that of the last period (beta).
    #[serde(default = "tenth")]
    pub trend: Probability,
    /// How much of the trend goes on into the next period (phi): 1 is all of it.
    #[serde(default = "most")]
    pub damping: Probability,
    #[serde(skip)]
    records: Vec<Record>,
}

/// What is known of an application; nothing, while it sleeps.
#[derive(Clone, Copy, Debug, Default)]
struct Record {
    awake: bool,
    /// The peaks of the periods that are over.
    smoothed: Holt,
    /// The most instances filled at once in this period.
    peak: u32,
}

fn half() -> Probability {
    probability(0.5)
}

fn tenth() -> Probability {
    probability(0.1)
}

fn most() -> Probability {
    probability(0.9)
}

impl Described for Forecast {
    const NAME: &'static str = "forecast";
    const SUMMARY: &'static str =
        "As many instances as a forecast says that the next period fills at once.";
    const SOURCE: &'static str = "Holt 1957, Forecasting seasonals and trends by exponentially weighted moving averages; \
         Gardner, McKenzie 1985, Forecasting trends in time series, Management Science 31(10)";
}

impl Forecast {
    /// The end of the period in which `now` lies.
    fn end(&self, now: Time) -> Time {
        let period = self.period.as_nanos();
        Time::from_nanos((now.as_nanos() / period + 1) * period)
    }

    fn shares(&self) -> Damped {
        Damped { level: self.level.get(), trend: self.trend.get(), damping: self.damping.get() }
    }
}

impl KeepAlive for Forecast {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        if self.period == Span::ZERO {
            let error = ParameterError::new("period", "a period takes some time, as `\"1m\"`");
            return Err(error.under(Self::NAME));
        }
        if self.level == Probability::ZERO {
            let message = "a level that takes in nothing never changes; write more than 0";
            return Err(ParameterError::new("level", message).under(Self::NAME));
        }
        Ok(())
    }

    fn start(&mut self, applications: usize, _key: StreamKey) {
        self.records = vec![Record::default(); applications];
    }

    fn window(&mut self, _instance: &InstanceView) -> Span {
        self.window
    }

    fn follows_requests(&self) -> bool {
        true
    }

    fn arrived(&mut self, now: Time, application: ApplicationId, needed: u32) -> Option<Plan> {
        let next = Some(self.end(now));
        let record = &mut self.records[application.index()];
        record.peak = record.peak.max(needed);
        let woken = !std::mem::replace(&mut record.awake, true);
        woken.then_some(Plan { least: 0, next })
    }

    fn due(&mut self, now: Time, application: ApplicationId, needed: u32) -> Plan {
        let mut record = self.records[application.index()];
        let forecast = record.smoothed.take(self.shares(), record.peak.into());
        let least = (forecast.max(0.0) + 0.5) as u32;
        record.peak = needed;
        let sleeps = least == 0 && needed == 0;
        self.records[application.index()] = if sleeps { Record::default() } else { record };
        Plan { least, next: (!sleeps).then(|| self.end(now)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;

    fn started() -> Forecast {
        let text = r#"{"window": "5m", "level": 0.5, "trend": 0.5, "damping": 1.0}"#;
        let mut policy: Forecast = serde_json::from_str(text).unwrap();
        assert_eq!(policy.prepare(Path::new("")), Ok(()));
        policy.start(2, Seed::new(1).key("test"));
        policy
    }

    fn minutes(minutes: u64) -> Time {
        Time::from_nanos(minutes * 60_000_000_000)
    }

    #[test]
    fn an_application_is_looked_at_until_it_sleeps() {
        let (mut policy, one) = (started(), ApplicationId::new(1));
        let now = minutes(10) + Span::from_secs(7);
        let first = Plan { least: 0, next: Some(minutes(11)) };
        assert_eq!(policy.arrived(now, one, 1), Some(first));
        assert_eq!(policy.arrived(now, one, 3), None);
        assert_eq!(policy.arrived(now, one, 2), None);
        let plan = policy.due(minutes(11), one, 0);
        assert_eq!(plan, Plan { least: 3, next: Some(minutes(12)) });
        let mut plans = (12..30).map(|minute| policy.due(minutes(minute), one, 0));
        let least: Vec<u32> = plans.by_ref().map(|plan| plan.least).take(3).collect();
        assert_eq!(least, [1, 0, 0], "1.5 - 0.75, 0.375 - ..., none");
    }

    #[test]
    fn what_runs_on_counts_for_the_next_period() {
        let (mut policy, one) = (started(), ApplicationId::new(1));
        policy.arrived(minutes(1), one, 2);
        assert_eq!(policy.due(minutes(2), one, 2).least, 2);
        assert_eq!(policy.due(minutes(3), one, 2), Plan { least: 2, next: Some(minutes(4)) });
    }

    #[test]
    fn refuses_a_period_of_no_time() {
        let text = r#"{"window": "5m", "period": "0s"}"#;
        let mut policy: Forecast = serde_json::from_str(text).unwrap();
        assert_eq!(policy.prepare(Path::new("")).unwrap_err().key, ["forecast", "period"]);
    }
}
