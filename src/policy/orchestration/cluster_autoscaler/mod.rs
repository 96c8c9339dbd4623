//! The Cluster Autoscaler of Kubernetes: when nodes come and go.
//!
//! Where pods find no node, an [`estimate`](estimator::estimate) says how many nodes of each group would take
//! how many of them; of the groups that would take some, an [`expander`] chooses one. Nodes of which little is
//! used go after some time ([`scale_down`]), if their pods [would find](would_move) another.
//!
//! Source: kubernetes/autoscaler, `cluster-autoscaler`, tag cluster-autoscaler-1.36.1; expanders are checked
//! against the cases of its tests. Not modelled: devices (DRA), groups that are made or removed, balancing of
//! similar groups, the limits of cores and memory in all, groups that scale only as a whole.

mod backoff;
mod drain;
pub mod estimator;
pub mod expander;
mod pod_prices;
pub mod scale_down;

pub use backoff::Backoff;
pub use drain::would_move;
pub use pod_prices::PodPrices;

use crate::kernel::Span;

/// The time between two scans. Source: `--scan-interval`.
pub const SCAN_INTERVAL: Span = Span::from_secs(10);
