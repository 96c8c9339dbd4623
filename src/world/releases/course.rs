//! The course of a release: it is due, begins, goes from step to step, and is over, or goes back.

use super::{Approval, Beside, Lane, Phase, Releases, Rollout, Traffic};
use crate::kernel::stream::uniform;
use crate::kernel::{Class, Span, Time};
use crate::metric::Milestone;
use crate::model::{ApplicationId, FamilyId, LaneNumber, ReleaseNumber};
use crate::platform::Handover;
use crate::policy::release::Step;
use crate::world::{Event, World, WorldAgenda};

impl World<'_> {
    /// Schedules when versions come out of their pipelines.
    pub(in crate::world) fn start_releases(&mut self, agenda: &mut impl WorldAgenda) {
        let Some(releases) = &mut self.releases else { return };
        for (number, spec) in self.spec.releases.iter().enumerate() {
            let key = releases.keys[number].pipeline;
            let delay = |version: u64| -> Span {
                let stages = (0..).zip(&spec.pipeline);
                let draws = |stage: u64| key.part(version).draws(stage);
                stages.map(|(stage, time)| time.span(&mut draws(stage))).sum()
            };
            // Changes leave the pipeline in the order in which they entered it.
            let due: Vec<Time> = (0..)
                .zip(&spec.at)
                .scan(Time::ZERO, |last, (version, at)| {
                    *last = (*at + delay(version)).max(*last);
                    Some(*last)
                })
                .collect();
            for at in &due {
                let event = Event::ReleaseDue(number as ReleaseNumber);
                agenda.schedule(*at, Class::Control, event);
            }
            releases.due.push(due.into_iter().map(Some).collect());
        }
    }

    /// The lane with this number.
    ///
    /// # Panics
    /// If the scenario has no releases.
    pub(super) fn lane(&mut self, lane: LaneNumber) -> &mut Lane {
        &mut self.releases().lanes[usize::from(lane)]
    }

    /// The releases of the run.
    ///
    /// # Panics
    /// If it has none.
    pub(super) fn releases(&mut self) -> &mut Releases {
        self.releases.as_mut().expect("a lane is one of releases")
    }

    pub(super) fn schedule_rollout(lane: LaneNumber, at: Time, agenda: &mut impl WorldAgenda) {
        agenda.schedule(at, Class::Control, Event::RolloutDue(lane));
    }

    /// Versions of a release come out of their pipeline: they begin, or wait for the one before.
    pub(in crate::world) fn release_due(
        &mut self,
        number: ReleaseNumber,
        agenda: &mut impl WorldAgenda,
    ) {
        let now = agenda.now();
        let service = self.spec.releases[usize::from(number)].service;
        let releases = self.releases.as_mut().expect("a release is due");
        let lane = releases.lanes_of[service.index()].expect("a released service has a lane");
        let due = &mut releases.due[usize::from(number)];
        let version = due.iter().position(|due| *due == Some(now)).expect("one is due now");
        due[version] = None;
        releases.figures[usize::from(number)].versions += 1;
        releases.lanes[usize::from(lane)].queue.push_back((number, version));
        releases.waits_for_turn(lane);
        self.begin_next(lane, agenda);
    }

    /// Begins the next release of a lane, unless one is under way that gets on.
    pub(super) fn begin_next(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) {
        if self.begins(number, agenda) {
            self.go_on(number, agenda);
        }
    }

    /// Goes from phase to phase, and from release to release, until something has to be waited for.
    pub(super) fn go_on(&mut self, mut number: LaneNumber, agenda: &mut impl WorldAgenda) {
        loop {
            while self.proceed(number, agenda) {}
            number = self.releases().next_turn(number);
            if !self.begins(number, agenda) {
                return;
            }
        }
    }

    /// Begins the next release of a lane, unless one is under way that gets on. Whether its first phase is over at
    /// once.
    fn begins(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) -> bool {
        let now = agenda.now();
        let before = self.releases().under_way(number);
        if self.gives_way(before, agenda) {
            return false;
        }
        if !self.releases().has_turn(number) || !self.is_overtaken(number, now) {
            return false;
        }
        let lane = self.lane(number);
        let Some((release, version)) = lane.queue.pop_front() else { return false };
        lane.windows.iter_mut().for_each(|windows| windows.begin(now));
        let stable = lane.stable;
        let spec = &self.spec.releases[usize::from(release)];
        let releases = self.releases.as_mut().expect("a lane is one of releases");
        releases.takes_turn(number);
        let draws = &mut releases.keys[usize::from(release)].bad.draws(version as u64);
        let new = spec.version(version, uniform(draws));
        releases.unreached[new.index()] = Some(spec.at[version]);
        let look = spec.gate.as_ref().map(|gate| now + gate.every);
        let by_instances = spec.strategy.replaces_instances();
        let rollout = Rollout {
            release,
            version,
            new,
            traffic: Traffic::Weight(0.0),
            copies: 0.0,
            phase: if by_instances { Phase::HandingOver } else { Phase::Step(0) },
            due: None,
            look,
            looks: 0,
            before: releases.seen[stable.index()],
            exposed: None,
            all: None,
            approval: Approval::NotAsked,
            shifted: 0,
            shifted_back: 0,
            restored: None,
            stalled: None,
            beside: Beside::default(),
        };
        self.lane(number).rollout = Some(rollout);
        self.tell_milestone(number, Milestone::Begun, agenda.now());
        self.begin_alarms(number, agenda);
        if let Some(look) = look {
            Self::schedule_rollout(number, look, agenda);
        }
        if by_instances {
            return true;
        }
        !self.take_overtaken_back(number, agenda) && self.bring_up(number, rollout, agenda)
    }

    /// Whether the next release of a lane may begin: none is under way, or the cluster has not got on with it, or both are
    /// left to the cluster, which turns to the next at once. What was under way is among those that were overtaken then.
    fn is_overtaken(&mut self, number: LaneNumber, now: Time) -> bool {
        let Some(rollout) = self.lane(number).rollout else { return true };
        let spec = |release| &self.spec.releases[usize::from(release)];
        let (this, next) = (spec(rollout.release), self.lane(number).queue.front());
        let turns = next.is_some_and(|&(next, _)| spec(next).strategy.replaces_instances());
        let left_to_cluster = this.replicas && this.gate.is_none();
        let hands_over = rollout.phase == Phase::HandingOver;
        if rollout.phase != Phase::Stalled && !(hands_over && left_to_cluster && turns) {
            return false;
        }
        self.tell_milestone(number, Milestone::Overtaken, now);
        let lane = self.lane(number);
        lane.rollout = None;
        lane.overtaken.push(Rollout { phase: Phase::Stalled, ..rollout });
        true
    }

    /// Goes on with the release under way in a lane after some time.
    pub(super) fn wait(&mut self, number: LaneNumber, time: Span, agenda: &mut impl WorldAgenda) {
        let due = agenda.now() + time;
        if let Some(rollout) = &mut self.lane(number).rollout {
            rollout.due = Some(due);
            Self::schedule_rollout(number, due, agenda);
        }
    }

    /// A phase of the release under way in a lane may be over, or its gate may want to look. An event that is out
    /// of date finds neither.
    pub(in crate::world) fn rollout_due(
        &mut self,
        number: LaneNumber,
        agenda: &mut impl WorldAgenda,
    ) {
        let now = agenda.now();
        let is_now = |at: Option<Time>| at == Some(now);
        if self.is_alarmed(number, agenda) {
            self.roll_back(number, agenda);
        }
        // What is seen at the end of a phase counts before the next begins.
        if self.lane(number).rollout.as_ref().is_some_and(|rollout| is_now(rollout.look)) {
            self.look(number, agenda);
        }
        if let Some(rollout) = &mut self.lane(number).rollout
            && is_now(rollout.due)
        {
            rollout.due = None;
            self.go_on(number, agenda);
        }
    }

    /// Goes on with the release under way in a lane, whose phase is over. Whether the next is over, too.
    fn proceed(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) -> bool {
        let Some(rollout) = self.lane(number).rollout else { return false };
        let spec = &self.spec.releases[usize::from(rollout.release)];
        let (step, next) = match rollout.phase {
            Phase::Step(_) if rollout.beside.awaited > 0 => return false,
            Phase::Step(step) => (spec.strategy.step(step), Phase::Step(step + 1)),
            Phase::HandingOver => (None, Phase::HandingOver),
            // The old version goes when the replicas that are to stand in for it have come. They are not waited for where
            // no gate would take the new one back.
            Phase::Baking if spec.gate.is_some() && rollout.beside.awaited > 0 => return false,
            Phase::Baking => {
                self.complete(number, agenda);
                return false;
            }
            Phase::Stalled | Phase::HandingBack => return false,
        };
        if step.is_none_or(|step| step.weight >= 1.0) && self.awaits_approval(number, agenda) {
            return false;
        }
        if matches!(next, Phase::Step(_)) && self.awaits_replicas(number, step, agenda) {
            return false;
        }
        match (step, next) {
            (Some(step), _) => self.take(number, step, next, agenda),
            (None, Phase::HandingOver) => {
                self.begin_handover(number, &rollout, agenda);
                false
            }
            (None, _) => {
                // The strategy may have kept the old version for a while already.
                let now = agenda.now();
                let hold = (rollout.all.unwrap_or(now) + spec.bake()).max(now) - now;
                let all = Step { weight: 1.0, copies: 0.0, hold };
                self.take(number, all, Phase::Baking, agenda)
            }
        }
    }

    /// Sends requests as a step says, for as long as it says. Whether that is no time.
    fn take(
        &mut self,
        number: LaneNumber,
        step: Step,
        next: Phase,
        agenda: &mut impl WorldAgenda,
    ) -> bool {
        let now = agenda.now();
        let Some(rollout) = &mut self.lane(number).rollout else { return false };
        let was = match rollout.traffic {
            Traffic::Weight(weight) => weight,
            Traffic::Instances { .. } => 0.0,
        };
        rollout.traffic = Traffic::Weight(step.weight);
        rollout.copies = step.copies;
        rollout.phase = next;
        let (new, copies) = (rollout.new, step.copies > 0.0);
        self.copies = copies || self.copies;
        if step.weight >= 1.0 {
            self.reaches_all(number, new, now);
        } else if step.weight > was {
            self.tell_milestone(number, Milestone::Shifted(step.weight), now);
        }
        if step.hold > Span::ZERO {
            self.wait(number, step.hold, agenda);
        }
        step.hold == Span::ZERO
    }

    /// From now on all requests go to a new version, if they did not before.
    pub(super) fn reaches_all(&mut self, number: LaneNumber, new: FamilyId, now: Time) {
        let Some(rollout) = self.lane(number).rollout_of(new) else { return };
        if rollout.all.is_some() {
            return;
        }
        rollout.all = Some(now);
        let rollout = *rollout;
        self.tell_milestone_of(&rollout, Milestone::Shifted(1.0), now);
        let at = self.spec.releases[usize::from(rollout.release)].at[rollout.version];
        self.releases().figures[usize::from(rollout.release)].lead_all.record(now - at);
    }

    /// The new version serves all from now on, and the old one is gone.
    fn complete(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) {
        let Some(rollout) = self.lane(number).rollout else { return };
        self.tell_milestone(number, Milestone::Completed, agenda.now());
        self.end_use(number, &rollout, |handover| handover.old, agenda);
        let releases = self.releases.as_mut().expect("a lane is one of releases");
        let figures = &mut releases.figures[usize::from(rollout.release)];
        figures.completed += 1;
        let is_judged =
            self.spec.releases[usize::from(rollout.release)].gate.is_none() || rollout.looks > 0;
        figures.unjudged += u64::from(!is_judged);
        let instances = self.member_of(rollout.new, 0).application;
        self.releases().ends_turn(number, Some(instances));
        let lane = self.lane(number);
        lane.stable = rollout.new;
        lane.rollout = None;
        lane.overtaken.clear();
        lane.windows.iter_mut().for_each(|windows| windows.end(agenda.now(), true));
    }

    /// Takes the new version of the release under way in a lane back: nothing more is sent to it.
    pub(super) fn roll_back(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) {
        let now = agenda.now();
        let Some(rollout) = self.lane(number).rollout else { return };
        self.tell_milestone(number, Milestone::TakenBack, now);
        self.lane(number).alarms.clear();
        let releases = self.releases.as_mut().expect("a lane is one of releases");
        let figures = &mut releases.figures[usize::from(rollout.release)];
        figures.rolled_back += 1;
        if let Some(found) = rollout.found_after(now) {
            figures.detect.record(found);
        }
        if let Traffic::Weight(_) = rollout.traffic {
            self.restored(number, agenda);
            return;
        }
        self.take_overtaken_away(number, now);
        let members = self.spec.families[rollout.new.index()].count;
        let traffic = Traffic::Instances { members };
        let back = Rollout { traffic, phase: Phase::HandingBack, due: None, look: None, ..rollout };
        let (platform, new) = (self.lane(number).platform, back.new);
        self.lane(number).rollout = Some(back);
        let strategy = &self.spec.releases[usize::from(back.release)].strategy;
        self.each_member(number, new, |world, handover| {
            world.hand_back(platform, (handover, strategy.clone()), agenda);
        });
    }

    /// The old version serves all again, and the new one is gone.
    pub(super) fn restored(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) {
        let now = agenda.now();
        let Some(rollout) = self.lane(number).rollout else { return };
        self.tell_milestone(number, Milestone::Restored, agenda.now());
        self.end_use(number, &rollout, |handover| handover.new, agenda);
        let releases = self.releases.as_mut().expect("a lane is one of releases");
        if let Some(restored) = rollout.restored_after(now) {
            releases.figures[usize::from(rollout.release)].restore.record(restored);
        }
        if let Traffic::Instances { .. } = rollout.traffic {
            self.overtaken_are_gone(number, now);
        }
        let lane = self.lane(number);
        lane.rollout = None;
        lane.windows.iter_mut().for_each(|windows| windows.end(now, false));
        self.releases().ends_turn(number, None);
        let next = self.releases().next_turn(number);
        self.begin_next(next, agenda);
    }

    /// One of the versions of a release whose platform replaces no instances has none ahead of requests any more, and no
    /// replicas.
    fn end_use(
        &mut self,
        number: LaneNumber,
        rollout: &Rollout,
        which: impl Fn(Handover) -> ApplicationId,
        agenda: &mut impl WorldAgenda,
    ) {
        let platform = self.lane(number).platform;
        if let Traffic::Weight(_) = rollout.traffic {
            self.each_member(number, rollout.new, |world, handover| {
                world.leave_use(platform, which(handover), agenda);
            });
        }
    }

    /// Does something with the applications of each member of a lane.
    pub(super) fn each_member(
        &mut self,
        number: LaneNumber,
        new: FamilyId,
        mut what: impl FnMut(&mut Self, Handover),
    ) {
        for member in 0..self.spec.families[new.index()].count {
            let handover = self.handover(number, new, member);
            what(self, handover);
        }
    }
}
