//! All that can happen, on one page.

use crate::model::{ApplicationId, AttemptId, ClientNumber, InstanceId, PlatformNumber, RequestId};
use crate::platform::servers::{self, StationId};
use crate::platform::{faas, fleet};

/// An event: data, 8 bytes, no references. An event only says where something may be due; whether
/// it is, is written in what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The next request of an open loop is due.
    Arrival(ClientNumber),
    /// A user of a closed loop has thought.
    Thought(ClientNumber, u32),
    /// An attempt reaches its platform.
    Delivered(AttemptId),
    /// The answer to an attempt reaches the caller.
    Answered(AttemptId),
    /// The timeout or pause of a request may be over.
    Due(RequestId),
    /// The own demand of an attempt is served by servers.
    ServersServed(AttemptId),
    /// A job of a shared station may have ended.
    ServersShared(PlatformNumber, StationId),
    /// The own demand of an attempt is served by an instance.
    FaasServed(AttemptId),
    /// The first in the line of an application may have waited for as long as it may.
    FaasImpatient(PlatformNumber, ApplicationId),
    /// A platform may start an instance that it might not before.
    FaasPermitted(PlatformNumber),
    /// An instance has started.
    InstanceReady(PlatformNumber, InstanceId),
    /// The window of an instance may be over.
    InstanceExpire(PlatformNumber, InstanceId),
    /// The keep-alive policy may want to be asked about an application.
    ApplicationReview(PlatformNumber, ApplicationId),
    /// The levels of the platforms are sampled.
    Sample,
}

const _: () = assert!(size_of::<Event>() == 8);

impl Event {
    /// The event as a word, for the digest: kind, platform or client, number.
    #[inline(always)]
    pub fn word(self) -> u64 {
        let pack = |kind: u64, group: u16, number: u32| {
            kind << 56 | u64::from(group) << 32 | u64::from(number)
        };
        match self {
            Self::Arrival(client) => pack(1, client, 0),
            Self::Thought(client, user) => pack(2, client, user),
            Self::Delivered(attempt) => pack(3, 0, attempt.number()),
            Self::Answered(attempt) => pack(4, 0, attempt.number()),
            Self::Due(request) => pack(5, 0, request.number()),
            Self::ServersServed(attempt) => pack(6, 0, attempt.number()),
            Self::ServersShared(platform, station) => pack(7, platform, station.number()),
            Self::FaasServed(attempt) => pack(8, 0, attempt.number()),
            Self::InstanceReady(platform, instance) => pack(9, platform, instance.number()),
            Self::InstanceExpire(platform, instance) => pack(10, platform, instance.number()),
            Self::Sample => pack(11, 0, 0),
            Self::ApplicationReview(platform, application) => {
                pack(12, platform, application.number())
            }
            Self::FaasImpatient(platform, line) => pack(13, platform, line.number()),
            Self::FaasPermitted(platform) => pack(14, platform, 0),
        }
    }
}

impl From<servers::Event> for Event {
    fn from(event: servers::Event) -> Self {
        match event {
            servers::Event::Served(attempt) => Self::ServersServed(attempt),
            servers::Event::Shared(platform, station) => Self::ServersShared(platform, station),
        }
    }
}

impl From<faas::Event> for Event {
    fn from(event: faas::Event) -> Self {
        match event {
            faas::Event::Served(attempt) => Self::FaasServed(attempt),
            faas::Event::Impatient(platform, line) => Self::FaasImpatient(platform, line),
            faas::Event::Permitted(platform) => Self::FaasPermitted(platform),
        }
    }
}

impl From<fleet::Event> for Event {
    fn from(event: fleet::Event) -> Self {
        match event {
            fleet::Event::Ready(platform, instance) => Self::InstanceReady(platform, instance),
            fleet::Event::Expire(platform, instance) => Self::InstanceExpire(platform, instance),
            fleet::Event::Review(platform, application) => {
                Self::ApplicationReview(platform, application)
            }
        }
    }
}
