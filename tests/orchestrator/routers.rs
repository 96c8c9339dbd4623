//! Routers: pods of a service that hand requests from outside on to others.

use std::collections::BTreeMap;

use cloudsched::model::Outcome;

use super::exposure::{Row, rows};
use super::run_text;

/// The milliseconds and outcomes of the requests of a client after the first second.
fn seen<'a>(rows: &'a [Row], client: &str) -> Vec<&'a Row> {
    rows.iter().filter(|row| row.client == client && row.sent > 1.0).collect()
}

/// From outside a request to `s` is 2 ms at the router, 1 ms on the way from there and back, and 10 ms at `s`, whether all of
/// the cluster or `s` alone is behind it. The router itself is behind a balancer of 4 ms. Calls from `front` of the same cluster
/// go straight to `s`, those of `far` on another by the router.
#[test]
fn who_comes_from_outside_comes_by_the_router() {
    let ingress = "exposure.ingress = { router = 'router', latency = '1ms' }";
    for (of_cluster, of_pod) in [(ingress, ""), ("", ingress)] {
        let mut text = String::from("horizon = '20s'\n");
        for client in ["s", "front", "far"] {
            text += &format!(
                "client.{client} = {{ service = '{client}', arrivals.constant.rate = '1/s' }}\n"
            );
        }
        text += &format!(
            "service.router = {{ platform = 'p', replicas = 2, demand.constant = '2ms', pod.exposure.load-balancer.latency = '4ms' }}\n\
             service.s = {{ platform = 'p', replicas = 2, demand.constant = '10ms', pod = {{ {of_pod} }} }}\n\
             service.front = {{ platform = 'p', replicas = 2, demand.constant = '3ms', calls = [{{ service = 's' }}], pod.exposure.load-balancer.latency = '0s' }}\n\
             service.far = {{ platform = 'q', demand.constant = '5ms', calls = [{{ service = 's' }}] }}\n\
             platform.q = {{ kind = 'servers', servers = 9 }}\n\
             platform.p = {{ kind = 'kubernetes', endpoint_delay = '0s', nodes = [{{ cpu = 64, memory = '9GiB' }}], {of_cluster} }}\n"
        );
        let rows = rows(&text, 1);
        for (client, took) in
            [("s", 4.0 + 2.0 + 1.0 + 10.0), ("front", 3.0 + 10.0), ("far", 5.0 + 17.0)]
        {
            let seen = seen(&rows, client);
            assert!(seen.len() > 17, "{client}");
            assert!(seen.iter().all(|row| (row.took - took).abs() < 1e-3), "{client}: {seen:?}");
        }
    }
}

/// A router with two cores takes 10 ms a request on average, of which 120 a second are for `shop` and 40 for `blog`, which take
/// no time. Cores that are shared keep as many waiting as M/M/2 with a load of 0.8: Erlang's formula says that 0.7111 of requests
/// find both busy, so that all take 0.7111 / (200 - 160) s + 10 ms = 27.78 ms, those to the `blog` as well.
#[test]
fn a_router_that_is_short_of_cpu_holds_up_all_behind_it() {
    let outcome = run_text(
        "horizon = '4000s'\nwarm_up = '100s'\n\
         client.shop = { service = 'shop', arrivals.poisson.rate = '120/s' }\n\
         client.blog = { service = 'blog', arrivals.poisson.rate = '40/s' }\n\
         service.router = { platform = 'p', cpu = 2, replicas = 1, demand.exponential.mean = '10ms', pod.cpu_limit = 2 }\n\
         service.shop = { platform = 'p', replicas = 1, demand.constant = '0s' }\n\
         service.blog = { platform = 'p', replicas = 1, demand.constant = '0s' }\n\
         platform.p = { kind = 'kubernetes', nodes = [{ cpu = 9, memory = '9GiB' }], exposure.route = { router = 'router', latency = '0s' } }\n",
    );
    let mean: BTreeMap<&str, f64> = outcome
        .clients
        .iter()
        .map(|of| (&*of.name, of.of.response.mean().unwrap() * 1e3))
        .collect();
    for client in ["shop", "blog"] {
        assert!((mean[client] / 27.78 - 1.0).abs() < 0.03, "{client}: {mean:?}");
    }
}

/// Two replicas of which one node is ten times as slow. A route gives cookies, so that each of 30 users stays; an ingress does
/// not, unless it is asked to: of five requests all go to one with a chance of 1 in 16. Who hashes the user needs no cookie.
#[test]
fn a_route_keeps_sessions_and_an_ingress_does_not() {
    for (exposure, balance, stays) in [
        ("route = { router = 'r' }", "random", true),
        ("ingress = { router = 'r' }", "random", false),
        ("ingress = { router = 'r', cookie = true }", "random", true),
        ("route = { router = 'r', cookie = false }", "random", false),
        ("ingress = { router = 'r' }", "consistent-hash", true),
    ] {
        let mut text = String::from("horizon = '55s'\n");
        for user in 0..30 {
            let think = 10_000 + 13 * user;
            text += &format!(
                "client.u{user} = {{ service = 's', users = 1, think_time.constant = '{think}ms' }}\n"
            );
        }
        text += &format!(
            "service.r = {{ platform = 'p', replicas = 2, demand.constant = '0s', pod.node_selector.node = 'r' }}\n\
             service.s = {{ platform = 'p', cpu = 1, replicas = 2, demand.constant = '10us', pod = {{ exposure = {{ {exposure} }}, balance = '{balance}', node_selector.node = 's' }} }}\n\
             platform.p = {{ kind = 'openshift', endpoint_delay = '0s', nodes = [{{ cpu = 9, memory = '9GiB', labels.node = 'r' }}, \
             {{ cpu = 1, memory = '1GiB', labels = {{ node = 's' }} }}, {{ cpu = 1, memory = '1GiB', labels = {{ node = 's', slow = 'yes' }} }}] }}\n\
             fault.slow = {{ platform = 'p', kind = 'slow', speed = 0.1, at = ['0s'], match = 'slow' }}\n"
        );
        let rows = rows(&text, 8);
        let mut slow: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.outcome == Outcome::Completed) {
            let counts = slow.entry(&row.client).or_default();
            // The hop takes 0.2 ms.
            if row.took > 0.25 { counts.0 += 1 } else { counts.1 += 1 }
        }
        let stay = slow.values().filter(|(slow, fast)| *slow == 0 || *fast == 0).count();
        assert!(slow.values().any(|of| of.0 > 0) && slow.values().any(|of| of.1 > 0), "{slow:?}");
        assert!(if stays { stay == 30 } else { stay < 12 }, "{exposure}, {balance}: {slow:?}");
    }
}

/// A route waits for 30 s for a replica that takes 40: the request fails 30 s after the 2 ms at the router and half of the hop.
/// An ingress waits for a minute.
#[test]
fn a_router_does_not_wait_for_ever() {
    for (kind, outcome, took) in
        [("route", Outcome::Failed, 30_002.0), ("ingress", Outcome::Completed, 40_002.0)]
    {
        let rows = rows(
            &format!(
                "horizon = '60s'\nclient.c = {{ service = 's', arrivals.list.at = ['10s'] }}\n\
                 service.r = {{ platform = 'p', replicas = 1, demand.constant = '2ms' }}\n\
                 service.s = {{ platform = 'p', replicas = 1, demand.constant = '40s' }}\n\
                 platform.p = {{ kind = 'openshift', nodes = [{{ cpu = 9, memory = '9GiB' }}], exposure.{kind} = {{ router = 'r', latency = '0s' }} }}\n"
            ),
            1,
        );
        assert!(
            rows[0].outcome == outcome && (rows[0].took - took).abs() < 1e-3,
            "{kind}: {rows:?}"
        );
    }
}

/// What a route knows of replicas is 5 s old at most, and here always, beside the second that all need: `s` serves from 6 s on,
/// and `direct` of the same cluster from 1 s on.
#[test]
fn a_router_is_the_last_to_know() {
    let rows = rows(
        "horizon = '10s'\n\
         client.s = { service = 's', arrivals.constant.rate = '10/s' }\n\
         client.direct = { service = 'direct', arrivals.constant.rate = '10/s' }\n\
         service.r = { platform = 'p', replicas = 1, demand.constant = '0s' }\n\
         service.s = { platform = 'p', replicas = 1, demand.constant = '0s', pod.exposure.route = { router = 'r' } }\n\
         service.direct = { platform = 'p', replicas = 1, demand.constant = '0s' }\n\
         platform.p = { kind = 'openshift', nodes = [{ cpu = 9, memory = '9GiB' }] }\n",
        1,
    );
    for (client, from) in [("direct", 1.0), ("s", 6.0)] {
        let served = |row: &&Row| row.client == client && row.outcome == Outcome::Completed;
        let first = rows.iter().find(served).unwrap().sent;
        assert!((from..from + 0.2).contains(&first), "{client}: {first}");
    }
}

/// The only pod of the router ends at 100 s and is back at once, but known after a second of having gone and another of having
/// come: whoever comes meanwhile is refused, though `s` could serve, and called inside it does.
#[test]
fn a_router_that_is_gone_takes_its_services_with_it() {
    let rows = rows(
        "horizon = '200s'\n\
         client.s = { service = 's', arrivals.constant.rate = '10/s' }\n\
         client.front = { service = 'front', arrivals.constant.rate = '10/s' }\n\
         service.r = { platform = 'p', replicas = 1, demand.constant = '0s', pod.start.constant = '5s' }\n\
         service.s = { platform = 'p', replicas = 1, demand.constant = '0s', pod.exposure.ingress = { router = 'r' } }\n\
         service.front = { platform = 'p', replicas = 1, demand.constant = '0s', calls = [{ service = 's' }] }\n\
         platform.p = { kind = 'kubernetes', nodes = [{ cpu = 9, memory = '9GiB' }] }\n\
         fault.f = { platform = 'p', kind = 'container-crash', service = 'r', at = ['100s'] }\n",
        1,
    );
    let refused = |client: &str| {
        let of = rows.iter().filter(|row| row.client == client && row.sent > 10.0);
        of.filter(|row| row.outcome != Outcome::Completed).map(|row| row.sent).collect::<Vec<f64>>()
    };
    let (first, last) = (refused("s")[0], *refused("s").last().unwrap());
    assert!((100.0..100.2).contains(&first) && (105.5..106.2).contains(&last), "{first} to {last}");
    assert_eq!(refused("front"), [0.0; 0]);
}
