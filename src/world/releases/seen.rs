//! What is seen of versions: for the gates of releases, and for their figures.

use crate::metric::{Named, ReleaseFigures};
use crate::model::{AttemptId, LaneNumber, Origin, Outcome};
use crate::policy::release::Verdict;
use crate::world::{World, WorldAgenda};

impl World<'_> {
    /// An attempt has ended in this way, served or not; one that nobody waits for any more was seen before.
    #[inline(never)]
    pub(in crate::world) fn see(
        &mut self,
        id: AttemptId,
        outcome: Outcome,
        agenda: &mut impl WorldAgenda,
    ) {
        let Some(releases) = &mut self.releases else { return };
        let attempt = &self.attempts[id];
        let family = attempt.family.index();
        let (Some(request), Some(_)) = (attempt.request, releases.lanes_of[family]) else { return };
        let seen = &mut releases.seen[family];
        let completed = outcome == Outcome::Completed;
        seen.ended += 1;
        seen.failed += u64::from(!completed);
        if completed && attempt.cold != Some(true) {
            seen.service.record(agenda.now() - attempt.began);
        }
        let Some(release) = releases.made_by[family] else { return };
        let figures = &mut releases.figures[usize::from(release)];
        if matches!(self.requests[request].origin, Origin::Copy) {
            figures.copies += 1;
            return;
        }
        if let Some(committed) = releases.unreached[family].take() {
            figures.lead_first.record(agenda.now() - committed);
        }
        if attempt.cell.is_some() {
            figures.served += 1;
            figures.failed += u64::from(!completed);
            figures.cold += u64::from(attempt.cold == Some(true));
        }
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
        let releases = self.releases.as_ref().expect("a lane is one of releases");
        let lane = &releases.lanes[usize::from(number)];
        let Some(rollout) = &lane.rollout else { return };
        let Some(gate) = &self.spec.releases[usize::from(rollout.release)].gate else { return };
        let (old, new) = (&releases.seen[lane.stable.index()], &releases.seen[rollout.new.index()]);
        // Where the old version serves nobody meanwhile, what it did before is all there is.
        let meanwhile = old.since(&rollout.before);
        let old = if meanwhile.ended < gate.least_requests { old } else { &meanwhile };
        let looks = rollout.looks + 1;
        let verdict = gate.verdict(looks, old, new);
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
