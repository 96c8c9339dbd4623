//! What is measured of a fleet.

use crate::kernel::Time;
use crate::stats::Level;

/// Time-weighted levels and counts of a fleet since the last restart.
#[derive(Debug, Default)]
pub struct FleetFigures {
    /// Instances, starting ones included.
    pub instances: Level,
    /// Instances that are starting.
    pub starting: Level,
    /// Instances that serve.
    pub busy: Level,
    /// Instances that are paused.
    pub paused: Level,
    /// Memory of all instances, in bytes.
    pub memory: Level,
    /// Memory of the instances that are starting, in bytes.
    pub starting_memory: Level,
    /// Memory of the instances that serve, in bytes.
    pub busy_memory: Level,
    /// CPU reserved by the instances that serve, in millicpu.
    pub busy_cpu: Level,
    /// Provisioned instances that have started.
    pub provisioned: Level,
    /// Those of them that serve.
    pub busy_provisioned: Level,
    /// Requests that found no provisioned instance with room, of applications that want any then.
    pub spillover: u64,
    /// Instances that were started.
    pub starts: u64,
    /// Idle instances that went because another needed their room.
    pub evictions: u64,
    /// Idle instances whose window ran out.
    pub expirations: u64,
    /// Paused instances that resumed for a request.
    pub resumes: u64,
    /// Idle instances that had lived for as long as they may.
    pub recycled: u64,
    /// Hosts that failed, or were taken away.
    pub host_failures: u64,
    /// Instances that went with their hosts, or because these were about to go.
    pub lost: u64,
    /// Instances that were killed, as they used more memory than they may.
    pub oom_kills: u64,
    /// Instances started ahead of requests.
    pub pre_warms: u64,
    /// Of those, the ones that went without having served.
    pub pre_warms_unused: u64,
    /// Requests for which no instance could be started when they came.
    pub unplaced: u64,
}

impl FleetFigures {
    /// Forgets the past: levels stand as they are, counts begin at zero.
    pub(in crate::platform) fn restart(&mut self, now: Time) {
        let old = std::mem::take(self);
        let carried = |mut level: Level| {
            level.restart(now);
            level
        };
        *self = Self {
            instances: carried(old.instances),
            starting: carried(old.starting),
            busy: carried(old.busy),
            paused: carried(old.paused),
            memory: carried(old.memory),
            starting_memory: carried(old.starting_memory),
            busy_memory: carried(old.busy_memory),
            busy_cpu: carried(old.busy_cpu),
            provisioned: carried(old.provisioned),
            busy_provisioned: carried(old.busy_provisioned),
            ..Self::default()
        };
    }
}
