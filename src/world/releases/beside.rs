//! Instances of a new version beside those of the old one: what is ordered for a step, and waited for.

use super::{Approval, Beside, Lane, Phase, Rollout, Traffic};
use crate::kernel::Span;
use crate::model::{ApplicationId, LaneNumber, PlatformNumber};
use crate::policy::release::Step;
use crate::world::{World, WorldAgenda};

impl Lane {
    /// Whether requests go to the versions of the release under way by weight.
    pub(super) fn is_weighted(&self) -> bool {
        self.rollout.is_some_and(|rollout| {
            matches!(rollout.traffic, Traffic::Weight(_)) && rollout.phase != Phase::HandingOver
        })
    }
}

impl World<'_> {
    /// The new version may have instances ahead of requests, and as many as the old one where the strategy wants
    /// them; its steps begin when they are up, and what is provisioned is ready. Whether they are.
    pub(super) fn bring_up(
        &mut self,
        number: LaneNumber,
        rollout: Rollout,
        agenda: &mut impl WorldAgenda,
    ) -> bool {
        let platform = self.lane(number).platform;
        let brings_up = self.spec.releases[usize::from(rollout.release)].strategy.brings_up();
        let mut awaited = 0;
        self.each_member(number, rollout.new, |world, handover| {
            awaited += u32::from(world.enter_use(platform, handover.new, agenda));
        });
        let longest = if brings_up { self.order(number, 1.0, agenda) } else { Some(Span::ZERO) };
        if let Some(rollout) = &mut self.lane(number).rollout {
            rollout.beside.awaited += awaited;
        }
        if let Some(longest) = longest.filter(|longest| *longest > Span::ZERO) {
            self.wait(number, longest, agenda);
        }
        longest == Some(Span::ZERO) && awaited == 0
    }

    /// Lets the new version of the release under way in a lane have a share of its instances beside those of the old
    /// one. How long that takes, if it is known.
    pub(super) fn order(
        &mut self,
        number: LaneNumber,
        share: f64,
        agenda: &mut impl WorldAgenda,
    ) -> Option<Span> {
        let rollout = self.lane(number).rollout?;
        let Phase::Step(step) = rollout.phase else { return None };
        let told = self.spec.releases[usize::from(rollout.release)].replicas;
        let members = self.spec.families[rollout.new.index()].count;
        let lane = self.lane(number);
        let platform = lane.platform;
        if let Some(rollout) = &mut lane.rollout {
            rollout.beside = Beside { share, awaited: if told { members } else { 0 }, step };
        }
        let mut longest = Some(Span::ZERO);
        self.each_member(number, rollout.new, |world, handover| {
            let takes = world.bring_up_beside(platform, (handover, share), agenda);
            longest = longest.zip(takes).map(|(longest, takes)| longest.max(takes));
        });
        longest
    }

    /// Lets the new version of the release under way in a lane have the replicas that it needs for a step, or for all
    /// requests if none is left. Whether they are waited for.
    pub(super) fn awaits_replicas(
        &mut self,
        number: LaneNumber,
        step: Option<Step>,
        agenda: &mut impl WorldAgenda,
    ) -> bool {
        let Some(rollout) = self.lane(number).rollout else { return false };
        let spec = &self.spec.releases[usize::from(rollout.release)];
        let share = step.map_or(1.0, |step| step.weight.max(step.copies));
        if !spec.replicas || share <= rollout.beside.share {
            return false;
        }
        self.order(number, share, agenda);
        spec.strategy.awaits_replicas()
    }

    /// Whether somebody has to approve that all requests go to the new version, who then takes some time. What of functions was brought
    /// up before may be gone by then, and comes once more.
    pub(super) fn awaits_approval(
        &mut self,
        number: LaneNumber,
        agenda: &mut impl WorldAgenda,
    ) -> bool {
        let Some(rollout) = self.lane(number).rollout else { return false };
        let spec = &self.spec.releases[usize::from(rollout.release)];
        let approval = spec.gate.as_ref().and_then(|gate| gate.approval.as_ref());
        let Some(approval) = approval else { return false };
        let releases = self.releases.as_ref().expect("a lane is one of releases");
        let key = releases.keys[usize::from(rollout.release)].approval;
        let next = match rollout.approval {
            Approval::NotAsked => Approval::Asked,
            Approval::Asked | Approval::Given => Approval::Given,
        };
        if let Some(rollout) = &mut self.lane(number).rollout {
            rollout.approval = next;
        }
        let time = match rollout.approval {
            Approval::NotAsked => Some(approval.span(&mut key.draws(rollout.version as u64))),
            Approval::Asked if spec.strategy.brings_up() && !spec.replicas => {
                self.order(number, 1.0, agenda).filter(|time| *time > Span::ZERO)
            }
            Approval::Asked | Approval::Given => None,
        };
        if let Some(time) = time {
            self.wait(number, time, agenda);
        }
        time.is_some()
    }

    /// An application has the replicas that were ordered, or what is provisioned of it: if all members of its family have,
    /// the release goes on, unless it waits for something else.
    pub(super) fn brought_up(
        &mut self,
        (platform, new): (PlatformNumber, ApplicationId),
        agenda: &mut impl WorldAgenda,
    ) {
        let Some(number) = self.lane_under_way(platform, new) else { return };
        let Some(rollout) = &mut self.lane(number).rollout else { return };
        rollout.beside.awaited = rollout.beside.awaited.saturating_sub(1);
        if rollout.beside.awaited > 0 {
            return;
        }
        match rollout.phase {
            Phase::Stalled => rollout.phase = Phase::Step(rollout.beside.step),
            // What bakes did not wait for it, and may have baked for long enough.
            Phase::Step(_) | Phase::Baking => {}
            Phase::HandingOver | Phase::HandingBack => return,
        }
        if rollout.due.is_some() {
            return;
        }
        // What else is to be brought up of functions comes when what is provisioned is there.
        let (release, begins) = (rollout.release, rollout.phase == Phase::Step(0));
        let spec = &self.spec.releases[usize::from(release)];
        if begins && !spec.replicas && spec.strategy.brings_up() {
            let longest = self.order(number, 1.0, agenda);
            if let Some(time) = longest.filter(|time| *time > Span::ZERO) {
                self.wait(number, time, agenda);
                return;
            }
        }
        self.go_on(number, agenda);
    }

    /// A release whose replicas, or provisioned instances, have not come gives way to the next, if one waits: it is taken back. Whether it does.
    pub(super) fn gives_way(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) -> bool {
        let lane = self.lane(number);
        let stalls = lane.rollout.is_some_and(|rollout| {
            matches!(rollout.traffic, Traffic::Weight(_)) && rollout.phase == Phase::Stalled
        });
        let gives_way = stalls && self.releases().is_waited_for(number);
        if gives_way {
            self.roll_back(number, agenda);
        }
        gives_way
    }

    /// A release that sends requests by weight begins from one version: what its platform has not got on with goes back
    /// first. Whether anything does.
    pub(super) fn take_overtaken_back(
        &mut self,
        number: LaneNumber,
        agenda: &mut impl WorldAgenda,
    ) -> bool {
        let Some(&Rollout { new: last, release, .. }) = self.lane(number).overtaken.last() else {
            return false;
        };
        let members = self.spec.families[last.index()].count;
        let strategy = &self.spec.releases[usize::from(release)].strategy;
        let lane = self.lane(number);
        let platform = lane.platform;
        if let Some(last) = lane.overtaken.last_mut() {
            last.traffic = Traffic::Instances { members };
        }
        self.each_member(number, last, |world, handover| {
            world.hand_back(platform, (handover, strategy.clone()), agenda);
        });
        true
    }

    /// A release that sends requests by weight, and has waited for another to go back, begins.
    pub(super) fn begin_from_one(&mut self, number: LaneNumber, agenda: &mut impl WorldAgenda) {
        let waits = self.lane(number).rollout.filter(|rollout| rollout.phase == Phase::Step(0));
        if let Some(rollout) = waits
            && self.bring_up(number, rollout, agenda)
        {
            self.go_on(number, agenda);
        }
    }
}
