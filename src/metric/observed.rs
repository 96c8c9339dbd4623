//! What is observed of a run as a whole, over all of the measured time or a part of it.

use super::{Metric, Of, PlatformFigures, ReleaseFigures, RequestFigures, Value};
use crate::kernel::Span;
use crate::quantity::Money;

/// The figures that every metric of a run as a whole is computed from.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// All that clients sent.
    pub requests: RequestFigures,
    /// All platforms together.
    pub platforms: PlatformFigures,
    /// All releases together, if there are any.
    pub releases: Option<ReleaseFigures>,
    /// The whole bill.
    pub cost: Money,
    /// The time over which this was observed.
    pub time: Span,
}

impl Observed {
    /// The value of a metric; `None` where it is not defined.
    pub fn value(&self, metric: &Metric) -> Option<Value> {
        match metric.of {
            Of::Requests(_) | Of::Quantile(_) => metric.of.of_requests(&self.requests, self.time),
            Of::Platform(compute) => compute(&self.platforms, self.time),
            Of::Release(compute) => self.releases.as_ref().and_then(compute),
            Of::Cost(compute) => compute(self.cost, self.requests.requests),
        }
    }

    /// What was observed since `earlier`, an earlier state of the same. What was sent before and ended
    /// since counts among what ended.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            requests: self.requests.since(&earlier.requests),
            platforms: self.platforms.since(&earlier.platforms),
            // No part of a run is looked at by its releases.
            releases: None,
            cost: Money::from_picodollars(
                self.cost.as_picodollars() - earlier.cost.as_picodollars(),
            ),
            time: Span::from_nanos(self.time.as_nanos() - earlier.time.as_nanos()),
        }
    }
}
