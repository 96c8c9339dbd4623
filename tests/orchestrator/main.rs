//! Clusters under an orchestrator: which pods wait, where they go, who goes for them, worked out by hand.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod autoscaling_keys;
mod beside;
mod beside_scaled;
mod bounds;
mod budgets;
mod converging;
mod daemons;
mod deregistration;
mod detection;
mod dns;
mod drains;
mod endpoints;
mod evictions;
mod explained;
mod exposure;
mod failing_rollouts;
mod faults;
mod faults_of_groups;
mod health;
mod healthcheck;
mod layers;
mod memory;
mod named;
mod named_images;
mod nodes_come_and_go;
mod other_node_autoscalers;
mod pressure;
mod quorum;
mod redispatch;
mod replicas;
mod rollout;
mod routers;
mod scaling;
mod serverless;
mod sessions;
mod sick_nodes;
mod starting_jobs;
mod told_along;
mod turns;
mod waiting;
mod where_pods_go;
mod wrong;
mod wrong_places;

use std::fmt::Write as _;
use std::fs;

use cloudsched::metric::{InstanceRow, Recorder, RequestRow, RunOutcome, SeriesRow, Value};
use cloudsched::model::Outcome;
use cloudsched::scenario::{Loaded, load_text};
use cloudsched::world::run;

/// Jobs by second, service and demand in seconds, one a row in order of time, beside what the scenario says.
fn load(jobs: &[(f64, &str, f64)], scenario: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::from("time_s,service,duration_s\n");
    for (time, service, demand) in jobs {
        writeln!(rows, "{time},{service},{demand}").unwrap();
    }
    let path = folder.path().join("jobs.csv");
    fs::write(&path, rows).unwrap();
    let text = format!(
        "output = {{ requests = true, instances = true }}\n\
         client.log.arrivals.trace = {{ format = 'requests', path = '{}' }}\n{scenario}",
        path.display()
    );
    let loaded = load_text("test.toml", &text, folder.path(), "test", &[])
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)));
    // The trace is streamed while it is replayed.
    let _ = folder.keep();
    loaded
}

/// How a run of a scenario ends.
fn run_text(scenario: &str) -> RunOutcome {
    let loaded = load_text("t.toml", scenario, std::path::Path::new("."), "t", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    run(&loaded.specification, loaded.seed, None, None)
}

/// What was told of a run.
#[derive(Default)]
struct Told {
    /// Service, seconds until its end since the start, how it ended; in order of their ends.
    jobs: Vec<(String, f64, Outcome)>,
    /// Service, number of the node, from and to in seconds; in order of their ends.
    pods: Vec<(String, u32, f64, f64)>,
    /// The numbers of pods, in order of their ends.
    numbers: Vec<u64>,
}

impl Recorder for Told {
    fn request(&mut self, row: &RequestRow<'_>) {
        let end = (row.sent + row.response).as_secs_f64();
        self.jobs.push((row.service.to_owned(), end, row.outcome));
    }

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, row: &InstanceRow<'_>) {
        let (from, to) = (row.from.as_secs_f64(), row.to.as_secs_f64());
        self.numbers.push(row.instance);
        self.pods.push((row.application.to_owned(), row.host.unwrap(), from, to));
    }

    fn levels(&mut self, _: &SeriesRow<'_>) {}
}

fn told(loaded: &Loaded) -> (Told, RunOutcome) {
    let mut told = Told::default();
    let outcome = run(&loaded.specification, loaded.seed, Some(&mut told), None);
    (told, outcome)
}

impl Told {
    /// Where the pods of a service ran and when, in order of their ends.
    fn pods_of(&self, service: &str) -> Vec<(u32, f64, f64)> {
        let own = self.pods.iter().filter(|pod| pod.0 == service);
        own.map(|&(_, node, from, to)| (node, from, to)).collect()
    }

    /// When each job ended, by service, in order of their ends.
    fn ends(&self) -> Vec<(&str, f64)> {
        self.jobs.iter().map(|(service, end, _)| (service.as_str(), *end)).collect()
    }
}

fn metric(outcome: &RunOutcome, name: &str) -> f64 {
    let metrics = outcome.metrics();
    let (_, value) = metrics.iter().find(|(metric, _)| *metric == name).unwrap();
    value.map_or(f64::NAN, Value::as_f64)
}
