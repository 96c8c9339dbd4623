//! What controllers see of a pod, beyond what the scheduler does.

use crate::kernel::Time;

/// How far a pod has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It waits for a node, or for its containers to start.
    Pending,
    /// Nothing has been heard of its node.
    Unknown,
    /// Its containers have started.
    Running,
    /// All its containers have ended, and well.
    Succeeded,
    /// All its containers have ended, one of them badly.
    Failed,
}

/// Whether a pod can serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// It can.
    True,
    /// It cannot.
    False,
    /// Nobody knows.
    Unknown,
}

/// Whether a pod can serve, and since when that is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// Whether it can.
    pub ready: Ready,
    /// When that changed last (`lastTransitionTime`).
    pub since: Time,
}

/// What a controller sees of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodStatus {
    /// How far it has come.
    pub phase: Phase,
    /// Whether it is on its way out.
    pub deleted: bool,
    /// When its node took it on.
    pub started: Option<Time>,
    /// Whether it can serve; `None` before its node has said anything.
    pub readiness: Option<Readiness>,
}

impl PodStatus {
    /// A pod that has been running since `started` and ready as long.
    pub fn ready_since(started: Time) -> Self {
        let readiness = Some(Readiness { ready: Ready::True, since: started });
        Self { phase: Phase::Running, deleted: false, started: Some(started), readiness }
    }

    /// Whether it can serve.
    pub fn is_ready(&self) -> bool {
        self.readiness.is_some_and(|readiness| readiness.ready == Ready::True)
    }
}
