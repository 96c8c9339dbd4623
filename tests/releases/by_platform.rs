//! What a new version is on each platform of functions, by that platform's own way.

use super::{instances, metric, outcome, service};

/// Twenty requests a second for five minutes, each of half a second, to a service that is released at two minutes.
fn run_on(platform: &str, release: &str) -> cloudsched::metric::RunOutcome {
    outcome(&format!(
        "horizon = '5m'
        client.a = {{ service = 'web', arrivals.constant.rate = '20/s' }}
        service.web = {{ platform = 'p', demand.constant = '500ms', cpu_share = 0 }}
        [platform.p]
        {platform}
        [release.v2]
        service = 'web'
        at = '2m'
        {release}"
    ))
}

const ROOM: &str = "quota = { concurrency = 1000, requests_per_minute = 100000 }";

/// Each platform of functions, with as many instances as the load needs and twice that.
fn platforms() -> [String; 7] {
    [
        "kind = 'aws-lambda'".to_owned(),
        "kind = 'gcf-gen2'".to_owned(),
        "kind = 'azure-consumption'".to_owned(),
        "kind = 'azure-premium'".to_owned(),
        "kind = 'oci-functions'".to_owned(),
        format!("kind = 'openwhisk'\ninvokers = 4\n{ROOM}"),
        "kind = 'fn'\nhosts = [{ count = 4, cpu = 8, memory = '8GiB' }]".to_owned(),
    ]
}

/// An alias, a revision, a slot, an updated action: what is in flight when it changes is finished, and nothing is
/// lost; the new version starts with instances of its own.
#[test]
fn nothing_is_lost_when_a_version_changes() {
    for platform in platforms() {
        let outcome = run_on(&platform, "");
        let web = service(&outcome, "web");
        assert_eq!(web.refused + web.failed + web.timed_out, 0, "{platform}");
        assert_eq!(web.completed + web.in_flight(), 6000, "{platform}");
        // One that is always ready has room for all, and is awaited.
        let is_warm = platform.contains("premium");
        assert_eq!(metric(&outcome, "new_version_cold_starts") == Some(0.0), is_warm, "{platform}");
        // 180 seconds of 20, but for those on their way at the end.
        let attempts = metric(&outcome, "new_version_attempts").unwrap();
        assert!((3500.0..=3600.0).contains(&attempts), "{platform}: {attempts}");
    }
}

/// A weight is a weight everywhere: 0.2 of 3,600 attempts, to four standard deviations.
#[test]
fn a_share_is_as_large_on_each() {
    for platform in platforms() {
        let outcome = run_on(&platform, "strategy.canary.steps = [{ weight = 0.2, hold = '1h' }]");
        let attempts = metric(&outcome, "new_version_attempts").unwrap();
        assert!((attempts - 720.0).abs() < 4.0 * 24.0, "{platform}: {attempts}");
    }
}

/// A swap of slots: the other slot is warm before requests go there.
#[test]
fn a_swap_starts_nothing_cold() {
    let outcome = run_on("kind = 'azure-premium'", "strategy.blue-green = { keep = '1m' }");
    assert_eq!(metric(&outcome, "new_version_cold_starts"), Some(0.0));
    let at_once = run_on("kind = 'azure-premium'\nprovisioned_concurrency = 0", "");
    assert!(metric(&at_once, "new_version_cold_starts") > Some(0.0));
}

/// Provisioned environments are of a version: those of the new one are there before it is asked, those of the old one go.
#[test]
fn provisioned_environments_change_with_the_version() {
    let platform = "kind = 'aws-lambda'\nprovisioned_concurrency = 20";
    let cold = |release| metric(&run_on(platform, release), "new_version_cold_starts").unwrap();
    for release in ["", "strategy.blue-green = { keep = '1m' }"] {
        assert_eq!(cold(release), 0.0, "{release}");
    }
    assert!(cold("version.provisioned_concurrency = 0") > 0.0);
}

/// Where there is room for 16 containers the old version's ten or more stay where they are until their room is asked for: idle ones go
/// for those of the new version.
#[test]
fn idle_containers_of_the_old_version_make_room() {
    for platform in [
        format!("kind = 'openwhisk'\ninvokers = 2\nmanaged_fraction = 1\nstem_cells = []\n{ROOM}"),
        "kind = 'fn'\nhosts = [{ count = 1, cpu = 16, memory = '2GiB' }]".to_owned(),
    ] {
        let without = run_on(&platform, "enabled = false");
        let with = run_on(&platform, "");
        assert_eq!(instances(&without).evictions, 0, "{platform}");
        assert!(instances(&with).evictions > 0, "{platform}");
        let web = service(&with, "web");
        assert_eq!(web.refused + web.failed + web.timed_out, 0, "{platform}");
    }
}
