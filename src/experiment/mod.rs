//! Experiments: many runs of a scenario, each with a seed of its own.

mod replicate;

pub use replicate::{Panicked, Replication, replicate, run_replications};
