//! Orchestration: on which node a container goes, and how many there are of both, as real orchestrators
//! decide.
//!
//! Each is the algorithm of one version of the original, to the letter, checked against vectors of the
//! original's own tests (`tests/vectors`). A scenario chooses from [`scheduler`](super::scheduler).

pub mod cluster_autoscaler;
pub mod kubernetes;
pub mod swarm;
