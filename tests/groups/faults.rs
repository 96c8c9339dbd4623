//! Servers that die: what is lost with them, when that is known, and what comes then.

use cloudsched::model::Outcome::{self, Completed, Failed, Refused};

use super::{metric, outcome, requests, told};

/// When requests sent at these times ended, and how; in order of sending.
fn ends(rows: &[(f64, f64)], platform: &str, more: &str) -> Vec<(f64, Outcome)> {
    let (mut told, _) = told(&requests(rows, platform, more));
    told.ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    told.ends.iter().map(|&(_, end, how)| (end, how)).collect()
}

/// A server dies at 100 s for ever. It is asked each 10 s, so it misses the first check between 100 and 110 and the
/// second 10 s later, which is known after 5 s more: between 115 and 125. Until then every second request is refused:
/// 7 to 13 of them.
#[test]
fn a_dead_server_gets_requests_until_it_has_missed_two_checks() {
    let text = |check: &str| {
        format!(
            "horizon = '300s'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/s' }}\n\
             service.s = {{ platform = 'p', demand.constant = '10ms' }}\n\
             fault.f = {{ platform = 'p', match = 'slot=1', at = ['99.5s'] }}\n\
             platform.p = {{ kind = 'servers', servers = 2, balance = 'round-robin' {check} }}\n"
        )
    };
    let ran = outcome(&text(", health_check = { period = '10s', timeout = '5s', failures = 2 }"));
    let refused = metric(&ran, "refused");
    assert!((7.0..=13.0).contains(&refused), "{refused}");
    assert_eq!((metric(&ran, "node_failures"), metric(&ran, "failed")), (1.0, 0.0));
    // Without checks it is known at once.
    assert_eq!(metric(&outcome(&text("")), "refused"), 0.0);
}

/// At 5 s the first server dies: the request that it serves fails and the one that waits at it is refused, the one on
/// the other server ends at 12 s. It is back at 15 s, boots for 3 s and has missed too few checks to be noticed: a
/// request that it gets before 18 s is refused, one after that served.
#[test]
fn what_is_at_a_server_is_lost_with_it() {
    let rows =
        [(1.0, 10.0), (2.0, 10.0), (3.0, 1.0), (4.0, 1.0), (17.0, 1.0), (17.5, 1.0), (19.0, 1.0)];
    let ends = ends(
        &rows,
        "servers = 2\nbalance = 'round-robin'\nboot.constant = '3s'\n\
         health_check = { period = '1h', failures = 2 }",
        "fault.f = { platform = 'p', match = 'slot=0', at = ['5s'], lasts.constant = '10s' }",
    );
    let expected = [
        (5.0, Failed),
        (12.0, Completed),
        (5.0, Refused),
        (13.0, Completed),
        (17.0, Refused),
        (18.5, Completed),
        (20.0, Completed),
    ];
    assert_eq!(ends, expected);
}

/// In a central line the one that waits is served when the server is back, at 5 + 10 + 3 s.
#[test]
fn a_central_line_waits_on() {
    for discipline in ["fifo", "lifo", "random", "priority", "shortest-job"] {
        let ends = ends(
            &[(1.0, 10.0), (2.0, 1.0), (7.0, 2.0)],
            &format!("servers = 1\nboot.constant = '3s'\ndiscipline = '{discipline}'"),
            "fault.f = { platform = 'p', at = ['5s'], lasts.constant = '10s' }",
        );
        assert_eq!(ends[0], (5.0, Failed), "{discipline}");
        let in_order = ends[1..] == [(19.0, Completed), (21.0, Completed)];
        let turned = ends[1..] == [(21.0, Completed), (20.0, Completed)];
        let right = match discipline {
            "lifo" => turned,
            "random" => in_order || turned,
            _ => in_order,
        };
        assert!(right, "{discipline}: {ends:?}");
    }
}

/// Two servers share all work: three requests of 4 s from 0 s on have 2/3 of a server each, so 2 s of work at 3 s,
/// when the second server dies with the one that began there. The other two share the first from then on: 2 s of
/// work each take 4 s.
#[test]
fn shared_work_is_lost_with_the_server_where_it_began() {
    let platform = "servers = 2\ndiscipline = 'processor-sharing'";
    let fault = "fault.f = { platform = 'p', match = 'slot=1', at = ['3s'] }";
    let ends = ends(&[(0.0, 4.0), (0.0, 4.0), (0.0, 4.0)], platform, fault);
    assert_eq!(ends.iter().filter(|end| **end == (3.0, Failed)).count(), 1, "{ends:?}");
    assert_eq!(ends.iter().filter(|end| **end == (7.0, Completed)).count(), 2, "{ends:?}");
}

/// Behind a balancer the two requests at the server that dies are lost, the others are not slower for it.
#[test]
fn a_shared_server_behind_a_balancer_loses_its_own() {
    let platform = "servers = 2\ndiscipline = 'processor-sharing'\nbalance = 'round-robin'";
    let fault = "fault.f = { platform = 'p', match = 'slot=1', at = ['3s'] }";
    let ends = ends(&[(0.0, 4.0), (0.5, 4.0), (1.0, 4.0), (1.5, 4.0)], platform, fault);
    // The first has 1 s alone, then half a server: 3 s more of work by 7 s, when the other has 3 s; alone it is
    // done at 8 s.
    assert_eq!(ends, [(7.0, Completed), (3.0, Failed), (8.0, Completed), (3.0, Failed)]);
}

/// Half as fast from 2 s to 6 s: of 5 s of work, 2 are done at 2 s and 4 at 6 s, so the end is at 7 s.
#[test]
fn a_slow_server_computes_at_a_part_of_its_speed() {
    let fault = "fault.f = { platform = 'p', kind = 'slow', speed = 0.5, at = ['2s'], lasts.constant = '4s' }";
    for platform in [
        "servers = 1",
        "servers = 1\nbalance = 'random'",
        "servers = 1\ndiscipline = 'processor-sharing'",
    ] {
        assert_eq!(ends(&[(0.0, 5.0)], platform, fault), [(7.0, Completed)], "{platform}");
    }
}

/// The server that died at 10 s is replaced when that is known; the new one boots for 20 s. With a check each 5 s and
/// 1 s for the answer that is between 11 and 16 s, so the request at 12 s waits until 31 to 36 s.
#[test]
fn a_dead_server_is_replaced_when_that_is_known() {
    let platform = "servers = 1\nreplace = true\nboot.constant = '20s'\n\
                    health_check = { period = '5s', timeout = '1s', failures = 1 }";
    let fault = "fault.f = { platform = 'p', at = ['10s'] }";
    let (told, ran) = told(&requests(&[(12.0, 1.0), (60.0, 1.0)], platform, fault));
    let end = told.ends[0].1;
    assert!((32.0..=37.0).contains(&end), "{end}");
    assert_eq!(told.ends[1].1, 61.0);
    let starts = ["server_starts", "node_failures", "servers_max"].map(|name| metric(&ran, name));
    assert_eq!(starts, [1.0, 1.0, 1.0]);
}

/// The same servers die at the same times whatever the balancer and however many servers there are beside.
#[test]
fn the_same_bad_luck_meets_every_policy() {
    let failures = |keys: &str| {
        metric(
            &outcome(&format!(
                "horizon = '100h'\nclient.c = {{ service = 's', arrivals.poisson.rate = '1/min' }}\n\
                 service.s = {{ platform = 'p', demand.exponential.mean = '10m' }}\n\
                 fault.f = {{ platform = 'p', match = 'slot in (0, 1, 2, 3, 4)', \
                 between.exponential.mean = '10h', lasts.exponential.mean = '1h' }}\n\
                 platform.p = {{ kind = 'servers', {keys} }}\n"
            )),
            "node_failures",
        )
    };
    let five = failures("servers = 5");
    assert!(five > 20.0, "{five}");
    for keys in ["servers = 5, balance = 'random'", "servers = 8, discipline = 'processor-sharing'"]
    {
        assert_eq!(failures(keys), five, "{keys}");
    }
}

/// From 40 h on the same servers die at the same times whether all five were there from the start or three came at 39 h:
/// what would have happened to a slot before there was one has happened.
#[test]
fn the_same_bad_luck_meets_who_comes_later() {
    let failures = |seed: u64, fault: &str, keys: &str| {
        let text = format!(
            "horizon = '140h'\nwarm_up = '40h'\nclient.c = {{ service = 's', arrivals.poisson.rate = '1/h' }}\n\
             service.s = {{ platform = 'p', demand.constant = '1s' }}\n\
             fault.f = {{ platform = 'p', between.exponential.mean = '10h', {fault} }}\n\
             platform.p = {{ kind = 'servers', {keys} }}\n"
        );
        metric(&super::with_seed(&text, seed), "node_failures")
    };
    let later = "servers = 2, replace = false, autoscaling.scheduled = { min = 2, every = '1000h', \
                 times = [{ from = '39h', to = '999h', instances = 5 }] }";
    let fault = "lasts.exponential.mean = '5m'";
    let mut all = 0.0;
    for seed in 1..=5 {
        let five = failures(seed, fault, "servers = 5");
        assert_eq!(failures(seed, fault, later), five, "{seed}");
        all += five;
    }
    // 25 servers for 100 h each fail 250 / (1 + 1/120) times on average, with a standard deviation of 16.
    assert!((all - 248.0).abs() < 64.0, "{all}");
}

/// A slot that is first used at 50 s has the faults that it would have had from the start: of the outage of zone b from
/// 40 to 70 s the group knows, so the second server is started in zone a.
#[test]
fn a_new_server_goes_where_no_fault_is() {
    let (_, ran) = told(&requests(
        &[(0.0, 1.0), (120.0, 1.0)],
        "servers = 1\nzones = ['a', 'b']\nboot.constant = '5s'\n\
         autoscaling.scheduled = { times = [{ from = '50s', to = '24h', instances = 2 }] }",
        "fault.b = { platform = 'p', match = 'zone=b', at = ['40s', '100s'], lasts.constant = '30s' }",
    ));
    // Neither in zone a is hit, at 100 s either.
    assert_eq!((metric(&ran, "node_failures"), metric(&ran, "server_starts")), (0.0, 1.0));
}

/// Slots 2, 3 and 4 are under a fault when two servers more are wanted at 60 s: these take the next ones.
#[test]
fn servers_start_in_the_first_slots_that_no_fault_holds() {
    let (told, ran) = told(&requests(
        &[(0.0, 1.0), (300.0, 1.0)],
        "servers = 2\nautoscaling.scheduled = { min = 2, times = [{ from = '60s', to = '24h', instances = 4 }] }",
        "fault.f = { platform = 'p', match = 'slot in (2, 3, 4)', at = ['50s'], lasts.constant = '1h' }",
    ));
    assert_eq!(told.changes(), [(60, 4)]);
    assert_eq!(metric(&ran, "server_starts"), 2.0);
}

/// All other slots are under a fault until 150 s, so that no server can start at 60 s: two do at 150, when nothing else
/// happens that could have them looked for.
#[test]
fn servers_start_when_the_first_slot_is_free_again() {
    let (told, ran) = told(&requests(
        &[(0.0, 1.0), (300.0, 1.0)],
        "servers = 2\nautoscaling.scheduled = { min = 2, times = [{ from = '60s', to = '24h', instances = 4 }] }",
        "fault.f = { platform = 'p', match = 'slot notin (0, 1)', at = ['50s'], lasts.constant = '100s' }",
    ));
    assert_eq!(told.changes(), [(150, 4)]);
    assert_eq!(metric(&ran, "server_starts"), 2.0);
}

/// Slow for good is the server, not its slot: 2 s of work take 4 from 10 s on, and 2 again when the server that died at 20 s
/// is replaced, until the fault hits that one at 40 s.
#[test]
fn the_server_after_a_slow_one_is_as_fast_as_any() {
    let ends = ends(
        &[(12.0, 2.0), (30.0, 2.0), (50.0, 2.0)],
        "servers = 1\nreplace = true",
        "fault.slow = { platform = 'p', kind = 'slow', speed = 0.5, at = ['10s', '40s'] }\n\
         fault.dies = { platform = 'p', at = ['20s'] }",
    );
    assert_eq!(ends, [(16.0, Completed), (32.0, Completed), (54.0, Completed)]);
}

/// Two servers from 10 to 40 s and from 60 s on, the second one always in slot 1, though a fault without an end is due there
/// at 50 s, when nobody is: the one at 70 s hits it.
#[test]
fn what_never_ends_hits_nobody_where_nobody_is() {
    let (_, ran) = told(&requests(
        &[(0.0, 1.0), (300.0, 1.0)],
        "servers = 1\nreplace = false\nautoscaling.scheduled = { min = 1, times = [\
         { from = '10s', to = '40s', instances = 2 }, { from = '60s', to = '24h', instances = 2 }] }",
        "fault.first = { platform = 'p', match = 'slot=1', at = ['50s'] }\n\
         fault.second = { platform = 'p', match = 'slot=1', at = ['70s'] }",
    ));
    assert_eq!(metric(&ran, "node_failures"), 1.0);
}
