//! The simulator against SimFaaS 1.0 (Mahmoudi and Khazaei 2021), whose rows were measured with 10
//! seeds of its own: every column within three combined standard errors.
//!
//! The table of docs/validation.md is made by
//! `CLOUDSCHED_WRITE_VALIDATION=1 cargo test --release --test simfaas`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "queueing_theory/page.rs"]
mod page;

use std::fmt::Write;
use std::path::Path;

use cloudsched::kernel::Seed;
use cloudsched::metric::RunOutcome;
use cloudsched::scenario::load_text;
use cloudsched::stats::{Interval, t_quantile};
use cloudsched::world::run;
use rayon::prelude::*;

/// Seeds, theirs and ours.
const SEEDS: u64 = 10;
const MOST_ERRORS: f64 = 3.0;

/// A quantity: its name, its mean and half-width of 95 % as SimFaaS measured them (no half-width
/// where it gave none), and how it is read off a run.
type Column = (&'static str, f64, Option<f64>, fn(&RunOutcome) -> f64);

struct Peer {
    name: &'static str,
    scenario: &'static str,
    columns: &'static [Column],
}

const A: Peer = Peer {
    name: "A: 0.9/s, window 600 s",
    scenario: r#"
        horizon = "100000s"
        [client.c]
        service = "f"
        arrivals.poisson = { rate = "0.9/s" }
        [service.f]
        platform = "p"
        demand.exponential = { mean = "2.016s" }
        cold_demand.exponential = { mean = "2.163s" }
        [platform.p]
        kind = "faas"
        max_instances = 1000
        queue = { limit = 0 }
        keep_alive.fixed = { window = "600s" }
        which_idle = "newest"
    "#,
    columns: &[
        ("cold / requests", 0.001_405, Some(0.000_094), cold_fraction),
        ("refused / requests", 0.0, Some(0.0), refused_fraction),
        ("instances", 7.745, Some(0.051), |outcome| metric(outcome, "instances_mean")),
        ("busy", 1.812, Some(0.005), |outcome| metric(outcome, "busy_instances_mean")),
        ("idle", 5.933, Some(0.052), |outcome| metric(outcome, "idle_instances_mean")),
    ],
};

const C: Peer = Peer {
    name: "C: 10/s, window 30 s, at most 12",
    scenario: r#"
        horizon = "10000s"
        [client.c]
        service = "f"
        arrivals.poisson = { rate = "10/s" }
        [service.f]
        platform = "p"
        demand.exponential = { mean = "1s" }
        cold_demand.exponential = { mean = "2s" }
        [platform.p]
        kind = "faas"
        max_instances = 12
        queue = { limit = 0 }
        keep_alive.fixed = { window = "30s" }
        which_idle = "newest"
    "#,
    columns: &[
        ("cold / requests", 0.000_120, None, cold_fraction),
        ("refused / requests", 0.1201, Some(0.0011), refused_fraction),
        ("instances", 11.9989, Some(0.0003), |outcome| metric(outcome, "instances_mean")),
        ("busy", 8.802, Some(0.017), |outcome| metric(outcome, "busy_instances_mean")),
        ("idle", 3.197, Some(0.017), |outcome| metric(outcome, "idle_instances_mean")),
    ],
};

fn metric(outcome: &RunOutcome, name: &str) -> f64 {
    let metrics = outcome.metrics();
    let (_, value) = metrics.iter().find(|(metric, _)| *metric == name).expect(name);
    value.expect(name).as_f64()
}

fn cold_fraction(outcome: &RunOutcome) -> f64 {
    metric(outcome, "cold_starts") / metric(outcome, "requests")
}

fn refused_fraction(outcome: &RunOutcome) -> f64 {
    metric(outcome, "refused") / metric(outcome, "requests")
}

/// Our mean and standard error, and theirs, of one column.
struct Row {
    ours: (f64, f64),
    theirs: (f64, f64),
}

impl Row {
    /// The difference in combined standard errors.
    fn distance(&self) -> f64 {
        let ((mean, error), (their_mean, their_error)) = (self.ours, self.theirs);
        let difference = mean - their_mean;
        let combined = (error * error + their_error * their_error).sqrt();
        if difference == 0.0 { 0.0 } else { difference / combined }
    }
}

fn rows(peer: &Peer) -> Vec<Row> {
    let loaded = load_text(peer.name, peer.scenario, Path::new(""), "peer", &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{}", error.render(false)));
    let seed = |r| Seed::new(1).replication(r);
    let outcomes: Vec<RunOutcome> = (0..SEEDS)
        .into_par_iter()
        .map(|r| run(&loaded.specification, seed(r), None, None))
        .collect();
    let t = t_quantile(0.95, SEEDS as f64 - 1.0);
    let row = |&(_, theirs, half_width, measure): &Column| {
        let values: Vec<f64> = outcomes.iter().map(measure).collect();
        let interval = Interval::of(&values, 0.95).expect("ten finite values");
        let ours = (interval.mean, interval.half_width / t);
        // Without an error of theirs it is taken to be as large as ours.
        Row { ours, theirs: (theirs, half_width.map_or(ours.1, |width| width / t)) }
    };
    peer.columns.iter().map(row).collect()
}

fn assert_near(peer: &Peer) {
    let rows = rows(peer);
    let far: Vec<String> = (peer.columns.iter().zip(&rows))
        .filter(|(_, row)| row.distance().abs() > MOST_ERRORS)
        .map(|((name, ..), row)| {
            format!(
                "{name}: {:?} here, {:?} there, {:.2} apart",
                row.ours,
                row.theirs,
                row.distance()
            )
        })
        .collect();
    assert!(far.is_empty(), "{}:\n{}", peer.name, far.join("\n"));
}

#[test]
fn row_a_agrees() {
    assert_near(&A);
}

#[test]
fn row_c_agrees() {
    assert_near(&C);
}

#[test]
fn the_page_lists_the_rows() {
    let mut table = String::from(
        "| row | quantity | SimFaaS | its standard error | here | standard error | difference, combined \
         errors |\n|---|---|---|---|---|---|---|\n",
    );
    let mut listed = Vec::new();
    for peer in [&A, &C] {
        let rows = page::writing().then(|| rows(peer));
        for (place, (quantity, theirs, ..)) in peer.columns.iter().enumerate() {
            let theirs = page::significant(*theirs);
            listed.push(format!("{} | {quantity} | {theirs}", peer.name));
            let Some(Row { ours, theirs: (_, their_error) }) = rows.as_ref().map(|r| &r[place])
            else {
                continue;
            };
            let numbers = [*their_error, ours.0, ours.1].map(page::significant).join(" | ");
            let distance = rows.as_ref().map_or(0.0, |rows| rows[place].distance());
            writeln!(
                table,
                "| {} | {quantity} | {theirs} | {numbers} | {distance:+.2} |",
                peer.name
            )
            .unwrap();
        }
    }
    page::section("simfaas", &table, &listed, &[1, 2, 3]);
}
