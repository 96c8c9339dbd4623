//! Filters: which nodes a pod can go to, a file each.

mod gpus;
mod inter_pod_affinity;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_unschedulable;
mod resource_fit;
mod taint_toleration;
mod topology_spread;

use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::gpus::GpuShare;
pub use self::inter_pod_affinity::InterPodAffinity;
pub use self::node_affinity::NodeAffinity;
pub use self::node_name::NodeName;
pub use self::node_ports::NodePorts;
pub use self::node_unschedulable::NodeUnschedulable;
pub use self::resource_fit::ResourceFit;
pub use self::taint_toleration::TaintToleration;
pub use self::topology_spread::TopologySpread;
use super::cluster::Cluster;
use super::names::Symbol;
use super::node::Site;
use super::pod::Pod;
use super::resources::Lacking;
use super::taint::Taint;
use crate::kernel::Id;

/// What a filter says of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The pod can go there.
    Fits,
    /// It cannot, but might if other pods left (`Unschedulable`).
    Unschedulable(Reason),
    /// It cannot, whatever pods leave (`UnschedulableAndUnresolvable`).
    Unresolvable(Reason),
}

impl Verdict {
    /// Whether the pod can go there.
    #[inline]
    pub fn fits(self) -> bool {
        self == Self::Fits
    }
}

/// Why a pod cannot go to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The node takes no more pods.
    Cordoned,
    /// The pod names another node.
    OtherNode,
    /// The pod does not stand a taint.
    Taint(Taint),
    /// The node is not as the pod needs it.
    NodeAffinity,
    /// The node is not as the profile asks of all pods.
    EnforcedAffinity,
    /// A port is taken.
    Port,
    /// The node has too little of these.
    Lacking(Lacking),
    /// The GPUs of the node are of another model.
    GpuModel,
    /// The node has too few devices with enough left.
    Gpus,
    /// The node is in no domain of a spread constraint.
    NoDomain,
    /// The domain would have too many pods.
    Skew,
    /// Pods that must be near are not.
    Affinity,
    /// Pods that must be far are near.
    AntiAffinity,
    /// Pods that are near must be far from this one.
    OthersAntiAffinity,
    /// The API's rules forbid a selector of the pod.
    Malformed,
    /// A filter of one's own says so.
    Other(&'static str),
}

/// A filter of a profile.
///
/// It is asked once for each pod, and may then do what costs as much as there are nodes; what it gives back
/// is asked for each node.
pub trait Filter: DynClone + Debug + Send + Sync {
    /// Upstream's name of the plugin.
    fn name(&self) -> &'static str;

    /// Makes ready for a pod (`PreFilter`).
    fn prepare<'a>(&'a self, cluster: &'a Cluster, pod: Id<Pod>) -> Prepared<'a>;

    /// Whether, for this pod, what it says of a node follows from the node, the pods that are on it or for
    /// which room is being made there, and the template of the pod alone. Then it stays true until the node
    /// changes, and is remembered. Such a filter skips the pod or is asked for each node; it neither rejects
    /// it nor names the nodes that can do.
    fn is_local(&self, _cluster: &Cluster, _pod: Id<Pod>) -> bool {
        false
    }
}

dyn_clone::clone_trait_object!(Filter);

/// What a filter has found out about a pod.
#[derive(Debug)]
pub enum Prepared<'a> {
    /// It has nothing to say of this pod.
    Skip,
    /// No node will do.
    Reject(Verdict),
    /// It shall be asked for each node.
    Check(Box<dyn Check + 'a>),
    /// As `Check`, and no other nodes than those with these names can do.
    Within(Vec<Symbol>, Box<dyn Check + 'a>),
}

/// A filter that is ready for a pod.
pub trait Check: DynClone + Debug {
    /// Whether the pod can go to this node (`Filter`).
    fn check(&self, site: Site<'_>) -> Verdict;

    /// Is told that a pod is thought to be on a node besides (`AddPod`).
    fn added(&mut self, _pod: Id<Pod>, _site: Site<'_>) {}

    /// Is told that a pod is thought to be gone from a node (`RemovePod`).
    fn removed(&mut self, _pod: Id<Pod>, _site: Site<'_>) {}
}

dyn_clone::clone_trait_object!(Check);

/// The filters of upstream's default profile, in its order, without those of volumes and devices; then
/// that of GPUs.
pub fn defaults() -> Vec<Box<dyn Filter>> {
    vec![
        Box::new(NodeUnschedulable),
        Box::new(NodeName),
        Box::new(TaintToleration),
        Box::<NodeAffinity>::default(),
        Box::new(NodePorts),
        Box::<ResourceFit>::default(),
        Box::<TopologySpread>::default(),
        Box::new(InterPodAffinity),
        Box::new(GpuShare),
    ]
}
