//! Releases in which the platform replaces instances: what it is told, and what it tells.

use super::{Lane, Phase, Rollout, Traffic};
use crate::kernel::{Span, Time};
use crate::metric::Milestone;
use crate::model::{ApplicationId, FamilyId, LaneNumber, PlatformNumber};
use crate::platform::Signal;
use crate::world::{World, WorldAgenda};

impl Lane {
    /// The release of a version, under way or overtaken.
    pub(super) fn rollout_of(&mut self, version: FamilyId) -> Option<&mut Rollout> {
        self.rollout.iter_mut().chain(&mut self.overtaken).find(|rollout| rollout.new == version)
    }
}

impl Rollout {
    /// How long after its first users the version that is taken back now was found to be bad: when the platform did not get on
    /// with it, or now.
    pub(super) fn found_after(&self, now: Time) -> Option<Span> {
        let stalled = self.stalled.filter(|_| self.phase == Phase::Stalled);
        self.exposed.map(|exposed| stalled.unwrap_or(now).max(exposed) - exposed)
    }

    /// How long after its first users the version that is gone now had none any more.
    pub(super) fn restored_after(&self, now: Time) -> Option<Span> {
        self.exposed.map(|exposed| self.restored.unwrap_or(now).max(exposed) - exposed)
    }

    /// Notes that a member is through with one of these phases; whether it was the last.
    fn is_last(&mut self, of: &[Phase]) -> bool {
        let Self { traffic: Traffic::Instances { members }, phase, .. } = self else {
            return false;
        };
        if !of.contains(phase) {
            return false;
        }
        *members = members.saturating_sub(1);
        *members == 0
    }
}

impl World<'_> {
    /// Lets the platform replace the instances of each member.
    pub(super) fn begin_handover(
        &mut self,
        number: LaneNumber,
        rollout: &Rollout,
        agenda: &mut impl WorldAgenda,
    ) {
        let platform = self.lane(number).platform;
        let members = self.spec.families[rollout.new.index()].count;
        if let Some(rollout) = &mut self.lane(number).rollout {
            rollout.traffic = Traffic::Instances { members };
        }
        let strategy = &self.spec.releases[usize::from(rollout.release)].strategy;
        self.each_member(number, rollout.new, |world, handover| {
            world.hand_over(platform, (handover, strategy.clone()), agenda);
        });
    }

    /// The platform tells how it has fared.
    #[cold]
    pub(in crate::world) fn told_of_handover(
        &mut self,
        signal: Signal,
        agenda: &mut impl WorldAgenda,
    ) {
        match signal {
            Signal::Shifted(platform, new) => self.shifted((platform, new), agenda.now()),
            Signal::ShiftedBack(platform, new) => self.shifted_back((platform, new), agenda.now()),
            Signal::HandedOver(platform, new) => {
                self.overtaken_ends((platform, new), false, agenda);
                self.handed_over((platform, new), agenda);
            }
            Signal::HandoverFailed(platform, new) => self.handover_failed((platform, new), agenda),
            Signal::BroughtUp(platform, new) => self.brought_up((platform, new), agenda),
            Signal::HandedBack(platform, new) => {
                self.overtaken_ends((platform, new), true, agenda);
                self.handed_back((platform, new), agenda);
            }
            Signal::Served(_) | Signal::Refused(_) | Signal::Failed(_) | Signal::Lost { .. } => {
                unreachable!("{signal:?} is of an attempt")
            }
        }
    }

    /// The platform has replaced all instances of an application by those of its new version.
    fn handed_over(
        &mut self,
        (platform, new): (PlatformNumber, ApplicationId),
        agenda: &mut impl WorldAgenda,
    ) {
        let Some(number) = self.lane_under_way(platform, new) else { return };
        if self.is_last(number, &[Phase::HandingOver, Phase::Stalled]) {
            self.lane(number).overtaken.clear();
            let Some(Rollout { new, .. }) = self.lane(number).rollout else { return };
            self.reaches_all(number, new, agenda.now());
            let Some(rollout) = &mut self.lane(number).rollout else { return };
            rollout.phase = Phase::Baking;
            let release = rollout.release;
            self.wait(number, self.spec.releases[usize::from(release)].bake(), agenda);
        }
    }

    /// All requests to a member go to instances of the new version, of a release under way or of one that was overtaken.
    fn shifted(&mut self, (platform, new): (PlatformNumber, ApplicationId), now: Time) {
        let Some((number, family)) = self.version_on(platform, new) else { return };
        let Some(rollout) = self.lane(number).rollout_of(family) else { return };
        rollout.shifted += 1;
        if rollout.shifted == self.spec.families[family.index()].count {
            self.reaches_all(number, family, now);
        }
    }

    /// All requests to a member go to instances of the old version again.
    fn shifted_back(&mut self, (platform, new): (PlatformNumber, ApplicationId), now: Time) {
        let Some((number, family)) = self.version_on(platform, new) else { return };
        let Some(rollout) = self.lane(number).rollout_of(family) else { return };
        rollout.shifted_back += 1;
        if rollout.shifted_back == self.spec.families[family.index()].count
            && let Some(rollout) = self.lane(number).rollout_of(family)
        {
            rollout.restored = Some(now);
        }
    }

    /// The lane and the new version, of a release under way or of one that was overtaken, of which this application of a platform is
    /// a member.
    fn version_on(
        &self,
        platform: PlatformNumber,
        application: ApplicationId,
    ) -> Option<(LaneNumber, FamilyId)> {
        let lanes = self.releases.as_ref()?.lanes.iter().enumerate();
        let mut rollouts =
            lanes.filter(|(_, lane)| lane.platform == platform).flat_map(|(number, lane)| {
                let all = lane.rollout.iter().chain(&lane.overtaken);
                all.map(move |rollout| (number as LaneNumber, rollout))
            });
        let found = rollouts.find(|(_, rollout)| self.is_new(rollout, application));
        found.map(|(number, rollout)| (number, rollout.new))
    }

    /// The platform has given up replacing instances, or bringing them up. Without a gate it is left to the platform what becomes of
    /// both versions.
    fn handover_failed(
        &mut self,
        (platform, new): (PlatformNumber, ApplicationId),
        agenda: &mut impl WorldAgenda,
    ) {
        let Some(number) = self.lane_under_way(platform, new) else { return };
        let Some(rollout) = &mut self.lane(number).rollout else { return };
        let awaits = rollout.beside.awaited > 0 && rollout.phase != Phase::Stalled;
        if rollout.phase != Phase::HandingOver && !awaits {
            return;
        }
        rollout.phase = Phase::Stalled;
        rollout.stalled = Some(agenda.now());
        let release = rollout.release;
        self.tell_milestone(number, Milestone::Stalled, agenda.now());
        if self.spec.releases[usize::from(release)].gate.is_some() {
            self.roll_back(number, agenda);
        } else {
            self.begin_next(number, agenda);
        }
    }

    /// The platform has gone back, as it was told or by itself: all instances are of the old version.
    fn handed_back(
        &mut self,
        (platform, new): (PlatformNumber, ApplicationId),
        agenda: &mut impl WorldAgenda,
    ) {
        let Some(number) = self.lane_under_way(platform, new) else { return };
        let phase = self.lane(number).rollout.as_ref().map(|rollout| rollout.phase);
        if matches!(phase, Some(Phase::HandingOver | Phase::Stalled)) {
            self.roll_back(number, agenda);
        }
        if self.is_last(number, &[Phase::HandingBack]) {
            self.restored(number, agenda);
        }
    }

    /// The platform is through with a version while the release that has overtaken it still waits for approval: all
    /// instances are of that version, or, if it went `back`, of the old one.
    fn overtaken_ends(
        &mut self,
        (platform, new): (PlatformNumber, ApplicationId),
        back: bool,
        agenda: &mut impl WorldAgenda,
    ) {
        let now = agenda.now();
        let of = |lane: &Lane| lane.overtaken.iter().position(|rollout| self.is_new(rollout, new));
        let Some(releases) = &self.releases else { return };
        let mut lanes = releases.lanes.iter().enumerate();
        let found = lanes.find_map(|(number, lane)| {
            Some((number, of(lane).filter(|_| lane.platform == platform)?))
        });
        let Some((number, place)) = found else { return };
        let Some(releases) = &mut self.releases else { return };
        let lane = &mut releases.lanes[number];
        if !lane.overtaken[place].is_last(&[Phase::Stalled]) {
            return;
        }
        if back {
            self.take_overtaken_away(number as LaneNumber, now);
            self.overtaken_are_gone(number as LaneNumber, now);
            self.begin_from_one(number as LaneNumber, agenda);
            return;
        }
        let new = lane.overtaken[place].new;
        self.reaches_all(number as LaneNumber, new, now);
        let Some(releases) = &mut self.releases else { return };
        let lane = &mut releases.lanes[number];
        let rollout = lane.overtaken[place];
        lane.overtaken.clear();
        self.tell_milestone_of(&rollout, Milestone::Completed, now);
        let Some(releases) = &mut self.releases else { return };
        let lane = &mut releases.lanes[number];
        let figures = &mut releases.figures[usize::from(rollout.release)];
        figures.completed += 1;
        lane.stable = rollout.new;
        lane.windows.iter_mut().for_each(|windows| {
            windows.end(now, true);
            windows.begin(now);
        });
        if let Some(waiting) = &mut lane.rollout {
            waiting.before = releases.seen[rollout.new.index()];
        }
        self.begin_from_one(number as LaneNumber, agenda);
    }

    /// Releases that were overtaken are taken back with the one that overtook them.
    pub(super) fn take_overtaken_away(&mut self, number: LaneNumber, now: Time) {
        for at in 0..self.lane(number).overtaken.len() {
            let overtaken = self.lane(number).overtaken[at];
            self.tell_milestone_of(&overtaken, Milestone::TakenBack, now);
            let figures = &mut self.releases().figures[usize::from(overtaken.release)];
            figures.rolled_back += 1;
            if let Some(found) = overtaken.found_after(now) {
                figures.detect.record(found);
            }
        }
    }

    /// Nothing goes any more to the versions of releases that were overtaken, and taken back.
    pub(super) fn overtaken_are_gone(&mut self, number: LaneNumber, now: Time) {
        for overtaken in std::mem::take(&mut self.lane(number).overtaken) {
            self.tell_milestone_of(&overtaken, Milestone::Restored, now);
            let figures = &mut self.releases().figures[usize::from(overtaken.release)];
            if let Some(restored) = overtaken.restored_after(now) {
                figures.restore.record(restored);
            }
        }
    }

    /// Notes that a member of the release under way is through with one of these phases; whether it was the last.
    fn is_last(&mut self, number: LaneNumber, of: &[Phase]) -> bool {
        self.lane(number).rollout.as_mut().is_some_and(|rollout| rollout.is_last(of))
    }

    /// Whether an application on its platform is one of the new version of a release.
    fn is_new(&self, rollout: &Rollout, application: ApplicationId) -> bool {
        let mut members = 0..self.spec.families[rollout.new.index()].count;
        members.any(|member| self.member_of(rollout.new, member).application == application)
    }

    /// The lane whose release under way has this application of a platform as one of the new version.
    pub(super) fn lane_under_way(
        &self,
        platform: PlatformNumber,
        application: ApplicationId,
    ) -> Option<LaneNumber> {
        let lanes = &self.releases.as_ref()?.lanes;
        let found = lanes.iter().position(|lane| {
            let rollout = lane.rollout.as_ref().filter(|_| lane.platform == platform);
            rollout.is_some_and(|rollout| self.is_new(rollout, application))
        });
        found.map(|number| number as LaneNumber)
    }
}
