//! What a fleet is made of, and what happens to it.

use super::{CpuShare, FaultSpec, HostSpec, WhichIdle};
use crate::kernel::Span;
use crate::model::{ApplicationId, AttemptId, HostId, InstanceId, OutageId, PlatformNumber, Wear};
use crate::policy::eviction::Eviction;
use crate::policy::keep_alive::KeepAlive;
use crate::policy::placement::Placement;
use crate::policy::timetable::Provisioned;
use crate::quantity::{Bytes, Millicpu, Rate};
use crate::variate::Variate;

/// What happens on an instance, to it, or to an application, by the passing of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The own demand of an attempt is served by its instance.
    Served(AttemptId),
    /// A request may have computed what it had to on a host whose CPU is shared.
    Computed(PlatformNumber, HostId),
    /// An instance has started or resumed.
    Ready(PlatformNumber, InstanceId),
    /// It may have been idle for long enough to be paused.
    Pause(PlatformNumber, InstanceId),
    /// Its keep-alive window, or its life, may be over.
    Expire(PlatformNumber, InstanceId),
    /// Its keep-alive policy may want to be asked about an application.
    Review(PlatformNumber, ApplicationId),
    /// An application may want another number of provisioned instances, or start one that it lacks.
    Provision(PlatformNumber, ApplicationId),
    /// The memory of an instance may be used up, or it is time to look at it.
    Memory(PlatformNumber, InstanceId),
    /// The end of a host is announced.
    HostAnnounced(PlatformNumber, OutageId),
    /// A fault hits a host.
    HostFails(PlatformNumber, OutageId),
    /// A host is no longer under a fault.
    HostReturns(PlatformNumber, OutageId),
}

/// Services that share instances.
#[derive(Clone, Debug)]
pub struct ApplicationSpec {
    /// Its name; the start of its streams and the key of a placement that hashes.
    pub name: String,
    /// Memory of each instance.
    pub memory: Bytes,
    /// CPU that each instance reserves.
    pub cpu: Millicpu,
    /// The part of the CPU of its instance that a request of it uses on average while it is served.
    pub cpu_use: f64,
    /// Instances at once, starting ones included; `None` is any number.
    pub max_instances: Option<u64>,
    /// What its instances run, by the name that the platform has for it.
    pub runtime: Option<String>,
    /// How many of its instances are provisioned.
    pub provisioned: Provisioned,
    /// How long a request is served, its calls included, before it is cut; [`Span::MAX`] is for ever.
    pub timeout: Span,
    /// How its instances wear out.
    pub wear: Wear,
    /// Of which it is a later version, which has no instances ahead of requests before its release.
    pub version_of: Option<ApplicationId>,
    /// The number of the account whose quota it uses.
    pub account: u32,
    /// Concurrency that is its own in that quota, and all that it may have, together with its later versions; `None` is
    /// what others leave.
    pub reserved_concurrency: Option<u64>,
}

/// When idle instances are paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PauseSpec {
    /// How long one is idle before.
    pub grace: Span,
    /// From when its keep-alive window counts.
    pub window: WindowFrom,
}

/// From when the keep-alive window of an instance that is paused counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowFrom {
    /// From the end of its last request.
    Idle,
    /// From when it is paused.
    Paused,
}

/// What a fleet is made of.
#[derive(Clone, Debug)]
pub struct FleetSpec {
    /// Requests that an instance serves at once; at least 1.
    pub concurrency: u32,
    /// Instances at once, starting ones included; `None` is any number.
    pub max_instances: Option<u64>,
    /// At which rate provisioned instances of each application start; `None` is all at once.
    pub provisioned_ramp: Option<Rate>,
    /// How long an instance lives from when it has started: if it is idle after that, it goes; `None`
    /// is for ever.
    pub max_lifetime: Option<Variate>,
    /// Which of the instances with room takes a request.
    pub which_idle: WhichIdle,
    /// Whether the platform chooses the host of a request first, and then of its instances.
    pub by_host: bool,
    /// How long an idle instance is kept, and which are started ahead of requests.
    pub keep_alive: Box<dyn KeepAlive>,
    /// When idle instances are paused; `None` is never.
    pub pause: Option<PauseSpec>,
    /// Which idle instance goes when another needs its room.
    pub eviction: Box<dyn Eviction>,
    /// On which host an instance goes.
    pub placement: Box<dyn Placement>,
    /// The hosts; none is no limit.
    pub hosts: Vec<HostSpec>,
    /// By application: what containers can have of the CPU of their host, which they share; none, and each computes as if
    /// alone.
    pub cpu_shares: Vec<CpuShare>,
    /// What makes these fail.
    pub faults: Vec<FaultSpec>,
}
