//! Whether a run goes on: that the clock moves, and that what is in flight can.

use super::World;
use super::clients::Client;
use super::platform::{Kind, Platform};
use crate::kernel::Time;
use crate::model::{Origin, Request, Stage};

/// After so many events without the clock moving a run is given up: the scenario goes round in
/// circles at one instant. A guess: no real instant has so many.
const MOST_EVENTS_AN_INSTANT: u64 = 10_000_000;

/// How many events pass between two looks. A guess: few enough that what waits in vain fits in
/// memory, so many that looking costs nothing.
const EVENTS_A_LOOK: u64 = 100_000;

/// Watches that a run goes on.
pub(super) struct Progress {
    /// After how many events to look next.
    next: u64,
    /// The time of the last look, and the number of events at the first look that found it.
    at: Time,
    since: u64,
    /// What had begun or ended by the last look.
    moved: u64,
}

impl Default for Progress {
    fn default() -> Self {
        Self { next: EVENTS_A_LOOK, at: Time::ZERO, since: 0, moved: 0 }
    }
}

impl Progress {
    /// Looks now and then.
    ///
    /// # Panics
    /// If the clock stands still, or if the run would wait for ever.
    #[inline(always)]
    pub(super) fn check(&mut self, events: u64, now: Time, world: &World<'_>) {
        if events >= self.next {
            self.look(events, now, world);
        }
    }

    #[cold]
    fn look(&mut self, events: u64, now: Time, world: &World<'_>) {
        self.next = events + EVENTS_A_LOOK;
        if now > self.at {
            (self.at, self.since) = (now, events);
        }
        assert!(
            events - self.since < MOST_EVENTS_AN_INSTANT,
            "the clock stands still at {:.3} s: {MOST_EVENTS_AN_INSTANT} events happened at that \
             instant; let think times, demands or pauses between retries take some time",
            now.as_secs_f64()
        );
        let moved = world.moved();
        let stands = moved == std::mem::replace(&mut self.moved, moved);
        assert!(
            !(stands && world.spec.horizon.is_none() && world.is_deadlocked()),
            "the run would never end: at {:.3} s {} requests wait, and none will ever be served, for \
             all servers or instances that they need are held by callers that wait for each other; \
             give calls a `timeout`, or what is called a platform of its own, or set a `horizon`",
            now.as_secs_f64(),
            world.requests.len()
        );
    }
}

impl World<'_> {
    /// A number that changes whenever a service begins or a request of a client ends.
    fn moved(&self) -> u64 {
        self.concluded + self.platforms.iter().map(Platform::begun).sum::<u64>()
    }

    /// Whether callers hold what they need for their calls, and nothing in flight can ever free it:
    /// nothing is served, no call is on its way, no timeout and no pause runs, and where anything
    /// waits no instance starts or is idle. New requests cannot help, as far as those of their client
    /// that are in flight are among the stuck; a client without any may send where there is room.
    /// Costs as much as is in flight.
    fn is_deadlocked(&self) -> bool {
        let mut held = false;
        for attempt in self.attempts.iter() {
            match attempt.stage {
                Stage::Serving => return false,
                Stage::Calling => held = true,
                Stage::Waiting if self.platforms[usize::from(attempt.platform)].may_have_room() => {
                    return false;
                }
                Stage::Sent | Stage::Answering
                    if attempt.request.is_some_and(|request| {
                        matches!(self.requests[request].origin, Origin::Call { .. })
                    }) =>
                {
                    return false;
                }
                _ => {}
            }
        }
        let mut stuck: Vec<bool> = self.clients.iter().map(Client::is_exhausted).collect();
        for request in self.requests.iter() {
            if request.due != Request::NEVER {
                return false;
            }
            if let Origin::Client { client, .. } = request.origin {
                stuck[usize::from(client)] = true;
            }
        }
        held && stuck.into_iter().all(|stuck| stuck)
    }
}

impl Platform {
    /// Whether who waits may be served, or refused, by and by.
    fn may_have_room(&self) -> bool {
        match &self.kind {
            Kind::Servers(_) => false,
            Kind::Faas(faas) => faas.is_moving(),
        }
    }
}
