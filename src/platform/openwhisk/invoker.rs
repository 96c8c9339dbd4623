//! An invoker: who gets which container, and who waits.
//!
//! Source: `ContainerPool.scala` of Apache OpenWhisk, commit 1fae641a (2026-08-05).

use std::collections::VecDeque;

use super::stem::Nursery;
use super::{Openwhisk, OpenwhiskAgenda};
use crate::kernel::Span;
use crate::model::{AttemptId, HostId, InstanceId, Stage};
use crate::platform::fleet::State;
use crate::platform::{Context, drawn};

/// An invoker beside its containers.
#[derive(Debug)]
pub(super) struct Invoker {
    pub(super) buffer: Buffer,
    /// By kind of stem cells.
    pub(super) nurseries: Vec<Nursery>,
}

impl Invoker {
    pub(super) fn new(kinds: usize) -> Self {
        Self { buffer: Buffer::default(), nurseries: vec![Nursery::default(); kinds] }
    }

    /// All stem cells are gone, also those that were starting.
    pub(super) fn forget_stem_cells(&mut self) {
        self.nurseries.fill(Nursery::default());
    }
}

/// The run buffer: who waits at an invoker, in order of arrival. Nobody passes its head.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    attempts: VecDeque<AttemptId>,
    /// How many of them were cancelled.
    dead: usize,
}

impl Buffer {
    /// How many wait.
    pub(super) fn living(&self) -> usize {
        self.attempts.len() - self.dead
    }

    /// The head; the cancelled before it are dropped.
    fn head<A>(&mut self, ctx: &mut Context<'_, A>) -> Option<AttemptId> {
        loop {
            let &id = self.attempts.front()?;
            if ctx.attempts[id].stage != Stage::Cancelled {
                return Some(id);
            }
            self.attempts.pop_front();
            self.dead -= 1;
            ctx.attempts.remove(id);
        }
    }

    /// Takes all who wait, in order; the cancelled are dropped.
    pub(super) fn drain<A>(&mut self, ctx: &mut Context<'_, A>) -> Vec<AttemptId> {
        self.dead = 0;
        let waits = |id: &AttemptId| {
            let waits = ctx.attempts[*id].stage != Stage::Cancelled;
            if !waits {
                ctx.attempts.remove(*id);
            }
            waits
        };
        std::mem::take(&mut self.attempts).into_iter().filter(waits).collect()
    }

    /// Counts one more cancelled, and clears them out when they are the most.
    pub(super) fn bury<A>(&mut self, ctx: &mut Context<'_, A>) {
        self.dead += 1;
        if self.dead * 2 <= self.attempts.len() {
            return;
        }
        self.attempts.retain(|&id| {
            let stays = ctx.attempts[id].stage != Stage::Cancelled;
            if !stays {
                ctx.attempts.remove(id);
            }
            stays
        });
        self.dead = 0;
    }
}

impl Openwhisk {
    /// An attempt reaches its invoker: it gets a container, or waits behind all who wait.
    pub(super) fn arrive<A: OpenwhiskAgenda>(
        &mut self,
        id: AttemptId,
        host: HostId,
        ctx: &mut Context<'_, A>,
    ) {
        if self.invokers[host.index()].buffer.living() == 0 && self.assign(id, host, ctx) {
            return;
        }
        if ctx.attempts[id].stage != Stage::Waiting {
            self.fleet.figures.unplaced += 1;
        }
        self.wait(id, u32::MAX, ctx);
        self.invokers[host.index()].buffer.attempts.push_back(id);
    }

    /// An attempt waits: for the container at `place`, or in a buffer.
    fn wait<A: OpenwhiskAgenda>(&mut self, id: AttemptId, place: u32, ctx: &mut Context<'_, A>) {
        let now = ctx.now();
        let attempt = &mut ctx.attempts[id];
        attempt.place = place;
        if std::mem::replace(&mut attempt.stage, Stage::Waiting) != Stage::Waiting {
            self.waiting.add(now, 1);
        }
    }

    /// Gives an attempt a container, if there is one or can be.
    fn assign<A: OpenwhiskAgenda>(
        &mut self,
        id: AttemptId,
        host: HostId,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let application = ctx.attempts[id].application;
        if let Some(instance) = self.fleet.pick_on(application, host) {
            self.use_rested(instance, id, ctx);
            return true;
        }
        if self.take_stem_cell(id, host, ctx) {
            return true;
        }
        let memory = self.memory(application);
        let (free, idle) = self.fleet.memory_on(host);
        if free < memory {
            // Idle containers go until they had the memory of the whole action, whatever is free, as
            // far as there are any. The real one starts the new container then even where all idle
            // ones are too few, beyond the memory of the invoker; here the attempt waits instead.
            if free + idle < memory {
                return false;
            }
            let goal = memory.min(idle);
            let mut freed = crate::quantity::Bytes::ZERO;
            while freed < goal {
                let Some(gone) = self.fleet.evict_on(host, ctx.now()) else { break };
                freed += gone;
            }
        }
        self.note_cold_start(application, host);
        let start = self.create(application) + self.init(application);
        let instance = self.fleet.start_on(application, host, start, ctx.agenda);
        self.started(instance, id, start, ctx);
        true
    }

    /// An attempt uses a container of its action that rests: at once, or when it has resumed.
    fn use_rested<A: OpenwhiskAgenda>(
        &mut self,
        instance: InstanceId,
        id: AttemptId,
        ctx: &mut Context<'_, A>,
    ) {
        self.fleet.give(instance);
        if self.fleet.instance(instance).state == State::Paused {
            let delay = drawn(self.spec.resume.as_ref(), self.resume_key, self.resumed);
            self.resumed += 1;
            self.fleet.resume(instance, delay, ctx.agenda);
            if delay > Span::ZERO {
                self.bind(instance, id, ctx);
                return;
            }
            self.fleet.ready(instance, ctx.now());
        }
        self.begin(instance, id, false, ctx);
    }

    /// A container begins to start for an attempt; it takes `start`.
    pub(super) fn started<A: OpenwhiskAgenda>(
        &mut self,
        instance: InstanceId,
        id: AttemptId,
        start: Span,
        ctx: &mut Context<'_, A>,
    ) {
        self.fleet.give(instance);
        if start > Span::ZERO {
            self.bind(instance, id, ctx);
        } else {
            self.fleet.ready(instance, ctx.now());
            self.begin(instance, id, true, ctx);
        }
    }

    /// An attempt waits for a container that starts or resumes for it.
    fn bind<A: OpenwhiskAgenda>(
        &mut self,
        instance: InstanceId,
        id: AttemptId,
        ctx: &mut Context<'_, A>,
    ) {
        self.wait(id, instance.number(), ctx);
        self.fleet.bind(instance, id);
    }

    /// Begins the service of an attempt; `cold` if its container started for it.
    fn begin<A: OpenwhiskAgenda>(
        &mut self,
        instance: InstanceId,
        id: AttemptId,
        cold: bool,
        ctx: &mut Context<'_, A>,
    ) {
        if ctx.attempts[id].stage == Stage::Waiting {
            self.waiting.sub(ctx.now(), 1);
        }
        ctx.begin_on_host(&mut self.fleet, instance, id, cold);
        self.begun += 1;
    }

    /// A container has started or resumed: it serves who waits for it. A stem cell waits.
    pub(super) fn ready<A: OpenwhiskAgenda>(
        &mut self,
        instance: InstanceId,
        ctx: &mut Context<'_, A>,
    ) {
        let cold = self.fleet.instance(instance).state == State::Starting;
        self.fleet.ready(instance, ctx.now());
        let row = self.fleet.instance(instance);
        let (application, host) = (row.application, row.host);
        if let Some(id) = self.fleet.unbind(instance) {
            if ctx.attempts[id].stage == Stage::Cancelled {
                ctx.attempts.remove(id);
                self.freed(instance, ctx);
            } else {
                self.begin(instance, id, cold, ctx);
            }
        } else if let Some(kind) = self.kind_of(application) {
            self.invokers[host.index()].nurseries[kind].starting -= 1;
        }
    }

    /// A container has nothing to do: who waits at its invoker is served as far as that goes, and if
    /// it is still idle, it rests.
    pub(super) fn freed<A: OpenwhiskAgenda>(
        &mut self,
        instance: InstanceId,
        ctx: &mut Context<'_, A>,
    ) {
        let row = self.fleet.instance(instance);
        let (number, host) = (row.number, row.host);
        self.serve_buffer(host, ctx);
        let row = self.fleet.instance(instance);
        let idle = row.number == number && row.state == State::Idle;
        if idle && self.fleet.rest(instance, ctx.agenda) {
            self.serve_buffer(host, ctx);
        }
    }

    /// Serves those in the buffer of an invoker, from its head on, until one can have no container.
    pub(super) fn serve_buffer<A: OpenwhiskAgenda>(
        &mut self,
        host: HostId,
        ctx: &mut Context<'_, A>,
    ) {
        while let Some(id) = self.invokers[host.index()].buffer.head(ctx) {
            if !self.assign(id, host, ctx) {
                return;
            }
            self.invokers[host.index()].buffer.attempts.pop_front();
        }
    }
}
