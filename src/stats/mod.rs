//! Statistics of what a run observes: moments, time-weighted levels, histograms, intervals of
//! confidence. It knows nothing of clouds.
//!
//! What is summed during a run is whole nanoseconds, so that a result does not depend on the order
//! in which observations came or parts were merged.

pub mod difference;
pub mod histogram;
pub mod interval;
pub mod level;
pub mod moments;
mod sparse;

pub use difference::{PairedDifference, holm};
pub use histogram::Histogram;
pub use interval::{Interval, t_beyond, t_quantile};
pub use level::Level;
pub use moments::Moments;
