//! How often a gate takes back a version that differs in nothing.
//!
//! With a probability of 5 % at most, half of it for each of the two tests.

use super::{metric, seeded};

/// How many of so many runs take the version back; each with a seed of its own.
fn taken_back(text: &str, runs: u64) -> u64 {
    let back = |seed| metric(&seeded(text, seed), "releases_rolled_back").unwrap();
    (1..=runs).map(back).sum::<f64>() as u64
}

/// Of 200 runs with a server at a load of 0.8, where nothing fails, so the times are all that speaks. At the level of the test of times, 2.5 %,
/// 5 of 200 are taken back on average and more than 10 once in 80 tries; at 10 %, 10 or fewer are once in 120.
fn keeps_its_level(discipline: &str, strategy: &str) {
    let text = format!(
        "horizon = '30m'
        client.a = {{ service = 'web', arrivals.poisson.rate = '8/s' }}
        service.web = {{ platform = 'p', demand.exponential.mean = '100ms' }}
        platform.p = {{ kind = 'servers', servers = 1, discipline = '{discipline}' }}
        [release.v2]
        service = 'web'
        at = '10m'
        gate = {{ every = '1m', bake = '10m' }}
        {strategy}"
    );
    let found = taken_back(&text, 200);
    assert!(found <= 10, "{found} of 200 with {discipline} {strategy}");
}

const CANARY: &str = "strategy.canary.steps = [{ weight = 0.2, hold = '10m' }]";

#[test]
fn independent_times_keep_it() {
    keeps_its_level("fifo", "");
    keeps_its_level("fifo", CANARY);
}

/// With processor sharing, times of requests that are served together are alike for many seconds.
#[test]
fn shared_processors_keep_it() {
    keeps_its_level("processor-sharing", "");
}

#[test]
fn shared_processors_keep_it_side_by_side() {
    keeps_its_level("processor-sharing", CANARY);
}

/// Callers wait for a second, and a start takes 1.8 s: who has to wait for one gives up, and fails, at both versions, but the new one has
/// more starts. That counts for neither.
#[test]
fn slow_starts_do_not_raise_it() {
    let text = "horizon = '40m'
        client.a = { service = 'web', arrivals.poisson.rate = '50/s', timeout = '1s' }
        service.web = { platform = 'p', demand.lognormal = { mean = '80ms', cv = 1 } }
        platform.p = { kind = 'faas', cold_start.constant = '1800ms' }
        [release.v2]
        service = 'web'
        at = '10m'
        strategy.canary.steps = [{ weight = 0.05, hold = '10m' }]
        gate = { every = '1m', bake = '5m' }";
    let found = taken_back(text, 20);
    // Of 20 at 5 % more than 4 are taken back once in 400 tries.
    assert!(found <= 4, "{found} of 20");
}

/// Callers, and callers of callers, give up in a quarter of all cases, at both versions alike: copies are given up when
/// their originals are. A test that lets copies go on takes back nearly all.
#[test]
fn copies_that_are_given_up_as_their_originals_keep_it() {
    let rest = "platform.p = { kind = 'servers', servers = 16 }
        platform.front = { kind = 'servers', servers = 64 }
        [release.v2]
        service = 'web'
        at = '10m'
        strategy.shadow.hold = '10m'
        gate = { every = '1m' }";
    let demand = "demand.lognormal = { mean = '300ms', cv = 1 }";
    let client = "arrivals.poisson.rate = '16/s', timeout = '400ms'";
    let by_clients = format!(
        "horizon = '30m'
        client.a = {{ service = 'web', {client}, latency.constant = '20ms' }}
        service.web = {{ platform = 'p', {demand} }}
        {rest}"
    );
    let by_callers = format!(
        "horizon = '30m'
        client.a = {{ service = 'front', {client}, abandoned = 'cancel' }}
        service.front = {{ platform = 'front', demand.constant = '10ms', calls = [{{ service = 'web', abandoned = 'cancel' }}] }}
        service.web = {{ platform = 'p', {demand} }}
        {rest}"
    );
    for text in [by_clients, by_callers] {
        // Of 40 at 5 % more than 6 are taken back once in 300 tries.
        let found = taken_back(&text, 40);
        assert!(found <= 6, "{found} of 40");
    }
}

/// Ten replicas that are as fast as a core, of a service without calls, and a canary of a share of the requests, which has as large a share of
/// replicas, rounded up, beside all old ones.
fn canary_on_a_cluster(weight: f64, demand: &str) -> String {
    format!(
        "horizon = '40m'
        client.a = {{ service = 'web', arrivals.poisson.rate = '30/s' }}
        [service.web]
        platform = 'p'
        cpu = 1
        replicas = 10
        demand.exponential.mean = '240ms'
        pod = {{ start.constant = '10s', cpu_limit = 1 }}
        [platform.p]
        kind = 'kubernetes'
        nodes = [{{ count = 4, cpu = 8, memory = '32GiB' }}]
        [release.v2]
        service = 'web'
        at = '10m'
        version.demand.exponential.mean = '{demand}'
        strategy.canary.steps = [{{ weight = {weight}, hold = '20m' }}]
        gate = {{ every = '1m' }}"
    )
}

/// Two replicas have a fifth of the requests, ten the others, so that each of the two has a quarter more to do, and requests there take longer.
/// A test of how long they take took back 20 of 20.
#[test]
fn replicas_with_more_to_do_keep_it() {
    let found = taken_back(&canary_on_a_cluster(0.2, "240ms"), 20);
    assert!(found <= 4, "{found} of 20");
}

/// One replica has a twentieth of the requests, half as much to do as each of the others. A test of how long requests take found none
/// of 20 versions that compute half as long again.
#[test]
fn replicas_with_less_to_do_hide_nothing() {
    let found = taken_back(&canary_on_a_cluster(0.05, "360ms"), 20);
    assert!(found >= 18, "{found} of 20");
}

/// Once all requests go to the new version it is held against what the old one did before, when there were fewer requests.
#[test]
fn a_load_that_rises_keeps_it() {
    let text = "horizon = '70m'
        [client.a]
        service = 'web'
        arrivals.stages = [{ duration = '1s', target = '5/s' }, { duration = '10m', target = '5/s' }, { duration = '60m', target = '30/s' }]
        [service.web]
        platform = 'p'
        cpu = 1
        replicas = 10
        demand.exponential.mean = '240ms'
        pod = { start.constant = '10s', cpu_limit = 1 }
        [platform.p]
        kind = 'kubernetes'
        nodes = [{ count = 4, cpu = 8, memory = '32GiB' }]
        [release.v2]
        service = 'web'
        at = '40m'
        strategy = 'rolling'
        gate = { every = '1m', bake = '20m' }";
    let found = taken_back(text, 20);
    assert!(found <= 4, "{found} of 20");
}
