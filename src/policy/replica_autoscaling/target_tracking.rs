//! The target tracking of Amazon ECS services.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decided, Observed, ReplicaAutoscaler, ReplicaAutoscalingPolicy, Target};
use crate::kernel::{Span, Time};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::ecs::control::{Settings, TargetTracking as Tracking};

/// Target tracking of Application Auto Scaling: alarms on the average CPU of the service's tasks, minute by minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TargetTracking {
    /// How long after tasks came those that came count as part of what is to come next.
    pub scale_out_cooldown: Span,
    /// How long no tasks go after some went.
    pub scale_in_cooldown: Span,
    /// Whether tasks never go.
    pub disable_scale_in: bool,
}

impl Default for TargetTracking {
    fn default() -> Self {
        let Settings { cooldown_out, cooldown_in, only_out, .. } = Settings::new(1.0, 0, 0);
        Self {
            scale_out_cooldown: cooldown_out,
            scale_in_cooldown: cooldown_in,
            disable_scale_in: only_out,
        }
    }
}

impl Described for TargetTracking {
    const NAME: &'static str = "target-tracking";
    const SUMMARY: &'static str = "Target tracking of Amazon ECS: more tasks after 3 minutes above the target, fewer after 15 minutes below 90 % of it, in proportion.";
    const SOURCE: &'static str =
        "Application Auto Scaling User Guide; the minutes of its alarms are recalled";
}

/// How often the metric is measured (documented).
const MINUTE: Span = Span::from_secs(60);

impl ReplicaAutoscalingPolicy for TargetTracking {
    fn start(&self, target: Target) -> Box<dyn ReplicaAutoscaler> {
        let bound = |bound: i64| u64::try_from(bound).unwrap_or(0);
        let [least, most] = [target.bounds.least, target.bounds.most].map(bound);
        let tracking = |target: i64| {
            Tracking::new(Settings {
                cooldown_out: self.scale_out_cooldown,
                cooldown_in: self.scale_in_cooldown,
                only_out: self.disable_scale_in,
                ..Settings::new(target as f64, least, most)
            })
        };
        let targets = [target.cpu_percentage, target.memory_percentage, target.requests];
        Box::new(Alarms { policies: targets.map(|of| of.map(tracking)), bounds: [least, most] })
    }
}

/// The alarms of the policies of a service: of its CPU, its memory, and the requests that each of its tasks gets.
#[derive(Debug)]
struct Alarms {
    policies: [Option<Tracking>; 3],
    bounds: [u64; 2],
}

/// What the policies are said to be about.
const WORDS: [&str; 3] = ["cpu above target", "memory above target", "requests above target"];

impl ReplicaAutoscaler for Alarms {
    fn next(&self, now: Time) -> Option<Time> {
        Some(now.plus(MINUTE))
    }

    /// By what the tasks which run have used in the last minute over what they reserve (the metrics `CPUUtilization` and
    /// `MemoryUtilization` of a service), and the requests that each has got. Of several policies the one counts that wants
    /// most, so that tasks go when all allow it. A number outside of the bounds is brought into them at once (documented).
    fn decide(&mut self, seen: &Observed<'_>) -> Decided {
        let percent = |share: Option<f64>| share.map(|share| share * 100.0);
        let values = [percent(seen.cpu.share()), percent(seen.memory.share()), seen.rate()];
        let wanted = u64::try_from(seen.wanted).unwrap_or(0);
        let mut most: Option<(u64, usize)> = None;
        for (number, (policy, value)) in self.policies.iter_mut().zip(values).enumerate() {
            let Some(policy) = policy else { continue };
            let next = policy.observe(seen.now, value, wanted, false).unwrap_or(wanted);
            if most.is_none_or(|(before, _)| next > before) {
                most = Some((next, number));
            }
        }
        let (next, number) = most.unwrap_or((wanted, 0));
        let why = match next.cmp(&wanted) {
            Ordering::Greater => WORDS[number],
            Ordering::Less => "all metrics below target",
            Ordering::Equal => "outside of the bounds",
        };
        let [least, most] = self.bounds;
        Decided { replicas: next.clamp(least, most).cast_signed(), why }
    }
}
