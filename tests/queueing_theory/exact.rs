//! What holds of every single run, to the last nanosecond: Little's law, and that no request is
//! lost.
//!
//! The runs start empty and end when all requests have ended, so that the time spent in line by all
//! requests is the area under the length of the line, not only in the limit.

use cloudsched::kernel::Seed;
use cloudsched::metric::{Area, RunOutcome};
use cloudsched::world::run;

use super::case::{of_run, specification};
use super::text::{faas, one, servers};

const STAGES: &str = "stages = [{ duration = \"100s\", target = \"30/s\" }, \
                      { duration = \"300s\", target = \"0/s\" }]";
const DEMAND: &str = r#"lognormal = { mean = "400ms", cv = 1.5 }"#;

fn outcome(demand: &str, platform: &str) -> RunOutcome {
    let specification = specification("stages", &one("", STAGES, demand, platform));
    let outcome = run(&specification, Seed::new(7), None, None);
    assert!(outcome.total().requests > 5_000);
    assert_eq!(outcome.total().in_flight(), 0);
    outcome
}

/// The area under the line is the time that requests waited; the area under what serves is the
/// time that they were served.
fn assert_littles_law(platform: &str, busy: impl Fn(&RunOutcome) -> Area) -> RunOutcome {
    let outcome = outcome(DEMAND, platform);
    let total = outcome.total();
    let waiting = outcome.platforms[0].of.0.waiting;
    assert_eq!(waiting.area, total.waiting.moments().sum_nanos(), "{platform}");
    assert_eq!(busy(&outcome).area, total.service.sum_nanos(), "{platform}");
    outcome
}

fn busy_servers(outcome: &RunOutcome) -> Area {
    outcome.platforms[0].of.0.servers.unwrap().busy
}

fn busy_instances(outcome: &RunOutcome) -> Area {
    outcome.platforms[0].of.0.instances.unwrap().busy
}

#[test]
fn littles_law_on_servers() {
    for keys in [
        "",
        "discipline = \"lifo\"",
        "discipline = \"random\"",
        "discipline = \"shortest-job\"",
        "discipline = \"priority\"",
        "balance = \"random\"",
        "balance = \"round-robin\"",
        "balance = \"least-outstanding\"",
        "balance = \"choose-d\"",
        "balance = \"join-idle-queue\"",
        "balance = \"consistent-hash\"",
        "speed = 0.9",
        "queue = { limit = 20 }",
    ] {
        let outcome = assert_littles_law(&servers(8, keys), busy_servers);
        assert!(outcome.platforms[0].of.0.waiting.area > 0, "{keys}");
    }
}

#[test]
fn littles_law_on_instances() {
    for keys in [
        "keep_alive = \"none\"",
        "keep_alive.fixed = { window = \"2s\" }",
        "binding = \"early\"",
        "max_instances = 8",
        "max_instances = 8\nbinding = \"early\"",
        "max_instances = 8\nqueue = { limit = 20 }",
        "hosts = [{ count = 3, cpu = 4, memory = \"384MiB\" }]\nplacement = \"best-fit\"",
    ] {
        let platform = faas(&format!("cold_start.constant = \"700ms\"\n{keys}"));
        let outcome = assert_littles_law(&platform, busy_instances);
        assert!(of_run(&outcome, "cold_starts") > 0.0, "{keys}");
    }
}

/// On a shared processor nobody waits, and one core is busy for as long as there is work.
#[test]
fn a_shared_processor_does_all_work() {
    let shared = "discipline = \"processor-sharing\"";
    let (line, shared) = (
        outcome(DEMAND, &servers(1, "speed = 8.0")),
        outcome(DEMAND, &servers(1, &format!("{shared}\nspeed = 8.0"))),
    );
    assert_eq!(shared.platforms[0].of.0.waiting.area, 0);
    // The same work in another order; each end is rounded up to a nanosecond.
    let (one, other) = (busy_servers(&line).area, busy_servers(&shared).area);
    assert!(one.abs_diff(other) <= u128::from(line.total().requests), "{one} and {other}");
}

#[test]
fn no_request_is_lost() {
    for platform in [
        servers(6, "queue = { limit = 10 }"),
        servers(6, "queue = { limit = 10 }\ndiscipline = \"processor-sharing\""),
        servers(6, "queue = { limit = 10 }\nbalance = \"choose-d\""),
        faas("max_instances = 6\nqueue = { limit = 10 }\ncold_start.constant = \"700ms\""),
    ] {
        let outcome = outcome(DEMAND, &platform);
        let (total, begun) = (outcome.total(), outcome.platforms[0].of.0.begun);
        assert!(total.refused > 0 && total.completed > 0, "{platform}");
        assert_eq!(total.requests, total.completed + total.refused, "{platform}");
        assert_eq!(begun, total.completed, "{platform}");
        assert_eq!(total.service.count(), total.response.count(), "{platform}");
    }
}

/// With timeouts and retries too each request ends in one way, and cancelled work leaves nothing.
#[test]
fn no_request_is_lost_to_impatience() {
    for abandoned in ["finish", "cancel"] {
        let client = format!(
            "{STAGES}\ntimeout = \"900ms\"\nabandoned = \"{abandoned}\"\n\
             retries = {{ attempts = 3, backoff = \"200ms\", jitter = \"full\" }}"
        );
        for platform in [
            servers(6, "queue = { limit = 10 }"),
            servers(6, "discipline = \"processor-sharing\""),
            faas("max_instances = 6\nqueue = { limit = 10 }\ncold_start.constant = \"300ms\""),
        ] {
            let specification = specification("impatient", &one("", &client, DEMAND, &platform));
            let total = run(&specification, Seed::new(7), None, None).total();
            assert!(total.timed_out > 0 && total.completed > 0, "{platform}");
            assert_eq!(
                total.requests,
                total.completed + total.refused + total.timed_out,
                "{abandoned} {platform}"
            );
            assert!(total.attempts > total.requests && total.attempts <= 3 * total.requests);
        }
    }
}
