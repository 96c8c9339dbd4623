//! What is seen of versions: for the gates of releases, and for their figures.

use crate::kernel::{Span, Time};
use crate::metric::{Named, ReleaseFigures};
use crate::model::{AttemptId, LaneNumber, Origin, Outcome, Stage};
use crate::policy::release::Verdict;
use crate::world::{World, WorldAgenda};

impl World<'_> {
    /// An attempt has ended in this way, served or not; one that nobody waits for any more was seen before.
    #[inline(never)]
    pub(in crate::world) fn see(&mut self, id: AttemptId, outcome: Outcome, now: Time) {
        let Some(releases) = &self.releases else { return };
        let attempt = &self.attempts[id];
        let family = attempt.family.index();
        let (Some(request), Some(lane)) = (attempt.request, releases.lanes_of[family]) else {
            return;
        };
        let lane_of = &releases.lanes[usize::from(lane)];
        let version = self.family(attempt.family);
        let asked = self.requests[request].service.number() - version.first.number();
        let member = version.spec.first.index() + asked as usize;
        let awaited = lane_of.has_replicas && (!lane_of.is_weighted() || !releases.served[member]);
        let blameless = outcome == Outcome::Refused && awaited && self.has_no_replica(id);
        let cold = attempt.cold == Some(true)
            || outcome != Outcome::Completed && self.finds_only_starts(id);
        let took = if lane_of.windows.is_some() && outcome == Outcome::Completed {
            self.took(id, now)
        } else {
            Span::ZERO
        };
        let Some(releases) = &mut self.releases else { return };
        if let Some(lately) = &mut releases.lately {
            lately.ended(attempt, outcome, now);
        }
        let completed = outcome == Outcome::Completed;
        let is_copy = matches!(self.requests[request].origin, Origin::Copy { .. });
        let lane = &mut releases.lanes[usize::from(lane)];
        if !is_copy {
            lane.watch(&self.spec.releases, completed.then(|| now - attempt.arrived));
        }
        if attempt.stage != Stage::Sent || outcome == Outcome::Refused {
            lane.reached(attempt.family, attempt.arrived);
        }
        if !cold && !blameless {
            releases.seen[family].ended += 1;
            releases.seen[family].failed += u64::from(!completed);
            releases.served[member] = true;
            if completed {
                lane.record(attempt.family, took, now);
            }
        }
        let Some(release) = releases.made_by[family] else { return };
        let figures = &mut releases.figures[usize::from(release)];
        if is_copy {
            figures.copies += 1;
            return;
        }
        if completed && let Some(committed) = releases.unreached[family].take() {
            figures.lead_first.record(now - committed);
        }
        if attempt.cell.is_some() {
            figures.served += 1;
            figures.failed += u64::from(!completed);
            figures.cold += u64::from(attempt.cold == Some(true));
            if let Some(bad) = figures.bad.as_mut().filter(|_| releases.bad[family]) {
                bad.served += 1;
                bad.failed += u64::from(!completed);
                if let Some(users) = &mut bad.users {
                    users.extend(attempt.session);
                }
            }
        }
    }

    /// An attempt that makes calls has computed.
    #[inline(never)]
    pub(in crate::world) fn note_computed(&mut self, id: AttemptId, now: Time) {
        let Some(releases) = &mut self.releases else { return };
        if releases.is_version(self.attempts[id].family) {
            let rows = releases.computed.len().max(id.index() + 1);
            releases.computed.resize(rows, now);
            releases.computed[id.index()] = now;
        }
    }

    /// How long an attempt that ends now was served, but for what it computed longer because others computed beside it. How many
    /// there are depends on how much each instance of a version is asked, and not on what the version is like: of a service of ten
    /// replicas, two that get a fifth of the requests have more to do than the ten others.
    fn took(&self, id: AttemptId, now: Time) -> Span {
        let attempt = &self.attempts[id];
        let platform = self.platforms[usize::from(attempt.platform)].kind.asked();
        let Some(alone) = platform.alone(attempt) else { return now - attempt.began };
        let calls = self.releases.as_ref().filter(|_| attempt.step > 0);
        let computed = calls.and_then(|releases| releases.computed.get(id.index()));
        alone + computed.map_or(Span::ZERO, |computed| now - *computed)
    }

    /// Whoever waits for an attempt gives it up. One that is being answered was seen when its service ended, and
    /// is now found to have failed.
    #[inline(never)]
    pub(in crate::world) fn see_given_up(&mut self, id: AttemptId, now: Time) {
        let attempt = &self.attempts[id];
        if attempt.stage != Stage::Answering {
            self.see(id, Outcome::TimedOut, now);
            return;
        }
        let Some(releases) = &mut self.releases else { return };
        let family = attempt.family.index();
        let Some(lane) = releases.lanes_of[family] else { return };
        if attempt.outcome != Outcome::Completed {
            return;
        }
        if let Some(lately) = &mut releases.lately {
            lately.failed_after_all(attempt.family);
        }
        let is_copy = attempt
            .request
            .is_some_and(|request| matches!(self.requests[request].origin, Origin::Copy { .. }));
        if !is_copy {
            let lane = &mut releases.lanes[usize::from(lane)];
            lane.watch(&self.spec.releases, None);
        }
        if attempt.cold != Some(true) {
            releases.seen[family].failed += 1;
        }
        if let Some(release) = releases.made_by[family].filter(|_| attempt.cell.is_some()) {
            let figures = &mut releases.figures[usize::from(release)];
            figures.failed += 1;
            if let Some(bad) = figures.bad.as_mut().filter(|_| releases.bad[family]) {
                bad.failed += 1;
            }
        }
    }

    /// Whether an attempt has found no replica of its version. Where the platform replaces them it has stopped those of one
    /// before there are any of the other, which is no fault of either; and while the first is yet to come, that is no fault,
    /// either.
    fn has_no_replica(&self, id: AttemptId) -> bool {
        let attempt = &self.attempts[id];
        let platform = self.platforms[usize::from(attempt.platform)].kind.asked();
        platform.endpoints(attempt.application) == 0
    }

    /// Whether an attempt whose service has not begun is to an application with instances that are starting: it has
    /// come to a cold start, however it ends.
    fn finds_only_starts(&self, id: AttemptId) -> bool {
        let attempt = &self.attempts[id];
        let fleet = self.platforms[usize::from(attempt.platform)].kind.asked().fleet();
        attempt.cold.is_none() && fleet.is_some_and(|fleet| fleet.starting(attempt.application) > 0)
    }

    /// By release: what is measured of it.
    pub(in crate::world) fn release_figures(&self) -> Vec<Named<ReleaseFigures>> {
        let figures = self.releases.iter().flat_map(|releases| &releases.figures);
        let named = self.spec.releases.iter().zip(figures);
        named.map(|(spec, of)| Named { name: spec.name.clone(), of: of.clone() }).collect()
    }

    /// The gate of the release under way in a lane looks at it.
    pub(super) fn look(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) {
        let now = agenda.now();
        let releases = self.releases.as_mut().expect("a lane is one of releases");
        let lane = &mut releases.lanes[usize::from(number)];
        let Some(rollout) = &lane.rollout else { return };
        let Some(gate) = &self.spec.releases[usize::from(rollout.release)].gate else { return };
        let (old, new) = (&releases.seen[lane.stable.index()], &releases.seen[rollout.new.index()]);
        // Where the old version serves nobody meanwhile, what it did before is all there is.
        let meanwhile = old.since(&rollout.before);
        let old = if meanwhile.ended < gate.least_requests { old } else { &meanwhile };
        let looks = rollout.looks + 1;
        let Some(windows) = &mut lane.windows else { return };
        let verdict = gate.verdict(looks, old, new, windows.differences(now));
        let (next, looks) = match verdict {
            Verdict::TooFew => (now + gate.every, rollout.looks),
            Verdict::Passes | Verdict::Fails => (now + gate.every, looks),
        };
        if verdict == Verdict::Fails {
            self.roll_back(number, agenda);
            return;
        }
        if let Some(rollout) = &mut self.lane(number).rollout {
            (rollout.look, rollout.looks) = (Some(next), looks);
            Self::schedule_rollout(number, next, agenda);
        }
    }
}
