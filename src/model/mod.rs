//! Things, with no opinion about choices: requests and the attempts to serve them, what a caller
//! does when an answer is late, when faults hit, how what serves ages and leaks memory, a processor that is shared,
//! hash functions of real systems.

mod ageing;
mod exchange;
mod hash;
mod max_min;
mod memory;
mod outage;
mod processor;
mod request;
mod stretch;

pub use ageing::{Ageing, Wear};
pub use exchange::{Abandoned, Backoff, Exchange, Jitter};
pub(crate) use hash::jump_next;
pub use hash::{jump_hash, sip_hash};
pub use max_min::max_min;
pub use memory::MemoryUse;
pub use outage::{FaultTimes, Hit, Next, Outage, OutageId, OutageKind};
pub use processor::Processor;
pub use request::{Attempt, AttemptId, Origin, Outcome, Request, RequestId, Stage};
pub use stretch::Stretch;

use crate::kernel::Id;

/// Names the kind of an [`Id`]: a host, a machine with capacity.
#[derive(Debug)]
pub enum Host {}
/// The number of a host on its platform.
pub type HostId = Id<Host>;

/// Names the kind of an [`Id`]: an application, services that share instances.
#[derive(Debug)]
pub enum Application {}
/// The number of an application on its platform.
pub type ApplicationId = Id<Application>;

/// Names the kind of an [`Id`]: an instance, a container able to run a function.
#[derive(Debug)]
pub enum Instance {}
/// The number of an instance on its platform; used again when the instance is gone.
pub type InstanceId = Id<Instance>;

/// Names the kind of an [`Id`]: a type of core, with its speed and memory.
#[derive(Debug)]
pub enum CoreType {}
/// The number of a type of core on its platform.
pub type CoreTypeId = Id<CoreType>;

/// Names the kind of an [`Id`]: a service, what a request is sent to. Each member of a family is one.
#[derive(Debug)]
pub enum Service {}
/// The number of a service in a scenario; the members of a family have consecutive ones.
pub type ServiceId = Id<Service>;

/// Names the kind of an [`Id`]: a family, services with one set of figures. A service of its own
/// is a family of one.
#[derive(Debug)]
pub enum Family {}
/// The number of a family in a scenario.
pub type FamilyId = Id<Family>;

/// Names the kind of an [`Id`]: a cell, a set of figures in which requests are counted.
#[derive(Debug)]
pub enum Cell {}
/// The number of a cell in a run.
pub type CellId = Id<Cell>;

/// The number of a platform in a scenario; two bytes, so that an event has room for it.
pub type PlatformNumber = u16;
/// The platform of what runs on none: of a workflow.
pub const NOWHERE: PlatformNumber = PlatformNumber::MAX;
/// The number of a client in a scenario; two bytes, so that an event has room for it.
pub type ClientNumber = u16;
/// The number of a release in a scenario.
pub type ReleaseNumber = u16;
/// The number of a lane in a run: a service that is released, with its versions.
pub type LaneNumber = u16;
