//! Releases: which version of a service serves a request, and how that changes.
//!
//! A request keeps the service that it was sent to; an attempt at it goes to the family and application of the
//! version that is to serve it. The lane of a service has one release under way at a time: what is due
//! meanwhile begins when that is over.

mod alarms;
mod beside;
mod copies;
mod course;
mod handover;
mod on_arrival;
mod seen;
mod shared;
mod told;

pub(super) use copies::exchange_of_copies;

use std::collections::{BTreeSet, VecDeque};

use super::family::Service;
use super::{ClientSpec, ReleaseSpec, Specification, World};
use crate::kernel::stream::uniform;
use crate::kernel::{Seed, Span, StreamKey, Time};
use crate::metric::{BadFigures, ReleaseFigures};
use crate::model::{FamilyId, LaneNumber, Origin, PlatformNumber, ReleaseNumber, Request};
use crate::platform::Handover;
use crate::policy::release::{Seen, Side, Watch, Windows};
use shared::Shared;
use told::Lately;

/// The releases of a run.
pub(super) struct Releases {
    /// By family: the lane of which it is a version.
    lanes_of: Vec<Option<LaneNumber>>,
    /// By family: the release whose version it is.
    made_by: Vec<Option<ReleaseNumber>>,
    /// By family: whether it is a version that is drawn as bad.
    bad: Vec<bool>,
    lanes: Vec<Lane>,
    /// Services that share instances of which some are released; by family: among which of them it is.
    shared: Vec<Shared>,
    shared_of: Vec<Option<usize>>,
    /// By release.
    keys: Vec<Keys>,
    /// By release and version: when it comes out of its pipeline; `None` once it has.
    due: Vec<Vec<Option<Time>>>,
    /// By release: what is measured of it.
    pub(super) figures: Vec<ReleaseFigures>,
    /// By family: what was seen of it, where it is a version.
    seen: Vec<Seen>,
    /// By member of a family: whether it has served anything, where it is a version.
    served: Vec<bool>,
    /// By attempt that makes calls at a version: when it had computed.
    computed: Vec<Time>,
    /// By family: from when on its change was on its way to users, until the first of them is served by it.
    unreached: Vec<Option<Time>>,
    /// What versions served lately, if somebody wants to be told.
    lately: Option<Lately>,
}

/// The streams of a release.
struct Keys {
    /// Which version serves an attempt.
    route: StreamKey,
    /// Which requests are copied.
    copies: StreamKey,
    /// How long the stages of its pipeline take.
    pipeline: StreamKey,
    /// How long somebody takes to approve it.
    approval: StreamKey,
    /// Which versions are bad.
    bad: StreamKey,
}

/// The versions of a service.
struct Lane {
    platform: PlatformNumber,
    /// What serves it when no release is under way.
    stable: FamilyId,
    /// With which others it shares instances.
    shared: Option<usize>,
    rollout: Option<Rollout>,
    /// Releases whose platform had not got on when the next began; it may do so until it begins with that. Their
    /// versions serve where they have instances.
    overtaken: Vec<Rollout>,
    /// Whether its platform keeps replicas of it running, or its releases replace what servers have: there may be none of a version.
    has_replicas: bool,
    /// How long its versions serve, for the gates of its releases; as long as the shortest time between their looks.
    windows: Option<Windows>,
    /// What the alarms of the release under way have seen, and when their periods end.
    alarms: Vec<(Watch, Time)>,
    /// What waits for the release under way: the release, and the number of its version.
    queue: VecDeque<(ReleaseNumber, usize)>,
}

impl Lane {
    /// An attempt at a version that has ended came to it then.
    fn reached(&mut self, version: FamilyId, at: Time) {
        for rollout in self.rollout.iter_mut().chain(&mut self.overtaken) {
            if rollout.new == version {
                rollout.exposed = Some(rollout.exposed.map_or(at, |first| first.min(at)));
            }
        }
    }

    /// An attempt at a version has completed that was served for `time`.
    fn record(&mut self, version: FamilyId, time: Span, now: Time) {
        let Some(windows) = &mut self.windows else { return };
        if version == self.stable {
            windows.record(now, Side::Old, time);
        } else if self.rollout.is_some_and(|rollout| rollout.new == version) {
            windows.record(now, Side::New, time);
        }
    }
}

/// A release under way.
#[derive(Clone, Copy)]
struct Rollout {
    release: ReleaseNumber,
    /// The number of the version, and what it is.
    version: usize,
    new: FamilyId,
    traffic: Traffic,
    /// The share of requests of which the new version gets a copy.
    copies: f64,
    phase: Phase,
    /// When the phase may be over.
    due: Option<Time>,
    /// When the gate looks next, and how often it has.
    look: Option<Time>,
    looks: u32,
    /// What was seen of the old version before.
    before: Seen,
    /// When the first attempt at the new version came to it, a copy or not, of those that have ended.
    exposed: Option<Time>,
    /// Since when all requests go there.
    all: Option<Time>,
    /// Whether somebody has approved that all go there.
    approval: Approval,
    /// To the instances of how many members of the family requests go only, and to how many they go no longer, of which the platform
    /// replaces instances.
    shifted: u32,
    shifted_back: u32,
    /// Since when requests go to the old version only again.
    restored: Option<Time>,
    /// Since when the platform has not got on.
    stalled: Option<Time>,
    beside: Beside,
}

/// What is ordered of the new version's instances beside those of the old one.
#[derive(Clone, Copy, Default)]
struct Beside {
    /// The share of all that it is to have.
    share: f64,
    /// How many members of the family have not got theirs, or not what is provisioned of them; none if nobody tells.
    awaited: u32,
    /// The number of the step that they are for.
    step: u32,
}

/// How requests spread over two versions.
#[derive(Clone, Copy)]
enum Traffic {
    /// A share of them goes to the new version.
    Weight(f64),
    /// As their instances, which the platform replaces; how many members of the family it has not told of.
    Instances { members: u32 },
}

/// Whether somebody approves that all requests go to a new version.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Approval {
    /// Nobody was asked.
    NotAsked,
    /// Somebody is looking at it.
    Asked,
    /// It is given.
    Given,
}

/// Where a release stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The next step of the strategy has this number.
    Step(u32),
    /// The platform replaces instances.
    HandingOver,
    /// It has not got on; perhaps it still does, or goes back. Another release may begin.
    Stalled,
    /// All requests go to the new version, which is still looked at.
    Baking,
    /// The platform goes back.
    HandingBack,
}

impl Releases {
    /// The releases of a scenario; `None` if it has none. Whether they are told of on the way.
    pub(super) fn new(spec: &Specification, seed: Seed, tells: bool) -> Option<Box<Self>> {
        if spec.releases.is_empty() {
            return None;
        }
        let mut lanes_of = vec![None; spec.families.len()];
        let mut made_by = vec![None; spec.families.len()];
        let mut bad = vec![false; spec.families.len()];
        let mut lanes = Vec::new();
        for (number, release) in (0..).zip(&spec.releases) {
            let lane = *lanes_of[release.service.index()].get_or_insert_with(|| {
                lanes.push(Lane {
                    platform: spec.families[release.service.index()].platform,
                    stable: release.service,
                    shared: None,
                    rollout: None,
                    overtaken: Vec::new(),
                    has_replicas: release.replicas || release.strategy.replaces_instances(),
                    windows: windows_of(spec, release.service),
                    alarms: Vec::new(),
                    queue: VecDeque::new(),
                });
                LaneNumber::try_from(lanes.len() - 1).expect("checked by validation")
            });
            for version in release.families() {
                lanes_of[version.index()] = Some(lane);
                made_by[version.index()] = Some(number);
            }
            for version in release.versions.iter().filter(|_| release.otherwise.is_some()) {
                bad[version.index()] = true;
            }
        }
        let keys = spec.releases.iter().map(|release| {
            let key = |purpose: &str| seed.key(&format!("release.{}.{purpose}", release.name));
            Keys {
                route: key("route"),
                copies: key("copies"),
                pipeline: key("pipeline"),
                approval: key("approval"),
                bad: key("bad"),
            }
        });
        let mut releases = Box::new(Self {
            lanes_of,
            made_by,
            bad,
            lanes,
            shared: Vec::new(),
            shared_of: vec![None; spec.families.len()],
            keys: keys.collect(),
            due: Vec::new(),
            figures: spec.releases.iter().map(|release| figures_of(release, spec)).collect(),
            seen: vec![Seen::default(); spec.families.len()],
            served: vec![false; spec.families.iter().map(|family| family.count as usize).sum()],
            computed: Vec::new(),
            unreached: vec![None; spec.families.len()],
            lately: tells.then(Lately::default),
        });
        for release in &spec.releases {
            if let Some(lane) = releases.lanes_of[release.service.index()] {
                releases.note_shared(lane, release, |family| {
                    spec.families[family.index()].applications[0]
                });
            }
        }
        Some(releases)
    }

    /// Whether a family is a version of a service that is released, its first one or another.
    fn is_version(&self, family: FamilyId) -> bool {
        self.lanes_of[family.index()].is_some()
    }
}

/// The figures of a release at the start.
fn figures_of(release: &ReleaseSpec, spec: &Specification) -> ReleaseFigures {
    let users = spec.clients.iter().any(ClientSpec::has_users).then(BTreeSet::new);
    let bad = release.otherwise.as_ref().map(|_| BadFigures { users, ..BadFigures::default() });
    ReleaseFigures { bad, ..ReleaseFigures::default() }
}

/// The windows of a service, if a gate looks at it.
fn windows_of(spec: &Specification, service: FamilyId) -> Option<Windows> {
    let releases = spec.releases.iter().filter(|release| release.service == service);
    let gates = releases.filter_map(|release| release.gate.as_ref());
    gates.map(|gate| gate.every).min().map(Windows::new)
}

impl World<'_> {
    /// What serves the next attempt at a request.
    #[inline(always)]
    pub(super) fn version(&self, request: &Request) -> Service {
        match &self.releases {
            None => self.services[request.service.index()],
            Some(releases) => self.routed(releases, request),
        }
    }

    /// The same, where there are releases.
    #[inline(never)]
    fn routed(&self, releases: &Releases, request: &Request) -> Service {
        let asked = self.services[request.service.index()];
        let service = releases.lanes_of[asked.family.index()].map_or(asked, |lane| {
            let lane = &releases.lanes[usize::from(lane)];
            let member = request.service.number() - self.family(asked.family).first.number();
            self.member_of(self.version_for(releases, lane, (member, request)), member)
        });
        match releases.shared_of[asked.family.index()] {
            Some(shared) => {
                let application = self.shared_instances(releases, shared, request);
                Service { application, ..service }
            }
            None => service,
        }
    }

    /// Which version serves an attempt at a request to a member.
    fn version_for(
        &self,
        releases: &Releases,
        lane: &Lane,
        (member, request): (u32, &Request),
    ) -> FamilyId {
        let Some(rollout) = lane.rollout.as_ref().or(lane.overtaken.last()) else {
            return lane.stable;
        };
        if matches!(request.origin, Origin::Copy { .. }) {
            return rollout.new;
        }
        let drawn = || {
            let key = releases.keys[usize::from(rollout.release)].route;
            uniform(&mut key.draws_for(self.luck(request)))
        };
        let Traffic::Weight(weight) = rollout.traffic else {
            return self.version_by_instances(lane, member, drawn());
        };
        if weight >= 1.0 {
            return rollout.new;
        }
        if weight <= 0.0 && lane.overtaken.is_empty() {
            return lane.stable;
        }
        let drawn = drawn();
        if drawn < weight {
            rollout.new
        } else if lane.overtaken.is_empty() {
            lane.stable
        } else {
            self.version_by_instances(lane, member, (drawn - weight) / (1.0 - weight))
        }
    }

    /// A version of a member, drawn by the instances that each has; `drawn` is below 1.
    fn version_by_instances(&self, lane: &Lane, member: u32, drawn: f64) -> FamilyId {
        let platform = self.platforms[usize::from(lane.platform)].kind.asked();
        let count = |of| f64::from(platform.endpoints(self.member_of(of, member).application));
        // One that gets requests by weight, or that waits for its approval, is not among them.
        let replaces = |of: &&Rollout| matches!(of.traffic, Traffic::Instances { .. });
        let new = lane.rollout.as_ref().filter(replaces);
        let newest_first = new.into_iter().chain(lane.overtaken.iter().rev());
        let newest_first = newest_first.map(|rollout| rollout.new).chain([lane.stable]);
        let all: f64 = newest_first.clone().map(count).sum();
        let mut below = 0.0;
        let found = newest_first.clone().find(|version| {
            below += count(*version);
            drawn < below / all
        });
        // Who waits for an instance waits for one that is to come.
        found.or(newest_first.into_iter().next()).unwrap_or(lane.stable)
    }

    /// A member of a version.
    fn member_of(&self, version: FamilyId, member: u32) -> Service {
        let first = self.family(version).spec.first;
        self.services[first.index() + member as usize]
    }

    /// The applications of a member in both versions.
    fn handover(&self, number: LaneNumber, new: FamilyId, member: u32) -> Handover {
        let releases = self.releases.as_ref().expect("a lane is one of releases");
        let stable = releases.lanes[usize::from(number)].stable;
        let own = || self.member_of(stable, member).application;
        let old = releases.current(number).unwrap_or_else(own);
        Handover { old, new: self.member_of(new, member).application }
    }
}
