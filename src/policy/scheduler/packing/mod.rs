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
use crate::kernel::Id;
use crate::policy::orchestration::kubernetes::score::{Fault, Rank, Scope, Score};
use crate::policy::orchestration::kubernetes::{
    Cluster, Node, Pod, Profile, Template, Ties, Tightest, filter,
};

/// A policy that a profile carries out.
pub trait Packing: Debug + Send + Sync {
    /// The profile for a cluster whose templates are known.
    fn profile(&self, cluster: &Cluster) -> Profile;

    /// Whether nodes are put into an order at random at the start of a run, which decides between equals.
    fn shuffles(&self) -> bool {
        true
    }
}

/// A score of nodes by what is left of them for a pod: it depends on nothing else.
pub(crate) trait ByNode: Clone + Debug + Send + Sync + 'static {
    /// Its name in tables of scores.
    const SCORE: &'static str;

    /// Makes ready for a pod of this template.
    fn ranked<'a>(&'a self, template: &'a Template, cluster: &'a Cluster) -> Box<dyn Rank + 'a>;
}

/// A [`ByNode`] as a score of a profile.
#[derive(Clone, Debug)]
struct Alone<P>(P);

impl<P: ByNode> Score for Alone<P> {
    fn name(&self) -> &'static str {
        P::SCORE
    }

    fn prepare<'a>(
        &'a self,
        cluster: &'a Cluster,
        pod: Id<Pod>,
        _left: &[Id<Node>],
    ) -> Result<Option<Box<dyn Rank + 'a>>, Fault> {
        Ok(Some(self.0.ranked(cluster.template_of(pod), cluster)))
    }

    fn scope(&self, _cluster: &Cluster, _pod: Id<Pod>) -> Scope {
        Scope::Node
    }
}

impl<P: ByNode> Packing for P {
    fn profile(&self, _cluster: &Cluster) -> Profile {
        highest(Alone(self.clone()))
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
