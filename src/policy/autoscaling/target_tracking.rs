//! A target for the CPU.

use std::num::NonZeroU32;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Autoscaling, GroupView, check_bounds, five_minutes, next_minute};
use crate::kernel::{Span, Time};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::ecs::control as rule;
use crate::quantity::Probability;
use crate::variate::ParameterError;

/// Looks each minute how much of its CPU a server used on average. After three minutes above the target it
/// has so many servers that they would meet it; after fifteen minutes below nine tenths of it fewer, if none
/// is coming.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetTracking {
    /// The share of its time that a server shall compute.
    #[schemars(example = 0.6)]
    pub cpu: Probability,
    /// The fewest servers.
    #[serde(default = "one")]
    pub min: NonZeroU32,
    /// The most servers.
    #[schemars(example = 10)]
    pub max: NonZeroU32,
    /// How long those that came count as part of what is to come next, and how long none go after some went.
    #[serde(default = "five_minutes")]
    pub warm_up: Span,
    /// Whether servers go, too.
    #[serde(default = "yes")]
    pub scale_in: bool,
    #[serde(skip)]
    rule: Option<rule::TargetTracking>,
}

pub(super) fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

fn yes() -> bool {
    true
}

impl Described for TargetTracking {
    const NAME: &'static str = "target-tracking";
    const SUMMARY: &'static str =
        "So many servers that each computes for a share of its time, by the last 3 or 15 minutes.";
    const SOURCE: &'static str = "Amazon EC2 Auto Scaling User Guide, \"Target tracking scaling policies\": its alarms, 3 \
         minutes above and 15 below nine tenths, are recalled, and by how many servers go is a guess";
}

impl Autoscaling for TargetTracking {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        if self.cpu == Probability::ZERO {
            let message = "servers that are to be idle are never enough; write more than 0";
            return Err(ParameterError::new("cpu", message).under(Self::NAME));
        }
        check_bounds(self.min, self.max).map_err(|error| error.under(Self::NAME))
    }

    fn bounds(&self) -> (u32, u32) {
        (self.min.get(), self.max.get())
    }

    fn next(&self, now: Time) -> Option<Time> {
        Some(next_minute(now))
    }

    fn look(&mut self, now: Time, group: &GroupView) -> u32 {
        let rule = self.rule.get_or_insert_with(|| {
            let (least, most) = (self.min.get().into(), self.max.get().into());
            rule::TargetTracking::new(rule::Settings {
                cooldown_out: self.warm_up,
                cooldown_in: self.warm_up,
                only_out: !self.scale_in,
                ..rule::Settings::new(self.cpu.get(), least, most)
            })
        });
        let wanted = rule.observe(now, group.cpu, group.wanted.into(), group.coming);
        wanted.map_or(group.wanted, |wanted| wanted as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0.9 for a target of 0.6 asks for 4 × 1.5 = 6 servers at the end of the third minute; 0.3 for half as
    /// many at the end of the fifteenth, unless some are coming.
    #[test]
    fn three_minutes_out_and_fifteen_in() {
        let run = |cpu: f64, coming: bool| {
            let text = r#"{ "cpu": 0.6, "max": 10 }"#;
            let mut policy: TargetTracking = serde_json::from_str(text).unwrap();
            let (mut now, mut wanted, mut changes) = (Time::ZERO, 4, Vec::new());
            for minute in 1..18 {
                now = policy.next(now).unwrap();
                assert_eq!(now.as_nanos(), minute * 60_000_000_000);
                let after = policy.look(now, &GroupView { wanted, coming, cpu: Some(cpu) });
                if after != wanted {
                    changes.push((minute, after));
                }
                wanted = after;
            }
            changes
        };
        assert_eq!(run(0.9, false), [(3, 6), (8, 9), (13, 10)]);
        assert_eq!(run(0.3, false), [(15, 2)]);
        assert_eq!(run(0.3, true), []);
    }
}
