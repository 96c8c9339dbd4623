//! All that can happen, on one page.

use crate::kernel::Agenda;
use crate::model::{
    ApplicationId, AttemptId, ClientNumber, CoreTypeId, HostId, InstanceId, LaneNumber, OutageId,
    PlatformNumber, ReleaseNumber, RequestId,
};
use crate::platform::orchestrator::{self, PodId};
use crate::platform::picloud::{self, NodeId, ProcessId};
use crate::platform::servers::group::{self, SlotId};
use crate::platform::servers::{self, StationId};
use crate::platform::{faas, fleet, fn_project, openwhisk};

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
    /// A job of a server of a group may have ended.
    GroupEnds(PlatformNumber, SlotId),
    /// A server of a group may have booted, joined, been found dead, or had its time to drain.
    GroupDue(PlatformNumber, SlotId),
    /// A fault hits a slot of a group.
    GroupFails(PlatformNumber, OutageId),
    /// A slot of a group is no longer under a fault.
    GroupReturns(PlatformNumber, OutageId),
    /// The policy of a group looks how many servers there shall be.
    GroupReview(PlatformNumber),
    /// The own demand of an attempt is served by an instance.
    InstanceServed(AttemptId),
    /// A request may have computed what it had to on a host whose CPU is shared.
    HostComputed(PlatformNumber, HostId),
    /// The first in the line of an application may have waited for as long as it may.
    FaasImpatient(PlatformNumber, ApplicationId),
    /// A platform may start an instance that it might not before.
    FaasPermitted(PlatformNumber),
    /// The scaling policy may want to look at an application.
    FaasScale(PlatformNumber, ApplicationId),
    /// An instance has started.
    InstanceReady(PlatformNumber, InstanceId),
    /// An instance may have been idle for long enough to be paused.
    InstancePause(PlatformNumber, InstanceId),
    /// The window of an instance may be over.
    InstanceExpire(PlatformNumber, InstanceId),
    /// The keep-alive policy may want to be asked about an application.
    ApplicationReview(PlatformNumber, ApplicationId),
    /// A platform looks at the number of its stem cells.
    StemCells(PlatformNumber),
    /// A request that sleeps at a load balancer of Fn may be tried again.
    FnRetry(PlatformNumber),
    /// One may have been tried for long enough.
    FnGiveUp(PlatformNumber),
    /// One that waits at a runner of Fn may ask for a container again.
    FnCheck(PlatformNumber),
    /// The own demand of a job is served by a process, or the job is killed.
    JobServed(AttemptId),
    /// A process has started on a node.
    ProcessSpawned(PlatformNumber, ProcessId),
    /// A node has started.
    NodeBooted(PlatformNumber, NodeId),
    /// What a node is paid for is over.
    NodeLeaseEnds(PlatformNumber, NodeId),
    /// The capacity policy may want more cores of a type.
    CapacityReview(PlatformNumber, CoreTypeId),
    /// The own demand of what runs in a pod may be served.
    PodEnded(PlatformNumber, PodId),
    /// Requests may have computed what they have to in a pod.
    PodComputed(PlatformNumber, PodId),
    /// A pod may become an endpoint of its service.
    PodJoins(PlatformNumber, PodId),
    /// A pod may be an endpoint no longer.
    PodLeaves(PlatformNumber, PodId),
    /// The memory of an instance may be used up, or it is time to look at it.
    InstanceMemory(PlatformNumber, InstanceId),
    /// The end of a host is announced.
    HostAnnounced(PlatformNumber, OutageId),
    /// A fault hits a host.
    HostFails(PlatformNumber, OutageId),
    /// A host is no longer under a fault.
    HostReturns(PlatformNumber, OutageId),
    /// Something may be due of the containers of a pod.
    ContainersDue(PlatformNumber, PodId),
    /// A fault hits a node or pod of a cluster.
    NodeFails(PlatformNumber, OutageId),
    /// A node or pod of a cluster is no longer under a fault.
    NodeReturns(PlatformNumber, OutageId),
    /// The heartbeats of a node may have been missing for long enough.
    NodeLost(PlatformNumber, orchestrator::NodeId),
    /// The memory of a node of a cluster may be used up, or it is time to look at it.
    NodeMemory(PlatformNumber, orchestrator::NodeId),
    /// The pods of a node may have to be given up.
    NodeGivenUp(PlatformNumber, orchestrator::NodeId),
    /// A manager of a cluster may lead from now on.
    ManagerElected(PlatformNumber),
    /// The pods of a node that will be taken away are moved, as far as they may be.
    NodeDrains(PlatformNumber, orchestrator::NodeId),
    /// A node of a cluster that was ordered may come.
    NodeJoins(PlatformNumber, orchestrator::NodeId),
    /// The node autoscaler of a cluster looks.
    NodesReview(PlatformNumber),
    /// The autoscaler of an application looks.
    PodScale(PlatformNumber, ApplicationId),
    /// A rollout may have another step.
    PodRolls(PlatformNumber, ApplicationId),
    /// What was ordered of a new version beside the old one may be there.
    PodsBeside(PlatformNumber, ApplicationId),
    /// A pod that is to stop may have had its time.
    PodStopped(PlatformNumber, PodId),
    /// A request from outside a cluster reaches a pod.
    PodEntered(PlatformNumber, AttemptId),
    /// An application may want another number of provisioned instances, or start one that it lacks.
    ApplicationProvision(PlatformNumber, ApplicationId),
    /// An attempt that waits for its calls may have been served for as long as it may.
    Cut(AttemptId),
    /// The number of pollers of a client's queue may change.
    PollersReview(ClientNumber),
    /// The next version of a release is due.
    ReleaseDue(ReleaseNumber),
    /// A phase of the release under way in a lane may be over, or its gate may want to look.
    RolloutDue(LaneNumber),
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
            Self::GroupEnds(platform, slot) => pack(24, platform, slot.number()),
            Self::GroupDue(platform, slot) => pack(25, platform, slot.number()),
            Self::GroupFails(platform, outage) => pack(26, platform, outage.number()),
            Self::GroupReturns(platform, outage) => pack(27, platform, outage.number()),
            Self::GroupReview(platform) => pack(28, platform, 0),
            Self::InstanceServed(attempt) => pack(8, 0, attempt.number()),
            Self::HostComputed(platform, host) => pack(29, platform, host.number()),
            Self::InstanceReady(platform, instance) => pack(9, platform, instance.number()),
            Self::InstancePause(platform, instance) => pack(19, platform, instance.number()),
            Self::InstanceExpire(platform, instance) => pack(10, platform, instance.number()),
            Self::InstanceMemory(platform, instance) => pack(30, platform, instance.number()),
            Self::Sample => pack(11, 0, 0),
            Self::ApplicationReview(platform, application) => {
                pack(12, platform, application.number())
            }
            Self::FaasImpatient(platform, line) => pack(13, platform, line.number()),
            Self::FaasPermitted(platform) => pack(14, platform, 0),
            Self::StemCells(platform) => pack(15, platform, 0),
            Self::HostAnnounced(platform, outage) => pack(20, platform, outage.number()),
            Self::HostFails(platform, outage) => pack(21, platform, outage.number()),
            Self::HostReturns(platform, outage) => pack(22, platform, outage.number()),
            Self::JobServed(attempt) => pack(32, 0, attempt.number()),
            Self::ProcessSpawned(platform, process) => pack(33, platform, process.number()),
            Self::NodeBooted(platform, node) => pack(34, platform, node.number()),
            Self::NodeLeaseEnds(platform, node) => pack(35, platform, node.number()),
            Self::CapacityReview(platform, core_type) => pack(36, platform, core_type.number()),
            Self::PodEnded(platform, pod) => pack(48, platform, pod.number()),
            Self::PodStopped(platform, pod) => pack(49, platform, pod.number()),
            Self::PodEntered(platform, attempt) => pack(63, platform, attempt.number()),
            Self::NodeFails(platform, outage) => pack(54, platform, outage.number()),
            Self::NodeReturns(platform, outage) => pack(55, platform, outage.number()),
            Self::NodeLost(platform, node) => pack(56, platform, node.number()),
            Self::NodeMemory(platform, node) => pack(66, platform, node.number()),
            Self::NodeGivenUp(platform, node) => pack(57, platform, node.number()),
            Self::ManagerElected(platform) => pack(67, platform, 0),
            Self::NodeDrains(platform, node) => pack(70, platform, node.number()),
            Self::NodeJoins(platform, node) => pack(58, platform, node.number()),
            Self::NodesReview(platform) => pack(59, platform, 0),
            Self::PodScale(platform, application) => pack(53, platform, application.number()),
            Self::PodRolls(platform, application) => pack(62, platform, application.number()),
            Self::PodsBeside(platform, application) => pack(61, platform, application.number()),
            Self::PodComputed(platform, pod) => pack(50, platform, pod.number()),
            Self::PodJoins(platform, pod) => pack(51, platform, pod.number()),
            Self::PodLeaves(platform, pod) => pack(52, platform, pod.number()),
            Self::ContainersDue(platform, pod) => pack(60, platform, pod.number()),
            Self::Cut(attempt) => pack(16, 0, attempt.number()),
            Self::FaasScale(platform, application) => pack(17, platform, application.number()),
            Self::ApplicationProvision(platform, application) => {
                pack(18, platform, application.number())
            }
            Self::PollersReview(client) => pack(23, client, 0),
            Self::FnRetry(platform) => pack(40, platform, 0),
            Self::FnGiveUp(platform) => pack(41, platform, 0),
            Self::FnCheck(platform) => pack(42, platform, 0),
            Self::ReleaseDue(release) => pack(64, release, 0),
            Self::RolloutDue(lane) => pack(65, lane, 0),
        }
    }
}

/// A list of events that takes all events of a world and its platforms.
pub trait WorldAgenda:
    Agenda<Event>
    + Agenda<servers::Event>
    + Agenda<group::Event>
    + Agenda<faas::Event>
    + Agenda<openwhisk::Event>
    + Agenda<fn_project::Event>
    + Agenda<picloud::Event>
    + Agenda<orchestrator::Event>
    + Agenda<fleet::Event>
{
}

impl<A> WorldAgenda for A where
    A: Agenda<Event>
        + Agenda<servers::Event>
        + Agenda<group::Event>
        + Agenda<faas::Event>
        + Agenda<openwhisk::Event>
        + Agenda<fn_project::Event>
        + Agenda<picloud::Event>
        + Agenda<orchestrator::Event>
        + Agenda<fleet::Event>
{
}

/// Makes the events of a platform events of the world, and gives them back to it.
macro_rules! events {
    ($($module:ident: { $($own:ident($($part:ident),+) = $event:ident),+ $(,)? })+) => {$(
        impl From<$module::Event> for Event {
            #[inline(always)]
            fn from(event: $module::Event) -> Self {
                match event {
                    $($module::Event::$own($($part),+) => Self::$event($($part),+)),+
                }
            }
        }

        impl TryFrom<Event> for $module::Event {
            type Error = Event;

            #[inline(always)]
            fn try_from(event: Event) -> Result<Self, Event> {
                match event {
                    $(Event::$event($($part),+) => Ok(Self::$own($($part),+)),)+
                    _ => Err(event),
                }
            }
        }
    )+};
}

events! {
    servers: {
        Served(attempt) = ServersServed,
        Shared(platform, station) = ServersShared,
    }
    group: {
        Ends(platform, slot) = GroupEnds,
        Due(platform, slot) = GroupDue,
        Fails(platform, outage) = GroupFails,
        Returns(platform, outage) = GroupReturns,
        Review(platform) = GroupReview,
    }
    faas: {
        Impatient(platform, line) = FaasImpatient,
        Permitted(platform) = FaasPermitted,
        Scale(platform, application) = FaasScale,
    }
    openwhisk: {
        StemCells(platform) = StemCells,
    }
    fn_project: {
        Retry(platform) = FnRetry,
        GiveUp(platform) = FnGiveUp,
        Check(platform) = FnCheck,
    }
    picloud: {
        Served(attempt) = JobServed,
        Spawned(platform, process) = ProcessSpawned,
        Booted(platform, node) = NodeBooted,
        LeaseEnds(platform, node) = NodeLeaseEnds,
        Review(platform, core_type) = CapacityReview,
    }
    orchestrator: {
        Ended(platform, pod) = PodEnded,
        Stopped(platform, pod) = PodStopped,
        Enters(platform, attempt) = PodEntered,
        Computed(platform, pod) = PodComputed,
        Joins(platform, pod) = PodJoins,
        Leaves(platform, pod) = PodLeaves,
        Due(platform, pod) = ContainersDue,
        Scale(platform, application) = PodScale,
        Rolls(platform, application) = PodRolls,
        Beside(platform, application) = PodsBeside,
        Fails(platform, outage) = NodeFails,
        Returns(platform, outage) = NodeReturns,
        Lost(platform, node) = NodeLost,
        GivenUp(platform, node) = NodeGivenUp,
        Drains(platform, node) = NodeDrains,
        Memory(platform, node) = NodeMemory,
        Elected(platform) = ManagerElected,
        NodeJoins(platform, node) = NodeJoins,
        Review(platform) = NodesReview,
    }
    fleet: {
        Served(attempt) = InstanceServed,
        Computed(platform, host) = HostComputed,
        Ready(platform, instance) = InstanceReady,
        Pause(platform, instance) = InstancePause,
        Expire(platform, instance) = InstanceExpire,
        Review(platform, application) = ApplicationReview,
        Provision(platform, application) = ApplicationProvision,
        Memory(platform, instance) = InstanceMemory,
        HostAnnounced(platform, outage) = HostAnnounced,
        HostFails(platform, outage) = HostFails,
        HostReturns(platform, outage) = HostReturns,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// Two kinds of event under one number would be the same to the digest.
    #[test]
    fn each_kind_of_event_has_a_number_of_its_own() {
        let arms = include_str!("event.rs").split("mod tests").next().unwrap_or_default();
        let numbers: Vec<&str> =
            arms.split("pack(").skip(1).filter_map(|rest| Some(rest.split_once(',')?.0)).collect();
        assert!(numbers.len() > 50 && numbers.iter().all(|number| number.parse::<u8>().is_ok()));
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
    }
}
