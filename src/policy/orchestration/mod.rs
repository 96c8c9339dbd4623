//! Orchestration: on which node a container goes, and how many there are of both, as real orchestrators
//! decide.
//!
//! Each is the algorithm of one version of the original, to the letter, checked against vectors of the
//! original's own tests (`tests/vectors`); but [`ecs`] is closed, and follows what is documented. A
//! scenario chooses a [`scheduler`](super::scheduler),
//! a [`rollout`](super::rollout), and for clusters autoscalers of
//! [nodes](super::node_autoscaling) and of
//! [replicas](super::replica_autoscaling).

pub mod cluster_autoscaler;
pub mod ecs;
pub mod kubernetes;
pub mod swarm;
