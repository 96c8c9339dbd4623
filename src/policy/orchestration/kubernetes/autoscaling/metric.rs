//! Metrics: targets, present values, and what they ask for.

use crate::kernel::{Span, Time};

/// How far from its target a metric may be without anything happening, as a part of the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Above it.
    pub up: f64,
    /// Below it.
    pub down: f64,
}

impl Default for Tolerance {
    /// Upstream's (`--horizontal-pod-autoscaler-tolerance`).
    fn default() -> Self {
        Self { up: 0.1, down: 0.1 }
    }
}

impl Tolerance {
    /// Whether a ratio of usage to target is near enough to 1.
    pub(super) fn covers(self, ratio: f64) -> bool {
        (1.0 - self.down) <= ratio && ratio <= (1.0 + self.up)
    }
}

/// What was measured of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The value, in thousandths: milli-cores of CPU, thousandths of a byte.
    pub value: i64,
    /// The end of the time in which it was measured.
    pub at: Time,
    /// The length of that time.
    pub window: Span,
}

/// A metric with its target and its present values.
///
/// Samples come in the order of the pods, `None` for a pod of which there is none. Those that stand beyond
/// the last pod are of pods that are no longer there.
#[derive(Clone, Copy, Debug)]
pub enum Metric<'a> {
    /// The use of a resource as a percentage of what pods request: `Resource` or `ContainerResource` with
    /// `averageUtilization`.
    Utilisation {
        /// Whether it is of CPU, of which samples of pods that start do not count.
        cpu: bool,
        /// The percentage that is wanted.
        target: i64,
        /// What each pod requests, in thousandths; `None` if a container of it does not say.
        requests: &'a [Option<i64>],
        /// What each pod uses.
        samples: &'a [Option<Sample>],
    },
    /// The average of a value over pods: `Pods`, or `Resource` with `averageValue`.
    Average {
        /// As above.
        cpu: bool,
        /// The average that is wanted, in thousandths.
        target: i64,
        /// The value of each pod.
        samples: &'a [Option<Sample>],
    },
    /// The value of something else, which more pods make smaller: `Object` or `External` with `value`.
    Value {
        /// The value that is wanted, in thousandths.
        target: i64,
        /// What it is, in thousandths; the sum if an external metric has several.
        value: i64,
    },
    /// The value of something else by pod: `Object` or `External` with `averageValue`.
    AverageValue {
        /// The value by pod that is wanted, in thousandths.
        target: i64,
        /// What it is in all, in thousandths; the sum if an external metric has several.
        value: i64,
    },
    /// It could not be read.
    Unavailable,
}

/// Replicas of what is scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// How many shall be (`spec.replicas`).
    pub wanted: i64,
    /// How many there are (`status.replicas`).
    pub present: i64,
}

/// What a metric asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// So many replicas.
    pub replicas: i64,
    /// The value that was compared with the target; by pod, but for [`Metric::Value`]. In thousandths.
    pub usage: i64,
    /// The same as a whole percentage of the requests, for [`Metric::Utilisation`].
    pub percentage: Option<i64>,
}

/// Why a metric asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It could not be read.
    Unavailable,
    /// There are no pods.
    NoPods,
    /// There is no sample of a pod that counts.
    NoSamples,
    /// A pod, by its number, does not say what it requests.
    NoRequest(usize),
    /// The pods that count request nothing.
    NothingRequested,
}
