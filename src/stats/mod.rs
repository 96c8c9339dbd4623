//! Statistics of what a run observes: moments, time-weighted levels, histograms, intervals of
//! confidence from many runs and from one, differences of pairs, when a run has settled; smoothing.
//! It knows nothing of clouds.
//!
//! What is summed during a run is whole nanoseconds, so that a result does not depend on the order
//! in which observations came or parts were merged.

pub mod batch;
pub mod histogram;
pub mod holt;
pub mod interval;
pub mod level;
pub mod moments;
pub mod mser;
pub mod paired;
mod sparse;
pub mod two_sample;

pub use histogram::Histogram;
pub use holt::{Damped, Holt};
pub use interval::{Interval, t_probability, t_quantile};
pub use level::{LastingLevel, Level};
pub use moments::Moments;
pub use mser::Mser;
pub use paired::{Differences, Paired, holm};
pub use two_sample::greater_share;
