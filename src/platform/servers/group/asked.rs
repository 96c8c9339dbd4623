//! What the world asks of a group of servers.

use super::spec::SlotId;
use super::{GroupFigures, ServerGroup};
use crate::kernel::{Arena, Span, Time};
use crate::model::{ApplicationId, Attempt};
use crate::platform::Platform;
use crate::pricing::{Meter, Metering, Usage};
use crate::stats::Level;

impl Platform for ServerGroup {
    fn restart(&mut self, now: Time) {
        self.busy.restart(now);
        self.waiting.restart(now);
        self.begun = 0;
        self.figures.restart(now);
        self.wears.iter_mut().for_each(|wears| wears.kills = 0);
        if let Some(meter) = &mut self.meter {
            meter.restart(now);
        }
    }

    fn begun(&self) -> u64 {
        self.begun
    }

    fn waiting(&self) -> &Level {
        &self.waiting
    }

    fn servers(&self) -> Option<(u32, &Level)> {
        Some((self.spec.servers, &self.busy))
    }

    fn group(&self) -> Option<&GroupFigures> {
        Some(&self.figures)
    }

    fn alone(&self, attempt: &Attempt) -> Option<Span> {
        (!self.exclusive).then(|| attempt.demand.scaled(1.0 / self.spec.speed))
    }

    fn oom_kills(&self) -> Option<u64> {
        self.wears.as_ref().filter(|wears| wears.count_memory()).map(|wears| wears.kills)
    }

    fn balances(&self) -> bool {
        !self.is_central()
    }

    /// What is counted is the time of servers.
    fn count(&mut self, rules: Metering) {
        self.meter = Some(Box::new(Meter::new(rules, 1)));
    }

    fn tell_usage(&self, usage: &mut Usage, now: Time) {
        let Some(meter) = &self.meter else { return };
        let mut meter = meter.clone();
        for mut account in self.accounts() {
            meter.end(&mut account, ApplicationId::new(0), now, now);
        }
        meter.tell(usage, now);
    }

    /// A server boots, comes back after a fault or is replaced, has a version installed, or the clock brings others.
    fn is_moving(&self, _now: Time) -> bool {
        let by_clock = self.group.autoscaling.as_ref().is_some_and(|it| it.follows_clock());
        by_clock || self.is_any_coming() || self.is_any_returning() || self.under_way().is_some()
    }

    /// Servers in rotation with the version.
    fn endpoints(&self, application: ApplicationId) -> u32 {
        let has = |slot: &&SlotId| {
            self.versions.on(**slot, application).is_none_or(|version| version == application)
        };
        self.rotation.iter().filter(has).count() as u32
    }

    fn meets(&mut self, attempt: &Attempt) -> Option<ApplicationId> {
        if !self.versions.differ(attempt.application) {
            return None;
        }
        self.chosen = self.rotation.choose(attempt.affinity);
        self.versions.on(self.chosen?, attempt.application)
    }

    fn check(&self, attempts: &Arena<Attempt>) {
        self.check_group(attempts);
    }
}
