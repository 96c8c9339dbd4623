//! How far a sweep is, on a terminal.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::output::tell;
use crate::experiment::Course;

/// Nothing is drawn more often.
const PAUSE: Duration = Duration::from_millis(200);

/// A line on standard error that tells how far a sweep is; nothing where that is no terminal. Who
/// interrupts the process is told how far it came.
pub(super) struct Progress {
    far: Arc<Far>,
    /// Runs that were done when it began.
    before: u64,
    begun: Instant,
    drawn: Option<Instant>,
    shows: bool,
}

/// How far a sweep is.
struct Far {
    done: AtomicU64,
    /// Runs at most.
    all: AtomicU64,
}

impl Far {
    fn of(&self) -> (u64, u64) {
        (self.done.load(Relaxed), self.all.load(Relaxed))
    }
}

/// What a shell tells of a process that was interrupted: 128 and the number of the signal.
const INTERRUPTED: i32 = 130;

/// Does something before an interrupt ends the process. Another handler stays, if there is one: then nothing is done.
pub(super) fn on_interrupt(first: impl Fn() + Send + 'static) {
    let _ = ctrlc::set_handler(move || {
        first();
        std::process::exit(INTERRUPTED);
    });
}

/// The present moment. Nothing that is computed depends on it.
#[expect(clippy::disallowed_methods, reason = "only what a person watches reads the clock")]
fn now() -> Instant {
    Instant::now()
}

impl Progress {
    /// Of the sweep that is so far on its `course`; `then` says how an interrupted one goes on, if
    /// it does.
    pub(super) fn new(course: &Course<'_>, then: &'static str) -> Self {
        let shows = std::io::stderr().is_terminal();
        let far = Arc::new(Far { done: course.done().into(), all: course.at_most().into() });
        let told = Arc::clone(&far);
        on_interrupt(move || {
            let (done, all) = told.of();
            tell(&format!("\nstopped after {done} of {all} runs{then}\n"));
        });
        Self { far, before: course.done(), begun: now(), drawn: None, shows }
    }

    /// One more run is done.
    pub(super) fn step(&mut self, course: &Course<'_>) {
        self.far.done.store(course.done(), Relaxed);
        self.far.all.store(course.at_most(), Relaxed);
        let now = now();
        if self.shows && self.drawn.is_none_or(|drawn| now - drawn >= PAUSE) {
            self.drawn = Some(now);
            let (done, all) = self.far.of();
            let line = line(done, all, self.before, (now - self.begun).as_secs_f64());
            tell(&format!("\r{line}\x1b[K"));
        }
    }

    /// Takes the line away, so that something else can be told.
    pub(super) fn clear(&mut self) {
        if self.drawn.take().is_some() {
            tell("\r\x1b[K");
        }
    }
}

/// How far it is after so many seconds, `before` runs having been done at their start.
fn line(done: u64, all: u64, before: u64, seconds: f64) -> String {
    let rate = (done - before) as f64 / seconds.max(1e-3);
    let left = (all - done) as f64 / rate;
    let left = match left {
        _ if left < 90.0 => format!("{left:.0} s"),
        _ if left < 5400.0 => format!("{:.0} min", left / 60.0),
        _ => format!("{:.1} h", left / 3600.0),
    };
    format!("{done} of {all} runs, {rate:.1}/s, {left} left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_rate_and_time_left() {
        assert_eq!(line(60, 120, 20, 8.0), "60 of 120 runs, 5.0/s, 12 s left");
        assert_eq!(line(60, 120, 20, 8000.0), "60 of 120 runs, 0.0/s, 3.3 h left");
    }
}
