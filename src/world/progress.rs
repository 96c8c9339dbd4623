//! Whether a run goes on: that the clock moves, and that what is in flight can.

use std::panic::resume_unwind;

use super::World;
use super::platform::Platform;
use crate::kernel::Time;
use crate::model::{Origin, Request, Stage};

/// After so many events without the clock moving a run is given up: the scenario goes round in
/// circles at one instant. A guess: no real instant has so many.
const MOST_EVENTS_AN_INSTANT: u64 = 10_000_000;

/// How many events pass between two looks. A guess: few enough that what waits in vain fits in
/// memory, and that a schedule by the day comes to a look while the clock can count; so many that
/// looking costs nothing. A prime, so that looks find a schedule at other hours each time.
const EVENTS_A_LOOK: u64 = 10_007;

/// Ends a run that its scenario does not let come to an end. It unwinds with a message, as a panic does, but nothing is told of
/// places in the program: what is to be mended is the scenario.
#[cold]
pub(super) fn give_up(why: String) -> ! {
    resume_unwind(Box::new(why))
}

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
        if events - self.since >= MOST_EVENTS_AN_INSTANT {
            give_up(format!(
                "the clock stands still at {:.3} s: {MOST_EVENTS_AN_INSTANT} events happened at that \
                 instant; give users a `think_time`, `retries` a pause, or the way to the service a \
                 `latency`",
                now.as_secs_f64()
            ));
        }
        let moved = world.moved();
        let stands = moved == std::mem::replace(&mut self.moved, moved);
        if stands && world.spec.horizon.is_none() {
            world.expect_progress(now);
        }
    }
}

impl World<'_> {
    /// A number that changes whenever a service begins or a request of a client ends.
    fn moved(&self) -> u64 {
        self.concluded + self.platforms.iter().map(Platform::begun).sum::<u64>()
    }

    /// # Panics
    /// If what is in flight waits for ever.
    fn expect_progress(&self, now: Time) {
        let Some((why, mend)) = self.why_stuck(now) else { return };
        give_up(format!(
            "the run would never end: at {:.3} s {} requests wait, and none will ever be served, for \
             {why}; {mend}, or set a `horizon`",
            now.as_secs_f64(),
            self.requests.len()
        ));
    }

    /// Whether a request is a message in a line of which the service is given nothing now.
    fn is_held_up(&self, request: &Request) -> bool {
        let Origin::Message { client, held: false, line, .. } = request.origin else {
            return false;
        };
        let source = &self.clients[usize::from(client)].source;
        source.as_ref().is_some_and(|source| source.is_held_up(line))
    }

    /// Why nothing in flight can ever go on, and what mends it, if that is so: nothing is served, no
    /// call is on its way, no timeout and no pause runs, and where anything waits no instance starts,
    /// goes, or may be started by and by. Costs as much as is in flight.
    ///
    /// Either callers hold what they need for their calls. New requests cannot help, as far as those of
    /// their client that are in flight are among the stuck; a client without any may send where there
    /// is room. Or everything waits, nobody sends any more, and only the clock of plans goes on.
    fn why_stuck(&self, now: Time) -> Option<(&'static str, &'static str)> {
        let (mut held, mut on_its_way) = (false, false);
        for attempt in self.attempts.iter() {
            match attempt.stage {
                Stage::Serving => return None,
                // It is cut when its time is over.
                Stage::Calling if attempt.watched => return None,
                Stage::Calling => held = true,
                Stage::Waiting => {
                    let platform = &self.platforms[usize::from(attempt.platform)];
                    if platform.kind.asked().is_moving(now) {
                        return None;
                    }
                }
                Stage::Sent | Stage::Answering | Stage::Lost => {
                    on_its_way = true;
                    if attempt.request.is_some_and(|request| {
                        matches!(self.requests[request].origin, Origin::Call { .. })
                    }) {
                        return None;
                    }
                }
                Stage::Joining | Stage::Cancelled => {}
            }
        }
        let mut waiting = vec![0; self.clients.len()];
        for request in self.requests.iter() {
            // Messages wait in their source until a batch that holds them up ends, also those whose
            // window is over before.
            if request.due != Request::NEVER && !self.is_held_up(request) {
                return None;
            }
            if let Some(client) = request.origin.client() {
                waiting[usize::from(client)] += 1;
            }
        }
        let mut clients = self.clients.iter().zip(waiting);
        if held {
            let stuck = clients.all(|(client, waiting)| waiting > 0 || client.is_exhausted());
            return stuck.then_some((
                "all servers or instances that they need are held by callers that wait for each other",
                "give calls a `timeout`, or what is called a platform of its own",
            ));
        }
        let silent = clients.all(|(client, waiting)| client.sends_no_more(waiting));
        (silent && !on_its_way && !self.requests.is_empty()).then_some((
            "no instance can be started for them beside those that plans keep",
            "give them room, or let plans keep fewer",
        ))
    }
}
