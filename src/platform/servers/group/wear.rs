//! Servers that wear out: requests take longer as their processes age, and what leaks of memory kills them.
//!
//! Each service has a process on each server, which begins when the server has booted, when a version of the service has been
//! installed there, or when requests may go to that version. What a process uses of memory is looked at for itself; when it is
//! killed the server is as one that has crashed, and boots again at once.

use super::ServerGroup;
use super::life::{NEVER, State};
use super::spec::{Event, SlotId};
use crate::kernel::{Agenda, Class, Time};
use crate::model::{ApplicationId, Attempt, Wear};
use crate::platform::Context;

/// A service on a server.
#[derive(Clone, Copy, Debug)]
struct Process {
    /// When it could serve.
    began: Time,
    /// How many requests it has, and how many it has begun.
    present: u32,
    requests: u64,
}

/// How services wear out, and where each of them stands.
#[derive(Debug)]
pub(super) struct Wears {
    /// By application.
    of: Vec<Wear>,
    /// Those whose memory is counted.
    leaking: Vec<usize>,
    /// By application: since when requests may go to it; [`NEVER`] as long as they may not.
    entered: Vec<Time>,
    /// By slot: its processes, by application.
    processes: Vec<Vec<Process>>,
    /// By slot: when the memory of its server is looked at; [`NEVER`] if it is not.
    looked: Vec<Time>,
    /// How many servers were killed for it.
    pub(super) kills: u64,
}

impl Wears {
    /// Of these applications, of which those that wait are later versions; `None` if none wears out.
    pub(super) fn new(of: &[(Wear, bool)]) -> Option<Box<Self>> {
        let wears: Vec<Wear> = of.iter().map(|(wear, _)| *wear).collect();
        let entered = of.iter().map(|(_, waits)| if *waits { NEVER } else { Time::ZERO }).collect();
        wears.iter().any(Wear::is_any).then(|| {
            let leaks = |number: &usize| wears[*number].memory.is_some();
            let leaking = (0..wears.len()).filter(leaks).collect();
            let (processes, looked) = (Vec::new(), Vec::new());
            Box::new(Self { of: wears, leaking, entered, processes, looked, kills: 0 })
        })
    }

    /// Whether memory is counted.
    pub(super) fn count_memory(&self) -> bool {
        !self.leaking.is_empty()
    }

    /// There is one slot more.
    pub(super) fn add_slot(&mut self) {
        let process = Process { began: NEVER, present: 0, requests: 0 };
        self.processes.push(vec![process; self.of.len()]);
        self.looked.push(NEVER);
    }
}

impl ServerGroup {
    /// When a service on a server could serve, or will; [`NEVER`] if it is another version that does there.
    fn process_began(&self, wears: &Wears, slot: SlotId, application: ApplicationId) -> Time {
        let began = wears.processes[slot.index()][application.index()].began;
        match self.versions.on(slot, application) {
            Some(version) if version == application => began,
            Some(_) => NEVER,
            None => began.max(wears.entered[application.index()]),
        }
    }

    /// When the first process of a server is over the limit of its memory, if nothing changes before, and when to look at that.
    fn out_of_memory(&self, wears: &Wears, slot: SlotId, now: Time) -> (Time, Time) {
        let of = |&number: &usize| {
            let memory = wears.of[number].memory?;
            let process = &wears.processes[slot.index()][number];
            let began = self.process_began(wears, slot, ApplicationId::from_index(number));
            let over = memory.over(began, process.present, process.requests);
            (began < NEVER && over < Time::MAX).then(|| (over, memory.look(now, over)))
        };
        let all = wears.leaking.iter().filter_map(of);
        all.fold((NEVER, NEVER), |(over, look), (one, its)| (over.min(one), look.min(its)))
    }

    /// The processes of a server begin at a time: all of them, or that of the version which is installed.
    pub(super) fn processes_begin(
        &mut self,
        slot: SlotId,
        installed: Option<ApplicationId>,
        at: Time,
    ) {
        let Some(wears) = &mut self.wears else { return };
        for (number, process) in wears.processes[slot.index()].iter_mut().enumerate() {
            if installed.is_none_or(|only| only.index() == number) {
                (process.began, process.requests) = (at, 0);
            }
        }
    }

    /// Requests may go to a version from now on.
    pub(super) fn version_enters<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let Some(wears) = &mut self.wears else { return };
        wears.entered[application.index()] = ctx.now();
        for slot in self.all_slots() {
            self.look_ahead(slot, ctx.agenda);
        }
    }

    /// Requests go to a version no longer.
    pub(super) fn version_leaves(&mut self, application: ApplicationId) {
        if let Some(wears) = &mut self.wears {
            wears.entered[application.index()] = NEVER;
        }
    }

    /// A server begins a request, which takes the longer the older its process is.
    #[inline(never)]
    pub(super) fn wear<A: Agenda<Event>>(
        &mut self,
        slot: SlotId,
        attempt: &mut Attempt,
        agenda: &mut A,
    ) {
        let Some(mut wears) = self.wears.take() else { return };
        let age = agenda.now().since(self.process_began(&wears, slot, attempt.application));
        let application = attempt.application.index();
        let process = &mut wears.processes[slot.index()][application];
        if let Some(ageing) = wears.of[application].ageing {
            attempt.demand = ageing.of(attempt.demand, age, process.requests);
        }
        process.requests += 1;
        process.present += 1;
        self.wears = Some(wears);
        self.look_ahead(slot, agenda);
    }

    /// A server has a request less.
    pub(super) fn wears_less(&mut self, slot: SlotId, application: ApplicationId) {
        if let Some(wears) = &mut self.wears {
            wears.processes[slot.index()][application.index()].present -= 1;
        }
    }

    /// A server has lost all that it had.
    pub(super) fn processes_end(&mut self, slot: SlotId) {
        if let Some(wears) = &mut self.wears {
            for process in &mut wears.processes[slot.index()] {
                process.present = 0;
            }
        }
    }

    /// A server uses more memory than before, or another amount: it is looked at before that can be too much.
    pub(super) fn look_ahead<A: Agenda<Event>>(&mut self, slot: SlotId, agenda: &mut A) {
        let Some(wears) = self.wears.as_ref().filter(|_| self.is_up(slot)) else { return };
        let (_, look) = self.out_of_memory(wears, slot, agenda.now());
        if let Some(looked) = self.looked(slot).filter(|looked| look < **looked) {
            *looked = look;
            agenda.schedule(look, Class::Control, Event::Due(self.number, slot));
        }
    }

    /// When the memory of a server is looked at, where servers wear out.
    fn looked(&mut self, slot: SlotId) -> Option<&mut Time> {
        self.wears.as_mut().map(|wears| &mut wears.looked[slot.index()])
    }

    /// If it is time to look at the memory of a server: it is killed if it is over its limit, and boots again.
    pub(super) fn look_at_memory<A: Agenda<Event>>(
        &mut self,
        slot: SlotId,
        ctx: &mut Context<'_, A>,
    ) {
        let now = ctx.now();
        let Some(looked) = self.looked(slot).filter(|looked| **looked == now) else { return };
        *looked = NEVER;
        let Some(wears) = self.wears.as_ref().filter(|_| self.is_up(slot)) else { return };
        if self.out_of_memory(wears, slot, now).0 > now {
            return self.look_ahead(slot, ctx.agenda);
        }
        if let Some(wears) = &mut self.wears {
            wears.kills += 1;
        }
        self.crash(slot, ctx);
        if self.state(slot) == Some(State::Dead) && self.slots[slot.index()].is_free() {
            self.boot(slot, ctx);
        }
    }
}
