//! The warm-up check on whole runs: it speaks of a beginning that matters, and is quiet otherwise; and
//! watching a run changes nothing of it.

use std::path::Path;

use cloudsched::kernel::Seed;
use cloudsched::metric::RunOutcome;
use cloudsched::scenario::{self, Loaded};
use cloudsched::world::{run, run_watched};

/// Five functions a second on instances that take four minutes to start: all requests of the first four minutes
/// wait for that, and then hardly any.
const SLOW_START: &str = r#"
horizon = "1h"
[client.users]
service = "fn"
arrivals.poisson = { rate = "5/s" }
[service.fn]
platform = "functions"
demand.exponential = { mean = "100ms" }
[platform.functions]
kind = "faas"
max_instances = 4
cold_start.constant = "4m"
"#;

/// M/M/1 from empty at load 0.5, settled within seconds.
const QUEUE: &str = r#"
horizon = "1h"
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

fn load(text: &str, sets: &[&str]) -> Loaded {
    let sets: Vec<String> = sets.iter().copied().map(str::to_owned).collect();
    let loaded = scenario::load_text("a.toml", text, Path::new("."), "a", &sets);
    loaded.unwrap_or_else(|error| panic!("{}", error.render(false)))
}

fn watched(text: &str, sets: &[&str], seed: u64) -> RunOutcome {
    run_watched(&load(text, sets).specification, Seed::new(seed), None)
}

#[test]
fn a_beginning_that_matters_is_told_until_it_is_left_out() {
    let found = watched(SLOW_START, &[], 1).unsettled.expect("nothing is left out");
    let at = found.at.expect("it settles").as_secs_f64();
    assert!((230.0..600.0).contains(&at), "settled after {at} s");
    assert!(found.mean > 10.0 * found.settled_mean, "{found:?}");
    let short = watched(SLOW_START, &["warm_up=1m"], 1).unsettled;
    assert!(short.is_some_and(|found| found.at.is_some()));
    assert_eq!(watched(SLOW_START, &["warm_up=10m"], 1).unsettled, None);
}

#[test]
fn more_load_than_can_be_served_is_told() {
    for (rate, horizon) in [("11/s", "1h"), ("10.1/s", "20h")] {
        let rate = format!("client.users.arrivals.poisson.rate={rate}");
        let found = watched(QUEUE, &[&rate, &format!("horizon={horizon}")], 1).unsettled;
        assert_eq!(found.expect("the line grows for ever").at, None);
    }
}

#[test]
fn a_queue_that_starts_empty_is_settled_soon_enough() {
    let told = (0..50).filter(|seed| watched(QUEUE, &[], *seed).unsettled.is_some()).count();
    assert!(told <= 2, "{told} of 50 runs are told to start too early");
}

#[test]
fn nothing_is_said_of_a_load_that_changes() {
    let stages = "client.users.arrivals={ stages = [{ duration = \"1h\", target = \"9/s\" }] }";
    let outcome = watched(QUEUE, &[stages], 1);
    assert!(outcome.batches.is_none() && outcome.unsettled.is_none());
    assert!(outcome.half_widths(0.95).iter().all(|(_, half_width)| half_width.is_none()));
}

#[test]
fn watching_changes_nothing() {
    for sets in [
        &["warm_up=7m"][..],
        &["requests=5000"],
        &["requests=17", "warm_up=1m"],
        &["requests=5000", "horizon=100s"],
        &["horizon=1ns"],
        &["horizon=2s", "warm_up=1s"],
    ] {
        for text in [QUEUE, SLOW_START] {
            let loaded = load(text, sets);
            let plain = run(&loaded.specification, loaded.seed, None, None);
            let outcome = run_watched(&loaded.specification, loaded.seed, None);
            assert_eq!(outcome.digest.to_string(), plain.digest.to_string(), "{sets:?}");
            assert_eq!((outcome.end, outcome.measured), (plain.end, plain.measured), "{sets:?}");
            assert_eq!(outcome.metrics(), plain.metrics(), "{sets:?}");
            let slices = outcome.batches.expect("the load is stationary").slices();
            let short = ["requests=17", "horizon=100s", "horizon=1ns"];
            let cut = !sets.iter().any(|set| short.contains(set));
            assert_eq!(slices == 40, cut, "{slices} slices with {sets:?}");
        }
    }
}
