//! Policies of the literature on packing, as profiles: one score, the nodes in a fixed order, all of them
//! looked at. A file each.
//!
//! They look at CPU and GPUs where the cluster has GPUs, else at CPU and memory, in parts of what its largest
//! node has. In openb, the cluster of the published results, that is 128 cores and 8 GPUs.
//!
//! Source of the forms with GPUs: Weng et al., Beware of Fragmentation: Scheduling GPU-Sharing Workloads with
//! Fragmentation Gradient Descent, USENIX ATC 2023, and its simulator
//! (hkust-adsl/kubernetes-scheduler-simulator). Where that truncates to hundredths, these do.

mod best_fit;
mod cosine;
mod dimension;
mod dot_product;
mod fgd;
mod first_fit;
mod fragmentation;
mod gpu_clustering;
mod gpu_packing;
mod random;
#[cfg(test)]
mod testing;
mod worst_fit;

use std::fmt::Debug;

pub use self::best_fit::BestFit;
pub use self::cosine::Cosine;
pub use self::dimension::Dimension;
pub use self::dot_product::DotProduct;
pub use self::fgd::Fgd;
pub use self::first_fit::FirstFit;
pub use self::fragmentation::{Fragmentation, typical};
pub use self::gpu_clustering::GpuClustering;
pub use self::gpu_packing::GpuPacking;
pub use self::random::Random;
pub use self::worst_fit::WorstFit;
use crate::policy::orchestration::kubernetes::score::Score;
use crate::policy::orchestration::kubernetes::{Cluster, Profile, Ties, Tightest, filter};

/// A policy that a profile carries out.
pub trait Packing: Debug + Send + Sync {
    /// The profile for a cluster whose templates are known.
    fn profile(&self, cluster: &Cluster) -> Profile;

    /// Whether nodes are put into an order at random at the start of a run, which decides between equals.
    fn shuffles(&self) -> bool {
        true
    }
}

/// The scale of scores that are not published in hundredths: millionths, so that few nodes tie.
const FINE: f64 = 1e6;

/// The first of the nodes with the highest score.
fn highest(score: impl Score + 'static) -> Profile {
    Profile {
        filters: filter::defaults(),
        scores: vec![(Box::new(score), 1)],
        percentage: 100,
        ties: Ties::First,
        devices: Box::new(Tightest),
    }
}
