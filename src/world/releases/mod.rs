//! Releases: which version of a service serves a request, and how that changes.
//!
//! A request keeps the service that it was sent to; an attempt at it goes to the family and application of the
//! version that is to serve it. The lane of a service has one release under way at a time: what is due
//! meanwhile begins when that is over.

mod course;

use std::collections::VecDeque;

use super::{Service, Specification, World};
use crate::kernel::stream::uniform;
use crate::kernel::{Seed, StreamKey, Time};
use crate::model::{FamilyId, LaneNumber, PlatformNumber, ReleaseNumber, Request};
use crate::platform::Handover;

/// The releases of a run.
pub(super) struct Releases {
    /// By family: its lane, if it is released.
    lanes_of: Vec<Option<LaneNumber>>,
    lanes: Vec<Lane>,
    /// By release: chance of which version serves an attempt.
    routes: Vec<StreamKey>,
    /// By release: how many of its versions have become due.
    due: Vec<usize>,
}

/// The versions of a service.
struct Lane {
    platform: PlatformNumber,
    /// What serves it when no release is under way.
    stable: FamilyId,
    rollout: Option<Rollout>,
    /// Versions that wait for the release under way: of which release, and what they are.
    queue: VecDeque<(ReleaseNumber, FamilyId)>,
}

/// A release under way.
#[derive(Clone, Copy)]
struct Rollout {
    release: ReleaseNumber,
    /// The new version.
    new: FamilyId,
    traffic: Traffic,
    /// The next step of the strategy, and when it is due.
    step: u32,
    due: Option<Time>,
}

/// How requests spread over two versions.
#[derive(Clone, Copy)]
enum Traffic {
    /// A share of them goes to the new version.
    Weight(f64),
    /// As their instances, which the platform replaces; how many members of the family it has not told of.
    Instances { members: u32 },
}

impl Releases {
    /// The releases of a scenario; `None` if it has none.
    pub(super) fn new(spec: &Specification, seed: Seed) -> Option<Box<Self>> {
        if spec.releases.is_empty() {
            return None;
        }
        let mut lanes_of = vec![None; spec.families.len()];
        let mut lanes = Vec::new();
        for release in &spec.releases {
            lanes_of[release.service.index()].get_or_insert_with(|| {
                lanes.push(Lane {
                    platform: spec.families[release.service.index()].platform,
                    stable: release.service,
                    rollout: None,
                    queue: VecDeque::new(),
                });
                LaneNumber::try_from(lanes.len() - 1).expect("checked by validation")
            });
        }
        let route = |name: &String| seed.key(&format!("release.{name}.route"));
        Some(Box::new(Self {
            lanes_of,
            lanes,
            routes: spec.releases.iter().map(|release| route(&release.name)).collect(),
            due: vec![0; spec.releases.len()],
        }))
    }
}

impl World<'_> {
    /// What serves the next attempt at a request, where there are releases.
    #[inline(never)]
    pub(super) fn routed(&self, releases: &Releases, request: &Request) -> Service {
        let asked = self.services[request.service.index()];
        let Some(lane) = releases.lanes_of[asked.family.index()] else { return asked };
        let lane = &releases.lanes[usize::from(lane)];
        let member = request.service.number() - self.family(asked.family).first.number();
        let version = match &lane.rollout {
            Some(rollout) if self.goes_to_new(releases, lane, rollout, (member, request)) => {
                rollout.new
            }
            _ => lane.stable,
        };
        self.member_of(version, member)
    }

    /// Whether the version under way serves an attempt at a request to a member.
    fn goes_to_new(
        &self,
        releases: &Releases,
        lane: &Lane,
        rollout: &Rollout,
        (member, request): (u32, &Request),
    ) -> bool {
        let weight = match rollout.traffic {
            Traffic::Weight(weight) => weight,
            Traffic::Instances { .. } => {
                let handover = self.handover(lane, rollout.new, member);
                match self.platforms[usize::from(lane.platform)].kind.asked().shares(handover) {
                    // Who waits for an instance waits for one that is to come.
                    (0, _) => 1.0,
                    (old, new) => f64::from(new) / (f64::from(old) + f64::from(new)),
                }
            }
        };
        let drawn = || {
            let key = releases.routes[usize::from(rollout.release)];
            uniform(&mut key.draws_for(request.lineage.part(request.attempts.into())))
        };
        weight >= 1.0 || weight > 0.0 && drawn() < weight
    }

    /// A member of a version.
    fn member_of(&self, version: FamilyId, member: u32) -> Service {
        let first = self.family(version).spec.first;
        self.services[first.index() + member as usize]
    }

    /// The applications of a member in both versions.
    fn handover(&self, lane: &Lane, new: FamilyId, member: u32) -> Handover {
        let old = self.member_of(lane.stable, member).application;
        Handover { old, new: self.member_of(new, member).application }
    }
}
