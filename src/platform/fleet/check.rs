//! What always holds in a fleet.

use super::Fleet;
use crate::model::ApplicationId;

impl Fleet {
    /// Looks whether instances, hosts and counts agree.
    ///
    /// # Panics
    /// If they do not, or if a host holds more than its capacity.
    pub fn check(&self) {
        let figures = &self.figures;
        let (all, starting) = (figures.instances.value(), figures.starting.value());
        assert_eq!(all, self.len() as u64, "instances");
        assert!(all <= self.most, "{all} instances, of at most {}", self.most);
        let by_application = self.applications.iter().map(|a| u64::from(a.starting));
        assert_eq!(by_application.sum::<u64>(), starting, "starting instances");
        let by_application = self.applications.iter().map(|a| u64::from(a.live));
        assert_eq!(by_application.sum::<u64>(), all, "instances of all applications");
        let most = |a: &super::Application| u64::from(a.live) <= a.most;
        assert!(self.applications.iter().all(most), "more instances than an application may have");
        let memory_of = |id| self.need(self.instances[id].application).memory;
        if let Some(idle) = self.hosts.check(memory_of, figures.memory.value()) {
            assert_eq!(starting + figures.busy.value() + idle, all, "starting, busy and idle");
        }
    }

    /// Whether an instance of this application could take a request.
    pub(in crate::platform) fn has_room(&self, application: ApplicationId) -> bool {
        self.pools.has_room(application, &self.instances)
    }
}
