//! Whether intervals hold what they say: how often those of M/M/1 hold the true mean, and how often
//! a comparison of two disciplines with the same mean finds no difference.

use std::path::Path;

use cloudsched::experiment::{Record, Verdict, compare, run_replications};
use cloudsched::kernel::Seed;
use cloudsched::metric::{METRICS, Value};
use cloudsched::scenario;
use cloudsched::stats::Interval;

/// Repetitions of each experiment, of so many replications each.
const REPETITIONS: u64 = 200;
const REPLICATIONS: u64 = 10;

/// At 95 %, 3 to 7 of 100 may go wrong over many repetitions. Over 200 the standard error of a share of
/// 5 % is 1.5 of 100; four of them beside 5 are 11, or 22 of 200, and a few more for what is not
/// quite normal.
const MOST_MISSED: u64 = 25;

/// M/M/1 at load 0.5 from empty, with a tenth left out: mean waiting 100 ms, by Pollaczek and Khinchine.
const QUEUE: &str = r#"
horizon = "2000s"
warm_up = "200s"
[client.users]
service = "web"
arrivals.poisson = { rate = "5/s" }
[service.web]
platform = "pool"
demand.exponential = { mean = "100ms" }
[platform.pool]
kind = "servers"
servers = 1
"#;

/// The metrics of the replications of a repetition.
fn runs(discipline: &str, repetition: u64) -> Vec<Vec<Option<Value>>> {
    let sets = [format!("platform.pool.discipline={discipline}")];
    let loaded = scenario::load_text("queue.toml", QUEUE, Path::new("."), "queue", &sets);
    let loaded = loaded.unwrap_or_else(|error| panic!("{}", error.render(false)));
    let outcomes = run_replications(&loaded.specification, Seed::new(repetition), REPLICATIONS);
    let metrics = |outcome: Result<_, _>| Record::of(&outcome.expect("no run panics")).metrics;
    outcomes.into_iter().map(metrics).collect()
}

#[test]
fn intervals_hold_what_they_say() {
    let waiting = METRICS.iter().position(|metric| metric.name == "waiting_ms_mean").unwrap();
    let (mut missed, mut found, mut differed) = (0, 0, 0);
    for repetition in 0..REPETITIONS {
        let fifo = runs("fifo", repetition);
        let means: Vec<f64> =
            fifo.iter().map(|run| run[waiting].map_or(0.0, Value::as_f64)).collect();
        let interval = Interval::of(&means, 0.95).unwrap();
        missed += u64::from((interval.mean - 100.0).abs() > interval.half_width);
        let compared = compare(&[fifo, runs("lifo", repetition)], &[waiting], 0.95);
        found += u64::from(compared[0].verdict != Verdict::NotShown);
        differed += u64::from(compared[0].paired.difference != 0.0);
    }
    assert_eq!(differed, REPETITIONS, "no run of the one is a run of the other");
    println!("of {REPETITIONS}: {missed} intervals missed the mean, {found} found a difference");
    for (what, wrong) in [("missed the mean", missed), ("found a difference", found)] {
        assert!((1..=MOST_MISSED).contains(&wrong), "{wrong} of {REPETITIONS} {what}");
    }
}
