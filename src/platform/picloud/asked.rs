//! What the world asks of `PiCloud`. Its instances are its nodes.

use super::PiCloud;
use crate::kernel::{Arena, Span, Time};
use crate::model::{ApplicationId, Attempt};
use crate::platform::Platform;
use crate::platform::fleet::{FleetFigures, Period};
use crate::pricing::{Meter, Metering, Usage};
use crate::stats::Level;

impl Platform for PiCloud {
    fn restart(&mut self, now: Time) {
        self.figures.restart(now);
        self.cores.restart(now);
        self.busy_cores.restart(now);
        self.waiting.restart(now);
        self.begun = 0;
        if let Some(meter) = &mut self.meter {
            meter.restart(now);
        }
    }

    fn timeout(&self, application: ApplicationId) -> Span {
        self.spec.functions[application.index()].max_runtime
    }

    fn begun(&self) -> u64 {
        self.begun
    }

    fn waiting(&self) -> &Level {
        &self.waiting
    }

    fn cores(&self) -> Option<(&Level, &Level)> {
        Some((&self.cores, &self.busy_cores))
    }

    fn figures(&self) -> Option<&FleetFigures> {
        Some(&self.figures)
    }

    /// What is counted is the time of processes.
    fn count(&mut self, rules: Metering) {
        self.meter = Some(Box::new(Meter::new(rules, 2 * self.groups.len())));
    }

    fn tell_usage(&self, usage: &mut Usage, now: Time) {
        self.tell_processes(usage, now);
    }

    fn keep_periods(&mut self) {
        self.keeps_periods = true;
    }

    fn take_periods(&mut self) -> Vec<Period> {
        std::mem::take(&mut self.periods)
    }

    fn open_periods(&self, now: Time) -> Vec<Period> {
        self.periods_until(now)
    }

    /// A node or a process starts.
    fn is_moving(&self, _now: Time) -> bool {
        self.figures.starting.value() > 0 || self.spawning > 0
    }

    fn check(&self, attempts: &Arena<Attempt>) {
        self.check_nodes(attempts);
    }
}
