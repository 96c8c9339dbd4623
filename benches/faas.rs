//! Requests to functions on hosts, the scenario `scenarios/f-zipf.toml`, on three engines that
//! share the model and the metrics: only who keeps the future events differs.
//!
//! ```text
//! cargo bench --bench faas              # a million invocations, and a million for the scale
//! cargo bench --bench faas -- --full    # ten million
//! ```
//!
//! - *calendar*: the engine of cloudsched as [`world::run`] drives it, with its digest.
//! - *heap of events*: the same events in the standard library's binary heap, in order of time,
//!   class and scheduling. No digest.
//! - *boxed closures*: a plain engine as it is often written. Every event is a boxed closure in a
//!   binary heap, and every idle period of an instance has a timer of its own, which is known to be
//!   out of date when it fires. No digest.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and tells what it read"
)]

#[path = "support/memory.rs"]
mod memory;
mod support;

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::path::Path;
use std::process::ExitCode;

use cloudsched::kernel::{Agenda, Class, Clock, Digest, Time};
use cloudsched::metric::RunOutcome;
use cloudsched::scenario::{self, Loaded};
use cloudsched::world::{self, Event, World};
use memory::{peak_memory_of, tell_peak_memory};
use support::{Rounds, Verdict, is_benchmark};

/// An entry of a binary heap: the earliest is the greatest.
struct Entry<T> {
    at: Time,
    class: Class,
    sequence: u64,
    what: T,
}

impl<T> Entry<T> {
    fn key(&self) -> (Time, Class, u64) {
        (self.at, self.class, self.sequence)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl<T> Eq for Entry<T> {}
impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

/// A binary heap of things that happen.
struct Heap<T> {
    entries: BinaryHeap<Entry<T>>,
    sequence: u64,
    now: Time,
}

impl<T> Heap<T> {
    fn new() -> Self {
        Self { entries: BinaryHeap::new(), sequence: 0, now: Time::ZERO }
    }

    fn push(&mut self, at: Time, class: Class, what: T) {
        let at = at.max(self.now);
        self.entries.push(Entry { at, class, sequence: self.sequence, what });
        self.sequence += 1;
    }

    fn pop(&mut self) -> T {
        let entry = self.entries.pop().expect("clients send for ever");
        self.now = entry.at;
        entry.what
    }
}

/// Events in a heap.
struct Events(Heap<Event>);

impl Clock for Events {
    fn now(&self) -> Time {
        self.0.now
    }
}

impl<X: Into<Event>> Agenda<X> for Events {
    fn schedule(&mut self, at: Time, class: Class, event: X) {
        self.0.push(at, class, event.into());
    }
}

/// What happens to the world, boxed.
type Action = Box<dyn FnOnce(&mut World<'_>, &mut Closures)>;

/// Closures in a heap.
struct Closures(Heap<Action>);

impl Clock for Closures {
    fn now(&self) -> Time {
        self.0.now
    }
}

impl<X: Into<Event>> Agenda<X> for Closures {
    fn schedule(&mut self, at: Time, class: Class, event: X) {
        let event: Event = event.into();
        let action = move |world: &mut World<'_>, engine: &mut Closures| {
            world.handle(event, engine);
        };
        self.0.push(at, class, Box::new(action));
    }

    fn rearms_lazily(&self) -> bool {
        false
    }
}

/// The engines, in the order of the table.
/// A name, and what runs a scenario.
type Engine = (&'static str, fn(&Loaded) -> RunOutcome);

const ENGINES: [Engine; 3] =
    [("calendar", on_calendar), ("heap of events", on_events), ("boxed closures", on_closures)];

fn on_calendar(loaded: &Loaded) -> RunOutcome {
    world::run(&loaded.specification, loaded.seed, None, None)
}

fn on_events(loaded: &Loaded) -> RunOutcome {
    let mut world = World::new(&loaded.specification, loaded.seed, None);
    let mut engine = Events(Heap::new());
    world.start(&mut engine);
    while !world.is_over() {
        let event = engine.0.pop();
        world.handle(event, &mut engine);
    }
    world.outcome(engine.now(), Digest::default())
}

fn on_closures(loaded: &Loaded) -> RunOutcome {
    let mut world = World::new(&loaded.specification, loaded.seed, None);
    let mut engine = Closures(Heap::new());
    world.start(&mut engine);
    while !world.is_over() {
        let action = engine.0.pop();
        action(&mut world, &mut engine);
    }
    world.outcome(engine.now(), Digest::default())
}

/// The scenario with so many invocations and these changes.
fn load(invocations: u64, changes: &[&str]) -> Loaded {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/f-zipf.toml");
    let mut sets = vec![format!("requests={invocations}")];
    sets.extend(changes.iter().map(|&change| change.to_owned()));
    match scenario::load(&path, &sets) {
        Ok(loaded) => loaded,
        Err(error) => panic!("{}", error.render(false)),
    }
}

/// The engines in turns: all metrics of all runs are the same, and the table of times.
fn compare_engines(invocations: u64, rounds: usize) -> Rounds {
    println!("engines, {invocations} invocations, median of {rounds} rounds\n");
    println!("engine            ns/invocation  invocations/s   closures took   least");
    let loaded = load(invocations, &[]);
    let mut first = None;
    let rounds = Rounds::run(rounds, ENGINES.len(), |engine| {
        let (taken, outcome) = support::time(|| ENGINES[engine].1(&loaded));
        let metrics = outcome.metrics();
        assert_eq!(&metrics, first.get_or_insert(metrics.clone()), "{}", ENGINES[engine].0);
        taken / invocations as f64
    });
    for (engine, (name, _)) in ENGINES.iter().enumerate() {
        let (taken, (ratio, least)) = (rounds.median(engine), rounds.ratio(2, engine));
        println!("{name:16} {taken:>14.0} {:>14.0} {ratio:>14.2}x {least:>6.2}x", 1e9 / taken);
    }
    let told = ["requests", "cold_starts", "instances_mean", "response_ms_p99"];
    let metrics = first.unwrap_or_default();
    for (name, value) in metrics.iter().filter(|(name, _)| told.contains(name)) {
        println!("    all: {name} = {value:?}");
    }
    println!();
    rounds
}

fn measure_memory(verdict: &mut Verdict) {
    let (small, large) = (1_000_000, 10_000_000);
    println!("peak resident memory, calendar");
    let (Some(at_small), Some(at_large)) = (peak_memory_of(&[small]), peak_memory_of(&[large]))
    else {
        println!("    not measured: only Linux tells it\n");
        return;
    };
    println!(
        "    {small:>9} invocations {at_small:>6.1} MB\n    {large:>9} invocations {at_large:>6.1} MB\n"
    );
    verdict.require(
        at_large <= 1.2 * at_small,
        "ten times as many invocations take at most 1.2 times the memory",
    );
    verdict.require(at_large < 100.0, "they take less than 100 MB");
}

/// 10,000 functions on 1,000 hosts against 100 on 100, by placement: how many times as long an
/// invocation takes.
fn compare_sizes(invocations: u64, rounds: usize) -> f64 {
    println!("scale, {invocations} invocations at the same rate, median of {rounds} rounds\n");
    println!("placement       100 functions, 100 hosts   10,000 functions, 1,000 hosts   ratio");
    let mut worst = 0.0_f64;
    for placement in ["first-fit", "best-fit", "least-loaded", "hashed"] {
        let placement_set = format!("platform.cluster.placement={placement}");
        let small = load(invocations, &[&placement_set]);
        let large = load(
            invocations,
            &[
                &placement_set,
                "service.fn.family.count=10000",
                "platform.cluster.hosts=[{ count = 1000, cpu = 4, memory = \"4GiB\" }]",
            ],
        );
        let rounds = Rounds::run(rounds, 2, |contestant| {
            let loaded = if contestant == 0 { &small } else { &large };
            support::time(|| on_calendar(loaded)).0 / invocations as f64
        });
        let (ratio, _) = rounds.ratio(1, 0);
        let (at_small, at_large) = (rounds.median(0), rounds.median(1));
        println!("{placement:13} {at_small:>24.0} ns {at_large:>28.0} ns {ratio:>6.2}x");
        worst = worst.max(ratio);
    }
    println!();
    worst
}

fn main() -> ExitCode {
    let told = tell_peak_memory(|numbers| {
        on_calendar(&load(numbers[0], &[]));
    });
    if told {
        return ExitCode::SUCCESS;
    }
    if !is_benchmark() {
        compare_engines(2000, 1);
        compare_sizes(2000, 1);
        return ExitCode::SUCCESS;
    }
    let full = std::env::args().any(|argument| argument == "--full");
    let (invocations, rounds) = if full { (10_000_000, 5) } else { (1_000_000, 5) };
    let engines = compare_engines(invocations, rounds);
    let worst = compare_sizes(1_000_000, 5);
    let mut verdict = Verdict::new();
    measure_memory(&mut verdict);
    let (ratio, _) = engines.ratio(2, 0);
    let wanted = "boxed closures with a timer per idle period take at least 6 times as long";
    if full {
        verdict.require(ratio >= 6.0, wanted);
    } else {
        println!("asked at 10,000,000 invocations (--full): {wanted}");
    }
    verdict.require(worst <= 2.0, "an invocation among 10,000 functions takes at most 2 times");
    verdict.exit_code()
}
