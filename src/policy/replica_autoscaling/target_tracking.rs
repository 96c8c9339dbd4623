//! The target tracking of Amazon ECS services.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decided, Observed, ReplicaAutoscaler, ReplicaAutoscalingPolicy, Target};
use crate::kernel::Span;
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
    fn start(&self, Target { bounds, cpu_percentage }: Target) -> Box<dyn ReplicaAutoscaler> {
        let bound = |bound: i64| u64::try_from(bound).unwrap_or(0);
        let settings = Settings {
            cooldown_out: self.scale_out_cooldown,
            cooldown_in: self.scale_in_cooldown,
            only_out: self.disable_scale_in,
            ..Settings::new(cpu_percentage as f64, bound(bounds.least), bound(bounds.most))
        };
        Box::new(Alarms { tracking: Tracking::new(settings), settings })
    }
}

/// The alarms of a policy.
#[derive(Debug)]
struct Alarms {
    tracking: Tracking,
    settings: Settings,
}

impl ReplicaAutoscaler for Alarms {
    fn period(&self) -> Span {
        MINUTE
    }

    /// By the CPU that the tasks which run have used in the last minute over what they reserve (the metric
    /// `CPUUtilization` of a service). A number outside of the bounds is brought into them at once (documented).
    fn decide(&mut self, observed: &Observed<'_>) -> Decided {
        let running = observed.requests.iter().zip(observed.samples);
        let running = running.filter_map(|(request, sample)| Some(((*request)?, sample.as_ref()?)));
        let (mut used, mut reserved) = (0, 0);
        for (request, sample) in running {
            used += sample.value;
            reserved += request;
        }
        let value = (reserved > 0).then(|| used as f64 / reserved as f64 * 100.0);
        let wanted = u64::try_from(observed.wanted).unwrap_or(0);
        let verdict = self.tracking.observe(observed.now, value, wanted, false);
        let replicas = verdict.unwrap_or(wanted).clamp(self.settings.least, self.settings.most);
        let why = match verdict {
            None => "outside of the bounds",
            Some(next) if next > wanted => "above target",
            Some(_) => "below target",
        };
        Decided { replicas: replicas.cast_signed(), why }
    }
}
