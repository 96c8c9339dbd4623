//! The horizontal autoscaler of Kubernetes.

use std::cmp::Ordering;
use std::num::NonZeroU32;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decided, Observed, ReplicaAutoscaler, ReplicaAutoscalingPolicy, Target};
use crate::kernel::{Span, Time};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::autoscaling::{
    Behaviour, Calculator, Change, HorizontalAutoscaler, Metric, Policy, Reason, Rules,
    SYNC_PERIOD, Scale, Select, Tolerance,
};
use crate::variate::ParameterError;

/// The horizontal autoscaler of Kubernetes. With `scale_up` or `scale_down` replicas come and go as both say, and what they leave
/// out is as the API server has it; without, at most twice as many come at once, or four, and they go five minutes later.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Horizontal {
    /// How far from its target a metric may be without anything happening, as a share of it; 0.1 if it is left out.
    #[schemars(example = 0.1)]
    pub tolerance: Option<f64>,
    /// How replicas come (`behavior.scaleUp`).
    #[schemars(example = ScalingRules::example())]
    pub scale_up: Option<ScalingRules>,
    /// How they go (`behavior.scaleDown`).
    #[schemars(example = ScalingRules::example())]
    pub scale_down: Option<ScalingRules>,
}

/// How replicas come, or go.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScalingRules {
    /// For how long it counts what would have changed less; none up, and five minutes down if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stabilization: Option<Span>,
    /// Which of several policies counts.
    pub select: SelectPolicy,
    /// How many may come or go in a time; 4 pods or 100 percent in 15 s up, and 100 percent in 15 s down if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policies: Option<Vec<ScalingPolicy>>,
    /// How far from its target a metric may be this way; that of both ways if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
}

/// Which of several policies counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SelectPolicy {
    /// The one that allows the greatest change.
    #[default]
    Max,
    /// The one that allows the smallest.
    Min,
    /// None: nothing changes this way.
    Disabled,
}

/// So many may come or go in a time.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingPolicy {
    /// So many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<NonZeroU32>,
    /// Or so many percent of those that there were at its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<NonZeroU32>,
    /// In this time.
    pub period: Span,
}

impl Described for Horizontal {
    const NAME: &'static str = "horizontal";
    const SUMMARY: &'static str = "The HorizontalPodAutoscaler of Kubernetes: each 15 s in proportion to CPU, memory or requests, fewer only after 5 minutes.";
    const SOURCE: &'static str = "kubernetes, pkg/controller/podautoscaler, as of 2025";
}

/// The longest window that the API server takes (`autoscaling/validation`, `MaxStabilizationWindowSeconds`), recalled.
const MOST_STABILIZATION: Span = Span::from_secs(3600);

/// The longest period (`MaxPeriodSeconds`), recalled.
const MOST_PERIOD: Span = Span::from_secs(1800);

impl ScalingPolicy {
    fn check(&self) -> Result<(), ParameterError> {
        if self.pods.is_some() == self.percent.is_some() {
            let message = "a policy says how many `pods` or how many `percent`, as in `{ pods = 4, period = \"15s\" }`";
            return Err(ParameterError::whole(message));
        }
        if self.period == Span::ZERO || self.period > MOST_PERIOD {
            let message = "a period is longer than no time and at most 30 min";
            return Err(ParameterError::new("period", message));
        }
        Ok(())
    }

    fn policy(&self) -> Policy {
        let change = match (self.pods, self.percent) {
            (Some(pods), _) => Change::Pods(pods.get().into()),
            (None, percent) => Change::Percent(percent.map_or(0, |percent| percent.get().into())),
        };
        Policy { change, period: self.period }
    }
}

/// That a tolerance is a share that is not negative.
fn check_tolerance(tolerance: Option<f64>) -> Result<(), ParameterError> {
    if tolerance.is_none_or(|tolerance| (0.0..=1.0).contains(&tolerance)) {
        return Ok(());
    }
    let message = "a tolerance is a share of the target from 0 to 1; write 0.1 for 10 %";
    Err(ParameterError::new("tolerance", message))
}

impl ScalingRules {
    fn example() -> Self {
        let (pods, period) = (NonZeroU32::new(4), Span::from_secs(15));
        let policies = Some(vec![ScalingPolicy { pods, percent: None, period }]);
        Self { policies, ..Self::default() }
    }

    fn check(&self) -> Result<(), ParameterError> {
        check_tolerance(self.tolerance)?;
        if self.stabilization.is_some_and(|window| window > MOST_STABILIZATION) {
            let message = "recommendations count for an hour at most";
            return Err(ParameterError::new("stabilization", message));
        }
        let Some(policies) = &self.policies else { return Ok(()) };
        if policies.is_empty() {
            let message = "there is no policy; write one, or `select = \"disabled\"` so that nothing changes this way";
            return Err(ParameterError::new("policies", message));
        }
        for (place, policy) in policies.iter().enumerate() {
            policy.check().map_err(|error| error.under(&place).under("policies"))?;
        }
        Ok(())
    }

    /// These rules over the `usual` ones.
    fn over(&self, usual: Rules) -> Rules {
        let own = self.policies.as_ref();
        Rules {
            window: self.stabilization.unwrap_or(usual.window),
            select: match self.select {
                SelectPolicy::Max => Select::Max,
                SelectPolicy::Min => Select::Min,
                SelectPolicy::Disabled => Select::Disabled,
            },
            policies: own
                .map_or(usual.policies, |own| own.iter().map(ScalingPolicy::policy).collect()),
        }
    }
}

impl Horizontal {
    fn ways(&self) -> [(&'static str, Option<&ScalingRules>); 2] {
        [("scale_up", self.scale_up.as_ref()), ("scale_down", self.scale_down.as_ref())]
    }

    /// How fast replicas may come and go, if either is said.
    fn behaviour(&self) -> Option<Behaviour> {
        self.ways().iter().find_map(|(_, rules)| *rules)?;
        let Behaviour { up, down } = Behaviour::default();
        let over = |own: &Option<ScalingRules>, usual: Rules| match own {
            Some(own) => own.over(usual),
            None => usual,
        };
        Some(Behaviour { up: over(&self.scale_up, up), down: over(&self.scale_down, down) })
    }

    fn tolerance(&self) -> Tolerance {
        let usual = Tolerance::default();
        let of = |rules: &Option<ScalingRules>, usual| {
            let own = rules.as_ref().and_then(|rules| rules.tolerance);
            own.or(self.tolerance).unwrap_or(usual)
        };
        Tolerance { up: of(&self.scale_up, usual.up), down: of(&self.scale_down, usual.down) }
    }
}

impl ReplicaAutoscalingPolicy for Horizontal {
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        let under = |error: ParameterError| error.under(Self::NAME);
        check_tolerance(self.tolerance).map_err(under)?;
        for (key, rules) in self.ways() {
            rules.map_or(Ok(()), |rules| rules.check().map_err(|error| under(error.under(key))))?;
        }
        Ok(())
    }

    fn start(&self, target: Target) -> Box<dyn ReplicaAutoscaler> {
        let mut autoscaler = HorizontalAutoscaler::new(target.bounds);
        autoscaler.behaviour = self.behaviour();
        autoscaler.calculator = Calculator { tolerance: self.tolerance(), ..Calculator::default() };
        Box::new(Loop { autoscaler, target })
    }
}

/// Why replicas come or go that metrics do not ask for now, but did within the time of stabilization.
const EARLIER: &str = "recommended earlier";

/// The autoscaler with what it aims at.
#[derive(Debug)]
struct Loop {
    autoscaler: HorizontalAutoscaler,
    target: Target,
}

impl Loop {
    /// The metrics that have a target, each with what is said if it is above that.
    fn metrics<'a>(&self, seen: &Observed<'a>) -> Vec<(&'static str, Metric<'a>)> {
        let Target { cpu_percentage, memory_percentage, requests, .. } = self.target;
        let mut all = Vec::new();
        if let Some(target) = cpu_percentage {
            let (requests, samples) = (seen.cpu.requested, seen.cpu.used);
            let metric = Metric::Utilisation { cpu: true, target, requests, samples };
            all.push(("cpu above target", metric));
        }
        if let Some(target) = memory_percentage {
            let (requests, samples) = (seen.memory.requested, seen.memory.used);
            let metric = Metric::Utilisation { cpu: false, target, requests, samples };
            all.push(("memory above target", metric));
        }
        if let Some(target) = requests {
            let metric = Metric::Average { cpu: false, target, samples: seen.requests };
            all.push(("requests above target", metric));
        }
        all
    }
}

impl ReplicaAutoscaler for Loop {
    fn next(&self, now: Time) -> Option<Time> {
        Some(now.plus(SYNC_PERIOD))
    }

    fn decide(&mut self, seen: &Observed<'_>) -> Decided {
        let (words, metrics): (Vec<_>, Vec<_>) = self.metrics(seen).into_iter().unzip();
        let scale = Scale { wanted: seen.wanted, present: seen.pods.len().cast_signed() as i64 };
        let verdict = self.autoscaler.decide(seen.now, scale, seen.pods, &metrics);
        let more = verdict.replicas.cmp(&scale.wanted);
        let why = match verdict.reason {
            Reason::AboveTarget(_) if more == Ordering::Less => EARLIER,
            Reason::BelowTarget if more == Ordering::Greater => EARLIER,
            Reason::OnTarget if more != Ordering::Equal => EARLIER,
            Reason::Disabled => "switched off",
            Reason::AboveMost => "above max_replicas",
            Reason::BelowLeast => "below min_replicas",
            Reason::AboveTarget(number) => words[number],
            Reason::BelowTarget => "all metrics below target",
            Reason::OnTarget => "on target",
            Reason::Failed(_) => "no metric",
        };
        Decided { replicas: verdict.replicas, why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Horizontal {
        serde_json::from_str(text).unwrap()
    }

    /// What is left out is as the API server has it as soon as either way is said; without both there are no such rules.
    #[test]
    fn what_is_left_out_is_as_upstream_has_it() {
        assert_eq!(read("{}").behaviour(), None);
        let usual = Behaviour::default();
        assert_eq!(read(r#"{ "scale_up": {} }"#).behaviour(), Some(usual.clone()));
        let own = read(r#"{ "scale_down": { "stabilization": "1m", "select": "min" } }"#);
        let down = Rules { window: Span::from_secs(60), select: Select::Min, ..usual.down };
        assert_eq!(own.behaviour(), Some(Behaviour { up: usual.up, down }));
    }

    #[test]
    fn tolerances_are_of_both_ways_or_of_one() {
        let of = |text| (read(text).tolerance().up, read(text).tolerance().down);
        assert_eq!(of("{}"), (0.1, 0.1));
        assert_eq!(of(r#"{ "tolerance": 0.2 }"#), (0.2, 0.2));
        assert_eq!(of(r#"{ "tolerance": 0.2, "scale_up": { "tolerance": 0.0 } }"#), (0.0, 0.2));
    }

    #[test]
    fn refuses_what_the_api_server_refuses() {
        let error = |text: &str| read(text).prepare(Path::new("")).unwrap_err().key.join(".");
        assert_eq!(error(r#"{ "tolerance": -0.1 }"#), "horizontal.tolerance");
        let of = |rules: &str| error(&format!(r#"{{ "scale_up": {rules} }}"#));
        assert_eq!(of(r#"{ "stabilization": "61m" }"#), "horizontal.scale_up.stabilization");
        assert_eq!(of(r#"{ "policies": [] }"#), "horizontal.scale_up.policies");
        let policies = |of_one: &str| of(&format!(r#"{{ "policies": [{of_one}] }}"#));
        let place = "horizontal.scale_up.policies.0";
        assert_eq!(policies(r#"{ "period": "1m" }"#), place);
        assert_eq!(policies(r#"{ "pods": 1, "percent": 1, "period": "1m" }"#), place);
        assert_eq!(policies(r#"{ "pods": 1, "period": "31m" }"#), format!("{place}.period"));
    }
}
