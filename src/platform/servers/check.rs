//! What always holds on a platform of servers.

use super::{Room, Servers, Station};
use crate::kernel::Arena;
use crate::model::Attempt;

impl Servers {
    /// Looks whether the stations agree with the counts of the platform.
    ///
    /// # Panics
    /// If they do not, or if a request waits at a station that has a free server.
    pub(super) fn check_counts(&self, attempts: &Arena<Attempt>) {
        let sum = |of: fn(&Station) -> u64| self.stations.iter().map(of).sum::<u64>();
        assert_eq!(sum(|station| station.busy.into()), self.busy.value(), "busy servers");
        assert_eq!(sum(Station::living), self.waiting.value(), "waiting jobs");
        assert_eq!(self.outstanding.iter().map(|&n| u64::from(n)).sum::<u64>(), self.present);
        assert!(self.present <= attempts.len() as u64, "jobs that are no attempts");
        for (station, &outstanding) in self.stations.iter().zip(&self.outstanding) {
            let Station { servers, busy, .. } = *station;
            let waiting = station.living();
            assert!(busy <= servers, "{busy} of {servers} servers are busy");
            assert!(waiting == 0 || busy == servers, "{waiting} wait, {busy} of {servers} serve");
            if let Room::Line(_) = station.room {
                assert_eq!(u64::from(busy) + waiting, u64::from(outstanding), "outstanding jobs");
            }
        }
    }
}

impl Station {
    /// Jobs in line that were not cancelled.
    fn living(&self) -> u64 {
        match &self.room {
            Room::Line(line) => line.living(),
            Room::Shared(..) => 0,
        }
    }
}
