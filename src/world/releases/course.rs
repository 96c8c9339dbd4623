//! The course of a release: it is due, begins, goes from step to step, and is over.

use super::{Lane, Rollout, Traffic};
use crate::kernel::Class;
use crate::model::{ApplicationId, FamilyId, LaneNumber, PlatformNumber, ReleaseNumber};
use crate::platform::Handover;
use crate::world::{Event, World, WorldAgenda};

impl World<'_> {
    /// Schedules when releases are due.
    pub(in crate::world) fn start_releases(&self, agenda: &mut impl WorldAgenda) {
        for (number, release) in (0..).zip(&self.spec.releases) {
            for at in &release.at {
                agenda.schedule(*at, Class::Control, Event::ReleaseDue(number));
            }
        }
    }

    /// The lane with this number.
    ///
    /// # Panics
    /// If the scenario has no releases.
    fn lane(&mut self, lane: LaneNumber) -> &mut Lane {
        let releases = self.releases.as_mut().expect("a lane is one of releases");
        &mut releases.lanes[usize::from(lane)]
    }

    /// The next version of a release is due: it begins, or waits for the one before.
    pub(in crate::world) fn release_due(
        &mut self,
        number: ReleaseNumber,
        agenda: &mut impl WorldAgenda,
    ) {
        let spec = &self.spec.releases[usize::from(number)];
        let releases = self.releases.as_mut().expect("a release is due");
        let due = &mut releases.due[usize::from(number)];
        let version = spec.versions[*due];
        *due += 1;
        let lane = releases.lanes_of[spec.service.index()].expect("a released service has a lane");
        releases.lanes[usize::from(lane)].queue.push_back((number, version));
        self.begin_next(lane, agenda);
    }

    /// Begins the next release of a lane, unless one is under way.
    fn begin_next(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) {
        let lane = self.lane(number);
        if lane.rollout.is_some() {
            return;
        }
        let Some((release, new)) = lane.queue.pop_front() else { return };
        let platform = self.lane(number).platform;
        let members = self.spec.families[new.index()].count;
        let by_instances = self.spec.releases[usize::from(release)].strategy.replaces_instances();
        let traffic =
            if by_instances { Traffic::Instances { members } } else { Traffic::Weight(0.0) };
        let rollout = Rollout { release, new, traffic, step: 0, due: None };
        self.lane(number).rollout = Some(rollout);
        self.each_member(number, new, |world, handover| {
            if by_instances {
                world.hand_over(platform, handover, agenda);
            } else {
                world.enter_use(platform, handover.new, agenda);
            }
        });
        if !by_instances {
            self.next_step(number, agenda);
        }
    }

    /// The next step of the release under way in a lane may be due.
    pub(in crate::world) fn step_due(&mut self, lane: LaneNumber, agenda: &mut impl WorldAgenda) {
        let now = agenda.now();
        if self.lane(lane).rollout.is_some_and(|rollout| rollout.due == Some(now)) {
            self.next_step(lane, agenda);
        }
    }

    /// Takes the next step of the strategy; after the last one the release is over.
    fn next_step(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) {
        let Some(rollout) = self.lane(number).rollout else { return };
        let strategy = &self.spec.releases[usize::from(rollout.release)].strategy;
        let Some(step) = strategy.step(rollout.step) else {
            self.complete(number, agenda);
            return;
        };
        let due = agenda.now() + step.hold;
        let traffic = Traffic::Weight(step.weight);
        let next = Rollout { traffic, step: rollout.step + 1, due: Some(due), ..rollout };
        self.lane(number).rollout = Some(next);
        agenda.schedule(due, Class::Control, Event::StepDue(number));
    }

    /// The new version serves all from now on.
    fn complete(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) {
        let Some(rollout) = self.lane(number).rollout else { return };
        let platform = self.lane(number).platform;
        if let Traffic::Weight(_) = rollout.traffic {
            self.each_member(number, rollout.new, |world, handover| {
                world.leave_use(platform, handover.old, agenda);
            });
        }
        let lane = self.lane(number);
        lane.stable = rollout.new;
        lane.rollout = None;
        self.begin_next(number, agenda);
    }

    /// The platform has replaced all instances of an application by those of its new version.
    pub(in crate::world) fn handed_over(
        &mut self,
        platform: PlatformNumber,
        application: ApplicationId,
        agenda: &mut impl WorldAgenda,
    ) {
        let Some(number) = self.lane_under_way(platform, application) else { return };
        if let Some(Rollout { traffic: Traffic::Instances { members }, .. }) =
            &mut self.lane(number).rollout
        {
            *members -= 1;
            if *members == 0 {
                self.complete(number, agenda);
            }
        }
    }

    /// The lane whose release under way has this application of a platform as one of the new version.
    fn lane_under_way(
        &self,
        platform: PlatformNumber,
        application: ApplicationId,
    ) -> Option<LaneNumber> {
        let lanes = &self.releases.as_ref()?.lanes;
        let found = lanes.iter().position(|lane| {
            lane.platform == platform
                && lane.rollout.is_some_and(|rollout| {
                    let members = 0..self.spec.families[rollout.new.index()].count;
                    members
                        .into_iter()
                        .any(|n| self.member_of(rollout.new, n).application == application)
                })
        });
        found.map(|number| number as LaneNumber)
    }

    /// Does something with the applications of each member of a lane.
    fn each_member(
        &mut self,
        number: LaneNumber,
        new: FamilyId,
        mut what: impl FnMut(&mut Self, Handover),
    ) {
        for member in 0..self.spec.families[new.index()].count {
            let releases = self.releases.as_ref().expect("a lane is one of releases");
            let handover = self.handover(&releases.lanes[usize::from(number)], new, member);
            what(self, handover);
        }
    }
}
