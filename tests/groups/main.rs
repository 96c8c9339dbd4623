//! Servers that come and go: faults, health checks, boots, scaling, draining and bills, worked out by hand.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod bill;
mod faults;
mod scaling;
mod silence;
mod taken_away;
mod theory;
mod wrong;

use std::fmt::Write as _;
use std::fs;

use cloudsched::kernel::Seed;
use cloudsched::metric::{InstanceRow, Recorder, RequestRow, RunOutcome, SeriesRow, Value};
use cloudsched::model::Outcome;
use cloudsched::scenario::{Loaded, load_text};
use cloudsched::world::run;

/// A scenario that has to be right.
fn loaded(text: &str) -> Loaded {
    load_text("test.toml", text, std::path::Path::new("."), "test", &[])
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)))
}

/// Requests by second and demand in seconds to the service `s` on platform `p`, which has these keys; beside what
/// else the scenario says.
fn requests(rows: &[(f64, f64)], platform: &str, more: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("time_s,service,duration_s\n");
    for (time, demand) in rows {
        writeln!(text, "{time},s,{demand}").unwrap();
    }
    let path = folder.path().join("requests.csv");
    fs::write(&path, text).unwrap();
    let text = format!(
        "output = {{ requests = true, series = {{ every = '1s' }} }}\n\
         client.log.arrivals.trace = {{ format = 'requests', path = '{}' }}\n\
         service.s = {{ platform = 'p' }}\n{more}\n[platform.p]\nkind = 'servers'\n{platform}\n",
        path.display()
    );
    let loaded = load_text("test.toml", &text, folder.path(), "test", &[])
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)));
    // The trace is streamed while it is replayed.
    let _ = folder.keep();
    loaded
}

/// What was told of a run.
#[derive(Default)]
struct Told {
    /// When each request was sent and ended, in seconds, and how; in order of their ends.
    ends: Vec<(f64, f64, Outcome)>,
    /// By second, from the first on: servers there, servers that boot.
    servers: Vec<(u64, u64)>,
}

impl Recorder for Told {
    fn request(&mut self, row: &RequestRow<'_>) {
        let end = (row.sent + row.response).as_secs_f64();
        self.ends.push((row.sent.as_secs_f64(), end, row.outcome));
    }

    fn sample(&mut self, row: &SeriesRow<'_>) {
        self.servers.push((row.instances.unwrap(), row.starting.unwrap()));
    }

    fn period(&mut self, _: &InstanceRow<'_>) {}

    fn levels(&mut self, _: &SeriesRow<'_>) {}
}

fn told(loaded: &Loaded) -> (Told, RunOutcome) {
    let mut told = Told::default();
    let outcome = run(&loaded.specification, loaded.seed, Some(&mut told), None);
    (told, outcome)
}

impl Told {
    /// The seconds at which the number of servers was another than before, and what it was then.
    fn changes(&self) -> Vec<(usize, u64)> {
        let pairs = self.servers.windows(2).zip(2..);
        pairs.filter(|(pair, _)| pair[0].0 != pair[1].0).map(|(pair, at)| (at, pair[1].0)).collect()
    }
}

/// The outcome of a scenario with the seed of its file.
fn outcome(text: &str) -> RunOutcome {
    with_seed(text, 1)
}

fn with_seed(text: &str, seed: u64) -> RunOutcome {
    run(&loaded(text).specification, Seed::new(seed), None, None)
}

fn metric(outcome: &RunOutcome, name: &str) -> f64 {
    let metrics = outcome.metrics();
    let (_, value) = metrics.iter().find(|(metric, _)| *metric == name).unwrap();
    value.map_or(f64::NAN, Value::as_f64)
}
