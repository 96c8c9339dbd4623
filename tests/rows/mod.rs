//! What is told of a run of a few requests, for tests of platforms that pause containers.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use cloudsched::kernel::{Calendar, Clock, Digest, Seed};
use cloudsched::metric::{
    Doing, InstanceFigures, InstanceRow, Recorder, RequestRow, RunOutcome, SeriesRow,
};
use cloudsched::model::Outcome;
use cloudsched::scenario::load_text;
use cloudsched::world::{self, World};
use proptest::prelude::*;

/// What a request waited in milliseconds, and whether it was cold; `None` if it was refused.
pub type Served = Option<(f64, bool)>;

/// What a container did, for which action, on which invoker, from when and until when in seconds.
pub type Period = (Doing, String, u32, f64, f64);

/// What was told of a run.
#[derive(Debug, Default)]
pub struct Told {
    /// When a request was sent, in seconds, for what, and what became of it.
    pub requests: Vec<(f64, String, Served)>,
    /// By number of a container: its life.
    pub lives: BTreeMap<u64, Vec<Period>>,
}

impl Recorder for Told {
    fn request(&mut self, row: &RequestRow<'_>) {
        let served = (row.outcome == Outcome::Completed)
            .then(|| (row.waiting.unwrap().as_millis_f64(), row.cold.unwrap()));
        self.requests.push((row.sent.as_secs_f64(), row.service.to_owned(), served));
    }

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn levels(&mut self, _: &SeriesRow<'_>) {}

    fn period(&mut self, row: &InstanceRow<'_>) {
        let (host, application) = (row.host.unwrap(), row.application.to_owned());
        let period = (row.doing, application, host, row.from.as_secs_f64(), row.to.as_secs_f64());
        self.lives.entry(row.instance).or_default().push(period);
    }
}

impl Told {
    /// What each request waited, in order of sending, and whether it was cold.
    pub fn waits(&mut self) -> Vec<Served> {
        self.requests.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.requests.iter().map(|(.., served)| *served).collect()
    }
}

/// Runs requests as rows `seconds,service,duration`, to services of these memories in MiB and with these keys on
/// platform `p`; with changes, a line each.
pub fn run(
    platform: &str,
    keys: &str,
    rows: &str,
    services: &[(&str, u32)],
    changes: &str,
) -> (Told, RunOutcome) {
    let folder = tempfile::tempdir().unwrap();
    let trace = format!("time_s,service,duration_s\n{rows}");
    std::fs::write(folder.path().join("trace.csv"), trace).unwrap();
    let mut text = "horizon = '1d'\noutput = { requests = true, instances = true }\n\
                    client.c.arrivals.trace = { format = 'requests', path = 'trace.csv' }\n"
        .to_owned();
    for (name, memory) in services {
        writeln!(text, "[service.{name}]\nplatform = 'p'\nmemory = '{memory}MiB'\n{keys}").unwrap();
    }
    text.push_str(platform);
    let changes: Vec<String> = changes.lines().map(str::to_owned).collect();
    let loaded = load_text("test.toml", &text, folder.path(), "test", &changes)
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)));
    let mut told = Told::default();
    let outcome = world::run(&loaded.specification, loaded.seed, Some(&mut told), None);
    (told, outcome)
}

/// What was measured of the instances of the first platform.
pub fn figures(outcome: &RunOutcome) -> InstanceFigures {
    outcome.platforms[0].of.0.instances.unwrap()
}

/// Requests: milliseconds since the one before, number of the service, duration in milliseconds.
pub type Load = Vec<(u64, u8, u64)>;

/// Requests to five services, less than `gap` milliseconds one after the other.
pub fn load(gap: u64) -> impl Strategy<Value = Load> {
    prop::collection::vec((0..gap, 0..5_u8, 0..20_000_u64), 1..80)
}

/// None, or faults of the hosts of platform `p`, as tables behind its own.
pub fn faults() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "",
        "\n[fault.f]\nplatform = 'p'\nbetween.exponential.mean = '20s'\nlasts.exponential.mean = '3s'",
        "\n[fault.f]\nplatform = 'p'\nkind = 'spot'\nnotice = '4s'\nhosts = '0'\n\
         between.exponential.mean = '15s'\nlasts.constant = '2s'\n\
         [fault.g]\nplatform = 'p'\nat = ['3s', '30s']\nlasts.constant = '500ms'",
    ])
}

/// Runs a load to services of these memories in MiB, with these keys, on a platform; what always holds is
/// looked at after each event, and every request ends once.
pub fn conserved(load: &Load, services: &[(u32, String)], cancels: bool, platform: &str) {
    let mut rows = "time_s,service,duration_s\n".to_owned();
    let mut now = 0;
    for (gap, service, duration) in load {
        now += gap;
        let secs = |ms: u64| format!("{}.{:03}", ms / 1000, ms % 1000);
        writeln!(rows, "{},f{service},{}", secs(now), secs(*duration)).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("trace.csv"), rows).unwrap();
    let mut text =
        "client.c.arrivals.trace = { format = 'requests', path = 'trace.csv' }\n".to_owned();
    if cancels {
        text += "client.c.timeout = '4s'\nclient.c.abandoned = 'cancel'\n";
    }
    for (number, (memory, keys)) in services.iter().enumerate() {
        if load.iter().any(|row| usize::from(row.1) == number) {
            writeln!(
                text,
                "service.f{number} = {{ platform = 'p', memory = '{memory}MiB', {keys} }}"
            )
            .unwrap();
        }
    }
    writeln!(text, "[platform.p]\n{platform}").unwrap();
    let loaded = load_text("test.toml", &text, folder.path(), "test", &[])
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)));
    let mut world = World::new(&loaded.specification, Seed::new(3), None);
    let mut calendar = Calendar::new();
    world.start(&mut calendar);
    world.check();
    while !world.is_over()
        && let Some(event) = calendar.pop()
    {
        world.handle(event, &mut calendar);
        world.check();
    }
    assert_eq!(world.in_flight().0, 0);
    let total = world.outcome(calendar.now(), Digest::default()).total();
    assert_eq!(total.requests, load.len() as u64);
    let ended = total.completed + total.refused + total.timed_out + total.failed;
    assert_eq!(ended, load.len() as u64);
    assert!(total.failed == 0 || platform.contains("fault"), "{} failed", total.failed);
}
