//! Steps by how much of the CPU is used.

use std::num::NonZeroU32;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::target_tracking::one;
use super::{Autoscaling, GroupView, check_bounds, five_minutes, next_minute};
use crate::kernel::{Span, Time};
use crate::policy::catalogue::Described;
use crate::variate::ParameterError;

/// So many servers more or fewer.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// Above which share of its time a server computes; of replicas, of the CPU that they ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// Or below which share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
    /// So many servers come, above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub add: Option<NonZeroU32>,
    /// So many servers go, below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove: Option<NonZeroU32>,
}

/// Looks each minute how much of its CPU a server used on average, and after some minutes in a row above or
/// below a threshold takes the step of the highest or lowest that is passed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The most servers.
    #[schemars(example = 10)]
    pub max: NonZeroU32,
    /// The fewest servers.
    #[serde(default = "one")]
    pub min: NonZeroU32,
    /// The steps: `above` with `add`, or `below` with `remove`.
    #[schemars(example = Step::example())]
    pub steps: Vec<Adjustment>,
    /// How many minutes in a row a threshold must be passed.
    #[serde(default = "three")]
    pub minutes: NonZeroU32,
    /// How long those that came count as part of what is to come next, and how long none go after some came
    /// or went.
    #[serde(default = "five_minutes")]
    pub warm_up: Span,
    /// Minutes in a row above the lowest threshold of those above, and below the highest of those below.
    #[serde(skip)]
    passed: [u32; 2],
    /// When servers came that are warming up, and how many there were before.
    #[serde(skip)]
    out: Option<(Time, u32)>,
    /// When servers went.
    #[serde(skip)]
    inward: Option<Time>,
}

fn three() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(2)
}

impl Step {
    fn example() -> Vec<Adjustment> {
        let none = Adjustment { above: None, below: None, add: None, remove: None };
        let (share, by) = (Some, NonZeroU32::new);
        vec![
            Adjustment { above: share(0.6), add: by(1), ..none },
            Adjustment { above: share(0.8), add: by(3), ..none },
            Adjustment { below: share(0.3), remove: by(1), ..none },
        ]
    }

    /// The thresholds above with what comes, or those below with what goes.
    fn thresholds(&self, above: bool) -> impl Iterator<Item = (f64, u32)> {
        let of = move |step: &Adjustment| {
            let (at, by) = if above { (step.above, step.add) } else { (step.below, step.remove) };
            Some((at?, by?.get()))
        };
        self.steps.iter().filter_map(of)
    }

    /// By how many a value is a reason to change, above or below: the step of the last threshold passed.
    fn step(&self, cpu: f64, above: bool) -> Option<u32> {
        let passed =
            self.thresholds(above).filter(|&(at, _)| if above { cpu > at } else { cpu < at });
        let farthest = |a: &(f64, u32), b: &(f64, u32)| {
            if above { a.0.total_cmp(&b.0) } else { b.0.total_cmp(&a.0) }
        };
        passed.max_by(farthest).map(|(_, by)| by)
    }
}

impl Described for Step {
    const NAME: &'static str = "step";
    const SUMMARY: &'static str =
        "So many servers come or go when thresholds of the CPU are passed for some minutes.";
    const SOURCE: &'static str = "Amazon EC2 Auto Scaling User Guide, \"Step and simple scaling policies\"; the minutes are a guess";
}

impl Step {
    /// Checks the parameters; no threshold is above `most`.
    pub(in crate::policy) fn check(&self, most: f64) -> Result<(), ParameterError> {
        let under = |error: ParameterError| error.under(Self::NAME);
        if self.steps.is_empty() {
            let message = "there is no step; write one, as in `{ above = 0.7, add = 2 }`";
            return Err(under(ParameterError::new("steps", message)));
        }
        for (place, step) in self.steps.iter().enumerate() {
            let shape = (
                step.above.is_some(),
                step.add.is_some(),
                step.below.is_some(),
                step.remove.is_some(),
            );
            if !matches!(shape, (true, true, false, false) | (false, false, true, true)) {
                let message = "a step is either `above` with `add`, or `below` with `remove`";
                let error = ParameterError::new("steps", message);
                return Err(under(ParameterError {
                    key: vec!["steps".to_owned(), place.to_string()],
                    ..error
                }));
            }
            for (key, share) in [("above", step.above), ("below", step.below)] {
                if share.is_some_and(|share| !(0.0..=most).contains(&share)) {
                    let message = format!("a threshold is a share from 0 to {most}; 0.7 is 70 %");
                    let error = ParameterError::new(key, message);
                    return Err(under(error.under(&place).under("steps")));
                }
            }
        }
        check_bounds(self.min, self.max).map_err(under)
    }
}

impl Autoscaling for Step {
    /// A server computes for no more than all of its time.
    fn prepare(&mut self, _base: &Path) -> Result<(), ParameterError> {
        self.check(1.0)
    }

    fn bounds(&self) -> (u32, u32) {
        (self.min.get(), self.max.get())
    }

    fn next(&self, now: Time) -> Option<Time> {
        Some(next_minute(now))
    }

    fn look(&mut self, now: Time, group: &GroupView) -> u32 {
        let (least, most) = self.bounds();
        let [out, inward] =
            [true, false].map(|above| group.cpu.and_then(|cpu| self.step(cpu, above)));
        for (passed, step) in self.passed.iter_mut().zip([out, inward]) {
            *passed = if step.is_some() { *passed + 1 } else { 0 };
        }
        let warms = |since: Time| now.since(since) < self.warm_up;
        let warming = self.out.filter(|&(since, _)| warms(since));
        if let Some(by) = out.filter(|_| self.passed[0] >= self.minutes.get()) {
            let (since, before) = warming.unwrap_or((now, group.wanted));
            let wanted = before.saturating_add(by).min(most);
            if wanted > group.wanted {
                self.out = Some((since, before));
                return wanted;
            }
        }
        let rests = warming.is_some() || self.inward.is_some_and(warms) || group.coming;
        if let Some(by) = inward.filter(|_| !rests && self.passed[1] >= self.minutes.get()) {
            let wanted = group.wanted.saturating_sub(by).max(least);
            if wanted < group.wanted {
                self.inward = Some(now);
                return wanted;
            }
        }
        group.wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(values: &[f64]) -> Vec<(u64, u32)> {
        let mut policy = Step {
            steps: Step::example(),
            min: one(),
            max: NonZeroU32::new(10).unwrap(),
            minutes: three(),
            warm_up: five_minutes(),
            passed: [0; 2],
            out: None,
            inward: None,
        };
        assert_eq!(policy.prepare(Path::new("")), Ok(()));
        let (mut now, mut wanted, mut changes) = (Time::ZERO, 4, Vec::new());
        for (minute, &cpu) in (1..).zip(values) {
            now = policy.next(now).unwrap();
            let after = policy.look(now, &GroupView { wanted, coming: false, cpu: Some(cpu) });
            if after != wanted {
                changes.push((minute, after));
            }
            wanted = after;
        }
        changes
    }

    /// At 0.7 one comes after three minutes; in the five minutes after that 0.9 asks for three more than the
    /// four of before, so two; then for three more. At 0.2 one goes, and five minutes later another.
    #[test]
    fn takes_the_step_of_the_last_threshold() {
        assert_eq!(run(&[0.7, 0.7, 0.7, 0.9, 0.9, 0.9, 0.9, 0.9]), [(3, 5), (4, 7), (8, 10)]);
        assert_eq!(run(&[0.2; 9]), [(3, 3), (8, 2)]);
        assert_eq!(run(&[0.7, 0.7, 0.5, 0.7, 0.7]), []);
    }

    #[test]
    fn refuses_half_a_step() {
        let error = |steps: &str| {
            let text = format!(r#"{{ "max": 3, "steps": {steps} }}"#);
            let mut policy: Step = serde_json::from_str(&text).unwrap();
            policy.prepare(Path::new("")).unwrap_err().key.join(".")
        };
        assert_eq!(error("[]"), "step.steps");
        assert_eq!(error(r#"[{ "above": 0.5, "remove": 1 }]"#), "step.steps.0");
        let above = r#"[{ "above": 1.5, "add": 1 }]"#;
        assert_eq!(error(above), "step.steps.0.above", "a server has no more time");
        let policy: Step =
            serde_json::from_str(&format!(r#"{{ "max": 3, "steps": {above} }}"#)).unwrap();
        assert_eq!(policy.check(10.0), Ok(()), "replicas may use more than they ask for");
    }
}
