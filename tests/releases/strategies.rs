//! Which strategy sends how many requests to the new version when.

use cloudsched::kernel::Span;

use super::{FUNCTIONS, SERVERS, busy, metric, outcome, service};

/// Whether `found` is as many as of `all` with a chance of `share` each, to four standard deviations.
fn is_share(found: f64, all: f64, share: f64) -> bool {
    (found - all * share).abs() <= 4.0 * (all * share * (1.0 - share)).sqrt() + 1.0
}

/// All of the attempts at the new version fail, so that they can be counted; 8000 requests are sent after the
/// release, give or take their Poisson error.
fn failed(strategy: &str) -> f64 {
    let outcome = outcome(&busy(&format!("version.failure = 1\n{strategy}"), SERVERS));
    let failed = service(&outcome, "web").failed;
    assert_eq!(metric(&outcome, "new_version_failed"), Some(failed as f64));
    assert_eq!(metric(&outcome, "new_version_attempts"), Some(failed as f64));
    failed as f64
}

/// A fifth of the requests of 50 s, then all of 30 s.
#[test]
fn a_canary_gets_its_weight() {
    let steps =
        |more: &str| format!("strategy.canary.steps = [{{ weight = 0.2, hold = '50s' }}{more}]");
    let (two, one) = (failed(&steps("")), failed(&steps(", { weight = 0.2, hold = '1h' }")));
    // The same requests in the first 50 s, by the same luck.
    assert!(is_share(one, 8000.0, 0.2), "{one}");
    assert!(is_share(two, 8000.0, (50.0 * 0.2 + 30.0) / 80.0), "{two}");
}

/// 0.25, 0.5 and 0.75 of 20 s each, then all of 20 s: 0.625 on average.
#[test]
fn a_linear_release_goes_up_in_steps() {
    let found = failed("strategy.linear = { weight = 0.25, every = '20s' }");
    assert!(is_share(found, 8000.0, 0.625), "{found}");
}

#[test]
fn a_strategy_may_be_named() {
    // A tenth for the rest of the run.
    let found = failed("strategy = 'canary-10-percent-5-minutes'");
    assert!(is_share(found, 8000.0, 0.1), "{found}");
    let found = failed("strategy.linear-10-percent-every-1-minute.every = '10s'");
    assert!(is_share(found, 8000.0, 0.45), "{found}");
}

/// On functions a new version that gets all requests at once starts cold with all of them, one that gets them by and by with
/// fewer at once, and one that was brought up beside with none.
#[test]
fn cold_starts_depend_on_the_strategy() {
    let of = |strategy: &str| outcome(&busy(strategy, FUNCTIONS));
    let (at_once, linear, beside) = (
        of(""),
        of("strategy.linear = { weight = 0.1, every = '5s' }"),
        of("strategy.blue-green.keep = '10s'"),
    );
    let cold = |outcome| metric(outcome, "new_version_cold_starts").unwrap();
    assert!(cold(&at_once) > 60.0, "{}", cold(&at_once));
    assert!(cold(&linear) < cold(&at_once) / 2.0, "{}", cold(&linear));
    assert_eq!(cold(&beside), 0.0);
    assert_eq!(metric(&at_once, "lead_time_all_seconds_mean"), Some(0.0));
    assert_eq!(metric(&linear, "lead_time_all_seconds_mean"), Some(45.0));
    assert_eq!(metric(&beside, "lead_time_all_seconds_mean"), Some(1.0));
}

/// Whatever the strategy: with a version that differs in nothing, users of servers notice nothing.
#[test]
fn an_identical_version_is_not_noticed() {
    let plain = busy("", SERVERS).split("[release.v2]").next().unwrap().to_owned();
    let expected = format!("{:?}", outcome(&plain).clients);
    let strategies = [
        "strategy = 'all-at-once'",
        "strategy = 'canary-10-percent-5-minutes'",
        "strategy.linear = { weight = 0.3, every = '7s' }",
        "strategy.blue-green.keep = '5s'",
        "gate = { every = '1s', bake = '10s', approval.exponential.mean = '5s' }",
    ];
    for strategy in strategies {
        let found = outcome(&busy(strategy, SERVERS));
        assert_eq!(format!("{:?}", found.clients), expected, "{strategy}");
        assert_eq!(metric(&found, "releases_rolled_back"), Some(0.0), "{strategy}");
    }
}

/// With instances, nothing changes but their starts: how long requests are served stays, and where starts take no time, so
/// do response times.
#[test]
fn on_functions_only_starts_are_noticed() {
    let of = |release: &str, platform: &str| {
        let text = busy(release, platform);
        let text =
            if release.is_empty() { text.split("[release.v2]").next().unwrap() } else { &text };
        outcome(text).clients[0].of.clone()
    };
    let release = "strategy.linear = { weight = 0.3, every = '7s' }";
    let (with, without) = (of(release, FUNCTIONS), of("", FUNCTIONS));
    assert_eq!(format!("{:?}", with.service), format!("{:?}", without.service));
    assert!(with.cold_start.count() > without.cold_start.count());
    let instant = "kind = 'faas'";
    assert_eq!(of(release, instant).response, of("", instant).response);
}

/// The old version serves all of 8 s times 100, the new one gets half of them again; nobody but the platform
/// notices.
#[test]
fn copies_go_to_the_new_version_and_nobody_waits_for_them() {
    let bad = "version.failure = 1\nstrategy.shadow = { copies = 0.5, hold = '1h' }";
    let shadowed = outcome(&busy(bad, FUNCTIONS));
    assert!(is_share(metric(&shadowed, "copied_requests").unwrap(), 8000.0, 0.5));
    assert_eq!(metric(&shadowed, "new_version_attempts"), Some(0.0));
    assert_eq!(service(&shadowed, "web").failed, 0);
    let plain = busy("", FUNCTIONS).split("[release.v2]").next().unwrap().to_owned();
    assert_eq!(format!("{:?}", shadowed.clients), format!("{:?}", outcome(&plain).clients));
}

/// One server, and a request a second of 50 ms: its copy waits for it, not the other way round. With 10 ms on the way there a copy is
/// made where the request arrives.
#[test]
fn a_copy_is_made_behind_its_request() {
    for latency in ["0ms", "10ms"] {
        let outcome = outcome(&format!(
            "horizon = '100s'
            client.a = {{ service = 'web', arrivals.constant.rate = '1/s', latency.constant = '{latency}' }}
            service.web = {{ platform = 'p', demand.constant = '50ms' }}
            platform.p = {{ kind = 'servers', servers = 1 }}
            release.v2 = {{ service = 'web', at = '500ms', strategy.shadow.hold = '1h' }}"
        ));
        let web = service(&outcome, "web");
        assert_eq!(web.waiting.max(), Some(Span::ZERO), "{latency}");
        assert!(metric(&outcome, "copied_requests").unwrap() >= 98.0, "{latency}");
    }
}

/// What a copy calls is called, too, and what is sent last ends a run without horizon only when all copies have
/// ended.
#[test]
fn copies_make_calls() {
    let outcome = outcome(
        "client.a = { service = 'web', arrivals.list.at = ['1s', '2s', '3s'] }
        service.web = { platform = 'p', demand.constant = '1ms', calls = [{ service = 'store' }] }
        service.store = { platform = 'p', demand.constant = '1ms' }
        [release.v2]
        service = 'web'
        at = '1500ms'
        version.demand.constant = '10s'
        strategy.shadow.hold = '1h'
        [platform.p]
        kind = 'servers'
        servers = 9",
    );
    assert_eq!(service(&outcome, "web").requests, 3);
    assert_eq!(service(&outcome, "store").requests, 5);
    assert_eq!(outcome.end.as_secs_f64(), 13.001);
}

/// Users of a family, with retries, timeouts and calls. They stop after 100 s, and the run ends when all their requests have: each has
/// ended in one way, and nothing is in flight.
#[test]
fn no_request_is_lost() {
    let times: Vec<String> = (0..4000).map(|n| format!("'{}ms'", 25 * n)).collect();
    let times = times.join(",");
    for strategy in ["all-at-once", "linear = { weight = 0.2, every = '1s' }", "shadow.hold = '5s'"]
    {
        let strategy = match strategy.split_once([' ', '.']) {
            Some(_) => format!("strategy.{strategy}"),
            None => format!("strategy = '{strategy}'"),
        };
        let outcome = outcome(&format!(
            "[client.a]
            service = 'web'
            arrivals.list.at = [{times}]
            timeout = '2s'
            abandoned = 'cancel'
            retries = {{ attempts = 3, backoff = '100ms' }}
            [service.web]
            platform = 'p'
            demand.exponential.mean = '100ms'
            calls = [{{ service = 'store', timeout = '1s' }}]
            family.count = 3
            [service.store]
            platform = 'p'
            demand.exponential.mean = '20ms'
            [release.a]
            service = 'web'
            at = ['10s', '20s', '30s']
            version = {{ failure = 0.5, max_instances = 2, demand.exponential.mean = '300ms' }}
            gate = {{ every = '1s', bake = '3s' }}
            {strategy}
            [release.b]
            service = 'store'
            at = '15s'
            [platform.p]
            kind = 'faas'
            queue.limit = 5
            cold_start.constant = '300ms'"
        ));
        let all = &outcome.clients[0].of;
        let ended = all.completed + all.refused + all.timed_out + all.failed;
        assert_eq!((all.requests, ended), (4000, 4000), "{strategy}");
        assert!(metric(&outcome, "releases_rolled_back").unwrap() >= 1.0, "{strategy}");
    }
}

/// A job of a workflow, which is on no platform, is copied as any call is.
#[test]
fn jobs_of_workflows_are_copied() {
    let outcome = outcome(
        "horizon = '100s'
        client.a = { service = 'w', arrivals.poisson.rate = '10/s', timeout = '1s', abandoned = 'cancel' }
        workflow.w.jobs = [{ name = 'one', service = 'web' }]
        service.web = { platform = 'p', demand.constant = '100ms' }
        platform.p = { kind = 'servers', servers = 4 }
        [release.v2]
        service = 'web'
        at = '20s'
        strategy.shadow.hold = '1h'",
    );
    assert!(metric(&outcome, "copied_requests") > Some(600.0));
}
