//! Which nodes go, because little of them is used (`simulator/utilization`, `core/scaledown`).

use std::collections::BTreeMap;

use crate::kernel::{Id, Span, Time};
use crate::policy::orchestration::kubernetes::{Node, Resource};

/// How long nodes are unused before they go, and how many go at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Less than this part of its CPU and of its memory is requested of a node that may go.
    pub threshold: f64,
    /// How long that must have been so.
    pub unneeded: Span,
    /// How long, for a node that is not ready.
    pub unready: Span,
    /// How long none goes after some came.
    pub after_add: Span,
    /// How long none goes after some went.
    pub after_delete: Span,
    /// How long none goes after one did not go as it should.
    pub after_failure: Span,
    /// How long a node whose pods cannot go elsewhere is not looked at again.
    pub recheck: Span,
    /// How many may be going at once.
    pub at_once: usize,
    /// How many of them may have pods that must go elsewhere.
    pub drained_at_once: usize,
}

impl Default for Settings {
    /// Upstream's (`config/flags/flags.go`); the delay after nodes went is the time between two scans.
    fn default() -> Self {
        let minutes = |minutes: u64| Span::from_secs(minutes * 60);
        Self {
            threshold: 0.5,
            unneeded: minutes(10),
            unready: minutes(20),
            after_add: minutes(10),
            after_delete: super::SCAN_INTERVAL,
            after_failure: minutes(3),
            recheck: minutes(5),
            at_once: 10,
            drained_at_once: 1,
        }
    }
}

/// What part of a node is requested: the larger of CPU and memory (`utilization.Calculate`); `None` for a node
/// that has none of one, which never goes.
pub fn utilisation(node: &Node) -> Option<f64> {
    let part = |resource| {
        let allocatable = node.spec.allocatable.get(resource);
        let requested = node.load.requested().get(resource);
        (allocatable != 0).then(|| requested as f64 / allocatable as f64)
    };
    Some(part(Resource::CPU)?.max(part(Resource::MEMORY)?))
}

/// A node that might go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The node.
    pub node: Id<Node>,
    /// Its group, by number.
    pub group: usize,
    /// What part of it is requested.
    pub utilisation: f64,
    /// Whether it is ready.
    pub ready: bool,
    /// Whether pods must go elsewhere if it goes.
    pub drained: bool,
    /// Whether these may go, and [would find](super::would_move) a node; of no matter if there are none.
    pub movable: bool,
}

/// A node group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// How many nodes it shall have now.
    pub size: usize,
    /// How many at least.
    pub least: usize,
    /// How many of its nodes are going.
    pub going: usize,
}

/// The nodes that are going already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Going {
    /// Those that had no pods.
    pub empty: usize,
    /// Those whose pods go elsewhere.
    pub drained: usize,
}

/// Keeps for how long nodes have been unneeded, and says which go.
#[derive(Clone, Debug, Default)]
pub struct ScaleDown {
    /// How long nodes are unused before they go.
    pub settings: Settings,
    unneeded: BTreeMap<Id<Node>, Time>,
    /// Nodes whose pods had nowhere to go: when that was found, and until when they are left alone.
    unremovable: BTreeMap<Id<Node>, (Time, Time)>,
    /// When anything changed last that may help them.
    changed: Time,
    /// Until when none goes.
    cooldown: Option<Time>,
}

impl ScaleDown {
    /// Nothing is known of any node.
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Nodes or pods have changed.
    pub fn changed(&mut self, now: Time) {
        self.changed = now;
    }

    /// Nodes came.
    pub fn added(&mut self, now: Time) {
        self.rest(now, self.settings.after_add);
    }

    /// Nodes went.
    pub fn deleted(&mut self, now: Time) {
        self.rest(now, self.settings.after_delete);
    }

    /// A node did not go as it should.
    pub fn failed(&mut self, now: Time) {
        self.rest(now, self.settings.after_failure);
    }

    fn rest(&mut self, now: Time, span: Span) {
        self.cooldown = self.cooldown.max(Some(now.plus(span)));
    }

    /// Whether a node is to be looked at: it is not one whose pods have just been found to have nowhere to
    /// go, and little of it is used. Whether its pods would find a node need only be asked then.
    pub fn is_eligible(&self, now: Time, node: Id<Node>, utilisation: f64) -> bool {
        let recent = self.unremovable.get(&node).is_some_and(|&(_, until)| now < until);
        !recent && utilisation < self.settings.threshold
    }

    /// Which nodes go now, of those that might: first those without pods that must go elsewhere. To be
    /// called at every scan, as nodes count from the first of those at which they were unneeded without a
    /// break (`UpdateClusterState`, `RemovableAt`, `CropNodes`).
    pub fn scan(
        &mut self,
        now: Time,
        candidates: &[Candidate],
        groups: &[Group],
        going: Going,
    ) -> Vec<Id<Node>> {
        let unneeded = self.unneeded(now, candidates);
        if self.cooldown.is_some_and(|until| now < until) {
            return Vec::new();
        }
        let mut sizes = groups.to_vec();
        let mut left = self.settings.at_once.saturating_sub(going.empty + going.drained);
        let mut left_drained = self.settings.drained_at_once.saturating_sub(going.drained);
        let mut gone = Vec::new();
        let (empty, drained): (Vec<&Candidate>, _) =
            unneeded.into_iter().partition(|candidate| !candidate.drained);
        for candidate in empty.into_iter().chain(drained) {
            let group = &mut sizes[candidate.group];
            let may_shrink = group.size.saturating_sub(group.going) > group.least;
            if !may_shrink || !self.is_long_enough(now, candidate) {
                continue;
            }
            group.size -= 1;
            if left > 0 && (!candidate.drained || left_drained > 0) {
                left -= 1;
                left_drained -= usize::from(candidate.drained);
                gone.push(candidate.node);
            }
        }
        for node in &gone {
            self.unneeded.remove(node);
        }
        gone
    }

    /// Scans until a time were left out, as nothing had changed: of nodes whose pods had nowhere to go they would have
    /// found the same again.
    pub fn skipped_until(&mut self, last: Time) {
        for (_, until) in self.unremovable.values_mut() {
            while *until <= last && self.settings.recheck > Span::ZERO {
                *until = until.plus(self.settings.recheck);
            }
        }
    }

    /// When the first of those goes that might, if nothing changes until then; `None` if none does. Those that
    /// would go now but for others that are going wait for these. Something may have changed for those that are left alone.
    pub fn next(&self, now: Time, candidates: &[Candidate], groups: &[Group]) -> Option<Time> {
        let due = |candidate: &Candidate| {
            let group = groups[candidate.group];
            let since = self.unneeded.get(&candidate.node)?;
            let may_shrink = group.size.saturating_sub(group.going) > group.least;
            let long_enough = since.plus(self.least(candidate)).plus(Span::from_nanos(1));
            may_shrink.then_some(long_enough.max(self.cooldown.unwrap_or(Time::ZERO)))
        };
        let alone = self.unremovable.values().filter(|(found, _)| *found <= self.changed);
        let again = alone.map(|&(_, until)| until);
        candidates.iter().filter_map(due).chain(again).filter(|due| *due > now).min()
    }

    /// Those that nobody needs now; takes note of since when that is so, and of those whose pods have
    /// nowhere to go.
    fn unneeded<'a>(&mut self, now: Time, candidates: &'a [Candidate]) -> Vec<&'a Candidate> {
        self.unremovable.retain(|_, (_, until)| now < *until);
        let mut unneeded = Vec::new();
        for candidate in candidates {
            let Candidate { node, utilisation, drained, movable, .. } = *candidate;
            if !self.is_eligible(now, node, utilisation) {
                continue;
            }
            if drained && !movable {
                self.unremovable.insert(node, (now, now.plus(self.settings.recheck)));
            } else {
                unneeded.push(candidate);
            }
        }
        let since = |node| self.unneeded.get(node).copied().unwrap_or(now);
        self.unneeded = unneeded.iter().map(|one| (one.node, since(&one.node))).collect();
        unneeded
    }

    /// Whether a node has been unneeded for longer than it must.
    fn is_long_enough(&self, now: Time, candidate: &Candidate) -> bool {
        let least = self.least(candidate);
        self.unneeded.get(&candidate.node).is_some_and(|&since| now.since(since) > least)
    }

    /// How long a node must have been unneeded.
    fn least(&self, candidate: &Candidate) -> Span {
        let Settings { unneeded, unready, .. } = self.settings;
        if candidate.ready { unneeded } else { unready }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::orchestration::kubernetes::{
        Amounts, Cluster, Container, Names, NodeSpec, Pod, Template,
    };

    fn minutes(minutes: u64) -> Time {
        Time::ZERO.plus(Span::from_secs(minutes * 60))
    }

    fn candidate(node: u32) -> Candidate {
        let node = Id::new(node);
        Candidate { node, group: 0, utilisation: 0.2, ready: true, drained: false, movable: true }
    }

    fn group(size: usize, least: usize) -> [Group; 1] {
        [Group { size, least, going: 0 }]
    }

    fn numbers(nodes: &[Id<Node>]) -> Vec<u32> {
        nodes.iter().map(|node| node.number()).collect()
    }

    /// 300 of 1000 and 6 of 10 bytes: 0.6.
    #[test]
    fn the_larger_part_counts() {
        let mut cluster = Cluster::default();
        let mut spec = NodeSpec::new(Names::EMPTY);
        spec.allocatable.set(Resource::CPU, 1000);
        spec.allocatable.set(Resource::MEMORY, 10);
        let node = cluster.add_node(spec.clone());
        let mut container = Container::default();
        container.request.set(Resource::CPU, 300);
        container.request.set(Resource::MEMORY, 6);
        let mut template = Template::new(Names::EMPTY);
        template.demand(&[container], &[], &Amounts::default());
        let template = cluster.add_template(template);
        let pod = cluster.add_pod(Pod::new(template, Names::EMPTY));
        cluster.bind(pod, node, Time::ZERO);
        assert_eq!(utilisation(cluster.at(node)), Some(0.6));
        spec.allocatable.set(Resource::MEMORY, 0);
        let without = cluster.add_node(spec);
        assert_eq!(utilisation(cluster.at(without)), None);
    }

    /// Unneeded since 0, a node goes after more than 10 minutes; half used in between, at 5, it counts anew.
    #[test]
    fn a_node_goes_when_it_has_been_unneeded_for_long() {
        for (break_at, expected) in [(None, Some(11)), (Some(5), Some(17))] {
            let mut scale_down = ScaleDown::default();
            let gone = (0..30).find(|&minute| {
                let utilisation = if break_at == Some(minute) { 0.5 } else { 0.49 };
                let all = [Candidate { utilisation, ..candidate(0) }];
                !scale_down.scan(minutes(minute), &all, &group(1, 0), Going::default()).is_empty()
            });
            assert_eq!(gone, expected);
        }
    }

    #[test]
    fn an_unready_node_stays_longer() {
        let mut scale_down = ScaleDown::default();
        let all = [Candidate { ready: false, ..candidate(0) }];
        let gone = (0..30).find(|&minute| {
            !scale_down.scan(minutes(minute), &all, &group(1, 0), Going::default()).is_empty()
        });
        assert_eq!(gone, Some(21));
    }

    /// Of 14 nodes in a group that needs 2, twelve could go: ten do, those without pods first, and of those
    /// with pods one. Eight are going already, one of them with pods: two without go.
    #[test]
    fn so_many_go_at_once() {
        let mut all: Vec<Candidate> = (0..14).map(candidate).collect();
        for drained in &mut all[..5] {
            drained.drained = true;
        }
        let scan = |going| {
            let mut scale_down = ScaleDown::default();
            scale_down.scan(minutes(0), &all, &group(14, 2), going);
            numbers(&scale_down.scan(minutes(11), &all, &group(14, 2), going))
        };
        assert_eq!(scan(Going::default()), [5, 6, 7, 8, 9, 10, 11, 12, 13, 0]);
        assert_eq!(scan(Going { empty: 7, drained: 1 }), [5, 6]);
    }

    #[test]
    fn a_group_keeps_its_least() {
        let all: Vec<Candidate> = (0..4).map(candidate).collect();
        let mut scale_down = ScaleDown::default();
        let group = [Group { size: 4, least: 2, going: 1 }];
        scale_down.scan(minutes(0), &all, &group, Going::default());
        let gone = scale_down.scan(minutes(11), &all, &group, Going { empty: 1, drained: 0 });
        assert_eq!(numbers(&gone), [0]);
    }

    /// Nodes came at 5, so none goes before 15; one did not go at 14, so none before 17.
    #[test]
    fn none_goes_just_after_nodes_came_or_failed_to_go() {
        for (failed, expected) in [(false, 15), (true, 17)] {
            let mut scale_down = ScaleDown::default();
            let gone = (0..30).find(|&minute| {
                match minute {
                    5 => scale_down.added(minutes(5)),
                    14 if failed => scale_down.failed(minutes(14)),
                    _ => {}
                }
                let (all, groups) = ([candidate(0)], group(1, 0));
                !scale_down.scan(minutes(minute), &all, &groups, Going::default()).is_empty()
            });
            assert_eq!(gone, Some(expected));
        }
    }

    /// Pods that have nowhere to go at 0 are not asked again before 5; from then on the node is unneeded.
    #[test]
    fn a_node_whose_pods_cannot_go_is_left_alone() {
        let mut scale_down = ScaleDown::default();
        let gone = (0..30).find(|&minute| {
            let all = [Candidate { drained: true, movable: minute > 0, ..candidate(0) }];
            let eligible = scale_down.is_eligible(minutes(minute), Id::new(0), 0.2);
            assert_eq!(eligible, !(1..5).contains(&minute), "{minute}");
            !scale_down.scan(minutes(minute), &all, &group(1, 0), Going::default()).is_empty()
        });
        assert_eq!(gone, Some(16));
    }

    /// If anything has changed since that was found at 1, it is looked at again at 6, and else not.
    #[test]
    fn a_node_that_was_left_alone_is_looked_at_again_if_anything_has_changed() {
        let mut scale_down = ScaleDown::default();
        let all = [Candidate { drained: true, movable: false, ..candidate(0) }];
        scale_down.scan(minutes(1), &all, &group(1, 0), Going::default());
        assert_eq!(scale_down.next(minutes(1), &[], &group(1, 0)), None);
        scale_down.changed(minutes(2));
        assert_eq!(scale_down.next(minutes(2), &[], &group(1, 0)), Some(minutes(6)));
    }
}
