//! Provisioned instances: when they are there, who they serve, and what stays on demand.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use cloudsched::kernel::{Span, Time};
use cloudsched::metric::{InstanceFigures, RunOutcome};
use cloudsched::scenario::load_text;
use cloudsched::world::run;

const HOUR: u128 = 3_600_000_000_000;
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

fn metric(outcome: &RunOutcome, name: &str) -> f64 {
    let found = outcome.metrics().into_iter().find(|(known, _)| *known == name);
    found.unwrap().1.unwrap().as_f64()
}

/// A service that nobody calls, beside a client that keeps the run going.
fn alone(horizon: &str, platform: &str) -> InstanceFigures {
    instances(&outcome(&format!(
        "horizon = '{horizon}'
        client.a = {{ service = 'busy', arrivals.constant.rate = '1/h' }}
        service.busy = {{ platform = 'q', demand.constant = '1s' }}
        service.quiet = {{ platform = 'p', demand.constant = '1s' }}
        platform.q = {{ kind = 'servers', servers = 1 }}
        [platform.p]
        kind = 'faas'
        keep_alive = 'none'
        {platform}"
    )))
}

#[test]
fn they_are_there_though_nothing_is_kept() {
    let figures = alone("24h", "provisioned_concurrency = 3\ncold_start.constant = '10s'");
    assert_eq!(figures.instances.area, 3 * 24 * HOUR);
    assert_eq!((figures.starts, figures.expirations, figures.pre_warms), (3, 0, 0));
    assert_eq!(figures.provisioned.unwrap().instances.area, 3 * (24 * HOUR - 10 * SECOND));
    assert!(alone("24h", "provisioned_concurrency = 0").provisioned.is_none());
}

/// From seven to nine 20, of which 5 stay until ten; from eleven at night to one, over midnight, 2.
#[test]
fn they_keep_a_timetable() {
    let times = "provisioned_concurrency = [
        { from = '07:00', to = '09:00', instances = 20 },
        { from = '8h', to = '10h', instances = 5 },
        { from = '23:00', to = '01:00', instances = 2 }]";
    let figures = alone("24h", times);
    assert_eq!(figures.instances.area, (20 * 2 + 5 + 2 * 2) * HOUR);
    assert_eq!((figures.starts, figures.instances.max), (24, Some(20)));
    assert_eq!(alone("48h", times).instances.area, 2 * figures.instances.area);
}

/// One a second: the k-th of 60, counted from 0, is there for 100 - k seconds: 6000 - 1770.
#[test]
fn they_start_at_a_rate() {
    let ramp = "provisioned_concurrency = 60\nprovisioned_ramp = '60/min'";
    assert_eq!(alone("100s", ramp).instances.area, 4230 * SECOND);
    assert_eq!(alone("100s", "provisioned_concurrency = 60").instances.area, 6000 * SECOND);
}

/// A request a second, each of 2.5 s.
fn steady(platform: &str) -> RunOutcome {
    outcome(&format!(
        "requests = 30
        client.a = {{ service = 'f', arrivals.constant.rate = '1/s' }}
        service.f = {{ platform = 'p', demand.constant = '2.5s' }}
        [platform.p]
        kind = 'faas'
        {platform}"
    ))
}

/// Two take requests 1 and 2 of every three; the third finds both at work and goes on demand, where
/// the instance is gone before the next: ten starts, and two.
#[test]
fn what_exceeds_them_goes_on_demand() {
    for which in ["newest", "oldest", "most-recent", "least-recent"] {
        let platform =
            format!("provisioned_concurrency = 2\nkeep_alive = 'none'\nwhich_idle = '{which}'");
        let outcome = steady(&platform);
        let figures = instances(&outcome);
        let sent = outcome.total().requests;
        let provisioned = figures.provisioned.unwrap();
        assert_eq!(u128::from(provisioned.spillover), u128::from(sent / 3), "{which}");
        assert_eq!(figures.starts, 2 + sent / 3, "{which}");
        assert_eq!(metric(&outcome, "spillover"), (sent / 3) as f64);
        let busy = metric(&outcome, "provisioned_utilisation");
        // Each serves 2.5 of 3 seconds, but for the ends of the run.
        assert!((busy - 2.5 / 3.0).abs() < 0.05, "{busy}");
    }
    let enough = steady("provisioned_concurrency = 3\nkeep_alive = 'none'");
    assert_eq!((metric(&enough, "spillover"), instances(&enough).starts), (0.0, 3));
}

/// Requests do not wait for an instance that is only being provisioned: they start their own.
#[test]
fn who_comes_before_they_are_ready_goes_on_demand() {
    for binding in ["late", "early"] {
        let outcome = outcome(&format!(
            "horizon = '1m'
            client.a = {{ service = 'f', arrivals.constant.rate = '1/s' }}
            service.f = {{ platform = 'p', demand.constant = '100ms' }}
            [platform.p]
            kind = 'faas'
            binding = '{binding}'
            cold_start.constant = '30s'
            provisioned_concurrency = 1"
        ));
        let figures = instances(&outcome);
        assert!(figures.starts > 2, "{binding}: {}", figures.starts);
        // From 30 s on the provisioned one takes them all, once it has served who waits in line.
        let spillover = figures.provisioned.unwrap().spillover;
        assert!((29..=34).contains(&spillover), "{binding}: {spillover}");
    }
}

/// On a host of three places two are provisioned. The other service gets the third, and takes it from
/// an idle instance on demand, but from no provisioned one.
#[test]
fn they_are_never_evicted() {
    let outcome = outcome(
        "horizon = '60s'
        client.a = { service = 'f', arrivals.constant.rate = '3/s' }
        client.b = { service = 'g', arrivals.constant.rate = '1/s' }
        service.f = { platform = 'p', demand.constant = '100ms', provisioned_concurrency = 2 }
        service.g = { platform = 'p', demand.constant = '5s' }
        [platform.p]
        kind = 'faas'
        hosts = [{ cpu = 4, memory = '384MiB' }]",
    );
    let figures = instances(&outcome);
    assert_eq!(figures.provisioned.unwrap().instances.area, 2 * 60 * SECOND);
    assert_eq!((figures.evictions, figures.instances.max), (0, Some(3)));
    assert_eq!(outcome.clients[0].of.waiting.max().unwrap().as_nanos(), 0);
}

/// All places are taken by requests of 100 s when the shift begins at 10 s; the provisioned instance
/// starts when the first of them is over.
#[test]
fn one_that_finds_no_room_starts_when_there_is() {
    let outcome = outcome(
        "horizon = '300s'
        client.a = { service = 'g', arrivals.stages = [{ duration = '4s', target = '1/s' }, { duration = '1ms', target = '0/s' }] }
        service.f = { platform = 'p', demand.constant = '1s', provisioned_concurrency = [{ from = '10s', to = '24:00', instances = 1 }] }
        service.g = { platform = 'p', demand.constant = '100s', max_instances = 1 }
        [platform.p]
        kind = 'faas'
        queue.limit = 0
        hosts = [{ cpu = 4, memory = '128MiB' }]",
    );
    assert_eq!(outcome.total().completed, 1);
    let figures = instances(&outcome);
    assert_eq!((figures.starts, figures.evictions), (2, 1));
    let sent = outcome.total().response.max().unwrap();
    assert_eq!(u128::from(sent.as_nanos()), 100 * SECOND);
    // It was started at the end of that request, which was sent in the first four seconds.
    let there = figures.provisioned.unwrap().instances.area;
    assert!(there > 196 * SECOND && there < 200 * SECOND, "{there}");
}

/// The shift ends at 10 s, while the instance serves until 12 s; it goes then.
#[test]
fn one_too_many_serves_to_the_end() {
    let outcome = outcome(
        "horizon = '60s'
        client.a = { service = 'f', arrivals.constant.rate = '7.5/min' }
        service.f = { platform = 'p', demand.constant = '4s' }
        [platform.p]
        kind = 'faas'
        provisioned_concurrency = [{ from = '0s', to = '10s', instances = 1 }]",
    );
    let figures = instances(&outcome);
    // Requests every 8 s: one of them is in service at 10 s, and no later one finds the instance.
    let provisioned = figures.provisioned.unwrap();
    assert!(provisioned.instances.area > 10 * SECOND, "{provisioned:?}");
    assert!(provisioned.instances.area <= 14 * SECOND, "{provisioned:?}");
    assert_eq!(figures.starts, 2, "the others share one on demand");
}

/// Nobody waits any more for the calls that end last, and instances come and go for ever.
#[test]
fn a_run_ends_though_they_are_recycled() {
    let outcome = outcome(
        "client.a = { service = 'front', timeout = '100ms', arrivals.stages = [{ duration = '1s', target = '20/s' }] }
        service.front = { platform = 'q', demand.constant = '1s', calls = [{ service = 'back' }] }
        service.back = { platform = 'p', demand.constant = '2s' }
        platform.q = { kind = 'servers', servers = 50 }
        platform.p = { kind = 'faas', provisioned_concurrency = 1, max_lifetime.constant = '1s' }",
    );
    assert!(outcome.total().timed_out > 0);
    assert!(outcome.end < Time::ZERO + Span::from_secs(5), "{:?}", outcome.end);
}

#[test]
fn says_what_is_wrong() {
    let error = |times: &str| {
        let text = format!(
            "horizon = '1h'
            client.a = {{ service = 'f', arrivals.constant.rate = '1/s' }}
            service.f = {{ platform = 'p', demand.constant = '1s', provisioned_concurrency = {times} }}
            platform.p.kind = 'faas'"
        );
        let loaded = load_text("test.toml", &text, Path::new(""), "test", &[]);
        loaded.map(|_| ()).unwrap_err().render(false)
    };
    let shift = |from: &str| error(&format!("[{{ from = {from}, to = '09:00', instances = 5 }}]"));
    let hours = shift("'7:00'");
    assert!(hours.contains("`7:00` is not a time of day: its hours are two digits"), "{hours}");
    let bare = shift("07:00:00");
    assert!(bare.contains("a time of day stands in quotes: \"07:00:00\""), "{bare}");
    let late = shift("'36h'");
    assert!(late.contains("a time of day is at most 1d"), "{late}");
    let none = shift("'09:00'");
    assert!(none.contains("it ends when it begins"), "{none}");
    let count = error("[{ from = '07:00', to = '09:00', count = 5 }]");
    assert!(count.contains("unknown key `count`"), "{count}");
    let text = error("'50'");
    assert!(text.contains("expected how many instances, as in 50, or when"), "{text}");
}
