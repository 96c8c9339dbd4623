//! Instances ahead of requests: how many an application has at least, by the plan of the keep-alive
//! policy, and when that policy is asked again.

use super::end::End;
use super::{Application, Event, Fleet};
use crate::kernel::{Agenda, Class, Time};
use crate::model::{ApplicationId, InstanceId};
use crate::policy::keep_alive::{KeepAlive, Plan};

impl Application {
    /// Whether an instance of it is kept though its window is over.
    #[inline]
    pub(super) fn holds(&self) -> bool {
        self.live <= self.least
    }

    /// How many instances of it eviction leaves alone.
    pub(super) fn safe(&self) -> u32 {
        self.kept + self.provisioned
    }
}

impl Fleet {
    /// The policy of keep-alive, to tell it of requests.
    pub(in crate::platform) fn keep_alive_mut(&mut self) -> &mut dyn KeepAlive {
        &mut *self.keep_alive
    }

    /// Whether an application has instances ahead of requests from now on, by plans or provisioned.
    pub fn set_ahead(&mut self, application: ApplicationId, may: bool, now: Time) {
        self.applications[application.index()].waits = !may;
        self.recount_provisioned(application, now);
    }

    /// Takes the plan for an application, if it may have instances ahead of requests at all. True if instances went that were kept only by the last.
    pub fn plan(
        &mut self,
        application: ApplicationId,
        plan: Plan,
        agenda: &mut impl Agenda<Event>,
    ) -> bool {
        let now = agenda.now();
        let row = &mut self.applications[application.index()];
        let plan = if row.waits { Plan { least: 0, next: None } } else { plan };
        let fewer = plan.least < row.least;
        row.least = plan.least;
        row.review = plan.next;
        if let Some(next) = plan.next {
            debug_assert!(next > now, "{application:?} is planned for the past");
            row.timer.arm(agenda, next, Class::Control, Event::Review(self.number, application));
        }
        self.keep_promise(application);
        fewer && self.let_go(application, now)
    }

    /// Takes idle instances away whose windows are over, as far as no plan keeps them.
    fn let_go(&mut self, application: ApplicationId, now: Time) -> bool {
        let row = &self.applications[application.index()];
        let surplus = row.live.saturating_sub(row.least) as usize;
        let mut going = std::mem::take(&mut self.going);
        let over = |id: &InstanceId| {
            let instance = &self.instances[*id];
            instance.rests() && instance.deadline <= now
        };
        going.extend(self.pools.members(application, &self.instances).filter(over).take(surplus));
        let any = !going.is_empty();
        for id in going.drain(..) {
            self.go(id, now, End::Expired);
        }
        self.going = going;
        any
    }

    /// Instances of an application, in whatever state.
    pub fn live(&self, application: ApplicationId) -> u32 {
        self.applications[application.index()].live
    }

    /// How many instances an application has fewer than its plan wants.
    pub fn lacking(&self, application: ApplicationId) -> u32 {
        let row = &self.applications[application.index()];
        row.least.saturating_sub(row.live)
    }

    /// The instance that has just been started was started for no request.
    pub fn ahead(&mut self, id: InstanceId) {
        self.instances[id].ahead = true;
        self.figures.pre_warms += 1;
    }

    /// The timer of an application has fired: true if its policy is to be asked. A timer that fired
    /// early is armed anew, one that is out of date is ignored.
    pub fn is_due(&mut self, application: ApplicationId, agenda: &mut impl Agenda<Event>) -> bool {
        let now = agenda.now();
        let row = &mut self.applications[application.index()];
        if !row.timer.fired(now) {
            return false;
        }
        let Some(review) = row.review else { return false };
        if review > now {
            row.timer.arm(agenda, review, Class::Control, Event::Review(self.number, application));
        }
        review <= now
    }
}
