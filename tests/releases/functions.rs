//! Versions of functions: what they have together, and what a release of one waits for.

use std::path::Path;

use cloudsched::metric::RunOutcome;
use cloudsched::scenario::load_text;

use super::{metric, outcome, service};

/// Twenty requests a second, each of a second, to a function of which four may run at once.
fn reserved(release: &str) -> RunOutcome {
    outcome(&format!(
        "horizon = '60s'
        client.a = {{ service = 'web', arrivals.constant.rate = '20/s' }}
        platform.p = {{ kind = 'faas', quota.concurrency = 100 }}
        [service.web]
        platform = 'p'
        demand.constant = '1s'
        reserved_concurrency = 4
        {release}"
    ))
}

/// What is reserved is of the function: while half of its requests go to each of two versions, four of them run at once, as
/// without a release.
#[test]
fn two_versions_have_one_reserve() {
    let release = "[release.v2]\nservice = 'web'\nat = '20500ms'
        strategy.canary.steps = [{ weight = 0.5, hold = '20s' }]";
    let (without, with) = (reserved(""), reserved(release));
    let of = |outcome| {
        let web = service(outcome, "web");
        (web.completed, web.refused)
    };
    assert_eq!(of(&without), of(&with));
    assert_eq!(service(&with, "web").completed, 4 * 59);
    assert!(metric(&with, "new_version_attempts") > Some(400.0));
}

/// The errors and warnings of a scenario.
fn problems(text: &str) -> String {
    match load_text("test.toml", text, Path::new(""), "test", &[]) {
        Ok(loaded) => loaded.problems.render(&loaded.sources, false),
        Err(error) => error.render(false),
    }
}

/// Ten requests a second, each of half a second, to a function of which so many are provisioned, one of them a second, each
/// of which starts in three; two minutes later comes a release with these keys, of a run of five minutes, of which all but the first counts.
fn provisioned(platform: &str, release: &str) -> RunOutcome {
    outcome(&function(platform, release))
}

fn function(platform: &str, release: &str) -> String {
    format!(
        "horizon = '5m'
        warm_up = '1m'
        client.a = {{ service = 'web', arrivals.constant.rate = '10/s' }}
        [service.web]
        platform = 'p'
        demand.constant = '500ms'
        memory = '1GiB'
        cpu_share = 0
        [platform.p]
        kind = 'faas'
        cold_start.constant = '3s'
        provisioned_concurrency = 20
        provisioned_ramp = '60/min'
        {platform}
        [release.v2]
        service = 'web'
        at = '2m'
        {release}"
    )
}

fn lead_time(outcome: &RunOutcome) -> f64 {
    metric(outcome, "lead_time_all_seconds_mean").unwrap()
}

/// The last of twenty instances begins to start 19 s after the first, and is ready 3 s later: requests go to the new version
/// then, or the steps of a canary begin. Nobody starts cold. A version of which nothing is provisioned is not waited for.
#[test]
fn requests_wait_for_what_is_provisioned() {
    for (strategy, lead) in [
        ("", 22.0),
        // And until as many others are as the old version has beside.
        ("strategy.blue-green.keep = '10s'", 25.0),
        ("strategy.canary.steps = [{ weight = 0.5, hold = '30s' }]", 52.0),
        ("strategy.shadow = { copies = 0.5, hold = '30s' }", 52.0),
    ] {
        let outcome = provisioned("", strategy);
        assert!((lead_time(&outcome) - lead).abs() < 1e-9, "{strategy}: {}", lead_time(&outcome));
        assert_eq!(metric(&outcome, "new_version_cold_starts"), Some(0.0), "{strategy}");
        assert_eq!(service(&outcome, "web").failed, 0);
    }
    // Those of both versions, and none beside what is provisioned.
    let beside = provisioned("keep_alive.fixed.window = '10s'", "strategy.blue-green.keep = '10s'");
    assert_eq!(metric(&beside, "instances_max"), Some(40.0));
    let none = provisioned("", "version.provisioned_concurrency = 0");
    assert!(lead_time(&none) < 1e-9);
    assert!(metric(&none, "new_version_cold_starts") > Some(4.0));
}

/// Both versions are charged for from when they are wanted: of 20 GB the old one's 82 s after the first minute are billed as five minutes, and so
/// are the 180 s of the new one, in steps of five minutes.
#[test]
fn what_is_provisioned_is_charged_while_it_starts() {
    let charged = |release: &str| {
        let outcome = provisioned("price = 'aws-lambda'", release);
        let lines = &outcome.platforms[0].of.1.lines;
        lines.iter().find(|line| line.item == "provisioned").unwrap().cost.as_picodollars()
    };
    let (with, without) = (charged(""), charged("enabled = false"));
    assert_eq!(with, without * 2);
}

/// Where only ten more find room, the others find none: a gate takes the version back at once, and without one it gives way to
/// the next, of which fewer are provisioned.
#[test]
fn what_finds_no_room_is_no_release() {
    let taken_back = provisioned("max_instances = 30", "gate = { every = '1m' }");
    assert_eq!(metric(&taken_back, "releases_rolled_back"), Some(1.0));
    assert_eq!(metric(&taken_back, "new_version_attempts"), Some(0.0));
    let next = "[release.v3]\nservice = 'web'\nat = '3m'\nversion.provisioned_concurrency = 5";
    let outcome = provisioned("max_instances = 30", next);
    let of = |name| metric(&outcome, name);
    assert_eq!((of("releases_rolled_back"), of("releases_completed")), (Some(1.0), Some(1.0)));
    // The fifth begins to start 4 s after the first.
    assert!((lead_time(&outcome) - 7.0).abs() < 1e-9);
    assert_eq!(service(&outcome, "web").refused, 0);
}

/// What `max_instances` of a version does not let be there is not waited for, and is no failure: the fifth begins to start 4 s
/// after the first, or at the same time.
#[test]
fn what_may_not_be_there_is_not_awaited() {
    let text = function("", "version.max_instances = 5\ngate = { every = '1m', bake = '1m' }");
    for (text, lead) in [(text.replace("provisioned_ramp = '60/min'", ""), 3.0), (text, 7.0)] {
        let outcome = outcome(&text);
        assert_eq!(metric(&outcome, "releases_completed"), Some(1.0));
        assert!((lead_time(&outcome) - lead).abs() < 1e-9);
    }
}

/// A reserve is no key of a version, and has to hold what is provisioned of two.
#[test]
fn a_reserve_is_of_the_function() {
    let text = |release: &str| {
        format!(
            "horizon = '60s'
            client.a = {{ service = 'web', arrivals.constant.rate = '1/s' }}
            service.web = {{ platform = 'p', demand.constant = '1s', reserved_concurrency = 10, provisioned_concurrency = 6 }}
            platform.p = {{ kind = 'faas' }}
            {release}"
        )
    };
    let of_version =
        text("release.v2 = { service = 'web', at = '5s', version.reserved_concurrency = 5 }");
    let error = problems(&of_version);
    assert!(error.contains("a version has the `reserved_concurrency` of its service"), "{error}");
    let warning = problems(&text("release.v2 = { service = 'web', at = '5s' }"));
    let expected = "12 instances of `web` are provisioned while it is released, those of both versions, of which its \
        `reserved_concurrency` lets 10 be there";
    assert!(warning.contains(expected), "{warning}");
    assert!(!problems(&text("")).contains("are provisioned"));
}

/// What nothing is brought up for beforehand says so, and is as it was; functions and replicas are brought up.
#[test]
fn who_brings_nothing_up_says_so() {
    for (platform, service, warns) in [
        ("kind = 'servers', servers = 2", "", true),
        ("kind = 'openwhisk', invokers = 1", "", true),
        ("kind = 'fn', hosts = [{ count = 1, cpu = 4, memory = '4GiB' }]", "", true),
        ("kind = 'picloud'", "", true),
        ("kind = 'kubernetes', nodes = [{ cpu = 4, memory = '4GiB' }]", "", true),
        (
            "kind = 'kubernetes', nodes = [{ cpu = 4, memory = '4GiB' }]",
            ", cpu = 1, replicas = 1",
            false,
        ),
        ("kind = 'faas'", "", false),
    ] {
        let text = |strategy: &str| {
            format!(
                "horizon = '60s'
                client.a = {{ service = 'web', arrivals.constant.rate = '1/s' }}
                service.web = {{ platform = 'p', demand.constant = '1s' {service} }}
                platform.p = {{ {platform} }}
                release.v2 = {{ service = 'web', at = '5s', {strategy} }}"
            )
        };
        let told = problems(&text("strategy.blue-green.keep = '10s'"));
        let expected = "nothing of the new version of `web` is brought up beside the old one";
        assert_eq!(told.contains(expected), warns, "{platform}: {told}");
        assert!(
            !problems(&text("strategy.canary.steps = [{ weight = 0.5, hold = '1s' }]"))
                .contains(expected)
        );
    }
}

/// There is room for 32 instances, of which the old version has twelve provisioned and up to some ten others. Twelve are to be provisioned of
/// the new one, one after the other: what is brought up beside them comes afterwards, and leaves them their room.
#[test]
fn what_is_brought_up_leaves_room_for_what_is_provisioned() {
    for ramp in ["1/s", "100/s"] {
        let outcome = outcome(&format!(
            "horizon = '1h'
            client.a = {{ service = 'web', arrivals.poisson.rate = '10/s' }}
            service.web = {{ platform = 'p', memory = '256MiB', demand.constant = '1s', provisioned_concurrency = 12 }}
            platform.p = {{ kind = 'faas', hosts = [{{ count = 1, cpu = '64', memory = '8GiB' }}], cold_start.constant = '2s', keep_alive.fixed.window = '10m', provisioned_ramp = '{ramp}' }}
            [release.v2]
            service = 'web'
            at = '20m'
            strategy.blue-green.keep = '1m'
            gate.every = '1m'"
        ));
        assert_eq!(metric(&outcome, "releases_completed"), Some(1.0), "{ramp}");
        assert!(lead_time(&outcome) < 20.0, "{ramp}: {}", lead_time(&outcome));
    }
}
