//! New servers beside the old ones: how many there are when, what it costs, and how it goes back.

use cloudsched::model::Outcome::{Completed, Failed};

use super::in_place::{BUSY, NOBODY, at, lead, told};
use super::{metric, outcome, service};

/// Requests to a service whose demand takes so long, on servers that boot in a minute, with a release at 100 s.
fn servers(count: u32, (arrivals, demand): (&str, &str), batch: &str, more: &str) -> String {
    format!(
        "horizon = '1000s'
        client.a = {{ service = 'web', arrivals.{arrivals} }}
        service.web = {{ platform = 'p', demand.{demand} }}
        release.v2.service = 'web'
        release.v2.at = '100s'
        release.v2.strategy.immutable = {{ first = 0, {batch} }}
        platform.p.kind = 'servers'
        platform.p.servers = {count}
        platform.p.balance = 'round-robin'
        platform.p.boot.constant = '60s'
        {more}"
    )
}

/// Each batch takes a boot, and costs one more server each for as long.
#[test]
fn it_takes_as_many_boots_as_there_are_batches() {
    let hours = |of: &str| metric(&outcome(&servers(4, NOBODY, "", of)), "instance_hours").unwrap();
    let without = hours("release.v2.enabled = false");
    for (batch, boots, most) in [
        ("", 1.0, 8.0),
        ("batch = 3", 2.0, 7.0),
        ("batch = '50%'", 2.0, 6.0),
        ("batch = 1", 4.0, 5.0),
    ] {
        let outcome = outcome(&servers(4, NOBODY, batch, ""));
        assert_eq!(lead(&outcome), boots * 60.0, "{batch}");
        assert_eq!(metric(&outcome, "servers_max"), Some(most), "{batch}");
        assert_eq!(metric(&outcome, "server_starts"), Some(4.0), "{batch}");
        let more = metric(&outcome, "instance_hours").unwrap() - without;
        assert!((more - 4.0 * 60.0 / 3600.0).abs() < 1e-9, "{batch}: {more}");
    }
}

/// As Elastic Beanstalk, one starts first, until 160 s, then the three others; or one of a batch of three, the two others, and another.
#[test]
fn one_starts_before_the_others() {
    let without =
        metric(&outcome(&servers(4, NOBODY, "", "release.v2.enabled = false")), "instance_hours");
    for (first, boots, server_seconds) in [
        ("", 2.0, 4.0 * 60.0 + 60.0),
        ("batch = 3,", 3.0, 4.0 * 60.0 + 60.0),
        ("batch = 1,", 4.0, 240.0),
    ] {
        let text = servers(4, NOBODY, first, "").replace("first = 0, ", "");
        let outcome = outcome(&text);
        assert_eq!(lead(&outcome), boots * 60.0, "{first}");
        let more = metric(&outcome, "instance_hours").unwrap() - without.unwrap();
        assert!((more - server_seconds / 3600.0).abs() < 1e-9, "{first}: {more}");
    }
}

/// The first serves from 160 s on, and is bad, which a look at 165 s finds while the others boot: these go with it.
#[test]
fn the_first_may_be_found_bad() {
    let requests = ("constant.rate = '100/s'", "constant = '1ms'");
    let text = servers(4, requests, "", BAD).replace("first = 0, ", "");
    let outcome = outcome(&text);
    let detected = metric(&outcome, "new_version_detect_seconds_mean").unwrap();
    assert!((4.9..5.0).contains(&detected), "{detected}");
    assert_eq!(metric(&outcome, "new_version_restore_seconds_mean"), Some(detected));
    assert_eq!(metric(&outcome, "server_starts"), Some(4.0));
}

/// Of 50 requests at any time each server that serves has some: at no event fewer than five are at work.
#[test]
fn there_are_always_as_many_servers_as_there_shall_be() {
    for batch in ["", "batch = 2", "batch = '20%'"] {
        let text = servers(5, BUSY, batch, "")
            .replace("'round-robin'", "'least-outstanding'")
            .replace("arrivals.poisson.rate = '60/s'", "users = 50, think_time.constant = '0s'")
            .replace("exponential.mean", "constant")
            .replace("'1000s'", "'500s'");
        let (told, outcome) = told(&text);
        let (least, most) = told.busy.unwrap();
        assert!(least == 5 && most > 5, "{batch}: {least} {most}");
        assert_eq!(metric(&outcome, "releases_completed"), Some(1.0), "{batch}");
        assert_eq!(service(&outcome, "web").refused, 0);
    }
}

/// A request of 50 s that is sent a second before the new servers serve ends on an old one that is on its way out, or is lost if
/// that has 20 s for it. What is sent a second after goes to a new one, and fails there.
#[test]
fn old_servers_end_what_they_have() {
    let requests = at(&["159s", "161s"]);
    let of = |more: &str| {
        let more = format!("release.v2.version.failure = 1\n{more}");
        let text = servers(2, (&requests, "constant = '50s'"), "", &more);
        let (told, outcome) = told(&text);
        let ends: Vec<_> = told.ends.iter().map(|(_, end, how)| (*end, *how)).collect();
        assert_eq!(lead(&outcome), 60.0);
        ends
    };
    assert_eq!(of(""), [(209.0, Completed), (211.0, Failed)]);
    assert_eq!(of("platform.p.deregistration_delay = '20s'"), [(180.0, Failed), (211.0, Failed)]);
}

/// New servers get requests when a check has found that they serve, and the old ones go when it has found all.
#[test]
fn new_servers_are_checked_first() {
    let found =
        lead(&outcome(&servers(3, NOBODY, "", "platform.p.health_check = { period = '7s' }")));
    assert!(found > 60.0 && found < 67.0, "{found}");
}

/// With a version in which nothing differs every request is served for as long as without, and none is lost.
#[test]
fn an_identical_version_costs_servers_only() {
    for batch in ["", "batch = 2"] {
        let of = |more: &str| outcome(&servers(5, BUSY, batch, more));
        let (with, without) = (of(""), of("release.v2.enabled = false"));
        let (a, b) = (service(&with, "web"), service(&without, "web"));
        assert_eq!(format!("{:?}", a.service), format!("{:?}", b.service), "{batch}");
        assert_eq!((a.refused, a.failed), (0, 0), "{batch}");
    }
}

const BAD: &str = "release.v2.version.failure = 1
    release.v2.gate = { every = '5s', least_requests = 20, bake = '10m' }";

/// The new servers boot between 20 s and 200 s, so that the gate looks while both versions serve: then the new ones go, at once, and
/// the old ones have never gone.
#[test]
fn going_back_ends_the_new_servers() {
    let more = format!("{BAD}\nplatform.p.boot.uniform = {{ low = '20s', high = '200s' }}");
    let text = servers(4, ("constant.rate = '100/s'", "constant = '1ms'"), "", &more)
        .replace("platform.p.boot.constant = '60s'\n", "");
    let (told, outcome) = told(&text);
    assert_eq!(metric(&outcome, "releases_rolled_back"), Some(1.0));
    let detected = metric(&outcome, "new_version_detect_seconds_mean").unwrap();
    assert!(detected < 199.0, "{detected}");
    assert_eq!(metric(&outcome, "new_version_restore_seconds_mean"), Some(detected));
    let first = told.ends.iter().find(|end| end.2 != Completed).unwrap().0;
    let decided = first + detected;
    let after = told.ends.iter().filter(|end| end.0 > decided);
    assert!(after.clone().count() > 70_000 && after.clone().all(|end| end.2 == Completed));
    // Four more from 100 s until then, and as many as before afterwards.
    let hours = metric(&outcome, "instance_hours").unwrap();
    let expected = (4.0 * 1000.0 + 4.0 * (decided - 100.0)) / 3600.0;
    assert!((hours - expected).abs() < 1e-3, "{hours} {expected}");
}

/// Where old servers have gone others start with the old version, beside the new ones: until 225 s, after what the gate has seen
/// at 165 s. With batches of one that is the one that serves; the one that boots then just goes.
#[test]
fn old_servers_that_have_gone_start_again() {
    for (batch, starts) in [("", 8.0), ("batch = 1", 3.0)] {
        let requests = ("constant.rate = '100/s'", "constant = '1ms'");
        let (told, outcome) = told(&servers(4, requests, batch, BAD));
        // From 160 s on the new servers serve.
        let after = |name| metric(&outcome, name).unwrap();
        let (detected, restored) =
            (after("new_version_detect_seconds_mean"), after("new_version_restore_seconds_mean"));
        assert!((detected - 5.0).abs() < 0.05, "{detected} with {batch}");
        assert!((restored - 65.0).abs() < 0.05, "{restored} with {batch}");
        assert_eq!(metric(&outcome, "server_starts"), Some(starts), "{batch}");
        // Until then those with the new version serve, so that there are as many as there shall be.
        let bad = told.ends.iter().filter(|end| (170.0..215.0).contains(&end.0) && end.2 == Failed);
        assert!(bad.count() > 1_000, "{batch}");
        let after = told.ends.iter().filter(|end| end.0 > 225.0);
        assert!(after.clone().count() > 70_000 && after.clone().all(|end| end.2 == Completed));
    }
}

/// A third server from 110 s on boots until 170 s, with the new version, and the old ones wait for it.
#[test]
fn who_comes_meanwhile_has_the_new_version() {
    let more = "platform.p.autoscaling.scheduled = { min = 2, every = '24h', times = [{ from = '00:01:50', to = '23:00', instances = 3 }] }";
    let outcome = outcome(&servers(2, NOBODY, "", more));
    assert_eq!(lead(&outcome), 70.0);
    assert_eq!(metric(&outcome, "server_starts"), Some(3.0));
}

/// One of the new servers dies at 130 s, and another starts in its place, with the new version, until 190 s.
#[test]
fn a_new_server_may_die() {
    let more =
        "fault.f = { platform = 'p', at = ['130s'], lasts.constant = '300s', match = 'slot=2' }
        platform.p.replace = true";
    let outcome = outcome(&servers(2, NOBODY, "", more));
    assert_eq!(lead(&outcome), 90.0);
    assert_eq!(metric(&outcome, "server_starts"), Some(3.0));
}
