//! Limits in time: how long an instance lives, and how long a request is served.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use cloudsched::metric::{InstanceFigures, RequestFigures, RunOutcome};
use cloudsched::scenario::load_text;
use cloudsched::world::run;

const SECOND: u128 = 1_000_000_000;

fn outcome(text: &str) -> RunOutcome {
    let loaded = load_text("test.toml", text, Path::new(""), "test", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    run(&loaded.specification, loaded.seed, None, None)
}

fn instances(outcome: &RunOutcome) -> InstanceFigures {
    let figures = outcome.platforms.iter().find_map(|platform| platform.of.0.instances);
    figures.unwrap()
}

fn service<'a>(outcome: &'a RunOutcome, name: &str) -> &'a RequestFigures {
    &outcome.services.iter().find(|service| service.name == name).unwrap().of
}

/// A request a minute of so many seconds, on a platform with these lines.
fn every_minute(demand: &str, platform: &str) -> RunOutcome {
    outcome(&format!(
        "horizon = '1h'
        client.a = {{ service = 'f', arrivals.constant.rate = '1/min' }}
        service.f = {{ platform = 'p', demand.constant = '{demand}' }}
        [platform.p]
        kind = 'faas'
        {platform}"
    ))
}

/// Ready at a full minute, an instance of 630 s goes half a minute before a request, which starts the
/// next: one in 660 s, six in an hour, of which the last still lives.
#[test]
fn an_idle_instance_goes_at_the_end_of_its_life() {
    for keep_alive in ["keep_alive = 'infinite'", "keep_alive.fixed.window = '2m'"] {
        let life = "max_lifetime.constant = '630s'";
        let figures = instances(&every_minute("1s", &format!("{keep_alive}\n{life}")));
        assert_eq!((figures.starts, figures.recycled, figures.expirations), (6, 5, 0));
        let for_ever = instances(&every_minute("1s", keep_alive));
        assert_eq!((for_ever.starts, for_ever.recycled), (1, 0));
    }
}

/// Requests of 40 s: the end comes 30 s into one, which is served to its end. The next instance is
/// there for the next request: no request is cut, and each instance serves 11.
#[test]
fn nobody_is_cut_by_it() {
    let outcome = every_minute("40s", "max_lifetime.constant = '630s'");
    let figures = instances(&outcome);
    assert_eq!((figures.starts, figures.recycled, outcome.total().failed), (6, 5, 0));
    assert_eq!(u128::from(outcome.total().service.max().unwrap().as_nanos()), 40 * SECOND);
}

/// Where so many are to be there, another takes the place of one that has lived: of each in 65 min
/// one at the start and six at the full ten minutes.
#[test]
fn another_takes_its_place() {
    for (held, each) in [
        ("provisioned_concurrency = 2\nkeep_alive = 'none'", 2),
        ("keep_alive.least-instances = { instances = 3, window = '1m' }", 3),
    ] {
        let outcome = outcome(&format!(
            "horizon = '65m'
            client.a = {{ service = 'busy', arrivals.constant.rate = '1/h' }}
            service.busy = {{ platform = 'q', demand.constant = '1s' }}
            service.quiet = {{ platform = 'p', demand.constant = '1s' }}
            platform.q = {{ kind = 'servers', servers = 1 }}
            [platform.p]
            kind = 'faas'
            max_lifetime.constant = '10m'
            {held}"
        ));
        let figures = instances(&outcome);
        assert_eq!((figures.starts, figures.recycled), (7 * each, 6 * each), "{held}");
        assert_eq!(figures.instances.area, u128::from(each) * 65 * 60 * SECOND, "{held}");
    }
}

/// Lives are drawn by the application's own chance: two applications of one platform differ.
#[test]
fn lives_are_drawn() {
    let outcome = outcome(
        "horizon = '10h'
        client.a = { service = 'f', arrivals.constant.rate = '1/min' }
        service.f = { platform = 'p', demand.constant = '1s', family.count = 2 }
        [platform.p]
        kind = 'faas'
        max_lifetime.uniform = { low = '30m', high = '90m' }",
    );
    // Ten hours of lives of an hour in the mean, by two.
    let recycled = instances(&outcome).recycled;
    assert!((14..=24).contains(&recycled), "{recycled}");
}

#[test]
fn a_request_that_takes_too_long_is_cut_and_fails() {
    for (own, platform) in
        [("", "max_duration = '4s'"), (", timeout = '4s'", "max_duration = '1h'")]
    {
        let outcome = outcome(&format!(
            "requests = 10
            client.a = {{ service = 'f', arrivals.constant.rate = '1/min', retries = {{ attempts = 2, backoff = '1s' }} }}
            service.f = {{ platform = 'p', demand.constant = '10s'{own} }}
            platform.p = {{ kind = 'faas', {platform} }}"
        ));
        let all = outcome.total();
        assert_eq!((all.failed, all.completed, all.attempts), (10, 0, 20), "{platform}");
        assert_eq!(instances(&outcome).busy.area, 20 * 4 * SECOND);
    }
    // As long as it may, and no longer, is in time.
    let in_time = every_minute("4s", "max_duration = '4s'");
    assert_eq!(in_time.total().failed, 0);
}

/// One second of its own, then a call that takes so long, and three seconds in all.
fn calling(call: &str, own: &str) -> RunOutcome {
    outcome(&format!(
        "requests = 10
        client.a = {{ service = 'f', arrivals.constant.rate = '1/min' }}
        [service.f]
        platform = 'p'
        demand.constant = '1s'
        timeout = '3s'
        calls = [{{ service = 'g', count = 2{own} }}]
        [service.g]
        platform = 'q'
        demand.constant = '{call}'
        [platform.p]
        kind = 'faas'
        [platform.q]
        kind = 'servers'
        servers = 10"
    ))
}

#[test]
fn a_request_that_waits_too_long_for_its_calls_is_cut_with_them() {
    for own in ["", ", abandoned = 'cancel'"] {
        let late = calling("9s", own);
        assert_eq!((late.total().failed, late.total().completed), (10, 0));
        assert_eq!(instances(&late).busy.area, 10 * 3 * SECOND);
        let calls = service(&late, "g");
        assert_eq!((calls.requests, calls.timed_out), (10, 10), "the second is never made");
    }
    // Two calls of 1 s end with the timeout, and are in time.
    for call in ["1s", "500ms"] {
        let in_time = calling(call, "");
        assert_eq!((in_time.total().completed, in_time.total().failed), (10, 0), "{call}");
    }
}

#[test]
fn named_platforms_cut_what_they_cut() {
    for (kind, longest) in [
        ("aws-lambda", 900),
        ("aws-lambda-2019", 900),
        ("gcf-gen1", 540),
        ("gcf-gen2", 3600),
        ("azure-consumption", 600),
        ("oci-functions", 300),
    ] {
        for (demand, failed) in [(longest, 0), (longest + 1, 1)] {
            let outcome = outcome(&format!(
                "requests = 1
                client.a = {{ service = 'f', arrivals.constant.rate = '1/h' }}
                service.f = {{ platform = 'p', demand.constant = '{demand}s', cpu_share = 0 }}
                platform.p.kind = '{kind}'"
            ));
            assert_eq!(outcome.total().failed, failed, "{kind}, {demand} s");
        }
    }
}

#[test]
fn says_what_is_wrong() {
    let error = |service: &str, platform: &str| {
        let text = format!(
            "horizon = '1h'
            client.a = {{ service = 'f', arrivals.constant.rate = '1/s' }}
            service.f = {{ platform = 'p', demand.constant = '1s'{service} }}
            platform.p = {{ {platform} }}"
        );
        let loaded = load_text("test.toml", &text, Path::new(""), "test", &[]);
        loaded.map(|_| ()).unwrap_err().render(false)
    };
    let long = error(", timeout = '20m'", "kind = 'aws-lambda'");
    assert!(long.contains("its platform cuts a request after 15m, before 20m"), "{long}");
    let none = error(", timeout = '0s'", "kind = 'faas'");
    assert!(none.contains("`timeout` must be longer than no time"), "{none}");
    let none = error("", "kind = 'faas', max_duration = '0s'");
    assert!(none.contains("`max_duration` must be longer than no time"), "{none}");
}
