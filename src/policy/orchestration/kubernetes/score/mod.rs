//! Scores: which of the nodes left is best, a file each.

mod balanced_allocation;
mod image_locality;
mod inter_pod_affinity;
mod node_affinity;
mod resource_fit;
mod shape;
mod taint_toleration;
mod topology_spread;

use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::balanced_allocation::BalancedAllocation;
pub use self::image_locality::ImageLocality;
pub use self::inter_pod_affinity::InterPodAffinity;
pub use self::node_affinity::NodeAffinity;
pub use self::resource_fit::{ResourceFit, Strategy};
pub use self::shape::Shape;
pub use self::taint_toleration::TaintToleration;
pub use self::topology_spread::TopologySpread;
use super::cluster::Cluster;
use super::node::{Node, Site};
use super::pod::Pod;
use super::resources::Resource;
use crate::kernel::Id;

/// The best score of a node.
pub const BEST: i64 = 100;

/// A score of a profile.
///
/// It is asked once for each pod, and may then do what costs as much as there are nodes; what it gives back
/// is asked for each node that is left.
pub trait Score: DynClone + Debug + Send + Sync {
    /// Upstream's name of the plugin.
    fn name(&self) -> &'static str;

    /// Makes ready for a pod and the nodes that are left to it (`PreScore`); `None` if it has nothing to
    /// say of this pod: then it adds nothing to any node.
    ///
    /// # Errors
    /// If it cannot say anything: the pod is as little placed as if no node were left.
    fn prepare<'a>(
        &'a self,
        cluster: &'a Cluster,
        pod: Id<Pod>,
        left: &[Id<Node>],
    ) -> Result<Option<Box<dyn Rank + 'a>>, Fault>;

    /// From what its score of a node follows, for this pod.
    fn scope(&self, _cluster: &Cluster, _pod: Id<Pod>) -> Scope {
        Scope::Cluster
    }
}

dyn_clone::clone_trait_object!(Score);

/// From what the score of a node follows. What does not follow from the whole cluster is remembered until the
/// node changes; it is then made ready without the nodes that are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// From the node, the template of the pod, and which nodes there are. It is not normalised, and has no
    /// fault.
    Node,
    /// The same before it is normalised. Then it follows from that, and from which such values there are
    /// among the nodes that are left: not from how many have them.
    Values,
    /// From whatever else.
    Cluster,
}

/// Why a score cannot say anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The API's rules forbid a selector of the pod.
    Malformed,
    /// The profile lists no resources.
    NoResources,
}

/// A score that is ready for a pod.
pub trait Rank: Debug {
    /// The score of a node before it is normalised (`Score`).
    fn rank(&self, site: Site<'_>) -> i64;

    /// Brings the scores of all nodes that are left, in their order, to 0 to [`BEST`] (`NormalizeScore`).
    fn normalise(&self, _left: &[Id<Node>], _scores: &mut [i64]) {}
}

/// The scores of upstream's default profile with its weights, without those of volumes and devices.
pub fn defaults() -> Vec<(Box<dyn Score>, i64)> {
    vec![
        (Box::new(TaintToleration), 3),
        (Box::<NodeAffinity>::default(), 2),
        (Box::<ResourceFit>::default(), 1),
        (Box::<TopologySpread>::default(), 2),
        (Box::<InterPodAffinity>::default(), 2),
        (Box::<BalancedAllocation>::default(), 1),
        (Box::new(ImageLocality), 1),
    ]
}

/// CPU and memory alike.
fn cpu_and_memory() -> Vec<(Resource, i64)> {
    vec![(Resource::CPU, 1), (Resource::MEMORY, 1)]
}

/// Brings scores to 0 to [`BEST`] by the highest of them, the other way round if `reverse`
/// (`plugins/helper/normalize_score.go`).
///
/// ```
/// use cloudsched::policy::orchestration::kubernetes::score::normalise;
/// let mut scores = [1, 2, 3];
/// normalise(&mut scores, false);
/// assert_eq!(scores, [33, 66, 100]);
/// ```
pub fn normalise(scores: &mut [i64], reverse: bool) {
    let most = scores.iter().copied().max().unwrap_or(0);
    for score in scores {
        *score = match (most > 0, reverse) {
            (true, false) => BEST * *score / most,
            (true, true) => BEST - BEST * *score / most,
            (false, false) => *score,
            (false, true) => BEST,
        };
    }
}
