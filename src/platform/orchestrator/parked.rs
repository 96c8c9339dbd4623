//! Pods that have found no node, and wait for something to change.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::spec::{NodeId, PodId};
use crate::kernel::Id;
use crate::policy::orchestration::kubernetes::Template;

/// Whose turn comes first: the higher priority, then who came first, by number.
pub(super) type Rank = (Reverse<i32>, u64, PodId);

/// Pods that ask for the same, whether room is being made for them somewhere, and the only node that they are for, if they are
/// of a daemon set: what keeps one of them from a node on which no room is made for it keeps the others from it.
pub(super) type Group = (Id<Template>, bool, Option<NodeId>);

/// They are kept by group, so that thousands that wait cost no more than the first of each.
#[derive(Debug, Default)]
pub(super) struct Parked {
    groups: BTreeMap<Group, BTreeSet<Rank>>,
    ranks: BTreeMap<PodId, (Group, Rank)>,
    /// Those whom other pods may help by coming.
    seeing: BTreeSet<PodId>,
}

impl Parked {
    /// A pod of a group waits; `sees` if others may help it by coming.
    pub(super) fn insert(&mut self, group: Group, rank: Rank, sees: bool) {
        let (.., pod) = rank;
        if sees {
            self.seeing.insert(pod);
        }
        self.groups.entry(group).or_default().insert(rank);
        self.ranks.insert(pod, (group, rank));
    }

    /// A pod waits no longer: its group and its rank, if it did.
    pub(super) fn remove(&mut self, pod: PodId) -> Option<(Group, Rank)> {
        let (group, rank) = self.ranks.remove(&pod)?;
        self.seeing.remove(&pod);
        if let Some(pods) = self.groups.get_mut(&group) {
            pods.remove(&rank);
            if pods.is_empty() {
                self.groups.remove(&group);
            }
        }
        Some((group, rank))
    }

    /// The rank of a pod, if it waits here.
    pub(super) fn rank(&self, pod: PodId) -> Option<Rank> {
        self.ranks.get(&pod).map(|&(_, rank)| rank)
    }

    /// The first of a group.
    pub(super) fn first(&self, group: Group) -> Option<Rank> {
        self.groups.get(&group)?.first().copied()
    }

    /// The first of each group.
    pub(super) fn firsts(&self) -> impl Iterator<Item = Rank> {
        self.groups.values().filter_map(|pods| pods.first().copied())
    }

    /// All for which room is being made.
    pub(super) fn expecting(&self) -> impl Iterator<Item = Rank> {
        let expect = |&(&(_, expects, _), _): &(&Group, &BTreeSet<Rank>)| expects;
        self.groups.iter().filter(expect).flat_map(|(_, pods)| pods.iter().copied())
    }

    /// Whether others may help any of them by coming.
    pub(super) fn sees(&self) -> bool {
        !self.seeing.is_empty()
    }

    /// Whether others may help this pod by coming.
    pub(super) fn waits_for_others(&self, pod: PodId) -> bool {
        self.seeing.contains(&pod)
    }

    /// All of them with their groups.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PodId, Group)> {
        self.ranks.iter().map(|(&pod, &(group, _))| (pod, group))
    }

    /// How many pods wait.
    pub(super) fn len(&self) -> usize {
        self.ranks.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(priority: i32, number: u64, pod: u32) -> Rank {
        (Reverse(priority), number, PodId::new(pod))
    }

    /// Template 0 has pods 1 (priority 0, number 0) and 2 (priority 5, number 9), template 1 pod 3 (priority 5,
    /// number 7), for which room is made: 2 and 3 answer for their groups. Without 2 it is 1.
    #[test]
    fn the_first_of_each_group_answers_for_it() {
        let mut parked = Parked::default();
        let (plain, expecting) = ((Id::new(0), false, None), (Id::new(1), true, None));
        parked.insert(plain, rank(0, 0, 1), false);
        parked.insert(plain, rank(5, 9, 2), false);
        parked.insert(expecting, rank(5, 7, 3), false);
        assert_eq!(parked.firsts().collect::<Vec<_>>(), [rank(5, 9, 2), rank(5, 7, 3)]);
        assert_eq!(parked.expecting().collect::<Vec<_>>(), [rank(5, 7, 3)]);
        assert_eq!(parked.remove(PodId::new(2)), Some((plain, rank(5, 9, 2))));
        assert_eq!(parked.first(plain), Some(rank(0, 0, 1)));
    }

    #[test]
    fn who_is_gone_is_not_found() {
        let mut parked = Parked::default();
        parked.insert((Id::new(0), false, None), rank(0, 0, 1), true);
        assert!(parked.sees() && parked.waits_for_others(PodId::new(1)));
        assert!(parked.remove(PodId::new(1)).is_some());
        assert!(parked.remove(PodId::new(7)).is_none());
        assert!(parked.len() == 0 && !parked.sees() && parked.firsts().next().is_none());
    }
}
