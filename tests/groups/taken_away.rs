//! Zones that are lost, and servers that are taken away after a notice.

use cloudsched::model::Outcome::{Completed, Failed, Refused};

use super::{metric, requests, told};

/// Servers in zones a, b, a, b. Zone a is gone from 100 to 400 s: two die, and as many are started in zone b; when it is
/// back nothing is, for four are there.
#[test]
fn a_zone_that_is_lost_is_replaced_in_the_others() {
    let rows: Vec<(f64, f64)> = (0..600).map(|second| (f64::from(second), 0.1)).collect();
    let platform = "servers = 4\nzones = ['a', 'b']\nreplace = true\nboot.constant = '30s'\n\
                    balance = 'round-robin'\nhealth_check = { period = '1s', timeout = '1s', failures = 3 }";
    let fault = "fault.a = { platform = 'p', match = 'zone=a', at = ['100s', '200s'], lasts.constant = '300s' }";
    let (told, ran) = told(&requests(&rows, platform, fault));
    let figures = ["node_failures", "server_starts", "servers_max"].map(|name| metric(&ran, name));
    assert_eq!(figures, [2.0, 2.0, 4.0]);
    let lost: Vec<f64> = told.ends.iter().filter(|end| end.2 == Refused).map(|end| end.0).collect();
    // Two of four are dead for 3 to 4 s before that is known.
    assert!(
        (1..=2).contains(&lost.len()) && lost.iter().all(|at| (100.0..104.0).contains(at)),
        "{lost:?}"
    );
    assert_eq!(told.servers.iter().filter(|(_, booting)| *booting == 2).count(), 30);
    // Others boot for 30 s then, and are found to work by the next probe.
    assert!((3000.0..=4000.0).contains(&metric(&ran, "time_to_detect_ms_mean")));
    assert!((33_000.0..=35_000.0).contains(&metric(&ran, "time_to_recover_ms_max")));
}

/// A notice of 60 s at 100 s: what the server has at 100 s and is done by 160 s completes, what is longer fails then. The
/// other that is started at once takes the requests from 130 s on.
#[test]
fn a_spot_server_drains_in_its_notice_and_is_replaced_at_once() {
    let platform =
        "servers = 1\nreplace = true\nboot.constant = '30s'\ndiscipline = 'processor-sharing'";
    let fault = "fault.spot = { platform = 'p', kind = 'spot', notice = '60s', at = ['100s'] }";
    let rows = [(90.0, 20.0), (90.0, 100.0), (110.0, 1.0), (135.0, 1.0)];
    let (mut told, ran) = told(&requests(&rows, platform, fault));
    told.ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Both on the first server until 110 s, in halves; then 1 s/s for... the short one is done at 130 s.
    let ends: Vec<_> = told.ends.iter().map(|end| (end.1, end.2)).collect();
    assert!(ends.contains(&(130.0, Completed)) && ends.contains(&(160.0, Failed)), "{ends:?}");
    assert_eq!(ends[2], (110.0, Refused), "nobody is there yet");
    assert_eq!(ends[3], (136.0, Completed));
    assert_eq!((metric(&ran, "node_failures"), metric(&ran, "server_starts")), (1.0, 1.0));
    assert_eq!(metric(&ran, "time_to_recover_ms_mean"), 30_000.0);
    assert!(metric(&ran, "time_to_detect_ms_mean").is_nan(), "nobody sent it anything");
}

/// Without replacement the server is back when the machine is: after the notice of 2 min and 60 s more, and its boot.
#[test]
fn a_spot_server_that_is_not_replaced_comes_back() {
    let platform = "servers = 1\nboot.constant = '30s'";
    let fault =
        "fault.spot = { platform = 'p', kind = 'spot', at = ['100s'], lasts.constant = '60s' }";
    let (told, ran) = told(&requests(&[(105.0, 1.0), (400.0, 1.0)], platform, fault));
    assert_eq!(told.ends, [(105.0, 311.0, Completed), (400.0, 401.0, Completed)]);
    // From 220 to 280 s of 401 s the machine is not there.
    assert_eq!((metric(&ran, "servers_mean"), metric(&ran, "server_starts")), (341.0 / 401.0, 0.0));
}

/// Of two servers with a request of 500 s each one is to go at 10 s, and drains. A crash at 100 s ends that, and so does a
/// notice of 60 s then, at 160 s, with what it serves; each is a failure. The other serves until 500 s.
#[test]
fn what_drains_is_hit_like_all_others() {
    let platform = "servers = 2\nbalance = 'round-robin'\nderegistration_delay = '1h'\n\
                    autoscaling.scheduled = { times = [{ from = '0s', to = '10s', instances = 2 }] }";
    for (kind, until) in [("kind = 'crash'", 100.0), ("kind = 'spot', notice = '60s'", 160.0)] {
        let fault =
            format!("fault.f = {{ platform = 'p', {kind}, match = 'slot=1', at = ['100s'] }}");
        let (told, ran) = told(&requests(&[(0.0, 500.0), (1.0, 500.0)], platform, &fault));
        assert_eq!(told.ends, [(1.0, until, Failed), (0.0, 500.0, Completed)], "{kind}");
        let figures = ["node_failures", "servers_mean"].map(|name| metric(&ran, name));
        assert_eq!(figures, [1.0, (500.0 + until) / 500.0], "{kind}");
    }
}

/// A server that has its notice since 100 s crashes at 130 s: that is the end of it, but it has failed once.
#[test]
fn what_is_to_be_taken_away_fails_once() {
    let faults = "fault.spot = { platform = 'p', kind = 'spot', notice = '60s', at = ['100s'] }\n\
                  fault.crash = { platform = 'p', at = ['130s'] }";
    let (told, ran) = told(&requests(&[(0.0, 500.0)], "servers = 1", faults));
    assert_eq!((told.ends[0].1, metric(&ran, "node_failures")), (130.0, 1.0));
}
