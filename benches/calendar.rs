//! The calendar against the standard library's binary heap: the hold model.
//!
//! ```text
//! cargo bench --bench calendar
//! ```
//!
//! One hold pops the earliest event and schedules it again, later by an increment from a table that
//! was drawn before. Both structures hold the same events and make the same holds, in turns; a hash
//! of all that they pop shows that their order is the same.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and tells what it read"
)]

mod support;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::process::ExitCode;

use cloudsched::kernel::{Agenda, Calendar, Class, Clock, Digest, Seed, Span, Time};
use rand::RngExt;
use support::{Rounds, Verdict, is_benchmark};

/// As large as an event of the world, and aligned as one.
type Payload = [u32; 2];

/// Increments are taken from a table of so many.
const INCREMENTS: usize = 1 << 14;
/// The mean increment; the scale of demands and gaps in scenarios.
const MEAN: Span = Span::from_secs(1);

/// A list of future events under test.
trait Pending {
    fn push(&mut self, at: Time, payload: Payload);
    fn pop(&mut self) -> (Time, Payload);
}

impl Pending for Calendar<Payload> {
    fn push(&mut self, at: Time, payload: Payload) {
        self.schedule(at, Class::Completion, payload);
    }

    fn pop(&mut self) -> (Time, Payload) {
        let payload = Calendar::pop(self).expect("a hold leaves as many as it found");
        (self.now(), payload)
    }
}

/// The reference: a binary heap in order of time and of scheduling.
#[derive(Default)]
struct Heap {
    heap: BinaryHeap<Reverse<(u64, u64, Payload)>>,
    sequence: u64,
}

impl Pending for Heap {
    fn push(&mut self, at: Time, payload: Payload) {
        self.heap.push(Reverse((at.as_nanos(), self.sequence, payload)));
        self.sequence += 1;
    }

    fn pop(&mut self) -> (Time, Payload) {
        let Reverse((at, _, payload)) = self.heap.pop().expect("a hold leaves as many as it found");
        (Time::from_nanos(at), payload)
    }
}

/// One list in the hold model.
struct Hold<'a, P> {
    pending: P,
    increments: &'a [Span],
    next: usize,
    digest: Digest,
}

impl<'a, P: Pending> Hold<'a, P> {
    /// With so many events pending, and after so many holds that it is in its steady state.
    fn warm(pending: P, size: usize, increments: &'a [Span]) -> Self {
        let mut hold = Self { pending, increments, next: 0, digest: Digest::default() };
        for number in 0..size {
            let at = Time::ZERO + hold.increment();
            hold.pending.push(at, [u32::try_from(number).expect("few events"), 0]);
        }
        hold.run(3 * size);
        hold
    }

    fn increment(&mut self) -> Span {
        self.next += 1;
        self.increments[self.next % INCREMENTS]
    }

    #[inline(never)]
    fn run(&mut self, holds: usize) {
        for _ in 0..holds {
            let (at, payload) = self.pending.pop();
            self.digest.fold(at.as_nanos(), payload[0].into());
            let later = at + self.increment();
            self.pending.push(later, payload);
        }
    }
}

/// The increments of one row of the table.
fn increments(shape: &str) -> Vec<Span> {
    let mut stream = Seed::new(1).key("increments").stream();
    let mut draw = || {
        let uniform: f64 = stream.random();
        let exponential = -libm::log1p(-uniform);
        let factor = match shape {
            "exponential" => exponential,
            // Nine in ten are short, one in ten is long: completions and timers.
            "bimodal" if stream.random_range(0..10_u32) < 9 => 0.1 * exponential,
            "bimodal" => 9.1 * exponential,
            _ => 1.0,
        };
        Span::from_nanos((factor * MEAN.as_nanos() as f64) as u64)
    };
    (0..INCREMENTS).map(|_| draw()).collect()
}

/// Measures one row and prints it; how many times as long the heap takes, median and least.
fn row(shape: &str, size: usize, holds: usize, rounds: usize) -> (f64, f64) {
    let increments = increments(shape);
    let mut heap = Hold::warm(Heap::default(), size, &increments);
    let mut calendar = Hold::warm(Calendar::new(), size, &increments);
    let rounds = Rounds::run(rounds, 2, |contestant| {
        let taken = match contestant {
            0 => support::time(|| heap.run(holds)).0,
            _ => support::time(|| calendar.run(holds)).0,
        };
        taken / holds as f64
    });
    assert_eq!(heap.digest, calendar.digest, "the pop order is the same");
    let (ratio, least) = rounds.ratio(0, 1);
    println!(
        "{shape:13} {size:>9} {:>12.1} {:>12.1} {ratio:>8.2} {least:>8.2}",
        rounds.median(0),
        rounds.median(1),
    );
    (ratio, least)
}

fn main() -> ExitCode {
    let (rounds, scale) = if is_benchmark() { (7, 1) } else { (1, 1000) };
    println!("ns per hold, median of {rounds} rounds; how many times as long the heap takes\n");
    println!("increments      pending  binary heap     calendar    ratio    least");
    let mut verdict = Vec::new();
    for shape in ["exponential", "bimodal", "deterministic"] {
        for (size, holds) in [(100, 4_000_000), (10_000, 3_000_000), (1_000_000, 2_000_000)] {
            let (ratio, _) = row(shape, size.min(holds / scale), holds / scale, rounds);
            if shape == "exponential" {
                verdict.push((size, ratio));
            }
        }
    }
    println!();
    if !is_benchmark() {
        return ExitCode::SUCCESS;
    }
    let mut requirements = Verdict::new();
    for (size, ratio) in verdict {
        match size {
            1_000_000 => requirements.require(
                ratio >= 8.0,
                "with 1,000,000 pending the heap takes at least 8 times as long",
            ),
            100 => requirements.require(
                ratio >= 0.9,
                "with 100 pending the calendar is within 10 % of the heap or better",
            ),
            _ => (),
        }
    }
    requirements.exit_code()
}
