//! The horizontal pod autoscaler: how many replicas there shall be.
//!
//! Every 15 s a [`HorizontalAutoscaler`] is told how many replicas there are, what their pods do and what
//! was measured. Each [`Metric`] asks for a number of replicas ([`Calculator`]); the highest counts. It is
//! held against recent ones ([`Recommendations`]), and limited by how fast replicas may come and go
//! ([`Behaviour`]).
//!
//! Source: kubernetes, `pkg/controller/podautoscaler`, `horizontal.go` and `replica_calculator.go` as of
//! 2025 (1.33 and later: tolerances by direction, changes of both directions in a period), checked against
//! the cases of the tests of v1.19.14. Ratios are floats and go through the same operations. Not modelled: the
//! lag of measurements, which the caller makes; several autoscalers of the same pods; tolerances in
//! `behavior`, but [`Tolerance`] has both directions.
//!
//! ```
//! use cloudsched::kernel::{Span, Time};
//! use cloudsched::policy::orchestration::kubernetes::autoscaling::{
//!     Bounds, HorizontalAutoscaler, Metric, Sample, Scale,
//! };
//! use cloudsched::policy::orchestration::kubernetes::PodStatus;
//!
//! let now = Time::ZERO.plus(Span::from_secs(600));
//! let pods = [PodStatus::ready_since(Time::ZERO); 2];
//! // Both pods request a core and use 0.9 of it; half of it is wanted.
//! let used = [Some(Sample { value: 900, at: now, window: Span::from_secs(30) }); 2];
//! let requests = [Some(1000); 2];
//! let metric = Metric::Utilisation { cpu: true, target: 50, requests: &requests, samples: &used };
//! let mut autoscaler = HorizontalAutoscaler::new(Bounds { least: 1, most: 10 });
//! let verdict = autoscaler.decide(now, Scale { wanted: 2, present: 2 }, &pods, &[metric]);
//! assert_eq!(verdict.replicas, 4);
//! ```

mod behaviour;
mod metric;
mod replicas;
mod stabilisation;

pub use behaviour::{
    Behaviour, Bounds, Change, Changes, Limit, Policy, Rules, Select, limit_without_behaviour,
};
pub use metric::{Metric, Proposal, Sample, Scale, Tolerance, Trouble};
pub use replicas::Calculator;
pub use stabilisation::Recommendations;

use super::status::PodStatus;
use crate::kernel::{Span, Time};

/// How often an autoscaler decides. Source: `--horizontal-pod-autoscaler-sync-period`.
pub const SYNC_PERIOD: Span = Span::from_secs(15);

/// How long a higher recommendation counts for who gives no behaviour. Source:
/// `--horizontal-pod-autoscaler-downscale-stabilization`.
const DOWNSCALE_STABILISATION: Span = Span::from_secs(300);

/// Why there shall be so many replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There are none, and there may not be none: autoscaling is switched off so.
    Disabled,
    /// There were more than there may be.
    AboveMost,
    /// There were fewer than there may be.
    BelowLeast,
    /// This metric, by its number, asks for more.
    AboveTarget(usize),
    /// All metrics ask for fewer.
    BelowTarget,
    /// The metrics ask for as many as there are.
    OnTarget,
    /// No metric says anything, or one does not and the others ask for fewer: the first trouble.
    Failed(Trouble),
}

/// How many replicas there shall be, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// So many; those that are wanted already if nothing changes.
    pub replicas: i64,
    /// Why.
    pub reason: Reason,
    /// Whether recent recommendations count instead of that of now (`ScaleUpStabilized`,
    /// `ScaleDownStabilized`).
    pub stabilised: bool,
    /// What keeps them from being as many as they should.
    pub limit: Limit,
}

/// Decides how many replicas there shall be.
#[derive(Clone, Debug)]
pub struct HorizontalAutoscaler {
    /// How many there may be.
    pub bounds: Bounds,
    /// How fast they may come and go; `None` for the rules of who gives no `behavior`.
    pub behaviour: Option<Behaviour>,
    /// How metrics are read.
    pub calculator: Calculator,
    recommendations: Recommendations,
    changes: Changes,
}

impl HorizontalAutoscaler {
    /// One without behaviour that reads metrics as upstream's defaults say.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            behaviour: None,
            calculator: Calculator::default(),
            recommendations: Recommendations::default(),
            changes: Changes::default(),
        }
    }

    /// Decides, and takes the verdict to be carried out at once (`reconcileAutoscaler`).
    ///
    /// There must be a metric: an API server adds one, 80 % of CPU, where there is none. Without one
    /// nothing happens.
    pub fn decide(
        &mut self,
        now: Time,
        scale: Scale,
        pods: &[PodStatus],
        metrics: &[Metric<'_>],
    ) -> Verdict {
        let (current, Bounds { least, most }) = (scale.wanted, self.bounds);
        if self.recommendations.is_empty() {
            self.recommendations.add(now, current);
        }
        let plain =
            |replicas, reason| Verdict { replicas, reason, stabilised: false, limit: Limit::None };
        let verdict = if current == 0 && least != 0 {
            plain(0, Reason::Disabled)
        } else if current > most {
            plain(most, Reason::AboveMost)
        } else if current < least {
            plain(least, Reason::BelowLeast)
        } else {
            match self.combine(now, scale, pods, metrics) {
                Err(trouble) => plain(current, Reason::Failed(trouble)),
                Ok((desired, by)) => self.normalise(now, current, desired, by),
            }
        };
        self.take_note(now, current, verdict.replicas);
        verdict
    }

    /// The most that a metric asks for, and which one does (`computeReplicasForMetrics`).
    ///
    /// # Errors
    /// If no metric says anything, or one does not and the others ask for fewer replicas than there are.
    fn combine(
        &self,
        now: Time,
        scale: Scale,
        pods: &[PodStatus],
        metrics: &[Metric<'_>],
    ) -> Result<(i64, usize), Trouble> {
        let (mut best, mut trouble) = (None, None);
        for (number, metric) in metrics.iter().enumerate() {
            match self.calculator.propose(now, scale, pods, metric) {
                Err(first) => trouble = trouble.or(Some(first)),
                Ok(Proposal { replicas, .. }) => match best {
                    // One that asks for none gives way to any other, as in the original.
                    Some((most, _)) if most != 0 && replicas <= most => {}
                    _ => best = Some((replicas, number)),
                },
            }
        }
        match (best, trouble) {
            (None, trouble) => Err(trouble.unwrap_or(Trouble::Unavailable)),
            (Some((replicas, _)), Some(trouble)) if replicas < scale.wanted => Err(trouble),
            (Some(best), _) => Ok(best),
        }
    }

    /// Holds what metrics ask for against recent recommendations and limits (`normalizeDesiredReplicas`,
    /// `normalizeDesiredReplicasWithBehaviors`).
    fn normalise(&mut self, now: Time, current: i64, desired: i64, by: usize) -> Verdict {
        let desired = desired.max(0);
        let reason = match desired.cmp(&current) {
            std::cmp::Ordering::Greater => Reason::AboveTarget(by),
            std::cmp::Ordering::Less => Reason::BelowTarget,
            std::cmp::Ordering::Equal => Reason::OnTarget,
        };
        let (stable, (replicas, limit)) = match &self.behaviour {
            None => {
                let stable = self.recommendations.highest(now, DOWNSCALE_STABILISATION, desired);
                (stable, limit_without_behaviour(current, stable, self.bounds))
            }
            Some(behaviour) => {
                let windows = [behaviour.up.window, behaviour.down.window];
                let stable = self.recommendations.stabilised(now, windows, current, desired);
                (stable, behaviour.limit(now, current, stable, self.bounds, &self.changes))
            }
        };
        Verdict { replicas, reason, stabilised: stable != desired, limit }
    }

    /// Takes note of replicas that come or go, where that counts.
    fn take_note(&mut self, now: Time, current: i64, replicas: i64) {
        if let Some(behaviour) = &self.behaviour
            && replicas != current
        {
            self.changes.note(now, current, replicas, behaviour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { least: 1, most: 100 };

    fn seconds(seconds: u64) -> Time {
        Time::ZERO.plus(Span::from_secs(seconds))
    }

    /// A metric that asks for so many replicas, whatever there are.
    fn asks(replicas: i64) -> Metric<'static> {
        Metric::AverageValue { target: 1, value: replicas }
    }

    fn decide(
        autoscaler: &mut HorizontalAutoscaler,
        at: u64,
        current: i64,
        metrics: &[Metric<'_>],
    ) -> Verdict {
        let scale = Scale { wanted: current, present: current };
        autoscaler.decide(seconds(at), scale, &[PodStatus::ready_since(Time::ZERO)], metrics)
    }

    #[test]
    fn the_highest_metric_counts_and_one_that_fails_holds_back() {
        for (metrics, replicas, reason) in [
            (&[asks(7), asks(9), asks(8)][..], 9, Reason::AboveTarget(1)),
            (&[asks(9), Metric::Unavailable], 9, Reason::AboveTarget(0)),
            (&[asks(2), Metric::Unavailable], 5, Reason::Failed(Trouble::Unavailable)),
            (&[Metric::Unavailable], 5, Reason::Failed(Trouble::Unavailable)),
            (&[], 5, Reason::Failed(Trouble::Unavailable)),
            (&[asks(5)], 5, Reason::OnTarget),
        ] {
            let verdict = decide(&mut HorizontalAutoscaler::new(BOUNDS), 0, 5, metrics);
            assert_eq!((verdict.replicas, verdict.reason), (replicas, reason), "{metrics:?}");
        }
    }

    #[test]
    fn bounds_come_before_metrics() {
        for (current, replicas, reason) in
            [(0, 0, Reason::Disabled), (200, 100, Reason::AboveMost), (2, 3, Reason::BelowLeast)]
        {
            let mut autoscaler = HorizontalAutoscaler::new(Bounds { least: 3, most: 100 });
            let verdict = decide(&mut autoscaler, 0, current, &[asks(50)]);
            assert_eq!((verdict.replicas, verdict.reason), (replicas, reason));
        }
        let mut autoscaler = HorizontalAutoscaler::new(Bounds { least: 0, most: 100 });
        assert_eq!(decide(&mut autoscaler, 0, 0, &[asks(3)]).replicas, 3, "none may be");
    }

    /// From 3, 90 are asked for: 6, 12, 24, 48, 90. When 2 are asked for the first 90 counts for 300 s:
    /// it was asked for last at 60 s, and still counts at 360 s.
    #[test]
    fn replicas_double_and_stay_for_five_minutes() {
        let mut autoscaler = HorizontalAutoscaler::new(BOUNDS);
        let mut current = 3;
        let mut all = Vec::new();
        for step in 0..=25 {
            let asked = if step <= 4 { 90 } else { 2 };
            current = decide(&mut autoscaler, step * 15, current, &[asks(asked)]).replicas;
            all.push(current);
        }
        assert_eq!(all[..5], [6, 12, 24, 48, 90]);
        assert!(all[5..25].iter().all(|&replicas| replicas == 90));
        assert_eq!(all[25], 2, "at 375 s");
    }

    /// Two more a minute: 5 at 0 s; at 15 s they are limited from the 3 of the minute's beginning; at 60 s
    /// the first change is a minute old, and there may be 7.
    #[test]
    fn changes_count_for_their_period() {
        let mut autoscaler = HorizontalAutoscaler::new(BOUNDS);
        let policies = vec![Policy { change: Change::Pods(2), period: Span::from_secs(60) }];
        let mut behaviour = Behaviour::default();
        behaviour.up.policies = policies;
        autoscaler.behaviour = Some(behaviour);
        let mut at = |at, current| {
            let verdict = decide(&mut autoscaler, at, current, &[asks(50)]);
            (verdict.replicas, verdict.limit)
        };
        assert_eq!(at(0, 3), (5, Limit::Up));
        assert_eq!(at(15, 5), (5, Limit::Up));
        assert_eq!(at(60, 5), (7, Limit::Up));
    }
}
