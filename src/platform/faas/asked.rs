//! What the world asks of a platform of functions.

use super::{Faas, PhaseFigures};
use crate::kernel::{Arena, Span, Time};
use crate::model::Attempt;
use crate::platform::{Platform, tells_of_fleet};

impl Platform for Faas {
    fn restart(&mut self, now: Time) {
        self.fleet.restart(now);
        self.waiting.restart(now);
        self.begun = 0;
        if let Some(phases) = &mut self.phases {
            **phases = PhaseFigures::default();
        }
    }

    tells_of_fleet!();

    fn phases(&self) -> Option<&PhaseFigures> {
        self.phases.as_deref()
    }

    /// An instance starts, one is idle and will go, one may be started soon or is looked for, a host comes back, or the patience of those
    /// who wait runs out.
    fn is_moving(&self, now: Time) -> bool {
        self.fleet.figures.starting.value() > 0
            || self.fleet.has_window(now)
            || self.permitted.is_armed()
            || self.fleet.is_host_returning()
            || !self.starts_on_demand && self.lines.iter().any(|line| line.scale.is_armed())
            || self.spec.patience < Span::MAX
    }

    fn check(&self, attempts: &Arena<Attempt>) {
        self.check_lines(attempts);
    }
}
