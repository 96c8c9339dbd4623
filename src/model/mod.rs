//! Things, with no opinion about choices: requests, attempts, instances, hosts.

use crate::kernel::Id;

/// A host: a machine with capacity.
#[derive(Debug)]
pub enum Host {}
/// The id of a host on its platform.
pub type HostId = Id<Host>;
/// Services that share instances.
#[derive(Debug)]
pub enum Application {}
/// The id of an application on its platform.
pub type ApplicationId = Id<Application>;
/// A container able to run a function.
#[derive(Debug)]
pub enum Instance {}
/// The id of an instance on its platform.
pub type InstanceId = Id<Instance>;
/// An attempt to serve a request.
#[derive(Debug)]
pub enum Attempt {}
/// The id of an attempt in flight.
pub type AttemptId = Id<Attempt>;
