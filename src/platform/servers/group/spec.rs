//! What a group of servers is made of.

use crate::kernel::{Id, Span, Time};
use crate::model::{FaultTimes, OutageId, PlatformNumber, Wear};
use crate::policy::autoscaling::Autoscaling;
use crate::variate::Variate;

/// Names the kind of an [`Id`]: a place for a server in a group.
#[derive(Debug)]
pub enum SlotKind {}
/// The number of a place for a server; a server that is started takes the first that is free.
pub type SlotId = Id<SlotKind>;

/// What happens in a group of servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A job of a server may have ended; where all share their work, of any server.
    Ends(PlatformNumber, SlotId),
    /// A server may have booted, joined, been found dead, or had its time to drain.
    Due(PlatformNumber, SlotId),
    /// A fault hits a place.
    Fails(PlatformNumber, OutageId),
    /// A place is no longer under a fault.
    Returns(PlatformNumber, OutageId),
    /// The policy looks how many servers there shall be.
    Review(PlatformNumber),
}

/// How servers come and go.
#[derive(Clone, Debug)]
pub struct GroupSpec {
    /// How long a new server takes until it can serve; `None` is no time.
    pub boot: Option<Variate>,
    /// How it is found out that a server is dead, or that a new one serves; `None` is at once.
    pub health_check: Option<HealthCheckSpec>,
    /// Whether another server is started for one that was found dead.
    pub replaces: bool,
    /// How long a server that is to go ends what it has, until that is lost.
    pub drain: Span,
    /// In how many zones servers are, in turns; at least 1.
    pub zones: u32,
    /// Who says how many there shall be; `None` is as many as at the start.
    pub autoscaling: Option<Box<dyn Autoscaling>>,
    /// By application: how its processes on servers wear out, and whether it is a later version of another. Empty if none wears
    /// out.
    pub wears: Vec<(Wear, bool)>,
    /// What makes them fail.
    pub faults: Vec<FaultSpec>,
}

impl GroupSpec {
    /// Whether servers come and go in the same way at all times but for chance.
    pub fn is_stationary(&self) -> bool {
        let by_clock = self.autoscaling.as_ref().is_some_and(|policy| policy.follows_clock());
        !by_clock && self.faults.iter().all(|fault| fault.times.at.is_empty())
    }
}

/// How often a balancer asks a server whether it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthCheckSpec {
    /// The time between two probes of a server; over 0.
    pub period: Span,
    /// How long an answer may take.
    pub timeout: Span,
    /// After so many probes without an answer it is dead; at least 1.
    pub failures: u32,
}

impl HealthCheckSpec {
    /// The first probe at `from` or later of a server whose first of all was at `phase`.
    pub(super) fn probe(&self, phase: Span, from: Time) -> Time {
        let since = (from - Time::ZERO).minus(phase).as_nanos();
        let period = self.period.as_nanos();
        Time::ZERO + phase + Span::from_nanos(since.div_ceil(period).saturating_mul(period))
    }

    /// When a server is known to be dead that died at `from`.
    pub(super) fn known(&self, phase: Span, from: Time) -> Time {
        let more = self.period.as_nanos().saturating_mul(u64::from(self.failures) - 1);
        self.probe(phase, from).plus(Span::from_nanos(more)).plus(self.timeout)
    }
}

/// What a fault does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A server dies, and what it serves with it.
    Crash,
    /// A server is taken away after the notice: until then it drains.
    Spot,
    /// A server has so many thousandths of its speed, 1 to 1000.
    Slow(u32),
    /// A server takes requests and answers none.
    Hang,
    /// No request reaches a server, and nobody hears of it.
    Partition,
}

impl FaultKind {
    /// Whether a slot under it can have no server that works and is reached.
    pub(super) fn keeps_out(self) -> bool {
        match self {
            Self::Crash | Self::Spot | Self::Partition => true,
            Self::Slow(_) | Self::Hang => false,
        }
    }

    /// Whether a server under it works and answers nobody.
    pub(super) fn silences(self) -> bool {
        matches!(self, Self::Hang | Self::Partition)
    }
}

/// Something that hits servers, at given times or at random.
#[derive(Clone, Debug)]
pub struct FaultSpec {
    /// When it hits each of them. Without an end the server that it hits is dead, or slow, for ever, but another may
    /// take its place at once.
    pub times: FaultTimes,
    /// What it does.
    pub kind: FaultKind,
    /// The places that it hits: those that meet all of these.
    pub hits: Vec<Condition>,
}

/// What places have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Whether the values are numbers of zones; otherwise they are numbers of places.
    pub of_zones: bool,
    /// Whether a place has one of the values, or none of them.
    pub is_one: bool,
    /// The values.
    pub values: Vec<u32>,
}

impl FaultSpec {
    /// Whether it hits a place.
    pub(super) fn hits(&self, slot: u32, zone: u32) -> bool {
        self.hits.iter().all(|condition| {
            let value = if condition.of_zones { zone } else { slot };
            condition.values.contains(&value) == condition.is_one
        })
    }
}
