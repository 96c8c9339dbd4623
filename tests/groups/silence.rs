//! Servers that hang or are cut off: what waits there, when that is known, and when they are heard again.

use cloudsched::model::Outcome::{self, Completed, Failed, Refused};

use super::{metric, outcome, requests, told};

/// When requests sent at these times ended, and how; in order of sending.
fn ends(rows: &[(f64, f64)], platform: &str, more: &str) -> Vec<(f64, Outcome)> {
    let (mut told, _) = told(&requests(rows, platform, more));
    told.ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    told.ends.iter().map(|&(_, end, how)| (end, how)).collect()
}

/// Two servers that are asked each 10 s, of which the second falls silent at 99.5 s; each second a request that waits for 3 s.
fn two(kind: &str, more: &str) -> String {
    format!(
        "horizon = '300s'\nclient.c = {{ service = 's', timeout = '3s', arrivals.constant.rate = '1/s' }}\n\
         service.s = {{ platform = 'p', demand.constant = '10ms' }}\n\
         fault.f = {{ platform = 'p', kind = '{kind}', match = 'slot=1', at = ['99.5s'] }}\n\
         platform.p = {{ kind = 'servers', servers = 2, balance = 'round-robin', \
         health_check = {{ period = '10s', timeout = '5s', failures = 2 }}{more} }}\n"
    )
}

/// It misses the first check between 99.5 and 109.5 s and the second 10 s later, which is known after 5 s more: until then every second
/// request waits in vain: 7 to 13 of them.
#[test]
fn a_silent_server_gets_requests_until_it_has_missed_two_checks() {
    for kind in ["hang", "partition"] {
        let ran = outcome(&two(kind, ""));
        let in_vain = metric(&ran, "timed_out");
        assert!((7.0..=13.0).contains(&in_vain), "{kind}: {in_vain}");
        let lost = (metric(&ran, "failed"), metric(&ran, "refused"));
        assert_eq!((metric(&ran, "node_failures"), lost), (1.0, (0.0, 0.0)), "{kind}");
        let detected = metric(&ran, "time_to_detect_ms_mean");
        assert!((15_000.0..=25_000.0).contains(&detected), "{kind}: {detected}");
        assert_eq!(metric(&ran, "server_starts"), 0.0, "{kind}");
        // A group that replaces starts another, which serves at the first check after 20 s.
        let replaced = outcome(&two(kind, ", replace = true, boot.constant = '20s'"));
        assert_eq!(metric(&replaced, "server_starts"), 1.0, "{kind}");
        let recovered = metric(&replaced, "time_to_recover_ms_mean");
        assert!((detected + 20_000.0..=detected + 30_000.0).contains(&recovered), "{recovered}");
    }
}

/// The first of two servers hangs from 5 s to 15 s. What it has served for 4 s of 10 ends at 21 s, and then what waits there,
/// also what came meanwhile. Cut off, it has lost both, and serves what was sent meanwhile from 15 s on.
#[test]
fn what_is_at_a_silent_server_waits_or_is_lost() {
    let rows = [(1.0, 10.0), (2.0, 10.0), (3.0, 1.0), (4.0, 1.0), (6.0, 1.0)];
    let of = |kind: &str| {
        ends(
            &rows,
            "servers = 2\nbalance = 'round-robin'\nhealth_check = { period = '1h', failures = 2 }",
            &format!(
                "fault.f = {{ platform = 'p', kind = '{kind}', match = 'slot=0', at = ['5s'], lasts.constant = '10s' }}"
            ),
        )
    };
    let hung = [21.0, 12.0, 22.0, 13.0, 23.0].map(|end| (end, Completed));
    assert_eq!(of("hang"), hung);
    let cut_off =
        [(5.0, Failed), (12.0, Completed), (5.0, Refused), (13.0, Completed), (16.0, Completed)];
    assert_eq!(of("partition"), cut_off);
}

/// Known at once, the only server is replaced, and what it had is lost. The other one serves from 8 s on.
#[test]
fn a_silent_server_is_replaced_with_what_it_has() {
    for kind in ["hang", "partition"] {
        let ends = ends(
            &[(1.0, 10.0), (6.0, 1.0), (9.0, 1.0)],
            "servers = 1\nbalance = 'random'\nreplace = true\nboot.constant = '3s'",
            &format!("fault.f = {{ platform = 'p', kind = '{kind}', at = ['5s'] }}"),
        );
        assert_eq!(ends, [(5.0, Failed), (6.0, Refused), (10.0, Completed)], "{kind}");
    }
}

/// A server is silent from 100 s to 160 s. From when that is known, 15 to 25 s later, until the first check that finds it heard
/// again, 0 to 10 s after, requests are refused; before, they wait in vain for a second.
#[test]
fn a_server_that_is_heard_again_gets_requests_after_a_check() {
    for kind in ["hang", "partition"] {
        let ran = outcome(&format!(
            "horizon = '300s'\nclient.c = {{ service = 's', timeout = '1s', abandoned = 'cancel', arrivals.constant.rate = '1/s' }}\n\
             service.s = {{ platform = 'p', demand.constant = '10ms' }}\n\
             fault.f = {{ platform = 'p', kind = '{kind}', at = ['99.5s'], lasts.constant = '60s' }}\n\
             platform.p = {{ kind = 'servers', servers = 1, balance = 'random', \
             health_check = {{ period = '10s', timeout = '5s', failures = 2 }} }}\n"
        ));
        let (in_vain, refused) = (metric(&ran, "timed_out"), metric(&ran, "refused"));
        assert!((15.0..=25.0).contains(&in_vain), "{kind}: {in_vain}");
        assert!((60.0..=70.0).contains(&(in_vain + refused)), "{kind}: {refused}");
        assert_eq!(metric(&ran, "completed") + in_vain + refused, metric(&ran, "requests"));
        let recovered = metric(&ran, "time_to_recover_ms_mean");
        assert!((60_000.0..=70_000.0).contains(&recovered), "{kind}: {recovered}");
    }
}

/// From a central line a server that hangs takes nobody else; the other one serves who waits.
#[test]
fn a_central_line_passes_by_a_server_that_hangs() {
    let ends = ends(
        &[(1.0, 10.0), (2.0, 10.0), (3.0, 2.0)],
        "servers = 2",
        "fault.f = { platform = 'p', kind = 'hang', match = 'slot=0', at = ['5s'], lasts.constant = '30s' }",
    );
    assert_eq!(ends, [41.0, 12.0, 14.0].map(|end| (end, Completed)));
}

/// Two servers share all work, of which one hangs: the 10 s that are left of two requests take 10 s.
#[test]
fn a_server_that_hangs_shares_no_work() {
    let ends = ends(
        &[(0.0, 10.0), (0.0, 10.0)],
        "servers = 2\ndiscipline = 'processor-sharing'",
        "fault.f = { platform = 'p', kind = 'hang', match = 'slot=0', at = ['5s'], lasts.constant = '30s' }",
    );
    assert_eq!(ends, [(15.0, Completed); 2]);
}

/// Faults of one name hit the same servers at the same times whatever they do.
#[test]
fn all_kinds_have_the_same_luck() {
    let failures = |kind: &str| {
        let ran = outcome(&format!(
            "horizon = '4d'\nclient.c = {{ service = 's', timeout = '1s', arrivals.constant.rate = '1/min' }}\n\
             service.s = {{ platform = 'p', demand.constant = '10ms' }}\n\
             fault.f = {{ platform = 'p', kind = '{kind}', between.exponential.mean = '2h', lasts.exponential.mean = '5m' }}\n\
             platform.p = {{ kind = 'servers', servers = 3, balance = 'random' }}\n"
        ));
        metric(&ran, "node_failures")
    };
    let crashes = failures("crash");
    assert!(crashes > 50.0, "{crashes}");
    assert_eq!((failures("hang"), failures("partition")), (crashes, crashes));
}

/// A server hangs, or is cut off, from 102 s to 106 s, and dies at 104 s for the rest of the run: that it is heard of again is no life. It
/// is found as any that is dead, within 25 s, and replaced where that is wanted.
#[test]
fn a_server_that_dies_while_it_is_silent_stays_dead() {
    for kind in ["hang", "partition"] {
        for (replace, starts) in [(false, 0.0), (true, 1.0)] {
            let ran = outcome(&format!(
                "horizon = '400s'\nclient.c = {{ service = 's', timeout = '3s', arrivals.constant.rate = '1/s' }}\n\
                 service.s = {{ platform = 'p', demand.constant = '10ms' }}\n\
                 fault.quiet = {{ platform = 'p', kind = '{kind}', match = 'slot=1', at = ['102s'], lasts.constant = '4s' }}\n\
                 fault.dies = {{ platform = 'p', match = 'slot=1', at = ['104s'], lasts.constant = '1h' }}\n\
                 platform.p = {{ kind = 'servers', servers = 2, balance = 'round-robin', boot.constant = '20s', replace = {replace}, \
                 health_check = {{ period = '10s', timeout = '5s', failures = 2 }} }}\n"
            ));
            assert!(metric(&ran, "refused") <= 13.0, "{kind} {replace}");
            assert_eq!(metric(&ran, "server_starts"), starts, "{kind}");
        }
    }
}
