//! Sessions that stay with their replica, held against what follows from that. Each replica is on a node of its own speed, so
//! that how long a request takes tells who served it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use cloudsched::model::Outcome;

use super::exposure::{Row, rows};

/// Four replicas, which serve a request in 10, 20, 40 and 100 us: so fast that they hardly ever have two.
pub(super) fn four_replicas(platform: &str, pod: &str) -> String {
    let mut text = format!(
        "service.s = {{ platform = 'p', cpu = 1, replicas = 4, demand.constant = '10us', pod = {{ {pod} }} }}\n"
    );
    let node = |name| format!("{{ cpu = 1, memory = '1GiB', labels.node = '{name}' }}");
    let nodes = ["a", "b", "c", "d"].map(node).join(", ");
    writeln!(
        text,
        "platform.p = {{ kind = 'kubernetes', endpoint_delay = '0s', nodes = [{nodes}], {platform} }}"
    )
    .unwrap();
    for (node, speed) in [("b", 0.5), ("c", 0.25), ("d", 0.1)] {
        writeln!(
            text,
            "fault.{node} = {{ platform = 'p', kind = 'slow', speed = {speed}, at = ['0s'], match = 'node={node}' }}"
        )
        .unwrap();
    }
    text
}

/// So many clients of one user each, who think for 10 s and some milliseconds, so that no two ask at the same time.
pub(super) fn users(count: u32) -> String {
    let one = |number| {
        let think = 10_000 + 13 * number;
        format!(
            "client.u{number} = {{ service = 's', users = 1, think_time.constant = '{think}ms' }}\n"
        )
    };
    (0..count).map(one).collect()
}

/// Which replica served a request, by the milliseconds that it took.
pub(super) fn replica(row: &Row) -> Option<usize> {
    let times = [0.01, 0.02, 0.04, 0.1];
    (row.outcome == Outcome::Completed).then(|| {
        times
            .iter()
            .position(|ms| (row.took - ms).abs() < 1e-4)
            .unwrap_or_else(|| panic!("{row:?}"))
    })
}

/// By user: who served it.
pub(super) fn homes(rows: &[Row]) -> BTreeMap<&str, BTreeSet<usize>> {
    let mut homes: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for row in rows {
        homes.entry(&row.client).or_default().extend(replica(row));
    }
    homes
}

/// Sixty users stay with the replica to which chance led each first, also with the slow ones. Sessions on k replicas are
/// multinomial: the sum of (x - n/k)^2 / (n/k) is chi-square with 3 degrees of freedom, mean 3 and variance 6. Over 40 seeds
/// the mean is 3 +- 1.55 (four standard errors). Taken in turn each replica has 15 of them, and the sum is 0.
#[test]
fn sessions_unbalance_replicas_as_the_multinomial_distribution_has_it() {
    let scenario = |balance| {
        let replicas = four_replicas(&format!("balance = '{balance}'"), "session_affinity = true");
        format!("horizon = '55s'\n{}{replicas}", users(60))
    };
    let spread = |balance, seed| {
        let rows = rows(&scenario(balance), seed);
        let homes = homes(&rows);
        assert!(homes.len() == 60 && homes.values().all(|home| home.len() == 1), "{homes:?}");
        let count = |replica| homes.values().filter(|home| home.contains(&replica)).count() as f64;
        let square = |replica| (count(replica) - 15.0) * (count(replica) - 15.0);
        (0..4).map(|replica| square(replica) / 15.0).sum::<f64>()
    };
    let mean = (0..40).map(|seed| spread("random", seed)).sum::<f64>() / 40.0;
    assert!((mean - 3.0).abs() < 1.55, "{mean}");
    assert_eq!(spread("round-robin", 1), 0.0);
}

/// Without it each user is served by several of four replicas: by one of them only with a chance of 4^-4 for five requests.
#[test]
fn users_go_anywhere_without_affinity() {
    let rows = rows(&format!("horizon = '55s'\n{}{}", users(60), four_replicas("", "")), 3);
    let several = homes(&rows).values().filter(|home| home.len() > 1).count();
    assert!(several >= 57, "{several}");
}

/// Node `b` fails at 100 s and comes back at 300. Its users, and nobody else, are refused until its heartbeats have been missed,
/// at 130 at the latest; then they are with others, and stay there when `b` is back. Nobody else moves.
#[test]
fn sessions_go_down_with_their_replica_until_it_is_found_out() {
    let platform = "heartbeat = { period = '10s', timeout = '30s' }, eviction_delay = '1h'";
    let scenario = format!(
        "horizon = '450s'\n{}{}fault.crash = {{ platform = 'p', at = ['100s'], lasts.constant = '200s', match = 'node=b' }}\n",
        users(40),
        four_replicas(platform, "session_affinity = true")
    );
    let rows = rows(&scenario, 5);
    let (before, after): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.sent < 100.0);
    let (before, later) = (homes(&before), homes(&after));
    let refused: BTreeSet<&str> = after
        .iter()
        .filter(|row| row.outcome != Outcome::Completed)
        .map(|row| &*row.client)
        .collect();
    let of_b = before.iter().filter(|(_, home)| home.contains(&1)).map(|(user, _)| *user);
    assert!(refused.len() > 3 && refused == of_b.collect(), "{refused:?}");
    assert!(after.iter().all(|row| row.outcome == Outcome::Completed || row.sent < 130.0));
    for (user, home) in &later {
        if refused.contains(user) {
            assert!(home.len() == 1 && !home.contains(&1), "{user}: {home:?}");
        } else {
            assert_eq!(home, &before[user], "{user}");
        }
    }
}

/// A user who comes each 10 s stays with a timeout of 11 s, which counts from the last request, and not with one of 9 s: by
/// chance all 30 times with 4^-29.
#[test]
fn a_session_is_forgotten_after_its_timeout() {
    for (timeout, stays) in [("11s", true), ("9s", false)] {
        let platform = format!("session_timeout = '{timeout}'");
        let replicas = four_replicas(&platform, "session_affinity = true");
        let rows = rows(&format!("horizon = '310s'\n{}{replicas}", users(1)), 2);
        assert!(rows.len() >= 30);
        assert_eq!(homes(&rows)["u0"].len() == 1, stays, "{timeout}");
    }
}

/// An open loop of one session asks one replica, of many all; and so does one that says nothing of sessions. Of 200 requests
/// each has a quarter, +- 24.5 (four standard errors).
#[test]
fn an_open_loop_has_as_many_sessions_as_it_says() {
    let counts = |sessions: &str| {
        let scenario = format!(
            "horizon = '20010ms'\nclient.c = {{ service = 's', arrivals.constant.rate = '10/s', {sessions} }}\n{}",
            four_replicas("", "session_affinity = true")
        );
        let rows = rows(&scenario, 4);
        let mut counts = [0_u32; 4];
        rows.iter().filter_map(replica).for_each(|replica| counts[replica] += 1);
        counts
    };
    assert_eq!(counts("sessions = 1").iter().filter(|count| **count > 0).count(), 1);
    for sessions in ["", "sessions = 100000"] {
        let counts = counts(sessions);
        assert!(counts.iter().all(|count| (26..=74).contains(count)), "{sessions}: {counts:?}");
    }
}

/// The calls of a request are those of its session: `s`, which is asked by way of two gates in turn, knows its users again.
#[test]
fn calls_belong_to_the_session_of_who_asked() {
    let replicas = four_replicas("balance = 'round-robin'", "session_affinity = true");
    let users = users(21).replace("'s'", "'gate'");
    let gate = "service.gate = { platform = 'gates', replicas = 2, demand.constant = '0s', calls = [{ service = 's' }] }\n\
                platform.gates = { kind = 'kubernetes', endpoint_delay = '0s', nodes = [{ cpu = 4, memory = '1GiB' }] }\n";
    let rows = rows(&format!("horizon = '95s'\n{users}{gate}{replicas}"), 6);
    assert!(homes(&rows).values().all(|home| home.len() == 1), "{:?}", homes(&rows));
}
