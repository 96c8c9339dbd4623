//! What is measured of a group beside its requests: also how long it takes until a failure is known, and until it is made good.

use super::ServerGroup;
use super::life::{After, NEVER, State};
use super::spec::SlotId;
use crate::kernel::Time;
use crate::stats::{Level, Moments};

/// What is measured of a group beside its requests.
#[derive(Clone, Debug, Default)]
pub struct GroupFigures {
    /// Servers there are: booting, serving, draining or dead, until a spot machine is taken away; time-weighted.
    pub servers: Level,
    /// Servers that boot, time-weighted.
    pub booting: Level,
    /// Servers started after the start of the run.
    pub starts: u64,
    /// Servers that died or were taken away.
    pub failures: u64,
    /// How long it took from each death of a server to which requests go until none went there any more.
    pub detection: Moments,
    /// How long it took from each failure that left too few servers until enough served.
    pub recovery: Moments,
    /// Since when too few serve by a failure, if they do.
    lacks_since: Option<Time>,
}

impl GroupFigures {
    /// Forgets the past.
    pub(super) fn restart(&mut self, now: Time) {
        self.servers.restart(now);
        self.booting.restart(now);
        (self.starts, self.failures) = (0, 0);
        (self.detection, self.recovery) = (Moments::default(), Moments::default());
    }
}

impl ServerGroup {
    /// Whether fewer servers serve than there shall be; those that a release takes are not missed. Costs as much as there are.
    fn lacks(&self) -> bool {
        let serving = self
            .rotation
            .iter()
            .filter(|slot| self.is_up(**slot) && !self.is_silent(**slot))
            .count();
        let taken = self.all_slots().filter(|slot| {
            let state = self.state(*slot);
            matches!(state, Some(State::Installing | State::Leaving { then: After::Installs }))
        });
        serving + taken.count() < self.desired as usize
    }

    /// A server has failed, or will be taken away: if too few serve, that is to be made good.
    pub(super) fn look_whether_lacking(&mut self, now: Time) {
        if self.figures.lacks_since.is_none() && self.lacks() {
            self.figures.lacks_since = Some(now);
        }
    }

    /// Looks whether as many servers serve again as there shall be, if a failure left too few.
    pub(super) fn look_whether_made_good(&mut self, now: Time) {
        if let Some(since) = self.figures.lacks_since.filter(|_| !self.lacks()) {
            self.figures.lacks_since = None;
            // What others replace at the same instant is not missed.
            if since < now {
                self.figures.recovery.record(now - since);
            }
        }
    }

    /// No request goes to a server any more: if it was dead, that is known now.
    pub(super) fn is_found(&mut self, slot: SlotId, now: Time) {
        let died = std::mem::replace(&mut self.server(slot).died, NEVER);
        if died < NEVER {
            self.figures.detection.record(now - died);
        }
    }
}
