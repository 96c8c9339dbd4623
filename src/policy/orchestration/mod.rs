//! Orchestration: on which node a container goes, as the schedulers of real orchestrators decide.
//!
//! Each is the algorithm of one version of the original, to the letter, checked against vectors of the
//! original's own tests (`tests/vectors`). A [`SchedulerPolicy`] is what a scenario chooses; the
//! [`Scheduler`] that it starts decides for one pod after another.

pub mod kubernetes;
pub mod scheduler;
pub mod swarm;

pub use scheduler::{SCHEDULERS, Scheduler, SchedulerChoice, SchedulerPolicy};
