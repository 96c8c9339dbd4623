//! What is observed of servers.

use super::Area;
use super::platform::{either, since};
use crate::kernel::{Span, Time};
use crate::platform::Platform;
use crate::stats::Moments;

/// Observations of the servers of a platform, or of several together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerFigures {
    /// How many are always there.
    pub fixed: u64,
    /// Servers at work or held.
    pub busy: Area,
    /// Servers that come and go, if any do.
    pub group: Option<GroupedFigures>,
}

/// Observations of servers that come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupedFigures {
    /// Servers there are: booting, serving, draining or dead.
    pub servers: Area,
    /// Servers that were started.
    pub starts: u64,
    /// How long it took until failures were known.
    pub detection: Moments,
    /// How long it took until failures were made good.
    pub recovery: Moments,
}

impl ServerFigures {
    /// Of a platform at `end`, if it has servers.
    pub(super) fn of(platform: &dyn Platform, end: Time) -> Option<Self> {
        let (servers, busy) = platform.servers()?;
        let group = platform.group().map(|group| GroupedFigures {
            servers: Area::of(&group.servers, end),
            starts: group.starts,
            detection: group.detection,
            recovery: group.recovery,
        });
        let fixed = if group.is_some() { 0 } else { servers.into() };
        Some(Self { fixed, busy: Area::of(busy, end), group })
    }

    /// How many there are on average over `time`.
    pub(super) fn mean(&self, time: Span) -> Option<f64> {
        let fixed = self.fixed as f64;
        match self.group {
            None => (time > Span::ZERO).then_some(fixed),
            Some(group) => Some(fixed + group.servers.mean(time)?),
        }
    }

    /// The most there are at once; `None` for several platforms together of which some come and go.
    pub(super) fn max(&self) -> Option<u64> {
        match self.group {
            None => Some(self.fixed),
            Some(group) => Some(self.fixed + group.servers.max?),
        }
    }

    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            busy: self.busy.since(earlier.busy),
            group: since(self.group, earlier.group, |a, b| GroupedFigures {
                servers: a.servers.since(b.servers),
                starts: a.starts - b.starts,
                detection: a.detection.since(&b.detection),
                recovery: a.recovery.since(&b.recovery),
            }),
            ..self
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let group = either(self.group, other.group, |mut a, b| {
            a.detection.merge(&b.detection);
            a.recovery.merge(&b.recovery);
            GroupedFigures { servers: a.servers.plus(b.servers), starts: a.starts + b.starts, ..a }
        });
        Self { fixed: self.fixed + other.fixed, busy: self.busy.plus(other.busy), group }
    }
}
