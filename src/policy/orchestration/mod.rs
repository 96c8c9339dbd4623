//! Orchestration: on which node a container goes, as the schedulers of real orchestrators decide.
//!
//! Each is the algorithm of one version of the original, to the letter, checked against vectors of the
//! original's own tests (`tests/vectors`). No key of a scenario uses them yet: they are the library
//! on which a platform of pods stands.

pub mod kubernetes;
pub mod swarm;
