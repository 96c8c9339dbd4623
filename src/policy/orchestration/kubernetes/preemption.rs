//! Room for a pod of higher priority (`framework/preemption`, `plugins/defaultpreemption`).
//!
//! For each node that might do if pods left, the pods of lower priority are thought away, and as many as
//! still leave room come back, the most important first. Of the nodes found, the one whose pods are missed
//! least is taken.

use std::cmp::Reverse;

use super::checks::Checks;
use super::cluster::Cluster;
use super::filter::Verdict;
use super::labels::Selector;
use super::names::Symbol;
use super::node::{Load, Node, Site};
use super::pod::{Leaving, Pod};
use super::profile::Profile;
use super::scheduler::Failure;
use crate::kernel::stream::below;
use crate::kernel::{Id, Stream, Time};

/// How many pods of a selector may still be evicted (`PodDisruptionBudget`).
#[derive(Clone, Debug)]
pub struct Budget {
    /// The namespace of its pods.
    pub namespace: Symbol,
    /// Its pods; a selector that matches all matches none here.
    pub selector: Selector,
    /// How many may still be evicted.
    pub allowed: i64,
    /// The names of pods whose eviction is counted already.
    pub disrupted: Vec<Symbol>,
}

/// A node, and the pods whose eviction makes room there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The node.
    pub node: Id<Node>,
    /// The pods, the most important first.
    pub victims: Vec<Id<Pod>>,
    /// How many of them are more than a budget allows.
    pub violations: usize,
}

/// What has been found for a pod without a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The pod may not evict others, or not now: if room is being made for it, it goes on waiting for that.
    Waits,
    /// No eviction would help: if room was being made for it, it no longer is.
    Nothing,
    /// The best candidate.
    Candidate(Candidate),
}

/// How many candidates are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preemption {
    /// So many percent of the nodes that might do (`minCandidateNodesPercentage`).
    pub percentage: usize,
    /// But at least so many (`minCandidateNodesAbsolute`).
    pub least: usize,
}

impl Default for Preemption {
    fn default() -> Self {
        Self { percentage: 10, least: 100 }
    }
}

impl Preemption {
    /// Looks for a candidate for a pod that has found no node. Where several are best, one of them is drawn.
    pub fn preempt(
        &self,
        profile: &Profile,
        cluster: &Cluster,
        pod: Id<Pod>,
        failure: &Failure,
        budgets: &[Budget],
        stream: &mut Stream,
    ) -> Finding {
        let rejections = match failure {
            Failure::NoNode(rejections) => rejections,
            Failure::Rejected(rejection) => {
                let may = may_preempt(cluster, pod, is_final(rejection.verdict));
                return if may { Finding::Nothing } else { Finding::Waits };
            }
            Failure::Score(_) => return Finding::Waits,
        };
        let rejected = |node| rejections.iter().find(|other| other.0 == node);
        let never = |node| rejected(node).is_none_or(|found| is_final(found.1.verdict));
        if !may_preempt(cluster, pod, cluster.pod(pod).nominated.is_some_and(never)) {
            return Finding::Waits;
        }
        let potential: Vec<Id<Node>> = rejections
            .iter()
            .filter(|(_, rejection)| matches!(rejection.verdict, Verdict::Unschedulable(_)))
            .map(|&(node, _)| node)
            .collect();
        if potential.is_empty() {
            return Finding::Nothing;
        }
        let Ok(checks) = Checks::prepare(&profile.filters, cluster, pod) else {
            return Finding::Nothing;
        };
        let offset = below(stream, potential.len() as u64) as usize;
        let mut candidates = self.candidates(&checks, cluster, pod, &potential, budgets, offset);
        let best = best(cluster, &candidates);
        let chosen = match best[..] {
            [] => return Finding::Nothing,
            [only] => only,
            _ => best[below(stream, best.len() as u64) as usize],
        };
        Finding::Candidate(candidates.swap_remove(chosen))
    }

    /// The candidates among nodes that might do, looked for from number `offset` on until there are enough
    /// and one of them keeps to all budgets: first those that do, then the others.
    pub fn candidates(
        &self,
        checks: &Checks<'_>,
        cluster: &Cluster,
        pod: Id<Pod>,
        potential: &[Id<Node>],
        budgets: &[Budget],
        offset: usize,
    ) -> Vec<Candidate> {
        let share = potential.len() * self.percentage / 100;
        let enough = share.max(self.least).min(potential.len());
        let (mut keeping, mut violating) = (Vec::new(), Vec::new());
        for step in 0..potential.len() {
            let node = potential[(offset + step) % potential.len()];
            let Some(candidate) = candidate(checks, cluster, pod, node, budgets) else { continue };
            let list = if candidate.violations == 0 { &mut keeping } else { &mut violating };
            if list.len() < enough {
                list.push(candidate);
            }
            if !keeping.is_empty() && keeping.len() + violating.len() >= enough {
                break;
            }
        }
        keeping.append(&mut violating);
        keeping
    }
}

/// Whether no eviction would change a verdict.
fn is_final(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Unresolvable(_))
}

/// Whether a pod may evict others. One for which room is being made waits for it, unless the node can no
/// longer do at all (`never`).
pub fn may_preempt(cluster: &Cluster, pod: Id<Pod>, never: bool) -> bool {
    let template = cluster.template_of(pod);
    if template.never_preempts {
        return false;
    }
    let leaving = |&other: &Id<Pod>| {
        cluster.pod(other).leaving == Leaving::Preempted
            && cluster.template_of(other).priority < template.priority
    };
    match cluster.pod(pod).nominated {
        Some(node) if !never => !cluster.at(node).load.pods().iter().any(leaving),
        _ => true,
    }
}

/// Sorts pods, the more important first: the higher priority, then the one that has run for longer.
///
/// One that has not begun to run counts as beginning when it is compared, so each comes before those
/// that upstream's sort has put in place: their order turns round (exact for up to 12 pods, beyond which
/// upstream's sort keeps no order of equals).
fn sort_by_importance(cluster: &Cluster, pods: &mut [Id<Pod>]) {
    let mut keyed: Vec<_> = pods
        .iter()
        .enumerate()
        .map(|(number, &pod)| {
            let turn = match cluster.pod(pod).started {
                Some(time) => (time, number),
                None => (Time::MAX, usize::MAX - number),
            };
            (Reverse(cluster.template_of(pod).priority), turn, pod)
        })
        .collect();
    keyed.sort_unstable();
    for (pod, (_, _, sorted)) in pods.iter_mut().zip(keyed) {
        *pod = sorted;
    }
}

/// Whether a pod would fit on a node without its pods of lower priority, of which there are some.
pub fn fits_without_lower(
    checks: &Checks<'_>,
    cluster: &Cluster,
    pod: Id<Pod>,
    node: Id<Node>,
) -> bool {
    without_lower(checks, cluster, pod, node).is_some()
}

/// A node without its pods of lower priority, and these, if there are some and the pod would fit then.
fn without_lower<'a>(
    checks: &Checks<'a>,
    cluster: &Cluster,
    pod: Id<Pod>,
    node: Id<Node>,
) -> Option<(Checks<'a>, Load, Vec<Id<Pod>>)> {
    let priority = cluster.template_of(pod).priority;
    let lower = |other: &Id<Pod>| cluster.template_of(*other).priority < priority;
    let pods = cluster.at(node).load.pods().iter().copied();
    let potential: Vec<Id<Pod>> = pods.filter(lower).collect();
    if potential.is_empty() {
        return None;
    }
    let (mut checks, mut load) = (checks.clone(), cluster.at(node).load.clone());
    for &victim in &potential {
        checks.remove(victim, node, &mut load);
    }
    let spec = cluster.node(node);
    checks.fits(Site { id: node, spec, load: &load }).ok()?;
    Some((checks, load, potential))
}

/// The fewest pods of lower priority whose eviction makes room on a node, if that can be.
pub fn candidate(
    checks: &Checks<'_>,
    cluster: &Cluster,
    pod: Id<Pod>,
    node: Id<Node>,
    budgets: &[Budget],
) -> Option<Candidate> {
    let (mut checks, mut load, mut potential) = without_lower(checks, cluster, pod, node)?;
    let spec = cluster.node(node);
    sort_by_importance(cluster, &mut potential);
    let (violating, keeping) = by_budget(cluster, &potential, budgets);
    let mut victims = Vec::new();
    let mut violations = 0;
    for (group, violates) in [(&violating, 1), (&keeping, 0)] {
        for &victim in group {
            checks.add(victim, node, &mut load);
            if checks.fits(Site { id: node, spec, load: &load }).is_err() {
                checks.remove(victim, node, &mut load);
                victims.push(victim);
                violations += violates;
            }
        }
    }
    if victims.is_empty() {
        return None;
    }
    if !violating.is_empty() && !keeping.is_empty() {
        sort_by_importance(cluster, &mut victims);
    }
    Some(Candidate { node, victims, violations })
}

/// The pods that are more than budgets allow, in this order, and the others.
fn by_budget(
    cluster: &Cluster,
    pods: &[Id<Pod>],
    budgets: &[Budget],
) -> (Vec<Id<Pod>>, Vec<Id<Pod>>) {
    let mut allowed: Vec<i64> = budgets.iter().map(|budget| budget.allowed).collect();
    pods.iter().partition(|&&id| {
        let (pod, template) = (cluster.pod(id), cluster.template_of(id));
        let mut violates = false;
        for (budget, allowed) in budgets.iter().zip(&mut allowed) {
            let counts = !template.labels.is_empty()
                && budget.namespace == template.namespace
                && !budget.selector.is_empty()
                && budget.selector.matches(&template.labels, &cluster.names)
                && !budget.disrupted.contains(&pod.name);
            if counts {
                *allowed -= 1;
                violates |= *allowed < 0;
            }
        }
        violates
    })
}

/// The numbers of the candidates whose pods are missed least: fewest violations of budgets, then lowest
/// priority of the most important victim, lowest sum of priorities, fewest victims, and the most important
/// victims running the shortest.
pub fn best(cluster: &Cluster, candidates: &[Candidate]) -> Vec<usize> {
    let cost = |candidate: &Candidate| {
        let priority = |&victim: &Id<Pod>| i64::from(cluster.template_of(victim).priority);
        let highest = candidate.victims.iter().map(priority).max();
        // Priorities are lifted above 0, so that many low ones do not outweigh few.
        let lifted = |victim| priority(victim) + (1 << 31);
        let sum: i64 = candidate.victims.iter().map(lifted).sum();
        let of_highest =
            candidate.victims.iter().filter(|victim| Some(priority(victim)) == highest);
        let started = |&victim: &Id<Pod>| cluster.pod(victim).started.unwrap_or(Time::MAX);
        let earliest = of_highest.map(started).min();
        (candidate.violations, highest, sum, candidate.victims.len(), Reverse(earliest))
    };
    let costs: Vec<_> = candidates.iter().map(cost).collect();
    let least = costs.iter().min();
    (0..candidates.len()).filter(|&number| Some(&costs[number]) == least).collect()
}

/// Carries a finding out. The victims of a candidate are on their way, also those that were before; the pod
/// waits for the node, and pods of lower priority no longer do: the caller lets these look again.
pub fn carry_out(cluster: &mut Cluster, pod: Id<Pod>, finding: &Finding) {
    let candidate = match finding {
        Finding::Waits => return,
        Finding::Nothing => return cluster.nominate(pod, None),
        Finding::Candidate(candidate) => candidate,
    };
    for &victim in &candidate.victims {
        if !cluster.pod(victim).leaving.is_leaving() {
            cluster.leave(victim, Leaving::Preempted);
        }
    }
    let priority = cluster.template_of(pod).priority;
    let waiting = cluster.nominated(candidate.node).to_vec();
    for other in waiting {
        if cluster.template_of(other).priority < priority {
            cluster.nominate(other, None);
        }
    }
    cluster.nominate(pod, Some(candidate.node));
}
