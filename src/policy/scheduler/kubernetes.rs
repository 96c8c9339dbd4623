//! The default scheduler of Kubernetes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Scheduler, SchedulerPolicy};
use crate::kernel::Stream;
use crate::policy::catalogue::Described;
use crate::policy::orchestration::kubernetes::score::{ResourceFit, Strategy};
use crate::policy::orchestration::kubernetes::{Cluster, Framework, Profile};

/// The scheduler of Kubernetes 1.35: filters, scores with weights, and preemption.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Kubernetes {
    /// What a full node is worth to `NodeResourcesFit`.
    pub fit: Fit,
    /// Weights of scores instead of upstream's, by the name of the plugin, as in
    /// `NodeResourcesBalancedAllocation`; 0 leaves a score out.
    pub weights: BTreeMap<ScoreName, u8>,
    /// How many percent of the nodes must be found to fit before the search stops; 0 lets their number
    /// decide.
    #[schemars(range(max = 100))]
    pub percentage_of_nodes_to_score: u8,
    /// Whether pods of lower priority are evicted for one that finds no node.
    pub preemption: bool,
}

impl Default for Kubernetes {
    fn default() -> Self {
        Self {
            fit: Fit::default(),
            weights: BTreeMap::new(),
            percentage_of_nodes_to_score: 0,
            preemption: true,
        }
    }
}

/// What a full node is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Empty nodes are better.
    #[default]
    LeastAllocated,
    /// Full nodes are better.
    MostAllocated,
}

/// A score of upstream, by the name of its plugin.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
pub enum ScoreName {
    /// Few taints that the pod had better avoid.
    TaintToleration,
    /// Nodes that the pod prefers.
    NodeAffinity,
    /// How full the node would be.
    NodeResourcesFit,
    /// How evenly pods are spread.
    PodTopologySpread,
    /// Pods that are wanted near or far.
    InterPodAffinity,
    /// How evenly the resources of the node would be used.
    NodeResourcesBalancedAllocation,
    /// Images that the node has already.
    ImageLocality,
}

impl ScoreName {
    fn text(self) -> &'static str {
        match self {
            Self::TaintToleration => "TaintToleration",
            Self::NodeAffinity => "NodeAffinity",
            Self::NodeResourcesFit => "NodeResourcesFit",
            Self::PodTopologySpread => "PodTopologySpread",
            Self::InterPodAffinity => "InterPodAffinity",
            Self::NodeResourcesBalancedAllocation => "NodeResourcesBalancedAllocation",
            Self::ImageLocality => "ImageLocality",
        }
    }
}

impl Described for Kubernetes {
    const NAME: &'static str = "kubernetes";
    const SUMMARY: &'static str = "The default profile of Kubernetes 1.35: filters, then the highest sum of weighted scores; room is made for pods of higher priority.";
    const SOURCE: &'static str = "kubernetes v1.35.4, pkg/scheduler";
}

impl Kubernetes {
    /// The profile that it stands for.
    pub fn profile(&self) -> Profile {
        let mut profile =
            Profile { percentage: self.percentage_of_nodes_to_score, ..Profile::default() };
        for (score, weight) in &mut profile.scores {
            if self.fit == Fit::MostAllocated && score.name() == "NodeResourcesFit" {
                *score = Box::new(ResourceFit::new(Strategy::MostAllocated));
            }
            let own = self.weights.iter().find(|(name, _)| name.text() == score.name());
            if let Some((_, own)) = own {
                *weight = (*own).into();
            }
        }
        profile.scores.retain(|(_, weight)| *weight > 0);
        profile
    }
}

impl SchedulerPolicy for Kubernetes {
    fn start(&self, _cluster: &mut Cluster, _stream: &mut Stream) -> Box<dyn Scheduler> {
        Box::new(Framework::new(self.profile(), self.preemption))
    }
}
