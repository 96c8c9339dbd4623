//! A release that its cluster has not got on with, and the next one.

use cloudsched::metric::{Milestone, RunOutcome};

use super::promised::told;
use super::{FOUR_REPLICAS, metric, outcome, service};

/// Replicas of `v2` start in 700 s, longer than the 600 s after which the rollout counts as stalled; then `v3` is due.
fn stalled(v3: &str) -> RunOutcome {
    outcome(&format!(
        "horizon = '3h'
        client.users = {{ service = 'shop', arrivals.poisson.rate = '2/s', timeout = '2s' }}
        platform.cluster = {{ kind = 'kubernetes', nodes = [{{ machine = 'm5.4xlarge' }}] }}
        [service.shop]
        platform = 'cluster'
        {FOUR_REPLICAS}
        [release.v2]
        service = 'shop'
        at = '10m'
        version.pod.start.constant = '700s'
        {v3}"
    ))
}

/// While `v3` waits an hour for approval its cluster goes on to `v2`, which then serves all, and is what `v3` replaces: nobody is refused
/// but in the first seconds of the run, before there is a replica.
#[test]
fn a_version_that_is_late_serves_while_the_next_waits() {
    let late = |v3: &str| {
        let outcome = stalled(v3);
        (service(&outcome, "shop").refused, metric(&outcome, "releases_completed"))
    };
    let (refused, completed) = late("");
    assert_eq!(completed, Some(1.0));
    assert!(refused < 60, "{refused}");
    let v3 = "[release.v3]\nservice = 'shop'\nat = '15m'\ngate.approval.constant = '1h'";
    assert_eq!(late(v3), (refused, Some(2.0)));
}

/// Without approval `v3` begins at once, at 20 min, when replicas of `v2` are starting: these give way, and `v2` never serves all.
#[test]
fn a_version_that_is_late_gives_way_to_the_next() {
    let outcome = stalled("[release.v3]\nservice = 'shop'\nat = '15m'");
    assert_eq!(metric(&outcome, "releases_completed"), Some(1.0));
    assert!(service(&outcome, "shop").refused < 60);
}

/// `v2` is under way, each of its replicas in a minute, when `v3` overtakes it, which fails and is taken back: its cluster goes
/// back to what was there before both, so that `v2` is taken back, too.
#[test]
fn what_was_overtaken_is_taken_back_with_the_other() {
    let text = format!(
        "horizon = '1h'
        client.c = {{ service = 's', arrivals.poisson.rate = '20/s', timeout = '2s' }}
        platform.p = {{ kind = 'kubernetes', nodes = [{{ machine = 'm5.4xlarge' }}] }}
        [service.s]
        platform = 'p'
        {FOUR_REPLICAS}
        [release.v2]
        service = 's'
        at = '10m'
        version = {{ failure = 0.01, pod.start.constant = '60s' }}
        [release.v3]
        service = 's'
        at = '11m30s'
        version.failure = 1
        gate = {{ every = '10s', least_requests = 20 }}"
    );
    let (told, outcome) = told(&text);
    let of = |name: &str| metric(&outcome, name);
    assert_eq!((of("releases_rolled_back"), of("releases_completed")), (Some(2.0), Some(0.0)));
    assert_eq!(of("change_failure_fraction"), Some(1.0));
    let told_of = |release: &str| {
        let own = told.releases.iter().filter(|(name, ..)| name == release);
        own.map(|(_, _, what)| *what).collect::<Vec<_>>()
    };
    let last = [Milestone::TakenBack, Milestone::Restored];
    let overtaken = [Milestone::Begun, Milestone::Overtaken, last[0], last[1]];
    assert_eq!(
        (told_of("v2"), told_of("v3")),
        (overtaken.to_vec(), [&[Milestone::Begun][..], &last].concat())
    );
    let at = |of: &str, what| {
        told.releases.iter().find(|(name, _, it)| name == of && *it == what).unwrap().1
    };
    for what in last {
        assert_eq!(at("v2", what), at("v3", what));
    }
    let left = told.instances.values().filter(|(.., to)| *to == 3600.0);
    assert_eq!(left.map(|(of, ..)| &**of).collect::<Vec<_>>(), ["s"; 4]);
}

/// `v2` starts in a minute each; at 12 min its cluster turns to `v3`, which does not fail: all that fails did so until then and
/// on the replicas that were there.
#[test]
fn a_cluster_turns_to_the_next_at_once() {
    let text = format!(
        "horizon = '1h'
        client.users = {{ service = 'shop', arrivals.poisson.rate = '20/s', timeout = '2s' }}
        platform.cluster = {{ kind = 'kubernetes', nodes = [{{ machine = 'm5.4xlarge' }}] }}
        [service.shop]
        platform = 'cluster'
        {FOUR_REPLICAS}
        [release.v2]
        service = 'shop'
        at = '10m'
        version = {{ failure = 1, pod.start.constant = '60s' }}
        [release.v3]
        service = 'shop'
        at = '11m30s'"
    );
    let outcome = outcome(&text);
    assert_eq!(metric(&outcome, "releases_completed"), Some(1.0));
    // The first replica of four is there for half a minute, and goes when those of `v3` have come, within ten seconds.
    let failed = metric(&outcome, "new_version_failed").unwrap();
    assert!((50.0..600.0).contains(&failed), "{failed}");
    // It began 90 s after `v2`, which would have taken four minutes.
    let lead = metric(&outcome, "lead_time_all_seconds_mean").unwrap();
    assert!(lead < 60.0, "{lead}");
}
