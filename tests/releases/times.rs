//! When a release counts as through, found out and undone, where the platform goes on with it for longer.

use super::{metric, outcome};

/// Four replicas that start in ten seconds, of a service with 50 requests a second, which are released after ten minutes.
fn four(platform: &str, release: &str) -> String {
    format!(
        "horizon = '40m'
        client.a = {{ service = 'web', arrivals.poisson.rate = '50/s' }}
        [service.web]
        platform = 'p'
        cpu = '500m'
        memory = '256MiB'
        replicas = 4
        demand.exponential.mean = '20ms'
        pod.start.constant = '10s'
        [platform.p]
        nodes = [{{ count = 2, cpu = 8, memory = '32GiB' }}]
        {platform}
        [release.v2]
        service = 'web'
        at = '10m'
        strategy = 'rolling'
        {release}"
    )
}

/// Swarm looks at each task for a while after it runs, and Kubernetes at replicas that have to be ready for as long. Meanwhile all requests go
/// to the new version.
#[test]
fn all_users_have_it_when_requests_go_nowhere_else() {
    let lead = |platform: &str| {
        metric(&outcome(&four(platform, "")), "lead_time_all_seconds_mean").unwrap()
    };
    for (kind, short, long) in [
        ("docker-swarm", "rollout.swarm.monitor = '0s'", "rollout.swarm.monitor = '2m'"),
        ("kubernetes", "rollout.recreate.min_ready = '0s'", "rollout.recreate.min_ready = '2m'"),
    ] {
        let lead = |rollout: &str| lead(&format!("kind = '{kind}'\n{rollout}"));
        let (short, long) = (lead(short), lead(long));
        assert!(short > 10.0 && short < 50.0, "{kind} {short}");
        assert!((long - short).abs() < 1.0, "{kind} {short} {long}");
    }
}

/// Swarm finds within seconds that tasks are killed, and is through with what it brings back a minute later. `restored` is when nobody is
/// served by the bad version any more.
#[test]
fn what_a_platform_finds_is_found_when_it_turns_back() {
    let kills = "version.pod = { start.constant = '10s', memory_limit = '256MiB', memory_use = { base = '50MiB', leak_per_request = '5MiB' } }";
    let outcome = outcome(&four(
        "kind = 'docker-swarm'\nrollout.swarm = { failure_action = 'rollback', parallelism = 4, monitor = '1m' }",
        kills,
    ));
    let detect = metric(&outcome, "new_version_detect_seconds_mean").unwrap();
    let restore = metric(&outcome, "new_version_restore_seconds_mean").unwrap();
    assert!((1.0..20.0).contains(&detect), "{detect}");
    assert!(restore > detect && restore < 60.0, "{detect} {restore}");
}

/// A version that does not start takes all down where the old one goes first: requests are refused from then on, which is what there is to
/// detect.
#[test]
fn an_outage_is_detected_and_restored() {
    let outcome = outcome(&four(
        "kind = 'kubernetes'\nrollout.recreate.progress_deadline = '3m'",
        "version.pod.start_failure = 1\ngate.every = '1m'",
    ));
    let detect = metric(&outcome, "new_version_detect_seconds_mean").unwrap();
    let restore = metric(&outcome, "new_version_restore_seconds_mean").unwrap();
    assert!((175.0..185.0).contains(&detect), "{detect}");
    assert!((10.0..15.0).contains(&(restore - detect)), "{detect} {restore}");
}

/// Instances that nobody asks go after five minutes. What was brought up before somebody approves comes once more after that.
#[test]
fn what_waits_for_its_approval_is_warm_all_the_same() {
    for approval in ["1s", "7m", "20m"] {
        let outcome = outcome(&format!(
            "horizon = '40m'
            client.a = {{ service = 'web', arrivals.constant.rate = '10/s' }}
            service.web = {{ platform = 'p', memory = '1GiB', demand.constant = '950ms' }}
            platform.p = {{ kind = 'faas', cold_start.constant = '2s', keep_alive.fixed.window = '5m' }}
            [release.v2]
            service = 'web'
            at = '10m'
            strategy.blue-green.keep = '1m'
            gate.approval.constant = '{approval}'"
        ));
        assert_eq!(metric(&outcome, "new_version_cold_starts"), Some(0.0), "{approval}");
        assert_eq!(metric(&outcome, "releases_completed"), Some(1.0), "{approval}");
    }
}

/// The third version comes while Swarm still looks at the tasks of the second, and waits for its approval for ten minutes. Requests went to the
/// second alone after some four seconds, whether it had been overtaken by then or not, which counts once.
#[test]
fn a_version_that_is_overtaken_reaches_all_users_once() {
    for at in ["601s", "11m"] {
        let outcome = outcome(&format!(
            "horizon = '1h'
            client.a = {{ service = 'web', arrivals.poisson.rate = '20/s' }}
            service.web = {{ platform = 'p', cpu = '500m', replicas = 4, demand.constant = '20ms' }}
            platform.p = {{ kind = 'docker-swarm', nodes = [{{ cpu = 16, memory = '64GiB' }}], rollout.swarm.monitor = '2m' }}
            release.v2 = {{ service = 'web', at = '10m' }}
            release.v3 = {{ service = 'web', at = '{at}', gate.approval.constant = '10m' }}"
        ));
        assert_eq!(metric(&outcome, "releases_completed"), Some(2.0), "{at}");
        let lead = metric(&outcome, "lead_time_all_seconds_mean").unwrap();
        assert!((303.0..306.0).contains(&lead), "{at} {lead}");
    }
}
