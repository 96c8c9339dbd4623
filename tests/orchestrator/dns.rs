//! Services whose names resolve to the addresses of their replicas: whom callers ask, and for how long.

use std::collections::BTreeSet;

use cloudsched::model::Outcome;

use super::exposure::{Row, rows};
use super::sessions::{four_replicas, homes, replica, users};
use super::wrong::expect;

/// Of twenty users each stays with the replica whose address it has, where it keeps that: also when the replica has been gone since 25 s,
/// for its requests are refused then, until the address is too old. Who resolves the name each time goes anywhere, and to none that is
/// gone.
#[test]
fn callers_keep_what_they_have_resolved() {
    let scenario = |dns: &str| {
        let replicas = four_replicas("", dns);
        let fault = "fault.gone = { platform = 'p', kind = 'spot', notice = '1h', at = ['25s'], match = 'node=a' }\n";
        rows(&format!("horizon = '200s'\n{}{replicas}{fault}", users(20)), 4)
    };
    let refused = |rows: &[Row]| -> Vec<f64> {
        let refused = rows.iter().filter(|row| row.outcome == Outcome::Refused && row.sent > 5.0);
        refused.map(|row| row.sent).collect()
    };
    let anew = scenario("dns = {}");
    assert_eq!(refused(&anew), [0.0; 0]);
    assert!(homes(&anew).values().filter(|home| home.len() > 1).count() >= 18);
    let kept = scenario("dns.cache = '1h'");
    assert!(homes(&kept).values().all(|home| home.len() <= 1), "{:?}", homes(&kept));
    let lost = refused(&kept);
    assert!(lost.len() > 20 && lost[0] > 25.0 && *lost.last().unwrap() > 180.0, "{lost:?}");
    let old = refused(&scenario("dns.cache = '35s'"));
    assert!(!old.is_empty() && old.iter().all(|at| (25.0..60.0).contains(at)), "{old:?}");
}

/// Two replicas of `front` call `s`: each keeps one address for all of its requests, whoever has sent them. Without a cache they ask
/// all four.
#[test]
fn who_calls_is_who_resolves() {
    let asked = |dns: &str| {
        let text = format!(
            "horizon = '200s'\nclient.c = {{ service = 'front', arrivals.constant.rate = '1/s' }}\n\
             service.front = {{ platform = 'q', replicas = 2, demand.constant = '0s', calls = [{{ service = 's' }}] }}\n\
             platform.q = {{ kind = 'docker-swarm', endpoint_delay = '0s', nodes = [{{ cpu = 9, memory = '9GiB' }}] }}\n{}",
            four_replicas("", dns)
        );
        let rows = rows(&text, 5);
        rows.iter().filter(|row| row.sent > 5.0).filter_map(replica).collect::<BTreeSet<usize>>()
    };
    assert_eq!(asked("dns = {}").len(), 4);
    assert_eq!(asked("dns.cache = '10m'").len(), 2);
    // A new one after a minute is the same with probability 1/4.
    assert!(asked("dns.cache = '20s'").len() > 2);
}

/// A name that resolves to replicas has nothing before them.
#[test]
fn a_name_without_a_virtual_ip_has_nothing_before_its_replicas() {
    let nodes = "[platform.p]\nkind = 'docker-swarm'\nnodes = [{ cpu = 1, memory = '1GiB' }]\n";
    for (key, value) in
        [("balance", "'random'"), ("exposure", "'node-port'"), ("session_affinity", "true")]
    {
        let pod = format!("pod = {{ dns.cache = '10m', {key} = {value} }}");
        let service = format!("[service.s]\nplatform = 'p'\nreplicas = 1\n{pod}\n");
        expect(&(service + nodes), &format!("leave out either `{key}` or `dns`"));
    }
}
