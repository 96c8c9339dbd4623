//! What holds a release up, and what takes it back.

use super::{FOUR_REPLICAS, FUNCTIONS, SERVERS, busy, metric, outcome, seeded, service};

const CANARY: &str = "strategy.canary.steps = [{ weight = 0.1, hold = '40s' }]";

fn gated(version: &str, gate: &str) -> String {
    busy(&format!("{version}\n{CANARY}\ngate = {{ every = '5s', {gate} }}"), SERVERS)
}

/// 100/s for 5 s at a tenth are 50 attempts, too few, so the second look is the first that counts: 100 of them, all of
/// which fail.
#[test]
fn a_bad_version_is_taken_back() {
    let bad = outcome(&gated("version.failure = 1", "least_requests = 60"));
    assert_eq!(metric(&bad, "releases_rolled_back"), Some(1.0));
    assert_eq!(metric(&bad, "releases_completed"), Some(0.0));
    let detected = metric(&bad, "new_version_detect_seconds_mean").unwrap();
    assert!((9.5..10.0).contains(&detected), "{detected} from the first attempt on");
    assert_eq!(metric(&bad, "new_version_restore_seconds_mean"), Some(detected));
    assert_eq!(metric(&bad, "lead_time_all_seconds_mean"), None);
    let failed = service(&bad, "web").failed;
    assert!((60..150).contains(&failed), "{failed}");
}

#[test]
fn a_slower_version_is_taken_back() {
    let slow = outcome(&gated(
        "version.demand.lognormal = { mean = '8ms', cv = 0.5 }",
        "least_requests = 50",
    ));
    assert_eq!(metric(&slow, "releases_rolled_back"), Some(1.0));
    let fast = outcome(&gated(
        "version.demand.lognormal = { mean = '4ms', cv = 0.5 }",
        "least_requests = 50",
    ));
    assert_eq!(metric(&fast, "releases_completed"), Some(1.0));
}

/// The same where the old version fails, too.
fn failing(text: &str, failure: f64) -> String {
    text.replace("platform = 'p', ", &format!("platform = 'p', failure = {failure}, "))
}

/// Two percent more failures of some 400 attempts are too few to be told from chance; the version slips
/// through, and with a bake time of ten minutes it does not.
#[test]
fn a_slightly_bad_version_slips_through_a_short_canary() {
    let gated = |gate: &str| failing(&gated("version.failure = 0.04", gate), 0.02);
    let short = outcome(&gated("least_requests = 100"));
    assert_eq!(metric(&short, "releases_completed"), Some(1.0));
    let long = gated("bake = '10m'").replace("horizon = '100s'", "horizon = '15m'");
    let long = outcome(&long);
    assert_eq!(metric(&long, "releases_rolled_back"), Some(1.0));
}

/// Without a strategy that compares side by side: what the old version did before is what the new one is held
/// against.
#[test]
fn an_all_at_once_release_is_held_against_the_past() {
    let bad = busy("version.failure = 0.5\ngate = { every = '5s', bake = '1m' }", SERVERS);
    let bad = outcome(&bad);
    assert_eq!(metric(&bad, "releases_rolled_back"), Some(1.0));
    let detected = metric(&bad, "new_version_detect_seconds_mean").unwrap();
    assert!((4.5..5.0).contains(&detected), "{detected}");
}

/// A canary of 40 s, 300 s until somebody has approved: beyond the run of 100 s, so it never has all.
#[test]
fn an_approval_is_waited_for() {
    let at = |approval: &str| {
        let gate = format!("approval.constant = '{approval}'");
        metric(&outcome(&gated("", &gate)), "lead_time_all_seconds_mean")
    };
    assert_eq!(at("0s"), Some(40.0));
    assert_eq!(at("25s"), Some(65.0));
    assert_eq!(at("300s"), None);
}

/// A version as good as the old one is taken back with a probability of 5 % at most: of 100 runs in 5 on average, and in more than
/// 10 once in 90 tries.
#[test]
fn good_versions_are_seldom_taken_back() {
    // Rare failures, common ones, and none at all, where only the times are tested.
    for failure in [0.0, 0.002, 0.1] {
        let text = failing(&gated("", "least_requests = 20, bake = '10s'"), failure);
        let text = text.replace("100/s", "40/s");
        let back = |seed| metric(&seeded(&text, seed), "releases_rolled_back").unwrap();
        let taken_back: f64 = (0..100).map(back).sum();
        assert!(taken_back <= 10.0, "{taken_back} of 100 with {failure}");
    }
}

/// After a version was taken back, all goes on as if it had never been: of the requests that are sent later none fails, and what the new
/// version had provisioned is gone.
#[test]
fn a_service_that_was_restored_ends_as_it_began() {
    let ahead = "\nprovisioned_concurrency = 2\nkeep_alive.fixed.window = '1s'";
    let gate = "gate = { every = '2s', bake = '1m', least_requests = 10 }";
    let bad = busy(&format!("version.failure = 1\n{gate}"), &format!("{FUNCTIONS}{ahead}"));
    let run = |horizon: &str| outcome(&bad.replace("'100s'", horizon));
    let (short, long) = (run("'60s'"), run("'100s'"));
    assert_eq!(metric(&long, "releases_rolled_back"), Some(1.0));
    assert_eq!(service(&short, "web").failed, service(&long, "web").failed);
    let area = |outcome| super::instances(outcome).provisioned.unwrap().instances.area;
    // Two instances for the last forty seconds.
    assert_eq!(area(&long) - area(&short), 2 * 40_000_000_000);
}

/// All replicas of the new version fail to start, and requests have gone there at once: no attempt is held against the version,
/// and for the old one nothing is noticed. An alarm sees that the service is down.
#[test]
fn an_alarm_notices_an_outage() {
    let outage = |gate: &str| {
        outcome(&format!(
            "horizon = '40m'
            client.a = {{ service = 'shop', arrivals.poisson.rate = '20/s', timeout = '2s' }}
            platform.cluster = {{ kind = 'ecs', nodes = [{{ machine = 'm5.4xlarge' }}] }}
            [service.shop]
            platform = 'cluster'
            {FOUR_REPLICAS}
            [release.v2]
            service = 'shop'
            at = '10m'
            version.pod.start_failure = 1
            strategy = 'all-at-once'
            gate = {{ bake = '10m', {gate} }}"
        ))
    };
    let unseen = outage("every = '1m'");
    assert_eq!(metric(&unseen, "releases_rolled_back"), Some(0.0));
    // What is refused is told of the version all the same.
    assert!(metric(&unseen, "new_version_failed").unwrap() > 20.0 * 29.0 * 60.0);
    let seen = outage("alarms = [{ above = 0.05, periods = 3 }]");
    assert_eq!(metric(&seen, "releases_rolled_back"), Some(1.0));
    let failed = metric(&seen, "new_version_failed").unwrap();
    assert!((failed - 20.0 * 180.0).abs() < 4.0 * f64::sqrt(3600.0), "{failed}");
}

/// One attempt of fifty that takes 5 s changes the mean of logarithms by little, and goes above the 99th percentile.
#[test]
fn an_alarm_looks_at_percentiles() {
    let slow = "version.demand.mixture = [{ weight = 49, of.constant = '5ms' }, { weight = 1, of.constant = '5s' }]";
    let taken_back = |version: &str, alarm: &str| {
        let gate = format!("gate = {{ bake = '50s', significance = 1e-9, alarms = [{alarm}] }}");
        let found = outcome(&busy(&format!("{version}\n{gate}"), SERVERS));
        metric(&found, "releases_rolled_back")
    };
    let p99 = "{ above = 0.01, slower_than = '1s', period = '10s', periods = 2 }";
    assert_eq!(taken_back(slow, p99), Some(1.0));
    assert_eq!(taken_back("", p99), Some(0.0));
    assert_eq!(taken_back(slow, "{ above = 0.01, period = '10s' }"), Some(0.0), "none fails");
}

/// A cluster takes a minute to go back, in which an alarm that looks each second would go off again: it is decided once.
#[test]
fn what_is_taken_back_is_taken_back_once() {
    let outcome = outcome(
        &format!(
            "horizon = '30m'
        client.a = {{ service = 'shop', arrivals.poisson.rate = '20/s', timeout = '2s' }}
        platform.cluster = {{ kind = 'kubernetes', nodes = [{{ machine = 'm5.4xlarge' }}] }}
        [service.shop]
        platform = 'cluster'
        {FOUR_REPLICAS}
        pod.start.constant = '20s'
        [release.v2]
        service = 'shop'
        at = '10m'
        version.failure = 1
        strategy = 'rolling'
        gate = {{ bake = '5m', alarms = [{{ above = 0.05, period = '1s' }}] }}"
        )
        .replace("pod.start.constant = '5s'\n", ""),
    );
    assert_eq!(metric(&outcome, "releases_rolled_back"), Some(1.0));
    assert_eq!(metric(&outcome, "change_failure_fraction"), Some(1.0));
}

/// Service takes 900 ms and the network 300 ms each way, of a patience of 1.4 s: all give up while the answer is on the way.
#[test]
fn an_alarm_sees_answers_that_come_too_late() {
    for slower in ["", "slower_than = '1s', "] {
        let gate = format!(
            "gate = {{ bake = '50s', least_requests = 1_000_000, alarms = [{{ above = 0.05, {slower}period = '10s' }}] }}"
        );
        let text = busy(&format!("version.demand.constant = '900ms'\n{gate}"), FUNCTIONS).replace(
            "service = 'web', arrivals",
            "service = 'web', latency.constant = '300ms', timeout = '1400ms', arrivals",
        );
        let outcome = outcome(&text);
        assert_eq!(metric(&outcome, "releases_rolled_back"), Some(1.0), "{slower}");
    }
}
