//! What is seen of a new version: each attempt at it once, however it ends.

use super::{FOUR_REPLICAS, SERVERS, busy, metric, outcome};

/// Requests are sent at 0 ms, 100 ms, …, 100 s, the first before the release. Each is served 100 ms later and
/// answered 150 ms later, when its caller has gone at 120 ms: the 999 of 0.1 s to 99.9 s have failed, once each.
#[test]
fn an_answer_that_comes_too_late_is_one_failure() {
    let outcome = outcome(
        "horizon = '100030ms'
        client.a = { service = 'web', arrivals.constant.rate = '10/s', timeout = '120ms', latency.constant = '50ms' }
        service.web = { platform = 'p', demand.constant = '50ms' }
        platform.p = { kind = 'servers', servers = 10 }
        release.v2 = { service = 'web', at = '1ms', gate = { every = '20s', bake = '1h' } }",
    );
    assert_eq!(metric(&outcome, "new_version_attempts"), Some(999.0));
    assert_eq!(metric(&outcome, "new_version_failed"), Some(999.0));
}

/// Users give up what calls the new version after a second, and it would take ten. A fifth of 20/s are some 240 attempts in
/// the first minute, all given up with their callers: the first look takes the version back, whatever becomes of work that
/// nobody waits for.
#[test]
fn calls_that_are_given_up_with_their_callers_have_failed() {
    for abandoned in ["cancel", "finish"] {
        let outcome = outcome(&format!(
            "horizon = '15m'
            client.a = {{ service = 'front', arrivals.poisson.rate = '20/s', timeout = '1s', abandoned = '{abandoned}' }}
            service.front = {{ platform = 'p', demand.constant = '5ms', calls = [{{ service = 'store' }}] }}
            service.store = {{ platform = 'p', demand.constant = '10ms' }}
            platform.p = {{ kind = 'servers', servers = 900 }}
            [release.v2]
            service = 'store'
            at = '5m'
            version.demand.constant = '10s'
            version.failure = 1
            strategy.canary.steps = [{{ weight = 0.2, hold = '5m' }}]
            gate = {{ every = '1m', bake = '5m' }}"
        ));
        assert_eq!(metric(&outcome, "releases_rolled_back"), Some(1.0), "{abandoned}");
        let detected = metric(&outcome, "new_version_detect_seconds_mean").unwrap();
        assert!((59.0..60.0).contains(&detected), "{detected} with {abandoned}");
        let failed = metric(&outcome, "new_version_failed").unwrap();
        assert!((180.0..300.0).contains(&failed), "{failed} with {abandoned}");
    }
}

/// A version of which every attempt fails has served nobody.
#[test]
fn the_first_user_is_one_who_was_served() {
    let first = |failure| {
        let outcome = outcome(&busy(&format!("version.failure = {failure}"), SERVERS));
        metric(&outcome, "lead_time_first_seconds_mean")
    };
    assert_eq!(first(1.0), None);
    assert!((0.0..0.1).contains(&first(0.0).unwrap()));
}

/// A host that stops the old replicas first has none for ten seconds of grace and five of start. What comes meanwhile is
/// refused, and told of the new version, but no fault of it: it is taken back as seldom as others, in no more than 2 of 10 runs (at
/// 5 % more are once in 87 tries), and not in 10 of 10.
#[test]
fn what_finds_no_replica_is_told_and_no_fault_of_a_version() {
    let mut completed = 0.0;
    for seed in 1..=10 {
        let outcome = super::seeded(
            &format!(
                "horizon = '40m'
            client.a = {{ service = 'shop', arrivals.poisson.rate = '20/s', timeout = '2s' }}
            platform.host = {{ kind = 'docker', nodes = [{{ machine = 'm5.4xlarge' }}] }}
            [service.shop]
            platform = 'host'
            {FOUR_REPLICAS}
            [release.v2]
            service = 'shop'
            at = '20m'
            gate = {{ every = '30s', bake = '10m' }}"
            ),
            seed,
        );
        let refused = super::service(&outcome, "shop").refused;
        assert!(refused > 50, "{seed}");
        completed += metric(&outcome, "releases_completed").unwrap();
        // Others were refused before the first replica of the run was there.
        let failed = metric(&outcome, "new_version_failed").unwrap();
        assert!((50.0..=refused as f64).contains(&failed), "{failed} of {refused} with {seed}");
        // The first that is served is so after the gap.
        let first = metric(&outcome, "lead_time_first_seconds_mean").unwrap();
        assert!(first > 5.0, "{first} with {seed}");
    }
    assert!(completed >= 8.0, "{completed}");
}
