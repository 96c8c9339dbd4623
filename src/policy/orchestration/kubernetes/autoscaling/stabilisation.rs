//! Recommendations of the last minutes, so that replicas do not come and go all the time (`horizontal.go`).

use crate::kernel::{Span, Time};

/// How many replicas metrics asked for, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recommendations(Vec<(Time, i64)>);

impl Recommendations {
    /// Metrics asked for so many replicas at `at`.
    pub fn add(&mut self, at: Time, replicas: i64) {
        self.0.push((at, replicas));
    }

    /// Whether metrics have asked for nothing yet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The most that was asked for within the window, now among it, and takes note of what is asked for
    /// now (`stabilizeRecommendation`). One that is exactly as old as the window counts.
    pub fn highest(&mut self, now: Time, window: Span, desired: i64) -> i64 {
        self.0.retain(|(at, _)| now.since(*at) <= window);
        let highest = self.0.iter().map(|&(_, replicas)| replicas).fold(desired, i64::max);
        self.add(now, desired);
        highest
    }

    /// The current number, moved no further than to between the least that was asked for within the window
    /// `up` and the most within the window `down`, now among both; takes note of what is asked for now
    /// (`stabilizeRecommendationWithBehaviors`). One that is exactly as old as a window does not count.
    pub fn stabilised(
        &mut self,
        now: Time,
        [up, down]: [Span; 2],
        current: i64,
        desired: i64,
    ) -> i64 {
        self.0.retain(|(at, _)| now.since(*at) < up.max(down));
        let within = |window: Span| {
            let young = self.0.iter().filter(move |(at, _)| now.since(*at) < window);
            young.map(|&(_, replicas)| replicas)
        };
        let least = within(up).fold(desired, i64::min);
        let most = within(down).fold(desired, i64::max);
        self.add(now, desired);
        current.max(least).min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Time {
        Time::ZERO.plus(Span::from_secs(seconds))
    }

    fn asked(all: &[(u64, i64)]) -> Recommendations {
        Recommendations(all.iter().map(|&(at, replicas)| (seconds(at), replicas)).collect())
    }

    /// 9 was asked for 300 s ago, 7 100 s ago. A window of 300 s holds both, one of 299 s the second.
    #[test]
    fn the_highest_of_the_window() {
        for (window, desired, highest) in [(300, 5, 9), (299, 5, 7), (50, 5, 5), (299, 8, 8)] {
            let mut asked = asked(&[(100, 9), (300, 7)]);
            assert_eq!(asked.highest(seconds(400), Span::from_secs(window), desired), highest);
            assert_eq!(asked.highest(seconds(400), Span::ZERO, 0), desired, "it is noted");
        }
    }

    /// From 10: 20 is asked for; within the window up 12 was asked for, so 12. 4 is asked for; within the
    /// window down 8 was, so 8. Between both nothing happens.
    #[test]
    fn no_further_than_recent_recommendations() {
        let windows = [Span::from_secs(60), Span::from_secs(300)];
        let all = [(50, 30), (150, 8), (345, 12)];
        for (current, desired, expected) in [(10, 20, 12), (10, 4, 10), (20, 4, 12), (10, 11, 11)] {
            let found = asked(&all).stabilised(seconds(400), windows, current, desired);
            assert_eq!(found, expected, "{current} {desired}");
        }
        let found = asked(&all[..2]).stabilised(seconds(400), windows, 10, 4);
        assert_eq!(found, 8);
        // Exactly as old as the window: 12 counts no longer.
        let found = asked(&all).stabilised(seconds(405), windows, 10, 20);
        assert_eq!(found, 20);
    }
}
