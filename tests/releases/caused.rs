//! What a release causes: the same run with and without it, by the same luck.

use super::{FUNCTIONS, SERVERS, busy, metric, outcome};
use cloudsched::metric::METRICS;

/// The names of metrics that differ between a run with a release and one in which it is not enabled.
fn differ(release: &str, platform: &str) -> Vec<&'static str> {
    let with = outcome(&busy(release, platform));
    let without = outcome(&busy(&format!("{release}\nenabled = false"), platform));
    assert_eq!(metric(&without, "releases"), None);
    let names = METRICS.iter().map(|metric| metric.name);
    let of_requests = names.filter(|name| metric(&without, name).is_some());
    of_requests.filter(|name| metric(&with, name) != metric(&without, name)).collect()
}

/// On servers a version in which nothing differs changes nothing, by whatever weights it comes.
#[test]
fn an_identical_version_on_servers_causes_nothing() {
    for strategy in ["", "strategy.canary.steps = [{ weight = 0.3, hold = '20s' }]"] {
        assert_eq!(differ(strategy, SERVERS), Vec::<&str>::new());
    }
}

/// On functions it starts cold, and what differs is that and what follows from it: whoever waits is answered later, by
/// instances that are new.
#[test]
fn an_identical_version_on_functions_causes_cold_starts_only() {
    let found = differ("", FUNCTIONS);
    assert!(found.contains(&"cold_starts"), "{found:?}");
    let same =
        ["requests", "completed", "failed", "refused", "timed_out", "attempts", "service_ms_mean"];
    for name in same {
        assert!(!found.contains(&name), "{name} differs");
    }
    let may = ["response_", "waiting_", "cold_start", "warm_starts", "instance", "idle_", "busy_"];
    let may = [&may[..], &["queue_length_", "wasted_memory_", "expirations", "unplaced", "cost_"]]
        .concat();
    for name in found {
        assert!(may.iter().any(|may| name.starts_with(may)), "{name} differs");
    }
}

#[test]
fn slow_requests_are_those_that_took_longer() {
    let of = |slow: &str, platform: &str| {
        metric(&outcome(&format!("{slow}\n{}", busy("", platform))), "slow_requests")
    };
    assert_eq!(of("", FUNCTIONS), None);
    // Nobody is served for half a second; whoever waited for an instance that was starting at the beginning of the run or
    // of the release did so for a second at most.
    let cold = metric(&outcome(&busy("", FUNCTIONS)), "new_version_cold_starts").unwrap();
    let slow = of("output.slow = '50ms'", FUNCTIONS).unwrap();
    assert!(slow >= cold && cold > 50.0, "{slow} {cold}");
    assert_eq!(of("output.slow = '2s'", FUNCTIONS), Some(0.0));
}

/// Four servers for a hundred seconds.
#[test]
fn hours_of_servers_are_counted() {
    let found = metric(&outcome(&busy("", SERVERS)), "instance_hours").unwrap();
    assert!((found - 400.0 / 3600.0).abs() < 1e-12, "{found}");
}
