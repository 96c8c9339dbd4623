//! Pods: what is known of each beside what the scheduler sees.

use super::spec::PodId;
use crate::kernel::Time;
use crate::model::{ApplicationId, AttemptId};
use crate::pricing::Account;

/// A pod.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What runs in it.
    pub(super) attempt: AttemptId,
    /// Whose pod it is.
    pub(super) application: ApplicationId,
    /// Its number among the pods of its application.
    pub(super) number: u64,
    /// Whether another pod of the attempt was evicted before.
    pub(super) again: bool,
    /// When it was put on its node; [`NEVER`] before.
    pub(super) started: Time,
    /// When what runs in it ends; [`NEVER`] if that is not known.
    pub(super) ends: Time,
    /// When it is stopped, if it was evicted; [`NEVER`] if not.
    pub(super) stops: Time,
    /// What a meter keeps with it.
    pub(super) account: Account,
}

/// A time that never comes.
pub(super) const NEVER: Time = Time::MAX;

/// All pods, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Rows(Vec<Option<Row>>);

impl Rows {
    /// A new pod.
    pub(super) fn insert(&mut self, id: PodId, row: Row) {
        if self.0.len() <= id.index() {
            self.0.resize_with(id.index() + 1, || None);
        }
        self.0[id.index()] = Some(row);
    }

    /// A pod, if it is still there.
    pub(super) fn get(&self, id: PodId) -> Option<&Row> {
        self.0.get(id.index())?.as_ref()
    }

    /// A pod that is there.
    pub(super) fn at(&mut self, id: PodId) -> &mut Row {
        self.0[id.index()].as_mut().expect("the pod is there")
    }

    /// A pod is gone.
    pub(super) fn remove(&mut self, id: PodId) -> Row {
        self.0[id.index()].take().expect("the pod is there")
    }

    /// All pods that are there.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PodId, &Row)> {
        let numbered = self.0.iter().enumerate();
        numbered.filter_map(|(index, row)| Some((PodId::from_index(index), row.as_ref()?)))
    }
}
