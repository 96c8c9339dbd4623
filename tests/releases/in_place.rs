//! Server by server: who is away when, what is lost, and how long it takes.

use cloudsched::kernel::Seed;
use cloudsched::metric::{
    InstanceRow, Recorder, ReleaseRow, RequestRow, RunOutcome, SeriesRow, VersionRow,
};
use cloudsched::model::Outcome::{self, Completed, Failed};
use cloudsched::scenario::load_text;
use cloudsched::world::run;
use std::path::Path;

use super::{metric, outcome, service};

/// Requests to a service whose demand takes so long, on servers that each have a line, with a release at 100 s of which an
/// installation takes 30 s.
fn servers(count: u32, (arrivals, demand): (&str, &str), strategy: &str, more: &str) -> String {
    format!(
        "horizon = '1000s'
        client.a = {{ service = 'web', arrivals.{arrivals} }}
        service.web = {{ platform = 'p', demand.{demand} }}
        release.v2.service = 'web'
        release.v2.at = '100s'
        release.v2.strategy.in-place = {{ install.constant = '30s', {strategy} }}
        platform.p.kind = 'servers'
        platform.p.servers = {count}
        platform.p.balance = 'round-robin'
        {more}"
    )
}

/// A request at each of these times.
pub(super) fn at(times: &[&str]) -> String {
    format!("list.at = {times:?}")
}

pub(super) const NOBODY: (&str, &str) = ("list.at = ['900s']", "constant = '1s'");

pub(super) fn lead(outcome: &RunOutcome) -> f64 {
    metric(outcome, "lead_time_all_seconds_mean").unwrap()
}

/// What becomes of requests, in order: when sent, when ended, how.
#[derive(Default)]
pub(super) struct Told {
    pub(super) ends: Vec<(f64, f64, Outcome)>,
    /// The least and the most servers at work after any event from 50 s on.
    pub(super) busy: Option<(u64, u64)>,
    /// Samples of versions: when, which, its attempts and those of all.
    versions: Vec<(f64, String, u64, u64)>,
}

impl Recorder for Told {
    fn request(&mut self, row: &RequestRow<'_>) {
        let end = (row.sent + row.response).as_secs_f64();
        self.ends.push((row.sent.as_secs_f64(), end, row.outcome));
    }

    fn sample(&mut self, _: &SeriesRow<'_>) {}

    fn levels(&mut self, row: &SeriesRow<'_>) {
        if row.time.as_secs_f64() >= 50.0 {
            let (least, most) = self.busy.unwrap_or((row.busy, row.busy));
            self.busy = Some((least.min(row.busy), most.max(row.busy)));
        }
    }

    fn period(&mut self, _: &InstanceRow<'_>) {}

    fn version(&mut self, row: &VersionRow<'_>) {
        let version = row.version.to_owned();
        self.versions.push((row.time.as_secs_f64(), version, row.attempts, row.attempts_of_all));
    }

    fn release(&mut self, _: &ReleaseRow<'_>) {}
}

pub(super) fn told(text: &str) -> (Told, RunOutcome) {
    let text = format!("output = {{ requests = true, series.every = '10s' }}\n{text}");
    let mut loaded = load_text("test.toml", &text, Path::new(""), "test", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    loaded.specification.output.levels = true;
    let mut told = Told::default();
    let outcome = run(&loaded.specification, Seed::new(1), Some(&mut told), None);
    told.ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    (told, outcome)
}

/// Where nobody has to be waited for, so many go after one another as fit.
#[test]
fn it_takes_as_many_installations_as_there_are_turns() {
    let of = |at_once: &str| lead(&outcome(&servers(4, NOBODY, at_once, "")));
    assert_eq!(of(""), 4.0 * 30.0);
    assert_eq!(of("at_once = 3"), 2.0 * 30.0);
    assert_eq!(of("at_once = '50%'"), 2.0 * 30.0);
    assert_eq!(of("at_once = '100%'"), 30.0);
    // The next is taken as soon as one is back: while the first ends a request until 180 s, the three others have their turns, and
    // it is back at 210 s.
    let requests = at(&["80s", "900s"]);
    let text = servers(4, (&requests, "constant = '100s'"), "at_once = 2", "");
    assert_eq!(lead(&outcome(&text)), 110.0);
}

/// Two requests of 50 s at 80 s, one on each server. The first server ends its own at 130 s, is away until 160 s, the
/// second one is idle by then. With a delay of 20 s the first request is lost at 120 s, without draining at once.
#[test]
fn a_server_drains_as_long_as_it_may() {
    let requests = at(&["80s", "80s", "900s"]);
    let of = |strategy: &str, more: &str| {
        let text = servers(2, (&requests, "constant = '50s'"), strategy, more);
        let (told, outcome) = told(&text);
        let ends: Vec<_> = told.ends.iter().map(|(_, end, how)| (*end, *how)).collect();
        (lead(&outcome), ends)
    };
    let last = (950.0, Completed);
    let drained = (90.0, vec![(130.0, Completed), (130.0, Completed), last]);
    assert_eq!(of("", ""), drained);
    let (lead, ends) = of("", "platform.p.deregistration_delay = '20s'");
    assert_eq!(lead, 20.0 + 30.0 + 30.0);
    assert_eq!(ends, [(120.0, Failed), (130.0, Completed), last]);
    let (lead, ends) = of("drain = false", "");
    // The second one is taken at 130 s, at which its request ends.
    assert_eq!((lead, ends[0]), (60.0, (100.0, Failed)));
    let both = of("drain = false, at_once = 2", "");
    assert_eq!(both, (30.0, vec![(100.0, Failed), (100.0, Failed), last]));
}

/// What waits at a server is served before it leaves, or refused where nothing is waited for.
#[test]
fn a_line_is_served_before_its_server_leaves() {
    let requests = at(&["95s", "95s", "900s"]);
    let of = |strategy: &str| {
        let text = servers(1, (&requests, "constant = '10s'"), strategy, "");
        let outcome = outcome(&text);
        let web = service(&outcome, "web");
        (lead(&outcome), web.completed, web.failed, web.refused)
    };
    assert_eq!(of(""), (45.0, 3, 0, 0));
    assert_eq!(of("drain = false"), (30.0, 1, 1, 1));
}

pub(super) const BUSY: (&str, &str) = ("poisson.rate = '60/s'", "exponential.mean = '50ms'");

/// Of 50 requests at any time, ten of which a server has 500 ms to do with, each server that serves has some: so many are
/// at work after each event. One that is back has some before the next has ended its own.
#[test]
fn no_more_servers_are_away_than_the_strategy_says() {
    for (at_once, away) in [("1", 1), ("3", 3), ("'50%'", 2), ("'100%'", 5)] {
        let text = servers(5, BUSY, &format!("at_once = {at_once}"), "")
            .replace("'round-robin'", "'least-outstanding'")
            .replace(
                "arrivals.poisson.rate = '60/s'",
                "users = 50, think_time.constant = '0s', retries = { attempts = 100, backoff = '1s' }",
            )
            .replace("exponential.mean", "constant")
            .replace("'1000s'", "'400s'");
        let (told, outcome) = told(&text);
        assert_eq!(told.busy, Some((5 - away, 5)), "{at_once}");
        assert_eq!(metric(&outcome, "releases_completed"), Some(1.0), "{at_once}");
    }
}

/// Half of five servers are two. While they are away the others serve all; nothing is lost, and what the new version is
/// slower by is seen from 100 s on only.
#[test]
fn nothing_is_lost_with_draining() {
    let (told, outcome) =
        told(&servers(5, BUSY, "at_once = '50%'", "release.v2.version.failure = 1"));
    let web = service(&outcome, "web");
    assert_eq!((web.refused, web.timed_out), (0, 0));
    let failed = |from: f64, to: f64| {
        let of = told.ends.iter().filter(|(_, end, _)| (from..to).contains(end));
        let failed = of.clone().filter(|(.., how)| *how == Outcome::Failed).count();
        failed as f64 / of.count() as f64
    };
    // Until the first are back none has the new version; then two of three, and four of four before the last is back.
    assert_eq!((failed(0.0, 130.0), failed(191.0, 1000.0)), (0.0, 1.0));
    let shares = [(131.0, 159.0, 2.0 / 3.0), (162.0, 189.0, 1.0)];
    for (from, to, share) in shares {
        assert!((failed(from, to) - share).abs() < 0.05, "{from}: {}", failed(from, to));
    }
    for (time, version, attempts, all) in &told.versions {
        let new = if version == "web" { all - attempts } else { *attempts };
        let share = new as f64 / *all as f64;
        let expected = match *time {
            ..=130.0 => 0.0,
            140.0..=160.0 => 2.0 / 3.0,
            170.0.. => 1.0,
            _ => continue,
        };
        assert!((share - expected).abs() < 0.05, "{version} at {time}: {share}");
    }
}

/// The balancer takes turns between the first of three servers, which has the new version from 130 s on, and the last, which has the
/// old one, while the second is away: every second request fails, whatever version it was sent to.
#[test]
fn a_server_serves_by_the_version_that_it_has() {
    let requests = ("constant.rate = '10/s'", "constant = '1ms'");
    let (told, _) = told(&servers(3, requests, "", "release.v2.version.failure = 1"));
    let both = told.ends.iter().filter(|end| (131.0..159.0).contains(&end.0));
    let fates: Vec<Outcome> = both.map(|end| end.2).collect();
    assert!(fates.len() > 270 && fates.windows(2).all(|pair| pair[0] != pair[1]));
}

/// With a version in which nothing differs, requests are served as long as without it; they only wait longer.
#[test]
fn an_identical_version_costs_capacity_only() {
    let of = |more: &str| outcome(&servers(5, BUSY, "at_once = '50%'", more));
    let (with, without) = (of(""), of("release.v2.enabled = false"));
    let (a, b) = (service(&with, "web"), service(&without, "web"));
    assert_eq!(format!("{:?}", a.service), format!("{:?}", b.service));
    assert!(a.waiting.mean() > b.waiting.mean());
    assert_eq!(metric(&with, "instance_hours"), metric(&without, "instance_hours"));
    // Where there is nobody to notice, nobody does.
    let quiet = |more: &str| {
        outcome(&servers(5, ("constant.rate = '1/s'", "constant = '50ms'"), "", more)).clients
    };
    assert_eq!(format!("{:?}", quiet("")), format!("{:?}", quiet("release.v2.enabled = false")));
}

/// The gate sees the first server at 130 s fail with everything, and decides at 135 s. The second server is away until 160 s and
/// has the new version, too: both get the old one again, one after another, until 220 s.
#[test]
fn going_back_is_the_same_again() {
    let (arrivals, demand) = ("constant.rate = '100/s'", "constant = '1ms'");
    let gate = "release.v2.version.failure = 1
        release.v2.gate = { every = '5s', least_requests = 20, bake = '10m' }";
    let (told, outcome) = told(&servers(4, (arrivals, demand), "", gate));
    assert_eq!(metric(&outcome, "releases_rolled_back"), Some(1.0));
    let detected = metric(&outcome, "new_version_detect_seconds_mean").unwrap();
    assert!((detected - 5.0).abs() < 0.05, "{detected}");
    let restored = metric(&outcome, "new_version_restore_seconds_mean").unwrap();
    // And a request of 1 ms on the first server, which it ends.
    assert!((restored - 90.0).abs() < 0.05, "{restored}");
    let failed: Vec<f64> =
        told.ends.iter().filter(|end| end.2 == Outcome::Failed).map(|end| end.1).collect();
    assert!(failed[0] > 130.0 && failed[failed.len() - 1] < 220.002);
    // As it began: a quarter of the requests each to a server that has the old version.
    let after = told.ends.iter().filter(|(_, end, _)| *end >= 220.002);
    assert!(after.clone().count() > 77_000 && after.clone().all(|end| end.2 == Outcome::Completed));
}

/// The second server has a request from 90 s to 190 s, and drains from 130 s on, when the first is back. At 135 s the gate
/// takes the release back: the second stays as it is, and only the first is away again, until 165 s.
#[test]
fn who_still_drains_stays() {
    let web = ("constant.rate = '100/s'", "constant = '1ms'");
    let more = "client.b = { service = 'slow', arrivals.list.at = ['90.001s'] }
        service.slow = { platform = 'p', demand.constant = '100s' }
        platform.p.discipline = 'processor-sharing'
        release.v2.version.failure = 1
        release.v2.gate = { every = '5s', least_requests = 20 }";
    let outcome = outcome(&servers(2, web, "", more));
    assert_eq!(metric(&outcome, "releases_rolled_back"), Some(1.0));
    let restored = metric(&outcome, "new_version_restore_seconds_mean").unwrap();
    assert!((restored - 35.0).abs() < 0.05, "{restored}");
    assert_eq!(service(&outcome, "slow").completed, 1);
}

/// What else the servers serve is away with them, and one release waits for another: 30 s of `api` after those of `web`.
#[test]
fn services_share_their_servers() {
    let more = "client.b = { service = 'api', arrivals.list.at = ['95s', '115s', '145s', '165s'] }
        service.api = { platform = 'p', demand.constant = '1ms' }
        [release.also]
        service = 'api'
        at = '110s'
        strategy.in-place.install.constant = '30s'";
    let outcome = outcome(&servers(1, NOBODY, "", more));
    let api = service(&outcome, "api");
    assert_eq!((api.completed, api.refused), (2, 2));
    // The mean of 30 s and 50 s: from 100 s to 130 s, and from 110 s to 160 s.
    assert_eq!(lead(&outcome), 40.0);
}

/// One installation brings all members of a family.
#[test]
fn members_of_a_family_come_together() {
    let family =
        servers(2, NOBODY, "", "").replace("platform = 'p',", "platform = 'p', family.count = 3,");
    let outcome = outcome(&family);
    assert_eq!(lead(&outcome), 60.0);
    assert_eq!(metric(&outcome, "releases_completed"), Some(1.0));
}

/// Three servers from 110 s on: the third boots until 120 s with the old version, and has its turn. One that boots from 155 s to
/// 165 s is waited for when the others are through.
#[test]
fn who_comes_meanwhile_has_a_turn() {
    for (from, takes) in [("00:01:50", 90.0), ("00:02:35", 95.0)] {
        let more = format!(
            "platform.p.boot.constant = '10s'
            platform.p.autoscaling.scheduled = {{ min = 2, every = '24h', times = [{{ from = '{from}', to = '23:00', instances = 3 }}] }}"
        );
        assert_eq!(lead(&outcome(&servers(2, NOBODY, "", &more))), takes, "{from}");
    }
}

/// The second server is dead from 105 s to 200 s, and nobody waits for it; when it is back it has the version of the others.
#[test]
fn who_is_dead_has_the_version_when_it_is_back() {
    let requests = ("constant.rate = '10/s'", "constant = '1ms'");
    let more =
        "fault.f = { platform = 'p', at = ['105s'], lasts.constant = '95s', match = 'slot=1' }
        release.v2.version.failure = 1";
    let (told, outcome) = told(&servers(2, requests, "", more));
    assert!((lead(&outcome) - 30.0).abs() < 0.1, "{}", lead(&outcome));
    let after = told.ends.iter().filter(|end| end.0 > 130.0);
    assert!(after.clone().count() > 8_000 && after.clone().all(|end| end.2 == Failed));
}

/// `web` comes to both servers until 160 s, `api` until 220 s. What the gate has seen of `web` at 170 s has to wait for that, and
/// goes before `also`, which takes its turns from 280 s to 340 s.
#[test]
fn going_back_waits_for_what_is_under_way_only() {
    let requests = ("constant.rate = '100/s'", "constant = '1ms'");
    let of = |name: &str, at: &str| {
        format!(
            "client.{name} = {{ service = '{name}', arrivals.list.at = ['900s'] }}
            service.{name} = {{ platform = 'p', demand.constant = '1ms' }}
            release.{name} = {{ service = '{name}', at = '{at}', strategy.in-place.install.constant = '30s' }}\n"
        )
    };
    let more = "release.v2.version.failure = 1
        release.v2.gate = { every = '70s', least_requests = 20, bake = '10m' }\n"
        .to_owned()
        + &of("api", "110s")
        + &of("also", "120s");
    let outcome = outcome(&servers(2, requests, "", &more));
    let restored = metric(&outcome, "new_version_restore_seconds_mean").unwrap();
    assert!((restored - 150.0).abs() < 0.05, "{restored}");
    // The mean of 60 s of `web`, 110 s of `api` and 220 s of `also`.
    assert!((lead(&outcome) - 130.0).abs() < 0.1, "{}", lead(&outcome));
}

/// The first server dies in its installation at 110 s and is back at 140 s, with the new version on its disk; the second
/// follows until 170 s. Where another takes its place, that has booted at 120 s with the old version: both follow.
#[test]
fn a_server_may_die_meanwhile() {
    let fault =
        "fault.f = { platform = 'p', at = ['110s'], lasts.constant = '20s', match = 'slot=0' }
        platform.p.boot.constant = '10s'";
    let repaired = outcome(&servers(2, NOBODY, "", fault));
    assert_eq!(lead(&repaired), 70.0);
    let replaced = outcome(&servers(2, NOBODY, "", &format!("{fault}\nplatform.p.replace = true")));
    assert_eq!(lead(&replaced), 80.0);
    assert_eq!(metric(&replaced, "server_starts"), Some(1.0));
}

/// Until a check has found that it serves, a server gets no requests, and counts as away: two in turn, of which each is away for 30 s
/// and until the next check, every 7 s from a time of its own on.
#[test]
fn a_check_finds_who_is_back() {
    let check = "platform.p.health_check = { period = '7s' }";
    let found = lead(&outcome(&servers(2, NOBODY, "", check)));
    assert!(found > 60.0 && found < 74.0, "{found}");
}
