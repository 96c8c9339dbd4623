//! A deterministic discrete-event simulator of cloud scheduling.

pub mod cli;
pub mod experiment;
pub mod kernel;
pub mod metric;
pub mod model;
pub mod platform;
pub mod policy;
pub mod preset;
pub mod pricing;
pub mod quantity;
pub mod report;
pub mod scenario;
pub mod stats;
pub mod variate;
pub mod workload;
pub mod world;

/// The snippet of the README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
