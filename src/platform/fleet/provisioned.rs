//! Provisioned instances: so many of an application, always or by the time of day, started ahead at a
//! rate. They never idle out and are never evicted; requests go to them first.

use super::end::End;
use super::{ApplicationSpec, Event, Fleet, Standing, State};
use crate::kernel::{Agenda, Class, Span, Time, Timer};
use crate::model::{ApplicationId, InstanceId};
use crate::policy::timetable::Provisioned;
use crate::quantity::Rate;

/// How many instances are to be provisioned, by application.
#[derive(Debug)]
pub(super) struct Provisions {
    applications: Vec<Wanted>,
    /// The time between two starts of an application.
    interval: Span,
}

/// The provisioned instances of an application.
#[derive(Debug)]
struct Wanted {
    when: Provisioned,
    /// How many there are to be now.
    instances: u32,
    /// When that may change; `None` is never.
    change: Option<Time>,
    /// From when on the next may start.
    free: Time,
    timer: Timer,
}

impl Provisions {
    /// Those of a platform; `None` where no application has any.
    pub(super) fn new(applications: &[ApplicationSpec], ramp: Option<Rate>) -> Option<Box<Self>> {
        if !applications.iter().any(|application| application.provisioned.any()) {
            return None;
        }
        let wanted = |application: &ApplicationSpec| Wanted {
            when: application.provisioned.clone(),
            instances: 0,
            change: Some(Time::ZERO),
            free: Time::ZERO,
            timer: Timer::default(),
        };
        let interval = ramp.map_or(Span::ZERO, |ramp| Span::from_secs_f64(1.0 / ramp.per_sec()));
        Some(Box::new(Self { applications: applications.iter().map(wanted).collect(), interval }))
    }
}

impl Fleet {
    /// Whether applications have provisioned instances.
    pub fn provisions(&self) -> bool {
        self.provisions.is_some()
    }

    /// The provisioned instance with room that takes the next request of this application.
    #[inline(never)]
    pub(super) fn pick_provisioned(&mut self, application: ApplicationId) -> Option<InstanceId> {
        let picked = self.pools.pick_held(application, &mut self.instances);
        if picked.is_none() && self.wanted(application) > 0 {
            self.figures.spillover += 1;
        }
        picked
    }

    /// How many provisioned instances an application is to have now.
    fn wanted(&self, application: ApplicationId) -> u32 {
        let provisions = self.provisions.as_ref();
        provisions.map_or(0, |provisions| provisions.applications[application.index()].instances)
    }

    /// How many provisioned instances of an application are yet to begin to start.
    pub fn unprovisioned(&self, application: ApplicationId) -> u32 {
        let provisioned = self.applications[application.index()].provisioned;
        self.wanted(application).saturating_sub(provisioned)
    }

    /// Whether fewer provisioned instances of an application are ready than it is to have, and may have.
    pub fn lacks_provisioned(&self, application: ApplicationId) -> bool {
        let row = &self.applications[application.index()];
        let ready = u64::from(row.provisioned - row.provisioning);
        ready < u64::from(self.wanted(application)).min(row.most)
    }

    /// Whether the clock changes how many provisioned instances an application is to have.
    pub(super) fn provision_changes(&self, application: ApplicationId) -> bool {
        let provisions = self.provisions.as_ref();
        provisions.is_some_and(|all| all.applications[application.index()].change.is_some())
    }

    /// The timer of an application has fired; false if that is out of date.
    pub fn is_provision_due(&mut self, application: ApplicationId, now: Time) -> bool {
        let provisions = self.provisions.as_mut();
        provisions.is_some_and(|all| all.applications[application.index()].timer.fired(now))
    }

    /// That may have changed, whatever the clock says.
    pub(super) fn recount_provisioned(&mut self, application: ApplicationId, now: Time) {
        if let Some(provisions) = &mut self.provisions {
            provisions.applications[application.index()].change = Some(now);
        }
    }

    /// Looks how many provisioned instances an application is to have now. True if instances went,
    /// as too many.
    pub fn provide(&mut self, application: ApplicationId, agenda: &mut impl Agenda<Event>) -> bool {
        let now = agenda.now();
        let waits = self.applications[application.index()].waits;
        let Some(provisions) = &mut self.provisions else { return false };
        let row = &mut provisions.applications[application.index()];
        let before = row.instances;
        if row.change.is_some_and(|change| change <= now) {
            (row.instances, row.change) = row.when.at(now);
            if waits {
                row.instances = 0;
            }
        }
        if let Some(change) = row.change {
            let event = Event::Provision(self.number, application);
            row.timer.arm(agenda, change, Class::Control, event);
        }
        let wanted = row.instances;
        if wanted != before {
            self.periods.provision(application, wanted, now);
        }
        wanted < before && self.release_surplus(application, wanted, now)
    }

    /// Takes idle provisioned instances away that are too many; those that serve or start go when
    /// they [rest](Self::rest).
    fn release_surplus(&mut self, application: ApplicationId, wanted: u32, now: Time) -> bool {
        let row = &self.applications[application.index()];
        let surplus = row.provisioned.saturating_sub(wanted) as usize;
        let mut going = std::mem::take(&mut self.going);
        let idle = |id: &InstanceId| self.instances[*id].state == State::Idle;
        going.extend(self.pools.held(application, &self.instances).filter(idle).take(surplus));
        let any = !going.is_empty();
        for id in going.drain(..) {
            self.go(id, now, End::Surplus);
        }
        self.going = going;
        any
    }

    /// Whether an application lacks a provisioned instance and may start it now. If it may not yet,
    /// [`Event::Provision`] is scheduled for when it may.
    pub fn may_provision(
        &mut self,
        application: ApplicationId,
        agenda: &mut impl Agenda<Event>,
    ) -> bool {
        let (now, event) = (agenda.now(), Event::Provision(self.number, application));
        let live = self.applications[application.index()].provisioned;
        let Some(provisions) = &mut self.provisions else { return false };
        let row = &mut provisions.applications[application.index()];
        if live >= row.instances {
            return false;
        }
        if row.free > now {
            row.timer.arm(agenda, row.free, Class::Control, event);
        }
        row.free <= now
    }

    /// A provisioned instance of an application has begun to start.
    pub fn provisioned(&mut self, application: ApplicationId, now: Time) {
        if let Some(provisions) = &mut self.provisions {
            provisions.applications[application.index()].free = now + provisions.interval;
        }
        self.keep_promise(application);
    }

    /// An instance that is provisioned, or doomed, has nothing to serve. True if it is gone, as one too many or
    /// with its host.
    pub(super) fn rest_apart(&mut self, id: InstanceId, now: Time) -> bool {
        let instance = &mut self.instances[id];
        if instance.standing == Standing::Doomed {
            self.go(id, now, End::Lost);
            return true;
        }
        debug_assert_eq!(instance.standing, Standing::Provisioned);
        instance.deadline = Self::NEVER;
        let application = instance.application;
        let many = self.applications[application.index()].provisioned;
        let surplus = many > self.wanted(application);
        if surplus {
            self.go(id, now, End::Surplus);
        }
        surplus
    }
}
