//! Why a pod goes where it goes.

use std::collections::BTreeMap;

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
    /// The filter that forbids all nodes without a look at them.
    pub before: Option<Rejection>,
    /// The filter that left nodes out from the start: those that are neither rejected nor left.
    pub outside: Option<&'static str>,
    /// The nodes that will do, in the order in which they were found.
    pub left: Vec<Id<Node>>,
    /// What each score adds to those, weights included.
    pub scores: Vec<Scored>,
}

/// Who says of the pods of a daemon set to which node each goes: Kubernetes does so by the affinity of the pod.
const DAEMON_SET: &str = "NodeAffinity";

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

    /// What it says of the only node that a pod may go to: no score has a say.
    #[must_use]
    pub fn only(mut self, node: Id<Node>) -> Self {
        self.left.retain(|other| *other == node);
        self.rejected.retain(|(other, _)| *other == node);
        Self { outside: Some(DAEMON_SET), scores: Vec::new(), ..self }
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

/// Why a node will not do, in the words of kube-scheduler's events; nothing if it will.
pub fn words(verdict: Verdict, cluster: &Cluster) -> Vec<String> {
    let reason = match verdict {
        Verdict::Fits => return Vec::new(),
        Verdict::Unschedulable(reason) | Verdict::Unresolvable(reason) => reason,
    };
    let text = match reason {
        Reason::Cordoned => "node(s) were unschedulable",
        Reason::OtherNode => "node(s) didn't match the requested node name",
        Reason::Taint(taint) => {
            return vec![format!("node(s) had untolerated taint {}", shown(taint, &cluster.names))];
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
    vec![text.to_owned()]
}

/// What kube-scheduler says of nodes that a filter left out from the start.
pub fn outside(filter: &str) -> String {
    format!("node(s) didn't satisfy plugin(s) [{filter}]")
}

/// How many nodes a pod could go to, and why not to the others: the words for each of these, the same ones
/// counted, in the order of the texts. If it is none, kube-scheduler's event says just that (`FitError`).
///
/// ```
/// use cloudsched::policy::scheduler::availability;
/// let words = ["Insufficient cpu", "node(s) were unschedulable", "Insufficient cpu"];
/// assert_eq!(
///     availability((0, 3), words),
///     "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu."
/// );
/// assert_eq!(availability((2, 2), []), "2/2 nodes are available.");
/// ```
pub fn availability<'a>(
    (left, nodes): (usize, usize),
    words: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut counts = BTreeMap::<&str, u64>::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    let mut counted: Vec<String> =
        counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    counted.sort_unstable();
    let colon = if counted.is_empty() { "" } else { ": " };
    format!("{left}/{nodes} nodes are available{colon}{}.", counted.join(", "))
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

fn insufficient(lacking: Lacking, cluster: &Cluster) -> Vec<String> {
    let each = lacking.iter().map(|resource| match cluster.resources.name(resource) {
        _ if resource == Resource::PODS => "Too many pods".to_owned(),
        Some(name) => format!("Insufficient {}", cluster.names.text(name)),
        None => "Insufficient resources".to_owned(),
    });
    each.collect()
}
