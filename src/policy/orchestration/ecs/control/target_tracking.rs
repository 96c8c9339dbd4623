//! How many tasks a service has, by a metric with a target (Application Auto Scaling).

use std::collections::VecDeque;

use crate::kernel::{Span, Time};

/// How a service is scaled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// What the metric shall be.
    pub target: f64,
    /// The fewest tasks.
    pub least: u64,
    /// The most tasks.
    pub most: u64,
    /// How long after tasks came those that came count as part of what is to come next.
    pub cooldown_out: Span,
    /// How long no tasks go after some went; it ends when tasks come.
    pub cooldown_in: Span,
    /// Whether tasks never go (`DisableScaleIn`).
    pub only_out: bool,
    /// How many minutes in a row the metric must be above the target.
    pub high: usize,
    /// How many minutes in a row it must be far below.
    pub low: usize,
    /// What is far below, as a part of the target.
    pub low_part: f64,
}

impl Settings {
    /// Those of a policy that says no more than its target. Recalled: cooldowns of 300 s, and the alarms that
    /// such a policy makes: 3 minutes above the target, 15 minutes below 90 % of it.
    pub fn new(target: f64, least: u64, most: u64) -> Self {
        let cooldown = Span::from_secs(300);
        Self {
            target,
            least,
            most,
            cooldown_out: cooldown,
            cooldown_in: cooldown,
            only_out: false,
            high: 3,
            low: 15,
            low_part: 0.9,
        }
    }
}

/// Scales a service.
#[derive(Clone, Debug)]
pub struct TargetTracking {
    settings: Settings,
    /// The last minutes, the latest last.
    points: VecDeque<f64>,
    /// When the cooldown after tasks came began, and how many there had been before.
    out: Option<(Time, u64)>,
    /// When tasks went.
    last_in: Option<Time>,
}

impl TargetTracking {
    /// Nothing has been measured yet.
    pub fn new(settings: Settings) -> Self {
        Self { settings, points: VecDeque::new(), out: None, last_in: None }
    }

    /// A minute's value of the metric, `None` if there is none: how many tasks there shall be instead of
    /// those now; `None` if nothing changes. While a deployment goes on no tasks go.
    ///
    /// Documented: nothing happens without enough data, more tasks come in proportion, fewer go with
    /// caution, and what cooldowns do. Unknown is what caution is: here tasks go in proportion too, both
    /// rounded up.
    pub fn observe(
        &mut self,
        now: Time,
        value: Option<f64>,
        tasks: u64,
        deploying: bool,
    ) -> Option<u64> {
        let Settings { target, low_part, high, low, .. } = self.settings;
        let Some(value) = value else {
            self.points.clear();
            return None;
        };
        self.points.push_back(value);
        if self.points.len() > high.max(low) {
            self.points.pop_front();
        }
        if self.lately(high, |point| point > target) {
            return self.out(now, value, tasks);
        }
        let stays = deploying || self.settings.only_out;
        if !stays && self.lately(low, |point| point < target * low_part) {
            return self.inward(now, value, tasks);
        }
        None
    }

    /// How many tasks a value asks for, of so many that it was measured with.
    fn proportional(&self, tasks: u64, value: f64) -> u64 {
        let Settings { target, least, most, .. } = self.settings;
        // What is above a whole number by less than a billionth is there by rounding.
        ((tasks as f64 * value / target - 1e-9).ceil() as u64).clamp(least, most)
    }

    /// Tasks come. In the cooldown those that came before are part of what is asked for.
    fn out(&mut self, now: Time, value: f64, tasks: u64) -> Option<u64> {
        let rests = |&(since, _): &(Time, u64)| now.since(since) < self.settings.cooldown_out;
        let cooldown = self.out.filter(rests);
        let (since, before) = cooldown.unwrap_or((now, tasks));
        let wanted = self.proportional(before, value);
        if wanted <= tasks {
            return None;
        }
        self.out = Some((since, before));
        self.last_in = None;
        Some(wanted)
    }

    /// Tasks go, but not in the cooldown.
    fn inward(&mut self, now: Time, value: f64, tasks: u64) -> Option<u64> {
        let rests = |since: Time| now.since(since) < self.settings.cooldown_in;
        let wanted = self.proportional(tasks, value);
        if wanted >= tasks || self.last_in.is_some_and(rests) {
            return None;
        }
        self.last_in = Some(now);
        Some(wanted)
    }

    /// Whether the last `count` minutes were all so.
    fn lately(&self, count: usize, so: impl Fn(f64) -> bool) -> bool {
        self.points.len() >= count && self.points.iter().rev().take(count).all(|&point| so(point))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(minutes: u64) -> Time {
        Time::ZERO.plus(Span::from_secs(minutes * 60))
    }

    /// Runs values minute by minute: the minutes at which tasks changed, and to how many.
    fn run(settings: Settings, values: &[Option<f64>], deploying: bool) -> Vec<(u64, u64)> {
        let mut tracking = TargetTracking::new(settings);
        let (mut tasks, mut changes) = (4, Vec::new());
        for (minute, &value) in (0..).zip(values) {
            if let Some(now) = tracking.observe(minutes(minute), value, tasks, deploying) {
                tasks = now;
                changes.push((minute, now));
            }
        }
        changes
    }

    /// 75 for a target of 50: at the third minute 4 × 1.5 = 6, after 5 minutes 9, after 5 more the most.
    #[test]
    fn tasks_come_after_three_minutes_and_rest_for_five() {
        let settings = Settings::new(50.0, 2, 10);
        let changes = run(settings, &[Some(75.0); 14], false);
        assert_eq!(changes, [(2, 6), (7, 9), (12, 10)]);
        // In the cooldown 100 asks for twice the 4 of before, 70 for no more than there are.
        let values = [75.0, 75.0, 75.0, 70.0, 100.0, 100.0].map(Some);
        assert_eq!(run(settings, &values, false), [(2, 6), (4, 8)]);
        let gap = [Some(75.0), Some(75.0), None, Some(75.0), Some(75.0)];
        assert_eq!(run(settings, &gap, false), [], "a minute without data");
    }

    /// 30 for a target of 50: at the fifteenth minute 4 × 0.6 = 2.4, so 3; five minutes later 1.8, so 2, the
    /// least. 45 is not below 90 % of 50.
    #[test]
    fn tasks_go_after_fifteen_minutes() {
        let settings = Settings::new(50.0, 2, 10);
        let values = [Some(30.0); 30];
        assert_eq!(run(settings, &values, false), [(14, 3), (19, 2)]);
        assert_eq!(run(settings, &values, true), []);
        assert_eq!(run(Settings { only_out: true, ..settings }, &values, false), []);
        assert_eq!(run(settings, &[Some(45.0); 30], false), []);
    }
}
