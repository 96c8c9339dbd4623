//! Instances that wear out: requests take longer on them as they age, and what leaks of their memory kills them.
//!
//! An instance that serves nobody stands still, so it is not killed before its next request. Its age counts from when it was ready.

use super::end::End;
use super::{ApplicationSpec, Event, Fleet, State};
use crate::kernel::{Agenda, Class, Span, Time};
use crate::model::{InstanceId, Wear};

/// How instances wear out.
#[derive(Debug)]
pub(super) struct Wears {
    /// By application.
    of: Box<[Wear]>,
    /// By instance, as far as any was: when its memory is looked at; [`Fleet::NEVER`] if it is not.
    looked: Vec<Time>,
}

impl Wears {
    /// Of these applications; `None` if none wears out.
    pub(super) fn new(applications: &[ApplicationSpec]) -> Option<Box<Self>> {
        let of: Box<[Wear]> = applications.iter().map(|application| application.wear).collect();
        of.iter().any(Wear::is_any).then(|| Box::new(Self { of, looked: Vec::new() }))
    }

    /// When the memory of an instance is looked at.
    fn looked(&mut self, id: InstanceId) -> &mut Time {
        if self.looked.len() <= id.index() {
            self.looked.resize(id.index() + 1, Fleet::NEVER);
        }
        &mut self.looked[id.index()]
    }
}

impl Fleet {
    /// Whether any instance wears out.
    #[inline(always)]
    pub(in crate::platform) fn wears_out(&self) -> bool {
        self.wears.is_some()
    }

    /// How many instances were killed for their memory, where that is counted.
    pub(in crate::platform) fn oom_kills(&self) -> Option<u64> {
        let counts = self.wears.as_ref()?.of.iter().any(|wear| wear.memory.is_some());
        counts.then_some(self.figures.oom_kills)
    }

    /// What a demand takes of an instance that has just begun to serve it; its memory is looked at before that can be too much.
    #[inline(never)]
    pub(in crate::platform) fn wear(
        &mut self,
        id: InstanceId,
        demand: Span,
        agenda: &mut impl Agenda<Event>,
    ) -> Span {
        self.memory_changed(id, agenda);
        let instance = &self.instances[id];
        let ageing = self.wears.as_ref().and_then(|of| of.of[instance.application.index()].ageing);
        let age = agenda.now().since(instance.ready_at);
        ageing.map_or(demand, |ageing| ageing.of(demand, age, instance.uses - 1))
    }

    /// When an instance that serves is over the limit of its memory, if nothing changes before; `None` if that is after all
    /// that it serves is over.
    fn memory_changed(&mut self, id: InstanceId, agenda: &mut impl Agenda<Event>) -> Option<Time> {
        let now = agenda.now();
        let instance = &self.instances[id];
        let (number, application) = (self.number, instance.application);
        let timeout = self.timeout(application);
        let wears = self.wears.as_mut()?;
        let memory = wears.of[application.index()].memory?;
        let over = memory.over(instance.ready_at, instance.active, instance.uses);
        if over > now.plus(timeout) || over == Time::MAX {
            return None;
        }
        let (look, looked) = (memory.look(now, over), wears.looked(id));
        if look < *looked {
            *looked = look;
            agenda.schedule(look, Class::Control, Event::Memory(number, id));
        }
        Some(over)
    }

    /// The memory of an instance is looked at: whether it serves and is over its limit.
    pub(in crate::platform) fn is_out_of_memory(
        &mut self,
        id: InstanceId,
        agenda: &mut impl Agenda<Event>,
    ) -> bool {
        let now = agenda.now();
        let Some(wears) = &mut self.wears else { return false };
        let looked = wears.looked(id);
        if *looked != now {
            return false;
        }
        *looked = Self::NEVER;
        if self.instances[id].state != State::Busy {
            return false;
        }
        let over = self.memory_changed(id, agenda);
        over.is_some_and(|over| over <= now)
    }

    /// An instance that serves is killed.
    pub(in crate::platform) fn kill(&mut self, id: InstanceId, now: Time) {
        self.instances[id].active = 1;
        self.end(id, now);
        self.go(id, now, End::Killed);
    }
}
