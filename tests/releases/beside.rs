//! Releases on clusters that send requests by weight: what their users see.

use super::{metric, outcome, seeded, service};

/// A hundred requests a second to four replicas on a cluster, which start in 5 s; at 20 s comes a release with these keys.
fn cluster(horizon: &str, release: &str, more: &str) -> String {
    format!(
        "horizon = '{horizon}'
        client.a = {{ service = 'web', arrivals.poisson.rate = '100/s' }}
        platform.p = {{ kind = 'kubernetes', nodes = [{{ cpu = 64, memory = '64GiB' }}], endpoint_delay = '0s' }}
        [service.web]
        platform = 'p'
        cpu = 1
        memory = '1GiB'
        replicas = 4
        demand.constant = '10ms'
        pod.start.constant = '5s'
        [release.v2]
        service = 'web'
        at = '20s'
        {release}
        {more}"
    )
}

/// How many attempts a version got that fails always, until a horizon.
fn failed(horizon: u32, strategy: &str) -> f64 {
    let text = cluster(&format!("{horizon}s"), &format!("version.failure = 1\n{strategy}"), "");
    let outcome = outcome(&text);
    let failed = service(&outcome, "web").failed as f64;
    assert_eq!(metric(&outcome, "new_version_attempts"), Some(failed), "{strategy}");
    failed
}

/// Whether `found` is as many as of requests that come with `rate` times `seconds` on average, to four standard deviations.
fn is_as_many(found: f64, seconds: f64) -> bool {
    let expected = 100.0 * seconds;
    (found - expected).abs() <= 4.0 * expected.sqrt() + 1.0
}

/// A fifth from 25 s on, when a replica is up, for 20 s; a half from 50 s on, for 20 s; all from 75 s on.
#[test]
fn each_step_has_its_share() {
    let canary =
        "strategy.canary.steps = [{ weight = 0.2, hold = '20s' }, { weight = 0.5, hold = '20s' }]";
    let until: Vec<f64> = [25, 45, 50, 70, 75, 85].iter().map(|&end| failed(end, canary)).collect();
    let expected = [0.0, 0.2 * 20.0, 0.2 * 5.0, 0.5 * 20.0, 0.5 * 5.0, 10.0];
    let mut before = 0.0;
    for (seen, seconds) in until.iter().zip(expected) {
        assert!(is_as_many(seen - before, seconds), "{until:?}");
        before = *seen;
    }
    assert_eq!(until[0], 0.0);
}

/// Four steps of a quarter, each 5 s late, from 25, 40, 55 and 70 s on.
#[test]
fn a_linear_release_goes_up_in_steps() {
    let linear = "strategy.linear = { weight = 0.25, every = '10s' }";
    let seconds = 0.25 * 15.0 + 0.5 * 15.0 + 0.75 * 15.0 + 30.0;
    assert!(is_as_many(failed(100, linear), seconds));
}

/// None until all its replicas are up at 25 s, then all; at once without that, of which those until 25 s are refused.
#[test]
fn blue_green_waits_and_all_at_once_does_not() {
    assert!(is_as_many(failed(50, "strategy.blue-green.keep = '10s'"), 25.0));
    let text = |strategy| cluster("50s", &format!("strategy = '{strategy}'"), "");
    let refused = |text: &str| service(&outcome(text), "web").refused as f64;
    let plain = refused(&text("rolling"));
    assert!(is_as_many(plain, 5.0), "before the first replica is there: {plain}");
    assert!(is_as_many(refused(&text("all-at-once")) - plain, 5.0));
}

/// A version that differs in nothing is not noticed, and is not taken back; it costs as many replicas more as it has beside the
/// old ones: one for 65 s until 90, then four for 5 s and 10 s of bake.
#[test]
fn an_identical_version_costs_its_replicas() {
    let gate = "gate = { every = '5s', bake = '10s' }";
    for (strategy, pod_seconds) in [
        ("strategy.blue-green.keep = '6s'", 4.0 * (5.0 + 10.0)),
        ("strategy.canary.steps = [{ weight = 0.25, hold = '30s' }]", 35.0 + 4.0 * (5.0 + 10.0)),
        ("strategy.linear = { weight = 0.5, every = '20s' }", 2.0 * 25.0 + 4.0 * (5.0 + 10.0)),
    ] {
        let plain = cluster("150s", "", "").split("[release.v2]").next().unwrap().to_owned();
        let (plain, found) =
            (outcome(&plain), outcome(&cluster("150s", &format!("{strategy}\n{gate}"), "")));
        let web = |of| service(of, "web").clone();
        assert_eq!(web(&found).refused, web(&plain).refused, "{strategy}");
        assert_eq!(web(&found).failed, 0, "{strategy}");
        assert_eq!(metric(&found, "releases_rolled_back"), Some(0.0), "{strategy}");
        assert_eq!(metric(&found, "releases_completed"), Some(1.0), "{strategy}");
        let hours = |of| metric(of, "instance_hours").unwrap();
        let more = (hours(&found) - hours(&plain)) * 3600.0;
        assert!((more - pod_seconds).abs() < 0.2, "{strategy}: {more}");
    }
}

/// What fails in one of ten attempts is noticed by its gate, and what the canary got until then is all that fails: no request is
/// refused, before or after.
#[test]
fn a_bad_version_is_taken_back() {
    for seed in 1..6 {
        let bad = "strategy.canary.steps = [{ weight = 0.1, hold = '100s' }]
            version.failure = 0.1\ngate = { every = '5s', least_requests = 100 }";
        let text = cluster("150s", bad, "");
        let (found, good) =
            (seeded(&text, seed), seeded(&text.replace("failure = 0.1", "failure = 0"), seed));
        assert_eq!(metric(&found, "releases_rolled_back"), Some(1.0), "{seed}");
        assert_eq!(metric(&good, "releases_rolled_back"), Some(0.0), "{seed}");
        let web = service(&found, "web");
        assert_eq!(web.refused, service(&good, "web").refused, "{seed}");
        assert_eq!(Some(web.failed as f64), metric(&found, "new_version_failed"), "{seed}");
        assert!((5..90).contains(&web.failed), "{seed}: {}", web.failed);
    }
}

/// All replicas crash at 50 s. Those of the new version start again in 15 s, in which a quarter of the requests find none: that is
/// held against it, and its gate finds it.
#[test]
fn a_version_that_has_lost_its_replicas_fails() {
    let canary = "strategy.canary.steps = [{ weight = 0.25, hold = '100s' }]
        version.pod.start.constant = '15s'";
    let crash =
        "[fault.f]\nplatform = 'p'\nkind = 'container-crash'\nservice = 'web'\nat = ['50s']";
    let found = outcome(&cluster("100s", canary, crash));
    let failed = metric(&found, "new_version_failed").unwrap();
    assert!(is_as_many(failed, 0.25 * 15.0), "{failed}");
    let gate = format!("{canary}\ngate = {{ every = '1s', least_requests = 50 }}");
    assert_eq!(metric(&outcome(&cluster("100s", &gate, crash)), "releases_rolled_back"), Some(1.0));
}

/// Until its first replica is there, attempts that find none say nothing of a version: a gate leaves it alone.
#[test]
fn the_gap_of_all_at_once_is_not_held_against_a_version() {
    let found = outcome(&cluster(
        "150s",
        "strategy = 'all-at-once'\ngate = { every = '1s', least_requests = 50, bake = '40s' }",
        "",
    ));
    assert!(service(&found, "web").refused > 900, "{}", service(&found, "web").refused);
    assert_eq!(metric(&found, "releases_rolled_back"), Some(0.0));
    assert_eq!(metric(&found, "releases_completed"), Some(1.0));
}

/// Of two members of a family each has a replica, which start in up to a minute. That requests to the one find none yet is not held
/// against the version when the other serves already.
#[test]
fn the_gap_of_a_member_is_not_held_against_a_version() {
    for seed in 1..6 {
        let gate =
            "strategy = 'all-at-once'\ngate = { every = '1s', least_requests = 50, bake = '80s' }";
        let text = cluster("200s", gate, "")
            .replace("at = '20s'", "at = '80s'")
            .replace("replicas = 4", "replicas = 1\n        family.count = 2")
            .replace("constant = '5s'", "uniform = { low = '1s', high = '60s' }");
        let found = seeded(&text, seed);
        let refused = service(&found, "web").refused;
        assert!(refused > 100, "{seed}");
        // It is told of the version all the same; others were refused before the first replica of the run was there.
        let failed = metric(&found, "new_version_failed").unwrap();
        assert!((1.0..refused as f64).contains(&failed), "{seed}");
        assert_eq!(metric(&found, "releases_completed"), Some(1.0), "{seed}");
        assert_eq!(metric(&found, "releases_rolled_back"), Some(0.0), "{seed}");
    }
}

/// Releases of one service follow each other, whatever their strategies, and each begins with what the last one left: nobody is
/// refused but before the first replica is there.
#[test]
fn strategies_follow_each_other() {
    let strategies = [
        "strategy = 'rolling'",
        "strategy.canary.steps = [{ weight = 0.25, hold = '10s' }]",
        "strategy.blue-green.keep = '5s'",
        "strategy.linear = { weight = 0.5, every = '10s' }",
    ];
    let plain = cluster("300s", "", "").split("[release.v2]").next().unwrap().to_owned();
    let expected = service(&outcome(&plain), "web").refused;
    for first in strategies {
        for second in strategies {
            let more = format!("[release.v3]\nservice = 'web'\nat = '21s'\n{second}");
            let more = format!("{more}\n[release.v4]\nservice = 'web'\nat = '22s'\n{first}");
            let found = outcome(&cluster("300s", first, &more));
            // A cluster turns from one rolling update to the next at once.
            let completed =
                if [first, second].iter().all(|it| it.contains("rolling")) { 1.0 } else { 3.0 };
            assert_eq!(metric(&found, "releases_completed"), Some(completed), "{first}, {second}");
            assert_eq!(service(&found, "web").refused, expected, "{first}, {second}");
        }
    }
}

/// The first never starts, and stalls after 30 s: it gives way to the next, whatever both are. In the end there are four replicas,
/// and the service was served all along.
#[test]
fn a_release_that_stalls_gives_way() {
    let strategies =
        ["strategy = 'rolling'", "strategy.canary.steps = [{ weight = 0.25, hold = '10s' }]"];
    let plain = cluster("300s", "", "").split("[release.v2]").next().unwrap().to_owned();
    let (expected, hours) = {
        let outcome = outcome(&plain);
        (service(&outcome, "web").refused, metric(&outcome, "instance_hours").unwrap())
    };
    for first in strategies {
        for second in strategies {
            let bad = format!(
                "{first}\nversion.pod.start.constant = '1h'
                version.pod.rollout.rolling-update.progress_deadline = '30s'"
            );
            let more = format!("[release.v3]\nservice = 'web'\nat = '21s'\n{second}");
            let found = outcome(&cluster("300s", &bad, &more));
            assert_eq!(metric(&found, "releases_completed"), Some(1.0), "{first}, {second}");
            assert_eq!(service(&found, "web").refused, expected, "{first}, {second}");
            // Four for a minute or two beside the others at the most.
            let more = metric(&found, "instance_hours").unwrap() - hours;
            assert!((0.0..4.0 * 120.0 / 3600.0).contains(&more), "{first}, {second}: {more}");
        }
    }
}
