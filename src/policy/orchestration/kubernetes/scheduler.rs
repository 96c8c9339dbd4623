//! The cycle of one pod: filter, score, choose (`schedule_one.go`).

use super::checks::{Checks, Rejection};
use super::cluster::Cluster;
use super::gpu::Devices;
use super::index::{Indexes, Search};
use super::node::Node;
use super::pod::Pod;
use super::profile::{Profile, Ties};
use super::score::{Fault, Rank};
use crate::kernel::stream::below;
use crate::kernel::{Id, Stream};

/// Fewer nodes than this are all looked at; at least so many are found. Source:
/// `minFeasibleNodesToFind`.
const LEAST_FOUND: usize = 100;
/// At least so many percent of nodes are found. Source: `minFeasibleNodesPercentageToFind`.
const LEAST_PERCENTAGE: usize = 5;

/// How many nodes that will do are enough, of so many; a percentage of 0 lets their number decide.
///
/// ```
/// use cloudsched::policy::orchestration::kubernetes::enough_nodes;
/// assert_eq!(enough_nodes(0, 50), 50);
/// assert_eq!(enough_nodes(0, 5000), 500);
/// assert_eq!(enough_nodes(30, 5000), 1500);
/// ```
pub fn enough_nodes(percentage: u8, nodes: usize) -> usize {
    if nodes < LEAST_FOUND {
        return nodes;
    }
    let percentage = match percentage {
        0 => 50_usize.saturating_sub(nodes / 125).max(LEAST_PERCENTAGE),
        given => given.into(),
    };
    (nodes * percentage / 100).max(LEAST_FOUND)
}

/// Nodes, and what keeps a pod from each.
pub type Rejections = Vec<(Id<Node>, Rejection)>;

/// What has become of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes to this node, on these of its GPUs.
    Chosen(Id<Node>, Devices),
    /// There is no node for it.
    Failed(Failure),
}

/// Why there is no node for a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A filter says that none will do, without having looked at them.
    Rejected(Rejection),
    /// What keeps it from each node that was looked at; the others were left out from the start.
    NoNode(Rejections),
    /// A score cannot say anything.
    Score(Fault),
}

/// Schedules pods, one at a time. It is of one cluster and one profile: it goes on where its last search ended,
/// and remembers what filters and scores said of nodes that have not changed since.
#[derive(Clone, Debug, Default)]
pub struct Scheduler {
    /// The place in the order of nodes at which the next search begins.
    next: usize,
    indexes: Indexes,
}

impl Scheduler {
    /// The node of a pod. Which of several best is taken says the profile.
    pub fn schedule(
        &mut self,
        profile: &Profile,
        cluster: &Cluster,
        pod: Id<Pod>,
        stream: &mut Stream,
    ) -> Outcome {
        let nodes = cluster.order().len();
        let start = match profile.ties {
            // There may be fewer nodes than at its last turn.
            Ties::Draw => self.next % nodes.max(1),
            Ties::First => 0,
        };
        let mut index = self.indexes.of(profile, cluster, pod);
        if let Some((index, places)) = &mut index {
            let search = Search { start, enough: wanted(profile, nodes) };
            let pick = |equals| pick(profile.ties, equals, stream);
            let found = index.search(profile, (cluster, places), pod, search, pick);
            if let Some(found) = found {
                self.next = (self.next + found.looked_at) % nodes;
                return chosen(profile, cluster, pod, found.node, stream);
            }
        }
        let checks = match Checks::prepare(&profile.filters, cluster, pod) {
            Ok(checks) => checks,
            Err(rejection) => return Outcome::Failed(Failure::Rejected(rejection)),
        };
        if let Some(node) = expected(cluster, pod, &checks) {
            return chosen(profile, cluster, pod, node, stream);
        }
        let (left, rejections) = search(profile, cluster, &checks, start);
        let looked_at = left.len() + rejections.len();
        self.next = (self.next + looked_at) % nodes.max(1);
        if let Some((index, _)) = index {
            index.missed(looked_at);
        }
        match left[..] {
            [] => Outcome::Failed(Failure::NoNode(rejections)),
            [only] => chosen(profile, cluster, pod, only, stream),
            _ => match totals(profile, cluster, pod, &left) {
                Err(fault) => Outcome::Failed(Failure::Score(fault)),
                Ok(totals) => {
                    let node = one_of_the_best(profile.ties, &left, &totals, stream);
                    chosen(profile, cluster, pod, node, stream)
                }
            },
        }
    }
}

#[cfg(test)]
impl Scheduler {
    pub(super) fn next(&self) -> usize {
        self.next
    }

    pub(super) fn indexes(&self) -> &Indexes {
        &self.indexes
    }
}

/// How many nodes that will do a search looks for.
fn wanted(profile: &Profile, nodes: usize) -> usize {
    if profile.scores.is_empty() { 1 } else { enough_nodes(profile.percentage, nodes) }
}

/// Looks at nodes from number `start` on until enough will do: these, and what keeps the pod from the others.
fn search(
    profile: &Profile,
    cluster: &Cluster,
    checks: &Checks<'_>,
    start: usize,
) -> (Vec<Id<Node>>, Rejections) {
    let admitted: Vec<Id<Node>>;
    let nodes = if checks.admits_all() {
        cluster.order()
    } else {
        let order = cluster.order().iter().copied();
        admitted = order.filter(|&node| checks.admits(node)).collect();
        &admitted
    };
    let (mut left, mut rejections) = (Vec::new(), Vec::new());
    if nodes.is_empty() {
        return (left, rejections);
    }
    let enough = wanted(profile, nodes.len());
    let (before, from) = nodes.split_at(start % nodes.len());
    for &node in from.iter().chain(before) {
        match checks.fits(cluster.at(node).site()) {
            Ok(()) => left.push(node),
            Err(rejection) => rejections.push((node, rejection)),
        }
        if left.len() == enough {
            break;
        }
    }
    (left, rejections)
}

/// A pod goes to a node, on the GPUs that the profile chooses there.
fn chosen(
    profile: &Profile,
    cluster: &Cluster,
    pod: Id<Pod>,
    node: Id<Node>,
    stream: &mut Stream,
) -> Outcome {
    let template = cluster.template_of(pod);
    let devices = match template.gpus.count {
        0 => Devices::NONE,
        _ => profile.devices.choose(cluster.at(node).site(), template, stream),
    };
    Outcome::Chosen(node, devices)
}

/// The node on which room was made for a pod, if it will do now.
fn expected(cluster: &Cluster, pod: Id<Pod>, checks: &Checks<'_>) -> Option<Id<Node>> {
    let node = cluster.pod(pod).nominated?;
    let fits = checks.admits(node) && checks.fits(cluster.at(node).site()).is_ok();
    fits.then_some(node)
}

/// The weighted scores of the nodes that are left to a pod, by score of the profile; `None` for scores that
/// have nothing to say of it.
///
/// # Errors
/// If one of the scores cannot say anything.
pub fn weighted(
    profile: &Profile,
    cluster: &Cluster,
    pod: Id<Pod>,
    left: &[Id<Node>],
) -> Result<Vec<Option<Vec<i64>>>, Fault> {
    let mut all = Vec::with_capacity(profile.scores.len());
    for (score, weight) in &profile.scores {
        let rank = score.prepare(cluster, pod, left)?;
        all.push(rank.map(|rank| {
            let mut scores = Vec::with_capacity(left.len());
            rate(&*rank, cluster, left, &mut scores);
            for score in &mut scores {
                *score *= weight;
            }
            scores
        }));
    }
    Ok(all)
}

/// The scores of nodes by one that is ready, normalised.
fn rate(rank: &dyn Rank, cluster: &Cluster, left: &[Id<Node>], scores: &mut Vec<i64>) {
    scores.clear();
    scores.extend(left.iter().map(|&node| rank.rank(cluster.at(node).site())));
    rank.normalise(left, scores);
}

/// The sums of the weighted scores of the nodes that are left to a pod.
fn totals(
    profile: &Profile,
    cluster: &Cluster,
    pod: Id<Pod>,
    left: &[Id<Node>],
) -> Result<Vec<i64>, Fault> {
    let mut totals = vec![0; left.len()];
    let mut scores = Vec::with_capacity(left.len());
    for (score, weight) in &profile.scores {
        let Some(rank) = score.prepare(cluster, pod, left)? else { continue };
        rate(&*rank, cluster, left, &mut scores);
        for (total, score) in totals.iter_mut().zip(&scores) {
            *total += score * weight;
        }
    }
    Ok(totals)
}

/// One of the nodes with the highest total.
fn one_of_the_best(ties: Ties, left: &[Id<Node>], totals: &[i64], stream: &mut Stream) -> Id<Node> {
    let most = totals.iter().max();
    let best = || (0..left.len()).filter(|&number| Some(&totals[number]) == most);
    let picked = pick(ties, best().count(), stream);
    left[best().nth(picked).expect("there is a best one")]
}

/// One of so many that are equal: drawn, each as likely as the others, or the first. Where there is one, nothing
/// is drawn.
fn pick(ties: Ties, equals: usize, stream: &mut Stream) -> usize {
    match ties {
        Ties::Draw if equals > 1 => below(stream, equals as u64) as usize,
        _ => 0,
    }
}
