//! A deterministic discrete-event simulator of cloud scheduling.

pub mod kernel;
pub mod metric;
pub mod model;
pub mod platform;
pub mod policy;
pub mod pricing;
pub mod quantity;
pub mod scenario;
pub mod stats;
pub mod variate;
pub mod workload;
pub mod world;
