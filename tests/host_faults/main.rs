//! Hosts of instances that fail or are taken away: what is lost, what waits, and what comes instead, worked out by hand.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod containers;
mod everywhere;
mod functions;
mod wrong;

use std::fmt::Write as _;
use std::fs;

use cloudsched::metric::{InstanceRow, Recorder, RequestRow, RunOutcome, SeriesRow, Value};
use cloudsched::model::Outcome;
use cloudsched::scenario::load_text;
use cloudsched::world::run;

/// What was told of a run.
#[derive(Debug, Default)]
struct Told {
    /// When a request was sent, when it ended, in seconds, and how; in order of sending.
    requests: Vec<(f64, f64, Outcome)>,
    /// By instance: its host, and from when until when it was there, in seconds.
    instances: Vec<(u32, f64, f64)>,
}

impl Recorder for Told {
    fn request(&mut self, row: &RequestRow<'_>) {
        let (sent, end) = (row.sent, row.sent + row.response);
        self.requests.push((sent.as_secs_f64(), end.as_secs_f64(), row.outcome));
    }

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn levels(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, row: &InstanceRow<'_>) {
        let number = row.instance as usize;
        self.instances.resize(self.instances.len().max(number + 1), (0, f64::MAX, 0.0));
        let (_, from, to) = self.instances[number];
        let (start, end) = (row.from.as_secs_f64(), row.to.as_secs_f64());
        self.instances[number] = (row.host.unwrap(), from.min(start), to.max(end));
    }
}

/// Runs requests by second, service and demand in seconds, one a row in order of time, beside what the scenario says.
fn told(requests: &[(f64, &str, f64)], scenario: &str) -> (Told, RunOutcome) {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::from("time_s,service,duration_s\n");
    for (time, service, demand) in requests {
        writeln!(rows, "{time},{service},{demand}").unwrap();
    }
    fs::write(folder.path().join("trace.csv"), rows).unwrap();
    let text = format!(
        "output = {{ requests = true, instances = true }}\n\
         client.c.arrivals.trace = {{ format = 'requests', path = 'trace.csv' }}\n{scenario}"
    );
    let loaded = load_text("test.toml", &text, folder.path(), "test", &[])
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)));
    let mut told = Told::default();
    let outcome = run(&loaded.specification, loaded.seed, Some(&mut told), None);
    told.requests.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    (told, outcome)
}

/// What came out of a scenario.
fn outcome(text: &str) -> RunOutcome {
    let loaded = load_text("test.toml", text, std::path::Path::new("."), "test", &[])
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)));
    run(&loaded.specification, loaded.seed, None, None)
}

fn metric(outcome: &RunOutcome, name: &str) -> f64 {
    let metrics = outcome.metrics();
    let (_, value) = metrics.iter().find(|(metric, _)| *metric == name).unwrap();
    value.map_or(f64::NAN, Value::as_f64)
}
