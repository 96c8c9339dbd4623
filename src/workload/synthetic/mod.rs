//! Synthetic workloads: files of a trace format, made up after published figures of a real trace.

mod azure_2019;

pub use azure_2019::{Azure2019, Azure2019Error, Azure2019Files, Azure2019Made};
