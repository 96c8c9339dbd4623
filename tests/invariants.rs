//! What always holds, of random scenarios and of the smoke scenarios.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod generator;
mod moves;
mod smoke;

use std::path::Path;

use cloudsched::kernel::{Calendar, Clock, Digest, Time};
use cloudsched::metric::{RequestFigures, RunOutcome};
use cloudsched::scenario::{Loaded, load_text};
use cloudsched::world::{Event, World};
use proptest::prelude::*;

fn load(text: &str) -> Loaded {
    load_text("random.toml", text, Path::new("."), "random", &[])
        .unwrap_or_else(|error| panic!("{}\n{text}", error.render(false)))
}

/// What came out of a world that was driven by hand.
struct Driven {
    outcome: RunOutcome,
    /// Requests and attempts that exist at the end, and the most that ever did.
    left: (usize, usize),
    most: (usize, usize),
}

/// Drives a world event by event, and checks it after each `every` of them.
fn drive(loaded: &Loaded, every: u64) -> Driven {
    let spec = &loaded.specification;
    let horizon = spec.horizon.unwrap_or(Time::MAX);
    let mut world = World::new(spec, loaded.seed, None);
    let mut calendar = Calendar::<Event>::new();
    let (mut events, mut last) = (0_u64, Time::ZERO);
    world.start(&mut calendar);
    while !world.is_over() {
        let Some(event) = calendar.pop() else { break };
        assert!(calendar.now() >= last, "the clock goes back from {last} to {}", calendar.now());
        last = calendar.now();
        if last >= horizon {
            break;
        }
        world.handle(event, &mut calendar);
        events += 1;
        if events.is_multiple_of(every) {
            world.check();
        }
    }
    world.check();
    let (left, most) = (world.in_flight(), world.most_in_flight());
    Driven { outcome: world.outcome(last, Digest::default()), left, most }
}

fn check_balance(name: &str, figures: &RequestFigures) {
    let RequestFigures { requests, completed, refused, timed_out, failed, .. } = *figures;
    let ended = completed + refused + timed_out + failed;
    assert!(ended <= requests, "{name}: {ended} of {requests} requests ended");
    assert_eq!(requests, ended + figures.in_flight(), "{name}");
    // Several messages may go in one attempt.
    assert!(figures.attempts >= requests || figures.messages.is_some(), "{name}");
    assert_eq!(figures.response.count(), completed, "{name}");
    assert!(figures.waiting.count() <= figures.attempts, "{name}");
    assert!(figures.service.count() <= figures.waiting.count(), "{name}");
    let starts = figures.cold_start.count() + figures.warm_starts;
    assert!(starts <= figures.waiting.count(), "{name}");
}

/// The sums that hold of every outcome.
fn check_sums(outcome: &RunOutcome, warm_up: Time) {
    check_balance("total", &outcome.total());
    let kinds = [&outcome.clients, &outcome.services, &outcome.members];
    for figures in kinds.into_iter().flatten() {
        check_balance(&figures.name, &figures.of);
    }
    let sum = |of: fn(&RequestFigures) -> u64| {
        outcome.services.iter().map(|service| of(&service.of)).sum::<u64>()
    };
    assert!(sum(|service| service.requests) >= outcome.total().requests);
    let all = outcome.all_platforms();
    let begun = sum(|service| service.waiting.count());
    // A pod of a cluster is neither cold nor warm.
    let with_instances: u64 = outcome
        .platforms
        .iter()
        .filter(|platform| platform.of.0.instances.is_some() && platform.of.0.preemptions.is_none())
        .map(|platform| platform.of.0.begun)
        .sum();
    let starts = sum(|service| service.cold_start.count() + service.warm_starts);
    // Copies of requests are served, and are nobody's requests.
    let copied = outcome.all_releases().map_or(0, |releases| releases.copies);
    if copied > 0 {
        assert!(begun <= all.begun && starts <= with_instances, "attempts begun beside copies");
    } else if warm_up == Time::ZERO {
        assert_eq!(begun, all.begun, "attempts begun");
        assert_eq!(starts, with_instances, "cold and warm starts");
    } else {
        assert!(starts <= with_instances, "cold and warm starts");
    }
    if !outcome.members.is_empty() {
        let members: u64 = outcome.members.iter().map(|member| member.of.requests).sum();
        assert_eq!(members, sum(|service| service.requests), "requests of members");
    }
    if let Some(instances) = all.instances {
        let gone = instances.evictions + instances.expirations;
        assert!(warm_up > Time::ZERO || gone <= instances.starts, "more instances go than come");
        assert!(instances.busy.area + instances.starting.area <= instances.instances.area);
    }
    if let Some(servers) = all.servers {
        let fixed = u128::from(servers.fixed) * u128::from(outcome.end.as_nanos());
        let most = fixed + servers.group.map_or(0, |group| group.servers.area);
        assert!(servers.busy.area <= most, "more than all servers are busy");
    }
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        max_shrink_iters: 400,
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases.unwrap_or(150))
    }
}

proptest! {
    #![proptest_config(cases())]

    /// The most valuable of all: when nobody sends any more, everything ends, whatever the
    /// disciplines, bindings, evictions and cancellations on the way. No request is lost, no line
    /// stuck, no row leaks.
    #[test]
    fn everything_ends_when_arrivals_stop(text in generator::finite()) {
        let loaded = load(&text);
        let driven = drive(&loaded, 1);
        check_sums(&driven.outcome, loaded.specification.warm_up);
        let total = driven.outcome.total();
        prop_assert_eq!(total.in_flight(), 0, "requests are stuck");
        prop_assert_eq!(driven.left.0, 0, "requests are left");
        for service in &driven.outcome.services {
            prop_assert_eq!(service.of.in_flight(), 0, "calls to {} are stuck", service.name);
        }
        if loaded.specification.horizon.is_some() {
            prop_assert_eq!(driven.left.1, 0, "attempts are left");
        }
    }
}

proptest! {
    #![proptest_config(cases())]

    /// Whatever happens to a cluster, its parts agree at every event, and nobody waits for longer than they would.
    #[test]
    fn clusters_hold_at_every_event(text in generator::busy_cluster()) {
        let loaded = load(&text);
        let driven = drive(&loaded, 1);
        check_sums(&driven.outcome, loaded.specification.warm_up);
        prop_assert_eq!(driven.outcome.total().in_flight(), 0, "requests are stuck");
    }
}

/// The first call of work that nobody waits for any more is the last request; then come its others.
#[test]
fn abandoned_work_goes_on_to_its_next_call() {
    let driven = drive(
        &load(
            "seed = 467
            client.c0 = { service = 'front', timeout = '100ms', arrivals.stages = [{ duration = '2s', target = '30/s' }] }
            service.front = { platform = 'p0', demand.constant = '0s', calls = [{ service = 'back' }, { count = 2, service = 'back' }] }
            service.back = { platform = 'p1', demand.constant = '100ms', cold_demand.constant = '1s' }
            platform.p0 = { kind = 'servers', servers = 1, discipline = 'lifo', queue.limit = 5 }
            platform.p1 = { kind = 'faas', eviction = 'none', keep_alive = 'none' }",
        ),
        1,
    );
    assert_eq!(driven.left.0, 0, "requests are left");
}

/// Found by chance once.
#[test]
fn what_was_found_holds() {
    let found = [
        // A replica that hung is an endpoint again with the requests it had.
        "seed = 512
        horizon = '400s'
        client.c0 = { service = 's', arrivals.stages = [{ duration = '5s', target = '60/s' }] }
        platform.p0 = { kind = 'kubernetes', endpoint_delay = '50ms', nodes = [{ cpu = 2, memory = '1GiB' }] }
        fault.f0 = { platform = 'p0', kind = 'hang', between.exponential.mean = '2s', lasts.exponential.mean = '1s' }
        service.s = { platform = 'p0', demand.constant = '1s', replicas = 2, pod = {
            start.exponential.mean = '1s', readiness.period = '500ms' } }",
        // An instance on a host whose end was announced begins nothing more, picked by its age or not.
        "seed = 291
        client.c0 = { service = 's0x0', arrivals.stages = [{ duration = '1ms', target = '40/s' }, { duration = '2s', target = '30/s' }] }
        client.c1 = { service = 's0x0', arrivals.stages = [{ duration = '1ms', target = '40/s' }, { duration = '2s', target = '30/s' }] }
        platform.p0 = { kind = 'faas', concurrency = 2, which_idle = 'newest', eviction = 'none', keep_alive = 'none',
            hosts = [{ count = 2, cpu = 2, memory = '600MiB' }, { cpu = 4, memory = '512MiB' }] }
        fault.f0 = { platform = 'p0', kind = 'spot', notice = '1s', between.exponential.mean = '3s',
            lasts.exponential.mean = '500ms' }
        service.s0x0 = { platform = 'p0', demand.constant = '1s' }",
    ];
    for text in found {
        drive(&load(text), 1);
    }
}

/// A node fails at 2, on which is the back of a job and the front that waits for it. That its call has failed is about to be told to
/// the job when the front, which has failed, too, cancels it.
#[test]
fn who_is_cancelled_is_told_nothing_more() {
    let driven = drive(
        &load(
            "horizon = '10s'
            client.c = { service = 'front', arrivals.list.at = ['1s'] }
            service.back = { platform = 'c', replicas = 1, demand.constant = '5s', pod.node_selector = { disk = 'ssd' } }
            service.front = { platform = 'c', replicas = 1, demand.constant = '0s', pod.node_selector = { disk = 'ssd' }, calls = [{ service = 'job', timeout = '9s', abandoned = 'cancel' }] }
            service.job = { platform = 'c', cpu = 2, demand.constant = '0s', calls = [{ service = 'back' }] }
            platform.c = { kind = 'orchestrator', nodes = [{ cpu = 1, memory = '1GiB', labels = { disk = 'ssd' } }, { name = 'large', cpu = 2, memory = '1GiB' }] }
            fault.f = { platform = 'c', at = ['2s'], match = 'disk=ssd' }",
        ),
        1,
    );
    assert_eq!(driven.left, (0, 0), "requests and attempts are left");
    assert_eq!(driven.outcome.total().failed, 1);
}

/// The daemon of a node that fails at 2 would have got requests from 9 on; its number is used again by the replica that comes
/// to another node at 3. That one crashes at 8 and starts again at once: at 9 requests cease to go to it, and go to it again.
#[test]
fn a_pod_is_not_taken_for_one_that_was_there_before() {
    let driven = drive(
        &load(
            "horizon = '30s'
            client.c = { service = 'b', arrivals.constant.rate = '1/s' }
            service.a = { platform = 'c', pod = { daemon = true, node_selector = { tier = 'a' }, start.constant = '8s' } }
            service.b = { platform = 'c', replicas = 1, demand.constant = '0s', pod.node_selector = { tier = 'b' } }
            [platform.c]
            kind = 'orchestrator'
            scheduler = 'first-fit'
            endpoint_delay = '1s'
            nodes = [{ cpu = 1, memory = '1GiB', labels = { tier = 'a' } }, { name = 'b', count = 2, cpu = 1, memory = '1GiB', labels = { tier = 'b' } }]
            [fault]
            crash = { platform = 'c', at = ['2s'], match = 'tier=a' }
            spot = { platform = 'c', kind = 'spot', notice = '60s', at = ['3s'], match = 'kubernetes.io/hostname=b-0' }
            end = { platform = 'c', kind = 'container-crash', at = ['8s'], service = 'b' }",
        ),
        1,
    );
    // Those until it is an endpoint, and at 9.
    assert!(driven.outcome.total().refused <= 3, "{}", driven.outcome.total().refused);
}

#[test]
fn smoke_scenarios_hold_at_every_event() {
    for name in smoke::names() {
        let loaded = smoke::loaded(&name, &smoke::text(&name));
        let driven = drive(&loaded, 1);
        check_sums(&driven.outcome, loaded.specification.warm_up);
        let (requests, attempts) = driven.most;
        assert!(driven.left.0 <= requests && driven.left.1 <= attempts, "{name}");
    }
}

#[test]
fn a_run_by_hand_is_a_run() {
    for name in smoke::names() {
        let loaded = smoke::loaded(&name, &smoke::text(&name));
        let outcome = cloudsched::world::run(&loaded.specification, loaded.seed, None, None);
        check_sums(&outcome, loaded.specification.warm_up);
        let by_hand = drive(&loaded, u64::MAX).outcome;
        assert_eq!(by_hand.total().requests, outcome.total().requests, "{name}");
    }
}

/// Rows for requests and attempts are used again: their number goes by what is in flight.
#[test]
fn memory_does_not_grow_with_requests() {
    let most = |requests: u64| {
        let text = format!(
            r#"
            requests = {requests}
            client.a = {{ service = "s", users = 20, timeout = "300ms", abandoned = "cancel",
                think_time.exponential.mean = "100ms", retries = {{ attempts = 2 }} }}
            client.b = {{ service = "s", users = 20, timeout = "300ms", latency.constant = "1ms",
                think_time.exponential.mean = "100ms" }}
            [service.s]
            platform = "p"
            demand.exponential.mean = "10ms"
            calls = [{{ parallel = [{{ service = "f", timeout = "90ms", abandoned = "cancel" }},
                {{ service = "f.1" }}] }}]
            [service.f]
            platform = "q"
            demand.exponential.mean = "40ms"
            family = {{ count = 9 }}
            [platform.p]
            kind = "servers"
            servers = 6
            balance = "choose-d"
            [platform.q]
            kind = "faas"
            max_instances = 8
            cold_start.constant = "50ms"
            keep_alive.fixed.window = "500ms"
            "#
        );
        drive(&load(&text), 1000).most
    };
    let (few, many) = (most(3_000), most(60_000));
    // What is in flight fluctuates, and more so in a longer run; it does not follow the requests.
    assert!(many.0 < 2 * few.0 && many.1 < 2 * few.1, "{few:?} rows, then {many:?}");
}
