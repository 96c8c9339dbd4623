//! Periods in the lives of instances, where somebody asks for them.

use super::{Fleet, Instance, State};
use crate::kernel::Time;
use crate::model::{ApplicationId, HostId};

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

/// Keeps the periods that have ended until they are taken.
#[derive(Debug, Default)]
pub(super) struct Periods {
    kept: bool,
    ended: Vec<Period>,
}

impl Periods {
    /// The instance leaves its state now. A state left at once was no period.
    #[inline]
    pub(super) fn end(&mut self, instance: &mut Instance, now: Time) {
        if self.kept {
            self.ended.extend(instance.period(now));
            instance.since = now;
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
}

impl Fleet {
    /// From now on keeps the periods in the lives of instances.
    pub fn keep_periods(&mut self) {
        self.periods.kept = true;
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
