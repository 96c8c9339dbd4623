//! Services that share instances, as the functions of an app on Azure Functions do: a release of one of them is of instances
//! that all have, so that they change from those of one version to those of the next together, and back.
//!
//! The others serve there as they are. One release is under way on such instances at a time.

use std::collections::VecDeque;

use super::Releases;
use crate::model::{ApplicationId, FamilyId, LaneNumber, Request};
use crate::world::{ReleaseSpec, World};

/// Services that share instances.
pub(super) struct Shared {
    /// Whose instances serve them where no release sends requests to others.
    current: ApplicationId,
    /// The lane whose release is under way.
    under_way: Option<LaneNumber>,
    /// The lanes with releases that wait, in the order in which these came: a lane as often as it has any.
    queue: VecDeque<LaneNumber>,
}

impl Shared {
    fn new(current: ApplicationId) -> Self {
        Self { current, under_way: None, queue: VecDeque::new() }
    }
}

impl Releases {
    /// Notes of the services of a release, which has this lane, that they share instances, if they do; `application` is that
    /// of the first of a family.
    pub(super) fn note_shared(
        &mut self,
        lane: LaneNumber,
        release: &ReleaseSpec,
        application: impl Fn(FamilyId) -> ApplicationId,
    ) {
        if release.neighbours.is_empty() {
            return;
        }
        let known = self.shared_of[release.service.index()];
        let number = known.unwrap_or(self.shared.len());
        if known.is_none() {
            self.shared.push(Shared::new(application(release.service)));
        }
        let neighbours = release.neighbours.iter().copied();
        for family in neighbours.chain([release.service]).chain(release.families()) {
            self.shared_of[family.index()] = Some(number);
        }
        self.lanes[usize::from(lane)].shared = Some(number);
    }

    /// What a lane shares with others.
    pub(super) fn shared(&self, lane: LaneNumber) -> Option<&Shared> {
        self.lanes[usize::from(lane)].shared.map(|number| &self.shared[number])
    }

    fn shared_mut(&mut self, lane: LaneNumber) -> Option<&mut Shared> {
        self.lanes[usize::from(lane)].shared.map(|number| &mut self.shared[number])
    }

    /// Whose instances serve a lane until its release sends requests to others, if it shares them.
    pub(super) fn current(&self, lane: LaneNumber) -> Option<ApplicationId> {
        self.shared(lane).map(|shared| shared.current)
    }

    /// The lane whose release a lane has to wait for: its own, or one with which it shares instances.
    pub(super) fn under_way(&self, lane: LaneNumber) -> LaneNumber {
        self.shared(lane).and_then(|shared| shared.under_way).unwrap_or(lane)
    }

    /// The lane whose turn is next when the release of a lane is over.
    pub(super) fn next_turn(&self, lane: LaneNumber) -> LaneNumber {
        self.shared(lane).and_then(|shared| shared.queue.front().copied()).unwrap_or(lane)
    }

    /// Whether a release waits for that of a lane.
    pub(super) fn is_waited_for(&self, lane: LaneNumber) -> bool {
        match self.shared(lane) {
            Some(shared) => !shared.queue.is_empty(),
            None => !self.lanes[usize::from(lane)].queue.is_empty(),
        }
    }

    /// Whether a release of a lane waits, and none with which it shares instances is before it.
    pub(super) fn has_turn(&self, lane: LaneNumber) -> bool {
        let is_first = |shared: &Shared| {
            shared.under_way.is_none_or(|other| other == lane)
                && shared.queue.front() == Some(&lane)
        };
        !self.lanes[usize::from(lane)].queue.is_empty() && self.shared(lane).is_none_or(is_first)
    }

    /// A release waits in a lane.
    pub(super) fn waits_for_turn(&mut self, lane: LaneNumber) {
        self.shared_mut(lane).into_iter().for_each(|shared| shared.queue.push_back(lane));
    }

    /// The release of a lane whose turn it is begins.
    pub(super) fn takes_turn(&mut self, lane: LaneNumber) {
        if let Some(shared) = self.shared_mut(lane) {
            shared.queue.pop_front();
            shared.under_way = Some(lane);
        }
    }

    /// The release of a lane is over; from now on all are served by other instances, if these are any.
    pub(super) fn ends_turn(&mut self, lane: LaneNumber, other: Option<ApplicationId>) {
        if let Some(shared) = self.shared_mut(lane) {
            shared.under_way = None;
            shared.current = other.unwrap_or(shared.current);
        }
    }
}

impl World<'_> {
    /// Whose instances serve the next attempt at a request to one of the services that share some.
    pub(super) fn shared_instances(
        &self,
        releases: &Releases,
        shared: usize,
        request: &Request,
    ) -> ApplicationId {
        let shared = &releases.shared[shared];
        let lane = shared.under_way.map(|lane| &releases.lanes[usize::from(lane)]);
        let under_way = lane.and_then(|lane| Some((lane, lane.rollout?)));
        let goes_over = under_way.filter(|(lane, rollout)| {
            self.version_for(releases, lane, (0, request)) == rollout.new
        });
        goes_over.map_or(shared.current, |(_, rollout)| self.member_of(rollout.new, 0).application)
    }
}
