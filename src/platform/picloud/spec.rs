//! What `PiCloud` is made of, and what happens on it.

use super::nodes::NodeId;
use super::processes::ProcessId;
use crate::kernel::Span;
use crate::model::{AttemptId, CoreTypeId, PlatformNumber};
use crate::policy::capacity::Capacity;
use crate::quantity::Bytes;
use crate::variate::Variate;

/// A platform of kind `picloud`.
#[derive(Clone, Debug)]
pub struct PiCloudSpec {
    /// The types of core.
    pub core_types: Vec<CoreTypeSpec>,
    /// Who runs what on which cores.
    pub groups: Vec<GroupSpec>,
    /// The services, member by member.
    pub functions: Vec<FunctionSpec>,
    /// Cores reserved for accounts; at most one entry for an account and a type.
    pub realtime: Vec<RealtimeSpec>,
    /// How long a node takes to start; `None` is no time.
    pub boot: Option<Variate>,
    /// How long a process takes to start; `None` is no time.
    pub spawn: Option<Variate>,
    /// For how long a node is paid at once.
    pub lease: Span,
    /// How many cores are wanted.
    pub capacity: Box<dyn Capacity>,
}

/// A type of core, and the machines that have it.
#[derive(Clone, Debug)]
pub struct CoreTypeSpec {
    /// Its name.
    pub name: String,
    /// Memory of each core.
    pub memory: Bytes,
    /// Cores of a node; no job takes more.
    pub node_cores: u32,
    /// Memory of a node; enough for its cores.
    pub node_memory: Bytes,
}

/// Jobs that may use each other's processes: those of an account that take as many cores of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupSpec {
    /// The type of the cores.
    pub core_type: CoreTypeId,
    /// Whose jobs they are.
    pub account: u32,
    /// Cores that a job takes.
    pub cores: u32,
}

/// A function: a service, or a member of a family.
#[derive(Clone, Copy, Debug)]
pub struct FunctionSpec {
    /// The number of its group.
    pub group: u32,
    /// How long a job may run before it is killed; [`Span::MAX`] is for ever.
    pub max_runtime: Span,
}

/// Cores that an account has for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RealtimeSpec {
    /// Of which type.
    pub core_type: CoreTypeId,
    /// Whose they are.
    pub account: u32,
    /// How many.
    pub cores: u32,
}

/// What happens on `PiCloud`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The own demand of an attempt is served, or it is killed.
    Served(AttemptId),
    /// A process has started.
    Spawned(PlatformNumber, ProcessId),
    /// A node has started.
    Booted(PlatformNumber, NodeId),
    /// What a node is paid for is over.
    LeaseEnds(PlatformNumber, NodeId),
    /// More cores of a type may be wanted.
    Review(PlatformNumber, CoreTypeId),
}
