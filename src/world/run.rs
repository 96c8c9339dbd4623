//! A run from its first event to what came out.

use super::progress::{Progress, give_up};
use super::watch::Watch;
use super::{Event, Specification, World};
use crate::kernel::{Calendar, Clock, Digest, Seed, Time};
use crate::metric::{Recorder, RunOutcome};

/// Runs a scenario once and tells what came out.
///
/// `recorder` is told of requests and samples, as far as the scenario asks for them; `journal` is
/// told of every event but samples: its key in the calendar and its content.
///
/// # Panics
/// If the clock stands still: the scenario goes round in circles without time passing. Without a
/// horizon also if callers hold all servers or instances that their calls wait for.
pub fn run<'a>(
    spec: &'a Specification,
    seed: Seed,
    recorder: Option<&'a mut dyn Recorder>,
    journal: Option<&mut dyn FnMut(u64, Event)>,
) -> RunOutcome {
    match journal {
        Some(journal) => drive(spec, seed, recorder, None, journal),
        None => drive(spec, seed, recorder, None, &mut |_, _| ()),
    }
}

/// As [`run`], with the same figures, and watches them where the load is stationary: cuts the measured
/// time into batches, for intervals ([`RunOutcome::half_widths`]), and looks whether the warm-up was
/// long enough ([`RunOutcome::unsettled`]).
///
/// # Panics
/// As [`run`].
pub fn run_watched<'a>(
    spec: &'a Specification,
    seed: Seed,
    recorder: Option<&'a mut dyn Recorder>,
) -> RunOutcome {
    let watch = spec.is_stationary().then(|| Watch::new(spec));
    drive(spec, seed, recorder, watch, &mut |_, _| ())
}

fn drive<'a, J: FnMut(u64, Event) + ?Sized>(
    spec: &'a Specification,
    seed: Seed,
    recorder: Option<&'a mut dyn Recorder>,
    mut watch: Option<Watch>,
    journal: &mut J,
) -> RunOutcome {
    let horizon = spec.horizon.unwrap_or(Time::MAX);
    let mut world = World::new(spec, seed, recorder);
    let mut calendar = Calendar::<Event>::new();
    let mut digest = Digest::default();
    let mut progress = Progress::default();
    if let Some(watch) = &watch {
        watch.begin(&mut world);
    }
    // One comparison an event serves the end of the warm-up, the ends of slices and the horizon.
    let mut mark = match spec.warm_up {
        Time::ZERO => watch.as_ref().map_or(horizon, |watch| watch.next(horizon)),
        warm_up => warm_up.min(horizon),
    };
    world.start(&mut calendar);
    let mut end = horizon;
    while !world.is_over()
        || watch.as_mut().is_some_and(|watch| watch.goes_on(&mut world, calendar.now()))
    {
        let Some(event) = calendar.pop() else {
            end = spec.horizon.unwrap_or(calendar.now());
            break;
        };
        let now = calendar.now();
        if now >= mark {
            mark = world.pass(mark, now, horizon, watch.as_mut());
            if now >= horizon {
                if spec.horizon.is_none() {
                    give_up(format!(
                        "the run would never end: the clock can count no further than 73 years, and \
                         {} requests still wait; set a `horizon`",
                        world.in_flight().0
                    ));
                }
                break;
            }
        }
        // Samples are taken only if somebody listens, which is no part of what happens.
        if event != Event::Sample {
            digest.fold(calendar.key(), event.word());
            journal(calendar.key(), event);
        }
        progress.check(digest.events(), now, &world);
        world.handle(event, &mut calendar);
        if event == Event::Sample && calendar.len() == 1 && spec.horizon.is_none() {
            // Only the next sample is pending: what still waits waits for ever.
            end = calendar.now();
            break;
        }
    }
    if world.is_over() {
        end = calendar.now();
    }
    // A run that ended within the warm-up has measured nothing.
    let end = end.max(spec.warm_up);
    world.pass(mark, end, horizon, watch.as_mut());
    let batches = watch.map(|watch| watch.finish(&world, end));
    RunOutcome { batches, ..world.outcome(end, digest) }
}
