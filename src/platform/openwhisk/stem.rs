//! Stem cells: containers without code, that are there before any action needs one.
//!
//! Source: `ContainerPool.scala` of Apache OpenWhisk, commit 1fae641a (2026-08-05).

use super::{Event, Openwhisk, OpenwhiskAgenda, StemCells};
use crate::kernel::{Class, Span};
use crate::model::{ApplicationId, AttemptId, HostId};
use crate::platform::Context;

/// How long it is until the number of stem cells is looked at, for the first time and again
/// (`application.conf`: `prewarm-expiration-check-interval = 10 minutes`; what it varies by from
/// invoker to invoker, up to 10 s, is left out).
const CHECK: Span = Span::from_secs(600);

/// How many an invoker takes away at once (`prewarm-expiration-limit = 100`).
const MOST_TAKEN_AWAY: u32 = 100;

/// What an invoker knows of its stem cells of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Nursery {
    /// Those that start.
    pub(super) starting: u32,
    /// Cold starts since the last look that one could have spared.
    pub(super) cold_starts: u32,
}

impl Openwhisk {
    /// The stem cells, by kind.
    fn kinds(&self) -> std::ops::Range<usize> {
        0..self.spec.stem_cells.len()
    }

    fn kind(&self, kind: usize) -> &StemCells {
        &self.spec.stem_cells[kind]
    }

    /// The kind of stem cells whose application this is.
    pub(super) fn kind_of(&self, application: ApplicationId) -> Option<usize> {
        self.spec.stem_cells.iter().position(|cells| cells.application == application)
    }

    /// The stem cells that are there when the run starts; the platform has been up for long.
    pub(super) fn start_stem_cells<A: OpenwhiskAgenda>(&mut self, ctx: &mut Context<'_, A>) {
        for host in self.hosts() {
            for kind in self.kinds() {
                let mut left = self.kind(kind).initial;
                while left > 0 && self.start_stem_cell(kind, host, Span::ZERO, ctx) {
                    left -= 1;
                }
            }
        }
        if self.spec.stem_cells.iter().any(|cells| cells.reactive.is_some()) {
            self.check_later(ctx);
        }
    }

    /// Starts the stem cells of an invoker that is there again.
    pub(super) fn restart_stem_cells<A: OpenwhiskAgenda>(
        &mut self,
        host: HostId,
        ctx: &mut Context<'_, A>,
    ) {
        for kind in self.kinds() {
            let mut left = self.kind(kind).initial;
            let stem = self.kind(kind).application;
            while left > 0 && self.start_stem_cell(kind, host, self.create(stem), ctx) {
                left -= 1;
            }
        }
    }

    fn check_later<A: OpenwhiskAgenda>(&mut self, ctx: &mut Context<'_, A>) {
        let event = Event::StemCells(self.number);
        ctx.agenda.schedule(ctx.now() + CHECK, Class::Control, event);
    }

    /// Starts a stem cell on an invoker, if it has the memory; tells whether it has.
    fn start_stem_cell<A: OpenwhiskAgenda>(
        &mut self,
        kind: usize,
        host: HostId,
        start: Span,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let application = self.kind(kind).application;
        if self.fleet.memory_on(host).0 < self.fleet.need(application).memory {
            return false;
        }
        let id = self.fleet.start_on(application, host, start, ctx.agenda);
        self.fleet.set_aside(id);
        if start == Span::ZERO {
            self.fleet.ready(id, ctx.now());
        } else {
            self.invokers[host.index()].nurseries[kind].starting += 1;
        }
        true
    }

    /// Lets an attempt have the stem cell of its kind that has waited longest, if there is one; another
    /// starts in its place.
    pub(super) fn take_stem_cell<A: OpenwhiskAgenda>(
        &mut self,
        id: AttemptId,
        host: HostId,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let application = ctx.attempts[id].application;
        let Some(kind) = self.actions[application.index()].stem_cells else { return false };
        let stem = self.kind(kind).application;
        let Some(cell) = self.fleet.pick_on(stem, host) else { return false };
        let init = self.init(application);
        self.fleet.adopt(cell, application, init, ctx.agenda);
        let create = self.create(stem);
        self.start_stem_cell(kind, host, create, ctx);
        self.started(cell, id, init, ctx);
        true
    }

    /// Notes a cold start that a stem cell would have spared.
    pub(super) fn note_cold_start(&mut self, application: ApplicationId, host: HostId) {
        if let Some(kind) = self.actions[application.index()].stem_cells {
            self.invokers[host.index()].nurseries[kind].cold_starts += 1;
        }
    }

    /// Looks at the stem cells of all invokers: takes away those whose time is over, and starts what
    /// the cold starts since the last look ask for.
    pub(super) fn check_stem_cells<A: OpenwhiskAgenda>(&mut self, ctx: &mut Context<'_, A>) {
        for host in self.hosts() {
            let gone = self.take_expired(host, ctx);
            for kind in self.kinds() {
                let nursery =
                    std::mem::take(&mut self.invokers[host.index()].nurseries[kind].cold_starts);
                let cells = self.kind(kind);
                let wanted = match cells.reactive {
                    Some(rule) => rule.wanted(nursery),
                    None => cells.initial,
                };
                let stem = cells.application;
                let waiting = self.fleet.resting_on(stem, host).count() as u32;
                let there = waiting + self.invokers[host.index()].nurseries[kind].starting;
                let mut left = wanted.saturating_sub(there);
                while left > 0 && self.start_stem_cell(kind, host, self.create(stem), ctx) {
                    left -= 1;
                }
            }
            if gone > 0 {
                self.serve_buffer(host, ctx);
            }
        }
        self.check_later(ctx);
    }

    /// Whether an invoker has more stem cells of a kind than are there at least: looks at them will take some
    /// away by and by. Fewer leave no room, for each that goes is replaced at once.
    pub(super) fn has_stem_cells_to_spare(&self) -> bool {
        let spares = |host: HostId, cells: &StemCells| {
            let there = self.fleet.resting_on(cells.application, host).count();
            cells.reactive.is_some_and(|rule| there as u64 > rule.least.into())
        };
        self.hosts().any(|host| self.spec.stem_cells.iter().any(|cells| spares(host, cells)))
    }

    /// Takes away the stem cells of an invoker that have waited for as long as they may; tells how
    /// many.
    fn take_expired<A: OpenwhiskAgenda>(&mut self, host: HostId, ctx: &mut Context<'_, A>) -> u32 {
        let now = ctx.now();
        let mut gone = 0;
        for kind in self.kinds() {
            let cells = self.kind(kind);
            let (stem, Some(rule)) = (cells.application, cells.reactive) else { continue };
            while gone < MOST_TAKEN_AWAY
                && let Some(oldest) = self.fleet.pick_on(stem, host)
                && self.fleet.instance(oldest).idle_since + rule.ttl <= now
            {
                self.fleet.dismiss(oldest, now);
                gone += 1;
            }
        }
        gone
    }
}
