//! Sessions: requests that go to the replica to which others of their session went before.

use std::collections::BTreeMap;

use super::Orchestrator;
use super::pods::Work;
use super::spec::PodId;
use crate::kernel::{Span, Time};
use crate::model::Attempt;

/// Which sessions are with which replica of a service.
#[derive(Debug)]
pub(super) struct Sessions {
    /// For how long after its last request a session stays.
    timeout: Span,
    homes: BTreeMap<u64, Home>,
}

/// The replica of a session.
#[derive(Clone, Copy, Debug)]
struct Home {
    pod: PodId,
    /// The number of that pod among all pods, for its id is used again.
    came: u64,
    /// When the last request of the session came.
    last: Time,
}

impl Sessions {
    /// Nobody has come yet.
    pub(super) fn new(timeout: Span) -> Self {
        Self { timeout, homes: BTreeMap::new() }
    }
}

impl Orchestrator {
    /// The replica of the session of an attempt and its number among the endpoints, if it is one and the last request of
    /// the session is not too long ago.
    pub(super) fn kept_for_session(
        &mut self,
        attempt: &Attempt,
        now: Time,
    ) -> Option<(PodId, usize)> {
        let sessions = self.deployments[attempt.application.index()].as_mut()?.sessions.as_mut()?;
        let home = sessions.homes.get_mut(&attempt.session?)?;
        if now - home.last >= sessions.timeout {
            return None;
        }
        let row = self.rows.get(home.pod).filter(|row| row.came == home.came)?;
        let Work::Replica(replica) = &row.work else { return None };
        let endpoint = replica.endpoint?;
        home.last = now;
        Some((home.pod, endpoint as usize))
    }

    /// The session of an attempt is with a replica from now on.
    pub(super) fn keep_for_session(&mut self, attempt: &Attempt, pod: PodId, now: Time) {
        let Some(session) = attempt.session else { return };
        let deployment = self.deployments[attempt.application.index()].as_mut();
        let Some(sessions) = deployment.and_then(|of| of.sessions.as_mut()) else { return };
        let came = self.rows.at(pod).came;
        sessions.homes.insert(session, Home { pod, came, last: now });
    }
}
