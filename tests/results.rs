//! The published results are what the present code makes of the present scenarios.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use cloudsched::experiment::{Plan, Run};
use cloudsched::report::{CHARTS, TextDigest};
use cloudsched::world;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// The sweeps, a folder each.
const PUBLISHED: [&str; 22] = [
    "autoscaling-group",
    "bad-day",
    "blast-radius",
    "burst",
    "flash-crowd",
    "forty-releases",
    "keep-alive-sweep",
    "leaking-container",
    "memory-size",
    "morning-rush",
    "night-shift",
    "notebook-hub",
    "placement-sweep",
    "platforms",
    "release-gate",
    "release-race",
    "release-storm",
    "self-hosted",
    "servers-containers-functions",
    "shop",
    "slow-leak",
    "zone-outage",
];

/// The sweep of a day that is made first, and too long to be run by a test.
const DAY: &str = "keep-alive-day";

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(project(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn plan(name: &str) -> Plan {
    let path = project(&format!("scenarios/{name}.toml"));
    Plan::read(&path, &[], None).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

#[test]
fn manifests_are_of_the_present_scenarios() {
    for name in PUBLISHED {
        let manifest: toml::Table = read(&format!("results/{name}/manifest.toml")).parse().unwrap();
        let scenario = read(&format!("scenarios/{name}.toml"));
        let again = format!("results/{name} is of another scenario: results/make {name}");
        let said = |key: &str| manifest[key].as_str().unwrap();
        assert!(said("scenario") == scenario, "{again}");
        assert_eq!(said("digest"), TextDigest::of([scenario]).to_string(), "{again}");
        assert_eq!(said("version"), env!("CARGO_PKG_VERSION"), "{again}");
        let plan = plan(name);
        let runs = (plan.points() * plan.stopping().most()) as usize;
        assert_eq!(read(&format!("results/{name}/runs.csv")).lines().count(), runs + 1, "{again}");
    }
}

#[test]
fn the_manifest_of_the_day_is_of_its_scenario() {
    let folder = |file: &str| format!("results/{DAY}/{file}");
    let manifest: toml::Table = read(&folder("manifest.toml")).parse().unwrap();
    let scenario = read(&folder("scenario.toml"));
    assert!(manifest["scenario"].as_str() == Some(&scenario), "results/make {DAY}");
    let header = read(&folder("runs.csv"));
    let columns: Vec<&str> = header.lines().next().unwrap().split(',').collect();
    let plan = plan("keep-alive-sweep");
    let seed = plan.replication(Run { point: 0, replication: 0 }).seed;
    let metrics = world::run(&plan.compile(0).unwrap(), seed, None, None).metrics();
    for (metric, _) in metrics {
        assert!(columns.contains(&metric), "{metric}: results/make {DAY}");
    }
}

/// The first run of a middle point of each gives the row that is published.
#[test]
fn rows_are_made_again() {
    PUBLISHED.into_par_iter().for_each(|name| {
        let plan = plan(name);
        let mut rows =
            csv::Reader::from_path(project(&format!("results/{name}/runs.csv"))).unwrap();
        let columns = rows.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        let point = plan.points() / 2;
        let run = Run { point, replication: 0 };
        let specification = plan.compile(point).unwrap();
        let outcome = world::run(&specification, plan.replication(run).seed, None, None);
        let row = &rows[plan.index(run) as usize];
        let axes = plan.cells(point);
        assert!(row.iter().zip(&axes).all(|(cell, axis)| cell == axis), "{name} {point}");
        for (metric, value) in outcome.metrics() {
            let column = columns.iter().position(|column| column == metric).unwrap();
            let made = cloudsched::report::cell(value);
            assert_eq!(&row[column], made, "{metric} of point {point}: results/make {name}");
        }
    });
}

/// The charts of a published sweep.
fn charts(name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(project("results").join(name)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|e| e == "svg")).collect()
}

/// Each chart is drawn again to the same bytes.
#[test]
fn charts_are_drawn_again() {
    let mut found = 0;
    for name in PUBLISHED.into_iter().chain([DAY]) {
        let folder = project("results").join(name);
        for file in charts(name) {
            let stem = file.file_stem().unwrap().to_str().unwrap();
            let chart = CHARTS.iter().find(|chart| stem.starts_with(chart.name)).unwrap();
            let rest = stem[chart.name.len()..].trim_start_matches('-');
            let (metric, number) = match rest.rsplit_once('-').unwrap_or(("", rest)) {
                (metric, number) if number.parse::<usize>().is_ok() => (metric, number),
                _ => (rest, "1"),
            };
            let metric = Some(metric).filter(|metric| !metric.is_empty());
            let drawn = chart.draw(&folder, metric).unwrap();
            let picture = &drawn.pictures[number.parse::<usize>().unwrap() - 1];
            let same = picture.svg(800) == fs::read_to_string(&file).unwrap();
            assert!(same, "{}: results/make {name}", file.display());
            found += 1;
        }
    }
    assert!(found > 8, "only {found} charts");
}

#[test]
fn the_page_tells_how_each_is_made_and_shows_its_charts() {
    let page = read("results/README.md");
    for name in PUBLISHED.into_iter().chain([DAY]) {
        assert!(page.contains(&format!("results/make {name}\n")), "{name}");
        for chart in charts(name) {
            let file = chart.file_name().unwrap().to_str().unwrap();
            let shown = page.contains(&format!("({name}/{file})"));
            assert!(shown, "results/README.md does not show {name}/{file}");
        }
    }
}
