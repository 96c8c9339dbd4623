//! The Cluster Autoscaler of Kubernetes: of which group nodes are added ([`expander`]).
//!
//! Source: kubernetes/autoscaler, `cluster-autoscaler`, tag cluster-autoscaler-1.36.1; expanders are checked
//! against the cases of its tests.

pub mod expander;
