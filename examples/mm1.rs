//! The library in a few lines: a scenario as text, ten replications, and the mean response time
//! against theory.
//!
//! ```text
//! cargo run --release --example mm1
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what came out")]

use std::path::Path;

use cloudsched::experiment::run_replications;
use cloudsched::scenario::load_text;
use cloudsched::stats::Interval;

const SCENARIO: &str = r#"
    horizon = "1h"
    warm_up = "1m"

    [client.users]
    service = "web"
    arrivals.poisson = { rate = "80/s" }

    [service.web]
    platform = "server"
    demand.exponential = { mean = "10ms" }

    [platform.server]
    kind = "servers"
    servers = 1
"#;

fn main() {
    let loaded = match load_text("mm1.toml", SCENARIO, Path::new("."), "mm1", &[]) {
        Ok(loaded) => loaded,
        Err(error) => return print!("{}", error.render(true)),
    };
    let outcomes = run_replications(&loaded.specification, loaded.seed, 10);
    let means: Vec<f64> = outcomes
        .iter()
        .flatten()
        .filter_map(|outcome| outcome.total().response.mean())
        .map(|secs| 1e3 * secs)
        .collect();
    if let Some(Interval { mean, half_width, n }) = Interval::of(&means, 0.95) {
        println!("measured  {mean:.2} ms ± {half_width:.2} ms (95 %, {n} replications)");
        println!("theory    {:.2} ms", 1e3 / (100.0 - 80.0));
    }
}
