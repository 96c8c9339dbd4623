//! Pods that have found no node, and wait for something to change.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::spec::PodId;
use crate::kernel::{Id, Time};
use crate::policy::orchestration::kubernetes::Template;

/// Whose turn comes first: the higher priority, then the longer wait.
type Turn = (Reverse<i32>, Time, PodId);

/// They are kept by template: pods that ask for the same find room or do not, so that only the first of
/// each is looked at.
#[derive(Debug, Default)]
pub(super) struct Parked {
    by_template: BTreeMap<Id<Template>, BTreeSet<Turn>>,
    turns: BTreeMap<PodId, (Id<Template>, Turn)>,
    /// Those whom other pods may help by coming.
    seeing: BTreeSet<PodId>,
}

impl Parked {
    /// A pod of a template waits since `since`; `sees` if others may help it by coming.
    pub(super) fn insert(
        &mut self,
        pod: PodId,
        (template, sees): (Id<Template>, bool),
        priority: i32,
        since: Time,
    ) {
        if sees {
            self.seeing.insert(pod);
        }
        let turn = (Reverse(priority), since, pod);
        self.by_template.entry(template).or_default().insert(turn);
        self.turns.insert(pod, (template, turn));
    }

    /// A pod waits no longer.
    pub(super) fn remove(&mut self, pod: PodId) {
        let Some((template, turn)) = self.turns.remove(&pod) else { return };
        self.seeing.remove(&pod);
        if let Some(pods) = self.by_template.get_mut(&template) {
            pods.remove(&turn);
            if pods.is_empty() {
                self.by_template.remove(&template);
            }
        }
    }

    /// Of the first pods of all templates but those in `tried`, the one whose turn comes first among those
    /// for which `might` holds.
    pub(super) fn first(
        &self,
        tried: &BTreeSet<Id<Template>>,
        might: impl Fn(PodId) -> bool,
    ) -> Option<(PodId, Id<Template>)> {
        let firsts = self.by_template.iter().filter(|(template, _)| !tried.contains(template));
        let firsts = firsts.filter_map(|(template, pods)| Some((*pods.first()?, *template)));
        let able = firsts.filter(|((.., pod), _)| might(*pod));
        able.min().map(|((.., pod), template)| (pod, template))
    }

    /// Whether others may help any of them by coming.
    pub(super) fn sees(&self) -> bool {
        !self.seeing.is_empty()
    }

    /// Whether others may help this pod by coming.
    pub(super) fn waits_for_others(&self, pod: PodId) -> bool {
        self.seeing.contains(&pod)
    }

    /// Whether no pod waits.
    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// How many pods wait.
    pub(super) fn len(&self) -> usize {
        self.turns.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Template 0 has pods 1 (priority 0, since 0) and 2 (priority 5, since 9), template 1 pod 3 (priority 5,
    /// since 7): first 3, then, without template 1, 2; if 2 cannot be helped, nobody of template 0.
    #[test]
    fn the_first_of_each_template_is_looked_at() {
        let mut parked = Parked::default();
        let at = Time::from_nanos;
        parked.insert(PodId::new(1), (Id::new(0), false), 0, at(0));
        parked.insert(PodId::new(2), (Id::new(0), false), 5, at(9));
        parked.insert(PodId::new(3), (Id::new(1), false), 5, at(7));
        let mut tried = BTreeSet::new();
        let first = |tried: &BTreeSet<_>, not: u32| {
            let found = parked.first(tried, |pod| pod.number() != not);
            found.map(|(pod, _)| pod.number())
        };
        assert_eq!(first(&tried, 0), Some(3));
        tried.insert(Id::new(1));
        assert_eq!(first(&tried, 0), Some(2));
        assert_eq!(first(&tried, 2), None);
    }

    #[test]
    fn who_is_gone_is_not_found() {
        let mut parked = Parked::default();
        parked.insert(PodId::new(1), (Id::new(0), true), 0, Time::ZERO);
        parked.remove(PodId::new(1));
        parked.remove(PodId::new(7));
        assert!(
            parked.is_empty()
                && !parked.sees()
                && parked.first(&BTreeSet::new(), |_| true).is_none()
        );
    }
}
