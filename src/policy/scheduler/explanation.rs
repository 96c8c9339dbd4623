//! Why a pod goes where it goes.

use crate::kernel::Id;
use crate::policy::orchestration::kubernetes::filter::{Reason, Verdict};
use crate::policy::orchestration::kubernetes::{
    Cluster, Effect, Lacking, Names, Node, Rejection, Resource, Taint,
};

/// What a scheduler says of each node for a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The nodes that will not do, with what keeps the pod from each.
    pub rejected: Vec<(Id<Node>, Rejection)>,
    /// The filter that left nodes out from the start, or forbids all of them.
    pub before: Option<Rejection>,
    /// The nodes that will do, in the order in which they were found.
    pub left: Vec<Id<Node>>,
    /// What each score adds to those, weights included.
    pub scores: Vec<Scored>,
}

/// What a score adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scored {
    /// Its name.
    pub name: &'static str,
    /// What its score of 0 to 100 is multiplied by.
    pub weight: i64,
    /// By node that is left; `None` if it has nothing to say of the pod.
    pub of: Option<Vec<i64>>,
}

impl Explanation {
    /// What a scheduler without scores says of each node.
    pub(super) fn of_nodes(
        cluster: &Cluster,
        fits: impl Fn(Id<Node>) -> Result<(), Rejection>,
    ) -> Self {
        let mut explanation = Self::default();
        for &node in cluster.order() {
            match fits(node) {
                Ok(()) => explanation.left.push(node),
                Err(rejection) => explanation.rejected.push((node, rejection)),
            }
        }
        explanation
    }

    /// By node that is left: the sum of what the scores add.
    pub fn totals(&self) -> Vec<i64> {
        let mut totals = vec![0; self.left.len()];
        for scores in self.scores.iter().filter_map(|scored| scored.of.as_ref()) {
            for (total, score) in totals.iter_mut().zip(scores) {
                *total += score;
            }
        }
        totals
    }
}

/// Why a node will not do, in the words of kube-scheduler's events.
pub fn words(verdict: Verdict, cluster: &Cluster) -> String {
    let reason = match verdict {
        Verdict::Fits => return "fits".to_owned(),
        Verdict::Unschedulable(reason) | Verdict::Unresolvable(reason) => reason,
    };
    let text = match reason {
        Reason::Cordoned => "node(s) were unschedulable",
        Reason::OtherNode => "node(s) didn't match the requested node name",
        Reason::Taint(taint) => {
            return format!("node(s) had untolerated taint {}", shown(taint, &cluster.names));
        }
        Reason::NodeAffinity => "node(s) didn't match Pod's node affinity/selector",
        Reason::EnforcedAffinity => "node(s) didn't match scheduler-enforced node affinity",
        Reason::Port => "node(s) didn't have free ports for the requested pod ports",
        Reason::Lacking(lacking) => return insufficient(lacking, cluster),
        Reason::GpuModel => "node(s) had GPUs of another model",
        Reason::Gpus => "node(s) had too few GPUs with enough left",
        Reason::NoDomain => {
            "node(s) didn't match pod topology spread constraints (missing required label)"
        }
        Reason::Skew => "node(s) didn't match pod topology spread constraints",
        Reason::Affinity => "node(s) didn't match pod affinity rules",
        Reason::AntiAffinity => "node(s) didn't match pod anti-affinity rules",
        Reason::OthersAntiAffinity => "node(s) didn't satisfy existing pods anti-affinity rules",
        Reason::Malformed => "the pod has a selector that the API forbids",
        Reason::Other(text) => text,
    };
    text.to_owned()
}

fn shown(taint: Taint, names: &Names) -> String {
    let effect = match taint.effect {
        Effect::NoSchedule => "NoSchedule",
        Effect::PreferNoSchedule => "PreferNoSchedule",
        Effect::NoExecute => "NoExecute",
    };
    match names.text(taint.value) {
        "" => format!("{{{}:{effect}}}", names.text(taint.key)),
        value => format!("{{{}={value}:{effect}}}", names.text(taint.key)),
    }
}

fn insufficient(lacking: Lacking, cluster: &Cluster) -> String {
    let each = lacking.iter().map(|resource| match cluster.resources.name(resource) {
        _ if resource == Resource::PODS => "Too many pods".to_owned(),
        Some(name) => format!("Insufficient {}", cluster.names.text(name)),
        None => "Insufficient resources".to_owned(),
    });
    each.collect::<Vec<_>>().join(", ")
}
