//! When a deployment is given up (the deployment circuit breaker).

/// How many tasks may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// So many percent of the desired tasks, rounded up, but at least 3 and at most 200.
    BoundedPercent(u64),
    /// So many percent of the desired tasks, rounded up.
    UnboundedPercent(u64),
    /// So many.
    Count(u64),
}

/// Documented: 3 ≤ 0.5 × desired ≤ 200.
const BOUNDS: [u64; 2] = [3, 200];

impl Threshold {
    /// How many failed tasks of so many desired give a deployment up.
    pub fn of(self, desired: u64) -> u64 {
        let part = |percent: u64| (desired * percent).div_ceil(100);
        match self {
            Self::BoundedPercent(percent) => part(percent).clamp(BOUNDS[0], BOUNDS[1]),
            Self::UnboundedPercent(percent) => part(percent),
            Self::Count(count) => count,
        }
    }
}

/// Counts the tasks of a deployment that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    threshold: Threshold,
    /// Whether a healthy task makes the count begin anew (`resetOnHealthyTask`).
    reset: bool,
    failed: u64,
}

impl Default for CircuitBreaker {
    /// Documented: half of the desired tasks one after the other.
    fn default() -> Self {
        Self::new(Threshold::BoundedPercent(50), true)
    }
}

impl CircuitBreaker {
    /// A deployment that begins. Other thresholds than the default's, and counts that go on, are documented
    /// since July 2026 (`thresholdConfiguration`).
    pub fn new(threshold: Threshold, reset: bool) -> Self {
        Self { threshold, reset, failed: 0 }
    }

    /// A task has become healthy.
    pub fn healthy(&mut self) {
        if self.reset {
            self.failed = 0;
        }
    }

    /// A task has failed to start or to become healthy; says whether the deployment is given up, of which so
    /// many tasks are desired.
    pub fn failed(&mut self, desired: u64) -> bool {
        self.failed += 1;
        self.failed >= self.threshold.of(desired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half of 1, 7, 25 and 1000: 1, 4, 13 and 500.
    #[test]
    fn thresholds_are_bounded() {
        let of = |threshold: fn(u64) -> Threshold, percent| {
            [1, 7, 25, 1000].map(|desired| threshold(percent).of(desired))
        };
        assert_eq!(of(Threshold::BoundedPercent, 50), [3, 4, 13, 200]);
        assert_eq!(of(Threshold::UnboundedPercent, 50), [1, 4, 13, 500]);
        assert_eq!(of(Threshold::Count, 2), [2; 4]);
    }

    #[test]
    fn a_healthy_task_begins_anew() {
        for (reset, expected) in [(true, [false; 4]), (false, [false, false, true, true])] {
            let mut breaker = CircuitBreaker::new(Threshold::Count(3), reset);
            let tripped = [0, 1, 2, 3].map(|_| {
                breaker.healthy();
                breaker.failed(10)
            });
            assert_eq!(tripped, expected);
        }
        let mut breaker = CircuitBreaker::default();
        assert_eq!([0, 1, 2].map(|_| breaker.failed(1)), [false, false, true]);
    }
}
