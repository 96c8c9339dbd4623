//! The summary of a run: blocks of what there is, in as many columns as a terminal has.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use cloudsched::kernel::{Seed, Span};
use cloudsched::metric::RunOutcome;
use cloudsched::report::summary;
use cloudsched::scenario::load_text;
use cloudsched::world::run;

fn outcome(text: &str) -> RunOutcome {
    let loaded = load_text("test.toml", text, Path::new(""), "test", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    run(&loaded.specification, Seed::new(1), None, None)
}

/// The lines of the block whose head begins with these words, blanks aside.
fn block(text: &str, head: &str) -> Option<Vec<String>> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let found = text.split("\n\n").find(|block| words(block).starts_with(head))?;
    Some(found.lines().map(words).collect())
}

/// A cluster of two nodes with a service of two replicas.
fn cluster(more: &str) -> RunOutcome {
    outcome(&format!(
        "horizon = '10m'
        client.a = {{ service = 'web', arrivals.constant.rate = '1/s' }}
        platform.c = {{ kind = 'kubernetes', nodes = [{{ zone = 'a', cpu = 4, memory = '8GiB' }}, {{ zone = 'b', cpu = 4, memory = '8GiB' }}] }}
        [service.web]
        platform = 'c'
        cpu = 2
        memory = '1GiB'
        replicas = 2
        demand.constant = '10ms'
        pod.start.constant = '5s'
        {more}"
    ))
}

/// One of two nodes fails at 2 min for good, which is noticed after 50 s and given up after 300 s more, with the replica on it that
/// needs two cores of the other's four, which has them.
const CRASH: &str = "[fault.crash]
    platform = 'c'
    kind = 'crash'
    match = 'topology.kubernetes.io/zone=a'
    at = ['2m']";

#[test]
fn what_fails_is_shown() {
    let shown = summary("test", &cluster(CRASH), 80, false);
    let lines = block(&shown, "platform failed").unwrap_or_else(|| panic!("{shown}"));
    assert_eq!(lines[0], "platform failed evicted detect recover pending", "{shown}");
    assert!(lines[1].starts_with("c 1 1 "), "{shown}");
}

#[test]
fn where_nothing_may_fail_there_is_no_block() {
    let shown = summary("test", &cluster(""), 80, false);
    assert!(block(&shown, "platform failed").is_none() && !shown.contains("evicted"), "{shown}");
}

/// Numbers as they are after a year of a large cluster.
#[test]
fn large_numbers_fit_eighty_columns() {
    let mut outcome = cluster(&format!("{CRASH}\n[release.v2]\nservice = 'web'\nat = '1m'"));
    let figures = &mut outcome.platforms[0].of.0;
    figures.node_failures = Some(123_456);
    figures.oom_kills = Some(1_234_567);
    let pods = figures.pods.as_mut().unwrap();
    pods.restarts = Some(1_234_567);
    (pods.evictions, pods.pending.max) = (Some(234_567), Some(12_345));
    let release = &mut outcome.releases[0].of;
    (release.served, release.failed) = (123_456_789, 12_345_678);
    release.restore.record(Span::from_secs(3910));
    let shown = summary("test", &outcome, 80, false);
    assert!(shown.contains("1,234,567") && shown.contains("123,456,789"), "{shown}");
    for line in shown.lines() {
        assert!(line.chars().count() <= 80, "{line}\n{shown}");
    }
    // Spans as in all other tables.
    assert!(shown.contains("65.2 min") && !shown.contains("0ns"), "{shown}");
}
