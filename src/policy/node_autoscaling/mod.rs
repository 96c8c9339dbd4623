//! Node autoscaling: when nodes of a cluster come and go, a file a policy.
//!
//! Nodes are in groups: those of a group are alike, and there are so many of them at least and at most. A policy
//! is told when something has changed, says when it looks next, and then says how many nodes are ordered and
//! which ones go. Where nothing has changed it need not look: what it would find later follows by arithmetic.

mod cluster_autoscaler;
mod karpenter;
mod managed_scaling;
mod view;

use std::fmt::Debug;

use dyn_clone::DynClone;

pub use self::cluster_autoscaler::{ClusterAutoscaler, ExpanderChoice};
pub use self::karpenter::{Consolidation, Karpenter};
pub use self::managed_scaling::ManagedScaling;
pub use self::view::{Group, Place, View, Waiting};
use super::orchestration::kubernetes::Node;
use crate::kernel::{Id, Stream, Time};
use crate::policy::catalogue::catalogue;

/// A node autoscaler that a scenario can choose.
pub trait NodeAutoscalingPolicy: DynClone + Debug + Send + Sync {
    /// At the start of a run.
    fn start(&self) -> Box<dyn NodeAutoscaler>;

    /// Whether it has to know what nodes cost.
    fn needs_prices(&self) -> bool {
        false
    }

    /// What is wrong with its parameters, with no full stop, and how to mend it.
    fn fault(&self) -> Option<(String, &'static str)> {
        None
    }
}

dyn_clone::clone_trait_object!(NodeAutoscalingPolicy);

/// A node autoscaler at work.
pub trait NodeAutoscaler: Debug + Send {
    /// Nodes or pods have changed; `came` if pods came that find no node. Says when it looks.
    fn changed(&mut self, now: Time, came: bool) -> Time;

    /// Looks at the cluster.
    fn look(&mut self, view: &View<'_>, stream: &mut Stream) -> Orders;
}

/// A time that never comes.
pub const NEVER: Time = Time::MAX;

/// What is to happen to nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    /// So many more nodes of a group, by its number.
    pub more: Vec<(usize, usize)>,
    /// Nodes that go: those that have not come are not waited for any longer, the others go when they have no
    /// pods any more.
    pub gone: Vec<Id<Node>>,
    /// When it looks again, although nothing changes; [`NEVER`] if it would find nothing new.
    pub again: Time,
}

impl Default for Orders {
    fn default() -> Self {
        Self { more: Vec::new(), gone: Vec::new(), again: NEVER }
    }
}

catalogue! {
    /// A node autoscaler, chosen by name.
    pub struct NodeAutoscalingChoice(Box<dyn NodeAutoscalingPolicy>);
    /// The node autoscalers.
    pub static NODE_AUTOSCALINGS: "node autoscaler";
    ClusterAutoscaler,
    Karpenter,
    ManagedScaling,
}
