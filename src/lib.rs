//! A deterministic discrete-event simulator of cloud scheduling.

pub mod kernel;
pub mod model;
pub mod policy;
pub mod quantity;
pub mod scenario;
pub mod stats;
