//! Routers that find a replica which cannot be reached: to whom they go on, and what that costs.

use std::collections::BTreeMap;

use cloudsched::model::Outcome;

use super::exposure::{Row, rows};

/// Requests of 10 to 40 s, by a router, to replicas of which those on node `bad` are gone from 10 s on. That is known at 60 s.
fn bad_node(exposure: &str, replicas: u32) -> Vec<Row> {
    let at: Vec<String> = (0..30).map(|second| format!("'{second}500ms'")).collect();
    let at = at.join(", ").replace("'0500ms'", "'500ms'");
    let only = if replicas == 1 { ", only = 'yes'" } else { "" };
    rows(
        &format!(
            "horizon = '80s'\nclient.c = {{ service = 's', latency.constant = '11s', arrivals.list.at = [{at}] }}\n\
             service.r = {{ platform = 'p', replicas = 1, demand.constant = '0s', pod.node_selector.node = 'r' }}\n\
             service.s = {{ platform = 'p', cpu = 1, replicas = {replicas}, demand.constant = '0s', pod = {{ balance = 'round-robin', \
             node_selector = {{ node = 's'{only} }}, exposure = {{ {exposure} }} }} }}\n\
             platform.p = {{ kind = 'openshift', endpoint_delay = '0s', nodes = [{{ cpu = 9, memory = '9GiB', labels.node = 'r' }}, \
             {{ cpu = 1, memory = '1GiB', labels = {{ node = 's', only = 'yes' }} }}, {{ cpu = 1, memory = '1GiB', labels.node = 's' }}] }}\n\
             fault.f = {{ platform = 'p', at = ['10s'], match = 'only' }}\n"
        ),
        1,
    )
}

/// The seconds that requests spent at the router and behind it, by how they ended.
fn took(rows: &[Row]) -> Vec<(Outcome, u32)> {
    // There and back are 11 s each.
    let second = |row: &Row| (row.outcome, (row.took / 1e3 - 22.0).round() as u32);
    assert!(rows.iter().all(|row| (row.took / 1e3).fract() < 1e-6), "{rows:?}");
    let mut took: Vec<(Outcome, u32)> = rows.iter().map(second).collect();
    took.sort_unstable_by_key(|(outcome, seconds)| (*seconds, *outcome == Outcome::Failed));
    took.dedup();
    took
}

/// Of two replicas one is on a node that does not answer: who is sent there goes to the other one 5 s later, by `HAProxy` and by
/// nginx. With one try the router fails then; if there is no other, after as many times.
#[test]
fn a_router_goes_on_from_a_replica_that_does_not_answer() {
    use Outcome::{Completed, Failed};
    for (exposure, replicas, seen) in [
        ("route = { router = 'r', latency = '0s' }", 2, vec![(Completed, 0), (Completed, 5)]),
        ("ingress = { router = 'r', latency = '0s' }", 2, vec![(Completed, 0), (Completed, 5)]),
        (
            "ingress = { router = 'r', latency = '0s', tries = 2, connect_timeout = '2s' }",
            2,
            vec![(Completed, 0), (Completed, 2)],
        ),
        (
            "route = { router = 'r', latency = '0s', tries = 1 }",
            2,
            vec![(Completed, 0), (Failed, 5)],
        ),
        ("route = { router = 'r', latency = '0s' }", 1, vec![(Failed, 20)]),
        ("ingress = { router = 'r', latency = '0s' }", 1, vec![(Failed, 15)]),
    ] {
        assert_eq!(took(&bad_node(exposure, replicas)), seen, "{exposure}, {replicas}");
    }
}

/// The containers of two replicas end now and then, which the router knows 5 s later; until then the node answers that nobody is there.
/// Of the users that have a cookie half are there: `HAProxy` asks three times, a second apart, and then goes to the other one, 2 s
/// later. nginx, with a cookie, goes there at once, and so does `HAProxy` without one.
#[test]
fn a_cookie_is_held_until_the_last_try() {
    for (exposure, most) in [
        ("route = { router = 'r', latency = '0s' }", 2),
        ("route = { router = 'r', latency = '0s', cookie = false }", 0),
        ("ingress = { router = 'r', latency = '0s', cookie = true, reload = '5s' }", 0),
    ] {
        let mut text = String::from("horizon = '300s'\n");
        for user in 0..20 {
            let think = 1000 + 13 * user;
            text += &format!(
                "client.u{user} = {{ service = 's', users = 1, think_time.constant = '{think}ms' }}\n"
            );
        }
        text += &format!(
            "service.r = {{ platform = 'p', replicas = 1, demand.constant = '0s' }}\n\
             service.s = {{ platform = 'p', replicas = 2, demand.constant = '0s', pod.exposure = {{ {exposure} }} }}\n\
             platform.p = {{ kind = 'openshift', endpoint_delay = '0s', nodes = [{{ cpu = 9, memory = '9GiB' }}] }}\n\
             fault.f = {{ platform = 'p', kind = 'container-crash', service = 's', between.exponential.mean = '100s' }}\n"
        );
        let rows = rows(&text, 3);
        let mut seen: BTreeMap<u32, u32> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.sent > 8.0 && row.sent < 290.0) {
            assert_eq!(row.outcome, Outcome::Completed, "{exposure}: {row:?}");
            let seconds = row.took / 1e3;
            assert!((seconds - seconds.round()).abs() < 1e-6, "{exposure}: {row:?}");
            *seen.entry(seconds.round() as u32).or_default() += 1;
        }
        assert_eq!(seen.keys().max(), Some(&most), "{exposure}: {seen:?}");
        assert!(most == 0 || seen[&most] >= 4, "{exposure}: {seen:?}");
    }
}

/// Of four replicas one is gone and looks idle to every balancer. What is sent there goes to any of the three others, which have 80 requests a
/// second of 10 ms between them: none waits for more than a second.
#[test]
fn who_is_sent_on_goes_to_any_other() {
    for balance in
        ["round-robin", "random", "least-outstanding", "join-idle-queue", "consistent-hash"]
    {
        let text = format!(
            "horizon = '60s'
            client.c = {{ service = 's', arrivals.constant.rate = '80/s', timeout = '1s' }}
            service.r = {{ platform = 'p', replicas = 1, demand.constant = '0s', pod.node_selector.node = 'r' }}
            service.s = {{ platform = 'p', cpu = 1, replicas = 4, demand.constant = '10ms', pod = {{ balance = '{balance}', cpu_limit = 1, node_selector.node = 's', exposure.ingress = {{ router = 'r', latency = '0s', connect_timeout = '0s' }} }} }}
            platform.p = {{ kind = 'kubernetes', endpoint_delay = '0s', nodes = [{{ cpu = 9, memory = '9GiB', labels.node = 'r' }}, {{ count = 4, name = 's', cpu = 1, memory = '1GiB', labels.node = 's' }}] }}
            fault.f = {{ platform = 'p', at = ['10s'], match = 'kubernetes.io/hostname=s-0' }}"
        );
        let rows = rows(&text, 1);
        let lost = rows.iter().filter(|row| row.outcome != Outcome::Completed).count();
        assert!(rows.len() > 4000 && lost < 10, "{balance}: {lost} of {}", rows.len());
    }
}
