//! Watching a run from outside: the measured time is cut into slices, whose figures say how sure those of
//! the run are, and the response times are followed from the start. Nothing of it changes what
//! happens.

use super::{Specification, World};
use crate::kernel::{Span, Time};
use crate::metric::{Batches, Observed, PlatformFigures};
use crate::stats::Mser;
use crate::stats::batch::SLICES;

/// The slices of a run.
pub(super) struct Watch {
    ends: Ends,
    batches: Batches,
}

/// When slices end.
enum Ends {
    /// After equal parts of the time from the warm-up to the horizon.
    Time { warm_up: Time, measured: Span },
    /// After equal parts of the requests after which the run ends, for the time is not known.
    Requests(u64),
    /// Never: there are fewer requests or nanoseconds than slices.
    Never,
}

impl Watch {
    pub(super) fn new(spec: &Specification) -> Self {
        let measured = spec.horizon.map(|horizon| horizon - spec.warm_up);
        let ends = match (spec.requests, measured) {
            (Some(requests), _) if requests >= SLICES as u64 => Ends::Requests(requests),
            (None, Some(measured)) if measured.as_nanos() >= SLICES as u64 => {
                Ends::Time { warm_up: spec.warm_up, measured }
            }
            _ => Ends::Never,
        };
        Self { ends, batches: Batches::default() }
    }

    /// Begins to watch `world`.
    pub(super) fn begin(&self, world: &mut World<'_>) {
        world.mser = Some(Mser::default());
        world.stop_at = self.requests().unwrap_or(world.stop_at);
    }

    /// So much of `whole` has passed when the next slice ends.
    fn share(&self, whole: u64) -> u64 {
        let slices = self.batches.slices() as u128 + 1;
        (u128::from(whole) * slices / SLICES as u128) as u64
    }

    /// With how many requests ended the next slice ends, if that is what ends it.
    fn requests(&self) -> Option<u64> {
        let Ends::Requests(requests) = self.ends else { return None };
        (self.batches.slices() < SLICES).then(|| self.share(requests))
    }

    /// When the next slice ends; the `horizon` if time does not end it, or no slice is left.
    pub(super) fn next(&self, horizon: Time) -> Time {
        match self.ends {
            Ends::Time { warm_up, measured } if self.batches.slices() < SLICES => {
                warm_up + Span::from_nanos(self.share(measured.as_nanos()))
            }
            _ => horizon,
        }
    }

    /// Whether `world` has stopped for a slice only, which then ends `now`, and goes on.
    pub(super) fn goes_on(&mut self, world: &mut World<'_>, now: Time) -> bool {
        while self.requests().is_some_and(|requests| world.ended >= requests) {
            self.batches.end_slice(world.observed(now));
        }
        world.stop_at = self.requests().or(world.spec.requests).unwrap_or(u64::MAX);
        world.look_whether_over();
        !world.is_over()
    }

    /// The slices, all that ended before or at `end`.
    pub(super) fn finish(mut self, world: &World<'_>, end: Time) -> Batches {
        if self.next(Time::MAX) == end {
            self.batches.end_slice(world.observed(end));
        }
        self.batches
    }
}

impl World<'_> {
    /// Forgets what was measured so far: the end of the warm-up.
    pub fn restart(&mut self, now: Time) {
        for platform in &mut self.platforms {
            platform.kind.asked_mut().restart(now);
        }
        for source in self.clients.iter_mut().filter_map(|client| client.source.as_mut()) {
            source.backlog.restart(now);
        }
    }

    /// What was observed from the end of the warm-up to `now`.
    fn observed(&self, now: Time) -> Observed {
        let time = now - self.warm_up;
        let outcomes = self.platform_outcomes(now, time);
        let platforms: Vec<_> = outcomes.into_iter().map(|outcome| outcome.of).collect();
        let figures: Vec<_> = platforms.iter().map(|(figures, _)| figures.clone()).collect();
        let mut requests = self.cells.total();
        for client in 0..self.clients.len() {
            self.add_backlog(client, &mut requests, now);
        }
        Observed {
            requests,
            platforms: PlatformFigures::together(&figures),
            releases: None,
            cost: platforms.iter().map(|(_, bill)| bill.total()).sum(),
            time,
        }
    }

    /// Passes `mark` and all further marks up to `now`, the end of the warm-up and those of slices
    /// before the `horizon`; the next one.
    #[cold]
    pub(super) fn pass(
        &mut self,
        mut mark: Time,
        now: Time,
        horizon: Time,
        mut watch: Option<&mut Watch>,
    ) -> Time {
        while mark <= now && mark < horizon {
            if mark == self.warm_up {
                self.restart(mark);
            } else if let Some(watch) = &mut watch {
                watch.batches.end_slice(self.observed(mark));
            }
            mark = watch.as_ref().map_or(horizon, |watch| watch.next(horizon));
        }
        mark
    }
}
