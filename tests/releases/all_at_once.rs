//! All requests at once, on each kind of platform without replicas.

use cloudsched::metric::RunOutcome;

use super::{instances, outcome, service};

/// Ten requests a second for ten seconds, none of them at the instant of a release.
fn web(platform: &str, release: &str) -> RunOutcome {
    outcome(&format!(
        "horizon = '10s'
        client.a = {{ service = 'web', arrivals.constant.rate = '10/s' }}
        service.web = {{ platform = 'p', demand.constant = '20ms' }}
        {release}
        [platform.p]
        {platform}"
    ))
}

const SERVERS: &str = "kind = 'servers'\nservers = 2";
const FUNCTIONS: &str = "kind = 'faas'\ncold_start.constant = '1s'";
const BAD: &str = "[release.v2]\nservice = 'web'\nat = '3950ms'\nversion.failure = 1";

/// Requests are sent at no time, 100 ms, 200 ms, …: 40 before the release, 60 after.
#[test]
fn the_new_version_serves_what_is_sent_later() {
    for platform in [SERVERS, FUNCTIONS, "kind = 'openwhisk'\ninvokers = 1"] {
        let outcome = web(platform, BAD);
        let web = service(&outcome, "web");
        assert_eq!(web.requests, 100, "{platform}");
        assert!(web.completed <= 40, "{platform}: {}", web.completed);
        assert!(web.completed > 0 && web.failed > 0, "{platform}");
        assert_eq!(outcome.services.len(), 1);
    }
    let outcome = web(SERVERS, BAD);
    assert_eq!((service(&outcome, "web").completed, service(&outcome, "web").failed), (40, 60));
}

/// What is in flight on the old version finishes there: the request of 3.9 s ends at 4.9 s.
#[test]
fn what_is_in_flight_finishes_where_it_is() {
    let slow = BAD.replace("failure = 1", "failure = 1\nversion.demand.constant = '1ms'");
    let outcome = outcome(&format!(
        "horizon = '10s'
        client.a = {{ service = 'web', arrivals.list.at = ['3.9s', '4s'] }}
        service.web = {{ platform = 'p', demand.constant = '1s' }}
        {slow}
        [platform.p]
        kind = 'servers'
        servers = 2"
    ));
    let web = service(&outcome, "web");
    assert_eq!((web.completed, web.failed), (1, 1));
    assert_eq!(web.service.mean(), Some(0.5005));
}

/// The first request to the new version finds no instance of it, though one of the old is idle.
#[test]
fn instances_are_of_one_version() {
    let without = web(FUNCTIONS, "");
    let with = web(FUNCTIONS, "[release.v2]\nservice = 'web'\nat = '3950ms'");
    // While the first start takes a second ten more requests come, each with a start of its own.
    assert_eq!(instances(&without).starts, 11);
    assert_eq!(instances(&with).starts, 22);
    assert_eq!(service(&with, "web").completed, 100);
}

/// The demands of an identical version are those that the old one would have drawn, and so is all that
/// follows.
#[test]
fn an_identical_version_on_servers_changes_nothing() {
    let text = |release: &str| {
        format!(
            "horizon = '100s'
            client.a = {{ service = 'web', arrivals.poisson.rate = '15/s', timeout = '300ms',
                          retries = {{ attempts = 3, backoff = '20ms', fresh_demand = true }} }}
            [service.web]
            platform = 'p'
            demand.lognormal = {{ mean = '100ms', cv = 1 }}
            failure = 0.05
            poison = 0.01
            calls = [{{ service = 'store', probability = 0.5 }}]
            family = {{ count = 3 }}
            [service.store]
            platform = 'q'
            demand.exponential.mean = '20ms'
            [platform.q]
            kind = 'servers'
            servers = 1
            [platform.p]
            kind = 'servers'
            servers = 4
            balance = 'least-outstanding'
            {release}"
        )
    };
    let releases = "[release.a]\nservice = 'web'\nat = ['20s', '60s']\n[release.b]\nservice = 'store'\nat = '30s'";
    let (without, with) = (outcome(&text("")), outcome(&text(releases)));
    assert_eq!(format!("{:?}", with.clients), format!("{:?}", without.clients));
    assert_eq!(format!("{:?}", with.services), format!("{:?}", without.services));
    assert_eq!(format!("{:?}", with.platforms), format!("{:?}", without.platforms));
    let web = service(&with, "web");
    assert!(web.failed > 0 && web.completed > 1000);
}

/// A version may have other calls than its service, and what it calls may have versions, too.
#[test]
fn a_version_has_calls_of_its_own() {
    let outcome = outcome(
        "horizon = '10s'
        client.a = { service = 'web', arrivals.constant.rate = '10/s' }
        service.web = { platform = 'p', demand.constant = '1ms', calls = [{ service = 'old' }] }
        service.old = { platform = 'p', demand.constant = '1ms' }
        service.fresh = { platform = 'p', demand.constant = '1ms' }
        [release.v2]
        service = 'web'
        at = '3950ms'
        version.calls = [{ service = 'fresh' }, { service = 'old', probability = 0 }]
        [platform.p]
        kind = 'servers'
        servers = 2",
    );
    assert_eq!(service(&outcome, "old").requests, 40);
    assert_eq!(service(&outcome, "fresh").requests, 60);
}

/// Versions follow each other: the second at six seconds is good again.
#[test]
fn the_last_version_serves() {
    let releases = format!("{BAD}\n[release.v3]\nservice = 'web'\nat = '5950ms'");
    let outcome = web(SERVERS, &releases);
    let web = service(&outcome, "web");
    assert_eq!((web.completed, web.failed), (80, 20));
}

/// Members of a family keep their own values, and their names in the figures.
#[test]
fn members_have_versions_of_their_own() {
    let outcome = outcome(
        "horizon = '10s'
        output.members = true
        client.a = { service = 'web.0', arrivals.constant.rate = '10/s' }
        client.b = { service = 'web.1', arrivals.constant.rate = '10/s' }
        service.aaa = { platform = 'p', demand.constant = '1ms', family.count = 5 }
        service.web = { platform = 'p', demand.constant = '1ms', family.count = 2 }
        [release.v2]
        service = 'web'
        at = '3950ms'
        version.failure = [0, 1]
        [platform.p]
        kind = 'faas'",
    );
    let member = |name: &str| {
        let of = &outcome.members.iter().find(|member| member.name == name).unwrap().of;
        (of.completed, of.failed)
    };
    assert_eq!((member("web.0"), member("web.1")), ((100, 0), (40, 60)));
    assert_eq!(outcome.members.len(), 7);
}

/// Two instances are provisioned of whichever version is in use: of the new one from four seconds on.
#[test]
fn only_a_version_in_use_is_provisioned() {
    let ahead = [
        "provisioned_concurrency = 2\nkeep_alive = 'none'",
        "keep_alive.least-instances = { instances = 2, window = '0s' }",
        "keep_alive.scheduled = { window = '0s', times = [{ from = '0h', to = '23h', instances = 2 }] }",
    ];
    for ahead in ahead {
        let outcome =
            web(&format!("kind = 'faas'\n{ahead}"), "[release.v2]\nservice = 'web'\nat = '3950ms'");
        assert_eq!(instances(&outcome).instances.area, 2 * 10_000_000_000, "{ahead}");
        assert_eq!(instances(&outcome).starts, 4, "{ahead}");
    }
}
