//! How a histogram is written: its moments, and those of its buckets that are not empty.

use serde::{Deserialize, Serialize};

use super::{Histogram, Moments};

/// A histogram as it is written and read back.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sparse {
    moments: Moments,
    /// Number and count of each bucket.
    buckets: Vec<(u16, u64)>,
}

impl From<Histogram> for Sparse {
    fn from(histogram: Histogram) -> Self {
        let buckets = histogram.numbered().collect();
        Self { moments: *histogram.moments(), buckets }
    }
}

impl TryFrom<Sparse> for Histogram {
    type Error = &'static str;

    fn try_from(sparse: Sparse) -> Result<Self, Self::Error> {
        Self::of_parts(sparse.moments, &sparse.buckets)
            .ok_or("the buckets of a histogram do not add up to its count")
    }
}
