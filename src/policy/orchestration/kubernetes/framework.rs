//! A scheduler at work by a profile.

use super::checks::{Checks, Rejection};
use super::cluster::Cluster;
use super::filter::{Filter, Reason, Verdict};
use super::node::Node;
use super::pod::Pod;
use super::preemption::{Budget, Finding, Preemption, fits_without_lower, may_preempt};
use super::profile::Profile;
use super::scheduler::{Failure, Outcome, Scheduler, weighted};
use crate::kernel::{Id, Stream};
use crate::policy::scheduler::{self, Explanation, Scored};

/// A profile with the place in the order of nodes at which the next search begins.
#[derive(Clone, Debug)]
pub struct Framework {
    profile: Profile,
    cycle: Scheduler,
    /// How room is made; `None` if it is not.
    preemption: Option<Preemption>,
}

impl Framework {
    /// A scheduler by this profile, that evicts pods of lower priority or not.
    pub fn new(profile: Profile, preempts: bool) -> Self {
        let preemption = preempts.then(Preemption::default);
        Self { profile, cycle: Scheduler::default(), preemption }
    }
}

impl scheduler::Scheduler for Framework {
    fn place(&mut self, cluster: &Cluster, pod: Id<Pod>, stream: &mut Stream) -> Outcome {
        self.cycle.schedule(&self.profile, cluster, pod, stream)
    }

    fn fits(&self, cluster: &Cluster, pod: Id<Pod>, node: Id<Node>) -> Result<(), Rejection> {
        let checks = Checks::prepare(&self.profile.filters, cluster, pod)?;
        if let Some(filter) = checks.leaves_out().filter(|_| !checks.admits(node)) {
            let verdict = Verdict::Unresolvable(Reason::OtherNode);
            return Err(Rejection { filter, verdict });
        }
        checks.fits(cluster.at(node).site())
    }

    fn filters(&self) -> Vec<Box<dyn Filter>> {
        self.profile.filters.clone()
    }

    fn make_room(
        &mut self,
        cluster: &Cluster,
        pod: Id<Pod>,
        failure: &Failure,
        budgets: &[Budget],
        stream: &mut Stream,
    ) -> Finding {
        let Some(preemption) = &self.preemption else { return Finding::Nothing };
        preemption.preempt(&self.profile, cluster, pod, failure, budgets, stream)
    }

    fn may_help(&self, cluster: &Cluster, pod: Id<Pod>, node: Id<Node>) -> bool {
        if cluster.template_of(pod).looks_at_others() {
            return true;
        }
        let evicts = self.preemption.is_some() && may_preempt(cluster, pod, false);
        let nominated = cluster.pod(pod).nominated;
        if evicts && nominated == Some(node) {
            // Those that had to go are gone: it takes their room, or looks elsewhere.
            return true;
        }
        let Ok(checks) = Checks::prepare(&self.profile.filters, cluster, pod) else { return false };
        if !checks.admits(node) {
            return false;
        }
        checks.fits(cluster.at(node).site()).is_ok()
            || (evicts && nominated.is_none() && fits_without_lower(&checks, cluster, pod, node))
    }

    fn waits_for_others(&self, cluster: &Cluster, pod: Id<Pod>) -> bool {
        cluster.template_of(pod).looks_at_others()
    }

    fn explain(&self, cluster: &Cluster, pod: Id<Pod>) -> Explanation {
        let mut explanation = Explanation::default();
        let checks = match Checks::prepare(&self.profile.filters, cluster, pod) {
            Ok(checks) => checks,
            Err(rejection) => return Explanation { before: Some(rejection), ..explanation },
        };
        explanation.outside = checks.leaves_out();
        for &node in cluster.order() {
            if !checks.admits(node) {
                continue;
            }
            match checks.fits(cluster.at(node).site()) {
                Ok(()) => explanation.left.push(node),
                Err(rejection) => explanation.rejected.push((node, rejection)),
            }
        }
        let scores = weighted(&self.profile, cluster, pod, &explanation.left).unwrap_or_default();
        let named = |((score, weight), of): (&(Box<dyn super::score::Score>, i64), _)| Scored {
            name: score.name(),
            weight: *weight,
            of,
        };
        explanation.scores = self.profile.scores.iter().zip(scores).map(named).collect();
        explanation
    }
}
