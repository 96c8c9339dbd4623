//! Periods in the lives of instances, where somebody asks for them: a recorder, or a meter.

use super::{Fleet, Instance, Standing, State};
use crate::kernel::Time;
use crate::model::{ApplicationId, HostId};
use crate::pricing::{Meter, Metering, Usage};

/// What an instance did between two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The number of the instance, in order of their starts.
    pub instance: u64,
    /// The application that it serves.
    pub application: ApplicationId,
    /// Where it runs.
    pub host: HostId,
    /// When it was started.
    pub started: Time,
    /// What it did; never [`State::Gone`].
    pub state: State,
    /// From when.
    pub from: Time,
    /// Until when.
    pub to: Time,
}

/// Keeps the periods that have ended until they are taken, and lets a meter count them.
#[derive(Debug, Default)]
pub(super) struct Periods {
    /// Whether they are kept or counted.
    followed: bool,
    kept: bool,
    ended: Vec<Period>,
    meter: Option<Box<Meter>>,
}

impl Periods {
    /// The instance begins to start.
    pub(super) fn begin(&mut self, instance: &mut Instance, now: Time) {
        if let Some(meter) = &mut self.meter {
            let provisioned = instance.standing == Standing::Provisioned;
            instance.account = meter.started(instance.application, provisioned, now);
        }
    }

    /// The instance leaves its state now. A state left at once was no period.
    #[inline]
    pub(super) fn end(&mut self, instance: &mut Instance, now: Time) {
        if self.followed {
            self.follow(instance, now);
        }
    }

    /// Apart, so that it costs nothing where nobody follows.
    #[inline(never)]
    fn follow(&mut self, instance: &mut Instance, now: Time) {
        if self.kept {
            self.ended.extend(instance.period(now));
        }
        if let Some(meter) = &mut self.meter {
            instance.tell(meter, now);
        }
        instance.since = now;
    }

    /// An instance that was idle is gone.
    pub(super) fn gone(&mut self, instance: &mut Instance, now: Time) {
        if let Some(meter) = &mut self.meter {
            let (application, idle_since) = (instance.application, instance.idle_since);
            meter.gone(&mut instance.account, application, idle_since, now);
        }
    }

    /// An instance that was idle becomes one of another application.
    pub(super) fn adopted(&mut self, instance: &mut Instance, by: ApplicationId, now: Time) {
        self.gone(instance, now);
        if let Some(meter) = &mut self.meter {
            instance.account = meter.started(by, false, now);
        }
    }

    /// From now on an application wants so many provisioned instances.
    pub(super) fn provision(&mut self, application: ApplicationId, wanted: u32, now: Time) {
        if let Some(meter) = &mut self.meter {
            meter.provision(application, wanted, now);
        }
    }

    /// Forgets what was counted so far.
    pub(super) fn restart(&mut self, now: Time) {
        if let Some(meter) = &mut self.meter {
            meter.restart(now);
        }
    }
}

impl Instance {
    /// The period that would end at `now`.
    fn period(&self, now: Time) -> Option<Period> {
        (now > self.since).then_some(Period {
            instance: self.number,
            application: self.application,
            host: self.host,
            started: self.started,
            state: self.state,
            from: self.since,
            to: now,
        })
    }

    /// Tells a meter of the state that the instance leaves now.
    fn tell(&mut self, meter: &mut Meter, now: Time) {
        let (application, time) = (self.application, (self.since, now));
        match self.state {
            State::Busy => {
                let start = (self.uses == 1).then_some(self.cold_start);
                meter.served(&mut self.account, application, start, time);
            }
            State::Idle | State::Paused | State::Resuming => {
                meter.rested(&mut self.account, application, time);
            }
            State::Starting | State::Gone => {}
        }
    }
}

impl Fleet {
    /// From now on keeps the periods in the lives of instances.
    pub fn keep_periods(&mut self) {
        self.periods.kept = true;
        self.periods.followed = true;
    }

    /// From now on counts the time of instances by these rules.
    pub fn count(&mut self, rules: Metering) {
        self.periods.meter = Some(Box::new(Meter::new(rules, self.applications.len())));
        self.periods.followed = true;
    }

    /// Adds what was counted until now to `usage`.
    pub fn tell_usage(&self, usage: &mut Usage, now: Time) {
        let Some(meter) = &self.periods.meter else { return };
        let mut meter = meter.as_ref().clone();
        // What goes on is counted until now.
        for instance in self.instances.rows() {
            let mut instance = instance.clone();
            instance.tell(&mut meter, now);
            let busy = matches!(instance.state, State::Starting | State::Busy);
            let end = if busy { now } else { instance.idle_since };
            meter.end(&mut instance.account, instance.application, end, now);
        }
        meter.tell(usage, now);
    }

    /// Takes the periods that have ended.
    pub fn take_periods(&mut self) -> impl Iterator<Item = Period> {
        self.periods.ended.drain(..)
    }

    /// The periods that would end now, by instance.
    pub fn open_periods(&self, now: Time) -> Vec<Period> {
        let open = self.instances.rows().filter_map(|instance| instance.period(now));
        let mut open: Vec<Period> = open.collect();
        open.sort_by_key(|period| period.instance);
        open
    }
}
