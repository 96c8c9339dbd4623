//! The horizontal autoscaler of Kubernetes.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Decided, Observed, ReplicaAutoscaler, ReplicaAutoscalingPolicy, Target};
use crate::kernel::Span;
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::autoscaling::{
    HorizontalAutoscaler, Metric, Reason, SYNC_PERIOD, Scale,
};

/// The horizontal autoscaler of Kubernetes, without `behavior`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Horizontal {}

impl Described for Horizontal {
    const NAME: &'static str = "horizontal";
    const SUMMARY: &'static str = "The HorizontalPodAutoscaler of Kubernetes: each 15 s in proportion to CPU, fewer only after 5 minutes.";
    const SOURCE: &'static str = "kubernetes, pkg/controller/podautoscaler, as of 2025";
}

impl ReplicaAutoscalingPolicy for Horizontal {
    fn start(&self, target: Target) -> Box<dyn ReplicaAutoscaler> {
        let autoscaler = HorizontalAutoscaler::new(target.bounds);
        Box::new(Loop { autoscaler, cpu_percentage: target.cpu_percentage })
    }
}

/// The autoscaler with what it aims at.
#[derive(Debug)]
struct Loop {
    autoscaler: HorizontalAutoscaler,
    cpu_percentage: i64,
}

impl ReplicaAutoscaler for Loop {
    fn period(&self) -> Span {
        SYNC_PERIOD
    }

    fn decide(&mut self, observed: &Observed<'_>) -> Decided {
        let &Observed { now, wanted, pods, requests, samples } = observed;
        let metric =
            Metric::Utilisation { cpu: true, target: self.cpu_percentage, requests, samples };
        let scale = Scale { wanted, present: pods.len().cast_signed() as i64 };
        let verdict = self.autoscaler.decide(now, scale, pods, &[metric]);
        Decided { replicas: verdict.replicas, why: why(verdict.reason) }
    }
}

/// A reason in a few words.
fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::Disabled => "switched off",
        Reason::AboveMost => "above max_replicas",
        Reason::BelowLeast => "below min_replicas",
        Reason::AboveTarget(_) => "cpu above target",
        Reason::BelowTarget => "all metrics below target",
        Reason::OnTarget => "on target",
        Reason::Failed(_) => "no metric",
    }
}
