//! How fast replicas may come and go (`spec.behavior` of `autoscaling/v2`, `horizontal.go`).

use crate::kernel::{Span, Time};

/// How many replicas may come or go in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// So many.
    Pods(i64),
    /// So many percent of those at the period's beginning.
    Percent(i64),
}

/// A limit for the replicas that come or go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// So many may.
    pub change: Change,
    /// In so much time.
    pub period: Span,
}

/// Which of several policies counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Select {
    /// The one that allows the greatest change.
    #[default]
    Max,
    /// The one that allows the smallest.
    Min,
    /// None: nothing may change this way.
    Disabled,
}

/// The rules for one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long recommendations count that would have changed less.
    pub window: Span,
    /// Which policy counts.
    pub select: Select,
    /// How many may come or go.
    pub policies: Vec<Policy>,
}

/// The rules for both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// How replicas come.
    pub up: Rules,
    /// How they go.
    pub down: Rules,
}

/// The period of the rules for who gives none. Source: `apis/autoscaling/v2/defaults.go`.
const PERIOD: Span = Span::from_secs(15);

impl Default for Behaviour {
    /// Upstream's (`apis/autoscaling/v2/defaults.go`, the window of
    /// `--horizontal-pod-autoscaler-downscale-stabilization`).
    fn default() -> Self {
        let policy = |change| Policy { change, period: PERIOD };
        let both = vec![policy(Change::Pods(4)), policy(Change::Percent(100))];
        let all = vec![policy(Change::Percent(100))];
        Self {
            up: Rules { window: Span::ZERO, select: Select::Max, policies: both },
            down: Rules { window: Span::from_secs(300), select: Select::Max, policies: all },
        }
    }
}

/// How many replicas there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// At least.
    pub least: i64,
    /// At most.
    pub most: i64,
}

/// What has kept replicas from being as many as they should (condition `ScalingLimited`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Nothing (`DesiredWithinRange`).
    None,
    /// There may not be fewer (`TooFewReplicas`).
    TooFew,
    /// There may not be more (`TooManyReplicas`).
    TooMany,
    /// They may not come faster (`ScaleUpLimit`).
    Up,
    /// They may not go faster (`ScaleDownLimit`).
    Down,
}

/// The replicas that came or went, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    came: Vec<(Time, i64)>,
    went: Vec<(Time, i64)>,
}

/// How many of `changes` are younger than `period`.
fn recent(changes: &[(Time, i64)], now: Time, period: Span) -> i64 {
    let young = changes.iter().filter(|(at, _)| now.since(*at) < period);
    young.map(|&(_, change)| change).sum()
}

impl Changes {
    /// Replicas came at `at`.
    pub fn came(&mut self, at: Time, replicas: i64) {
        self.came.push((at, replicas));
    }

    /// Replicas went at `at`.
    pub fn went(&mut self, at: Time, replicas: i64) {
        self.went.push((at, replicas));
    }

    /// Takes note of a change from `current` to `replicas` in the place of one that is older than all periods
    /// of its own direction's rules (`storeScaleEvent`). In the other direction such a one counts until then.
    pub fn note(&mut self, now: Time, current: i64, replicas: i64, behaviour: &Behaviour) {
        let (changes, rules) = if replicas > current {
            (&mut self.came, &behaviour.up)
        } else {
            (&mut self.went, &behaviour.down)
        };
        let longest = rules.policies.iter().map(|policy| policy.period).max();
        let longest = longest.unwrap_or(Span::ZERO);
        let change = (now, (replicas - current).abs());
        match changes.iter_mut().rev().find(|(at, _)| now.since(*at) > longest) {
            Some(old) => *old = change,
            None => changes.push(change),
        }
    }

    /// How many replicas there were at the beginning of the period that ends now.
    fn at_start(&self, current: i64, now: Time, period: Span) -> i64 {
        current - recent(&self.came, now, period) + recent(&self.went, now, period)
    }
}

impl Rules {
    /// The most replicas that there may be now (`calculateScaleUpLimitWithScalingRules`).
    fn highest(&self, current: i64, changes: &Changes, now: Time) -> i64 {
        let limits = self.policies.iter().map(|policy| {
            let start = changes.at_start(current, now, policy.period);
            match policy.change {
                Change::Pods(pods) => start + pods,
                // Rounded up: rounded down, it might never allow a change.
                Change::Percent(percent) => {
                    (start as f64 * (1.0 + percent as f64 / 100.0)).ceil() as i64
                }
            }
        });
        let limit = match self.select {
            Select::Disabled => return current,
            Select::Max => limits.max().unwrap_or(i64::MIN),
            Select::Min => limits.min().unwrap_or(i64::MAX),
        };
        limit.max(current)
    }

    /// The fewest replicas that there may be now (`calculateScaleDownLimitWithBehaviors`).
    fn lowest(&self, current: i64, changes: &Changes, now: Time) -> i64 {
        let limits = self.policies.iter().map(|policy| {
            let start = changes.at_start(current, now, policy.period);
            match policy.change {
                Change::Pods(pods) => start - pods,
                Change::Percent(percent) => (start as f64 * (1.0 - percent as f64 / 100.0)) as i64,
            }
        });
        let limit = match self.select {
            Select::Disabled => return current,
            Select::Max => limits.min().unwrap_or(i64::MAX),
            Select::Min => limits.max().unwrap_or(i64::MIN),
        };
        limit.min(current)
    }
}

impl Behaviour {
    /// How many replicas there shall be of those desired, and what keeps them from being so many
    /// (`convertDesiredReplicasWithBehaviorRate`).
    pub fn limit(
        &self,
        now: Time,
        current: i64,
        desired: i64,
        bounds: Bounds,
        changes: &Changes,
    ) -> (i64, Limit) {
        if desired > current {
            let highest = self.up.highest(current, changes, now);
            let (most, why) = if bounds.most > highest {
                (highest, Limit::Up)
            } else {
                (bounds.most, Limit::TooMany)
            };
            if desired > most {
                return (most, why);
            }
        } else if desired < current {
            let lowest = self.down.lowest(current, changes, now);
            let (least, why) = if bounds.least < lowest {
                (lowest, Limit::Down)
            } else {
                (bounds.least, Limit::TooFew)
            };
            if desired < least {
                return (least, why);
            }
        }
        (desired, Limit::None)
    }
}

/// So many replicas there may always be. Source: `scaleUpLimitMinimum`.
const ALWAYS: i64 = 4;

/// The same for who gives no behaviour: at most twice as many at once, or four
/// (`convertDesiredReplicasWithRules`).
pub fn limit_without_behaviour(current: i64, desired: i64, bounds: Bounds) -> (i64, Limit) {
    let highest = (2 * current).max(ALWAYS);
    let (most, why) =
        if bounds.most > highest { (highest, Limit::Up) } else { (bounds.most, Limit::TooMany) };
    if desired < bounds.least {
        (bounds.least, Limit::TooFew)
    } else if desired > most {
        (most, why)
    } else {
        (desired, Limit::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { least: 1, most: 1000 };

    fn seconds(seconds: u64) -> Time {
        Time::ZERO.plus(Span::from_secs(seconds))
    }

    fn rules(select: Select, policies: &[Policy]) -> Rules {
        Rules { window: Span::ZERO, select, policies: policies.to_vec() }
    }

    const TEN_A_MINUTE: Policy = Policy { change: Change::Pods(10), period: Span::from_secs(60) };
    const FIFTH_A_MINUTE: Policy =
        Policy { change: Change::Percent(20), period: Span::from_secs(60) };

    /// There are 33 at 100 s; 3 came at 50 s, 2 went at 70 s, and 7 came at 40 s, a minute ago, which
    /// counts no longer. At the beginning there were 33 - 3 + 2 = 32: ten more are 42, a fifth more is
    /// 38.4, rounded up to 39; ten fewer are 22, a fifth fewer is 25.6, cut to 25.
    #[test]
    fn policies_count_from_the_beginning_of_their_period() {
        let mut changes = Changes::default();
        changes.came(seconds(50), 3);
        changes.went(seconds(70), 2);
        changes.came(seconds(40), 7);
        let policies = [TEN_A_MINUTE, FIFTH_A_MINUTE];
        for (select, most, least) in
            [(Select::Max, 42, 22), (Select::Min, 39, 25), (Select::Disabled, 33, 33)]
        {
            let rules = rules(select, &policies);
            let behaviour = Behaviour { up: rules.clone(), down: rules };
            let limit = |desired| behaviour.limit(seconds(100), 33, desired, BOUNDS, &changes);
            assert_eq!(limit(500), (most, Limit::Up), "{select:?}");
            assert_eq!(limit(2), (least, Limit::Down), "{select:?}");
        }
    }

    /// By the defaults, whose longest period is 15 s, what came at 20 s takes the place of what came at 0 s;
    /// what came at 35 s stands beside it, as 15 s are not longer than that.
    #[test]
    fn old_changes_give_way_to_new_ones() {
        let (mut changes, mut expected) = (Changes::default(), Changes::default());
        for (at, from, to) in [(0, 3, 5), (20, 5, 9), (30, 9, 8), (35, 8, 11)] {
            changes.note(seconds(at), from, to, &Behaviour::default());
        }
        expected.came(seconds(20), 4);
        expected.came(seconds(35), 3);
        expected.went(seconds(30), 1);
        assert_eq!(changes, expected);
    }

    /// From 33 the defaults allow 66, more than the 50 that there may be, and none at all, fewer than 1.
    #[test]
    fn bounds_count_where_they_are_narrower() {
        let behaviour = Behaviour::default();
        let bounds = Bounds { least: 1, most: 50 };
        let limit =
            |desired| behaviour.limit(seconds(100), 33, desired, bounds, &Changes::default());
        assert_eq!(limit(60), (50, Limit::TooMany));
        assert_eq!(limit(0), (1, Limit::TooFew));
        assert_eq!(limit(40), (40, Limit::None));
    }

    #[test]
    fn without_behaviour_twice_as_many_or_four() {
        assert_eq!(limit_without_behaviour(1, 9, BOUNDS), (4, Limit::Up));
        assert_eq!(limit_without_behaviour(10, 30, BOUNDS), (20, Limit::Up));
        assert_eq!(limit_without_behaviour(10, 0, BOUNDS), (1, Limit::TooFew));
        let few = Bounds { least: 1, most: 8 };
        assert_eq!(limit_without_behaviour(5, 9, few), (8, Limit::TooMany));
    }
}
