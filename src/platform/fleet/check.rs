//! What always holds in a fleet.

use super::instance::Standing;
use super::{Fleet, Instance, State};
use crate::kernel::Time;
use crate::model::ApplicationId;

impl Fleet {
    /// Looks whether instances, hosts and counts agree.
    ///
    /// # Panics
    /// If they do not, or if a host holds more than its capacity.
    pub fn check(&self) {
        self.check_cpu();
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
            let rows = || self.instances.rows();
            let safe = rows().filter(|i| i.rests() && i.standing != Standing::OnDemand);
            let resuming = rows().filter(|i| i.state == State::Resuming);
            let idle = idle + (safe.count() + resuming.count()) as u64;
            assert_eq!(starting + figures.busy.value() + idle, all, "starting, busy and idle");
        }
        let paused = self.instances.rows().filter(|i| i.state == State::Paused);
        assert_eq!(paused.count() as u64, figures.paused.value(), "paused instances");
        for (number, row) in self.applications.iter().enumerate() {
            let of = |i: &&Instance| i.application.index() == number;
            let kept = self.instances.rows().filter(of).filter(|i| i.standing == Standing::Kept);
            assert_eq!(kept.count() as u32, row.kept, "instances that a plan keeps");
            let held = || {
                let rows = self.instances.rows().filter(of);
                rows.filter(|i| i.standing == Standing::Provisioned)
            };
            assert_eq!(held().count() as u32, row.provisioned, "provisioned instances");
            let starting = held().filter(|i| i.state == State::Starting).count();
            assert_eq!(starting as u32, row.provisioning, "provisioned instances that start");
        }
    }

    /// Whether an instance resumes, or an idle one will be paused or has a window, or a life, that
    /// will be over. Where another takes its place at once, the end of its life changes nothing. Costs
    /// as much as there are instances.
    pub(in crate::platform) fn has_window(&self, now: Time) -> bool {
        let mut rows = self.instances.rows();
        let comes = |time: Time| time > now && time < Time::MAX;
        let spent = |i: &Instance| comes(i.ends) && !self.is_replaced(i);
        rows.any(|i| match i.state {
            State::Resuming => true,
            State::Idle if self.pauses() && i.standing != Standing::Aside => true,
            _ => i.rests() && (comes(i.deadline) || spent(i)),
        })
    }

    /// Whether another instance takes the place of this one whenever it goes: it is provisioned, or as
    /// many as there are have been promised, and the clock changes nothing of that.
    fn is_replaced(&self, instance: &Instance) -> bool {
        let row = &self.applications[instance.application.index()];
        match instance.standing {
            Standing::Provisioned => !self.provision_changes(instance.application),
            _ => row.holds() && row.review.is_none(),
        }
    }

    /// Whether an instance of this application could take a request.
    pub(in crate::platform) fn has_room(&self, application: ApplicationId) -> bool {
        self.pools.has_room(application, self.provisions.is_some(), &self.instances)
    }
}
