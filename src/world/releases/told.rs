//! What is told of releases on the way: when they go from step to step, and by version what was served lately.

use std::collections::BTreeMap;

use super::Rollout;
use crate::kernel::Time;
use crate::metric::{Milestone, ReleaseRow, VersionRow};
use crate::model::{Attempt, AttemptId, FamilyId, LaneNumber, Origin, Outcome};
use crate::stats::Histogram;
use crate::world::World;

/// What versions served since the last sample. It holds no more than the versions that served anything since.
#[derive(Default)]
pub(super) struct Lately {
    windows: BTreeMap<FamilyId, Window>,
    /// When it was told last.
    told: Time,
}

/// What a version served since the last sample.
#[derive(Default)]
struct Window {
    attempts: u64,
    copies: u64,
    ended: u64,
    failed: u64,
    /// From reaching the platform to the end of service, of attempts that completed.
    took: Histogram,
}

impl Lately {
    /// An attempt at a version, a copy or not, has reached its platform.
    pub(super) fn arrived(&mut self, version: FamilyId, is_copy: bool) {
        let window = self.windows.entry(version).or_default();
        *(if is_copy { &mut window.copies } else { &mut window.attempts }) += 1;
    }

    /// An attempt at a version has ended.
    pub(super) fn ended(&mut self, attempt: &Attempt, outcome: Outcome, now: Time) {
        let window = self.windows.entry(attempt.family).or_default();
        window.ended += 1;
        if outcome == Outcome::Completed {
            window.took.record(now - attempt.arrived);
        } else {
            window.failed += 1;
        }
    }

    /// An attempt at a version that has ended well is found to have failed, as nobody waits for its answer any more. That may
    /// be in a later window than its end.
    pub(super) fn failed_after_all(&mut self, version: FamilyId) {
        self.windows.entry(version).or_default().failed += 1;
    }
}

impl World<'_> {
    /// Notes that an attempt has reached its platform, if somebody wants to be told of versions.
    pub(super) fn note_arrival(&mut self, id: AttemptId) {
        let attempt = &self.attempts[id];
        let Some(releases) = &mut self.releases else { return };
        let Some(lately) = &mut releases.lately else { return };
        let origin = attempt.request.map(|request| self.requests[request].origin);
        lately.arrived(attempt.family, matches!(origin, Some(Origin::Copy { .. })));
    }

    /// Tells the recorder what each version served since it was told last, if it is to be told of versions: of those that
    /// are in use, and of others that served anything.
    #[inline(never)]
    pub(in crate::world) fn tell_versions(&mut self, now: Time) {
        let (Some(releases), Some(recorder)) = (&mut self.releases, &mut self.recorder) else {
            return;
        };
        let Some(lately) = releases.lately.as_mut().filter(|lately| lately.told < now) else {
            return;
        };
        lately.told = now;
        let mut windows = std::mem::take(&mut lately.windows);
        for lane in &releases.lanes {
            let new = lane.rollout.as_ref().map(|rollout| rollout.new);
            for version in [lane.stable].into_iter().chain(new) {
                windows.entry(version).or_default();
            }
        }
        for (number, lane) in (0..).zip(&releases.lanes) {
            let own = windows
                .iter()
                .filter(|(version, _)| releases.lanes_of[version.index()] == Some(number));
            let service = self.spec.families[lane.stable.index()].version_of.unwrap_or(lane.stable);
            let all = own.clone().map(|(_, window)| window.attempts).sum();
            for (version, window) in own {
                recorder.version(&VersionRow {
                    time: now,
                    service: &self.spec.families[service.index()].name,
                    version: &self.spec.families[version.index()].name,
                    attempts: window.attempts,
                    attempts_of_all: all,
                    copies: window.copies,
                    ended: window.ended,
                    failed: window.failed,
                    took: &window.took,
                });
            }
        }
    }

    /// Tells the recorder how far the release under way in a lane has come, if it is to be told of releases.
    pub(super) fn tell_milestone(&mut self, number: LaneNumber, milestone: Milestone, now: Time) {
        if let Some(rollout) = self.lane(number).rollout {
            self.tell_milestone_of(&rollout, milestone, now);
        }
    }

    /// The same of any release that is not over.
    pub(super) fn tell_milestone_of(&mut self, rollout: &Rollout, milestone: Milestone, now: Time) {
        let (Some(releases), Some(recorder)) = (&self.releases, &mut self.recorder) else { return };
        if releases.lately.is_none() {
            return;
        }
        let release = &self.spec.releases[usize::from(rollout.release)];
        recorder.release(&ReleaseRow {
            time: now,
            release: &release.name,
            service: &self.spec.families[release.service.index()].name,
            version: &self.spec.families[rollout.new.index()].name,
            milestone,
        });
    }
}
