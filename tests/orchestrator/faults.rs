//! Nodes that fail: what is lost, when it is noticed, and what comes instead.

use cloudsched::metric::RunOutcome;
use cloudsched::model::Outcome;
use cloudsched::scenario::load_text;

use super::{Told, load, metric, run_text, told};

/// What was told of a run of a scenario with pods.
fn run(scenario: &str) -> (Told, RunOutcome) {
    let text = format!("output = {{ instances = true, requests = true }}\n{scenario}");
    let loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    told(&loaded)
}

/// Two nodes with a replica each, in turns; one fails at 100 s for ever. A node renews its lease each 10 s, so the last
/// time was between 90 and 100; 50 s later, at the next whole 5 s, it counts as failed: between 140 and 150. Until then
/// every second request is refused: 20 to 25 of them. 300 s later the replica is made anew on the other node.
#[test]
fn a_lost_node_is_noticed_by_its_lease_and_given_up_after_five_minutes() {
    let (told, outcome) = run("horizon = '600s'\n\
         client.c = { service = 's', arrivals.constant.rate = '1/s' }\n\
         service.s = { platform = 'c', cpu = 1, replicas = 2, demand.constant = '10ms' }\n\
         platform.c = { kind = 'kubernetes', balance = 'round-robin', nodes = [\
         { cpu = 2, memory = '8GiB', labels.rack = 'a' }, { cpu = 2, memory = '8GiB', labels.rack = 'b' }] }\n\
         fault.rack = { platform = 'c', match = 'rack=a', at = ['100s'] }\n");
    // The first second, in which no endpoint was known, is refused, too.
    let refused = metric(&outcome, "refused");
    let first = told.jobs.iter().take_while(|job| job.2 == Outcome::Refused).count();
    let lost = refused as usize - first;
    assert!((20..=26).contains(&lost), "{lost}");
    assert_eq!(metric(&outcome, "node_failures"), 1.0);
    let mut pods = told.pods_of("s");
    pods.sort_by(|a, b| a.1.total_cmp(&b.1));
    assert_eq!(pods.len(), 3, "{pods:?}");
    assert_eq!((pods[2].0, pods[2].2), (1, 600.0));
    assert!((440.0..=450.0).contains(&pods[2].1) && pods[2].1 % 5.0 == 0.0, "{pods:?}");
    let lost_pod = pods[..2].iter().find(|pod| pod.0 == 0).unwrap();
    assert_eq!(lost_pod.2, pods[2].1, "it counts until it is given up");
}

const TWO: &str = "platform.c = { kind = 'orchestrator', eviction_delay = '30s', nodes = [\
                   { cpu = 1, memory = '8GiB', name = 'a' }, { cpu = 1, memory = '8GiB', name = 'b' }] }\n";

/// A request of 50 s on the node that fails after 20 s fails then; the next one finds the other node's replica.
#[test]
fn what_a_node_serves_is_lost_with_it() {
    let scenario = format!(
        "{TWO}service.s = {{ platform = 'c', cpu = 1, replicas = 1 }}\n\
         fault.f = {{ platform = 'c', at = ['30s'] }}\n"
    );
    let (told, _) = told(&load(&[(10.0, "s", 50.0), (31.0, "s", 1.0)], &scenario));
    let seen: Vec<(f64, Outcome)> = told.jobs.iter().map(|job| (job.1, job.2)).collect();
    assert_eq!(seen, [(30.0, Outcome::Failed), (31.0, Outcome::Refused)], "both nodes fail");
}

/// A job of 60 s has run for 20 when its node, or both, fail at 100. One node: it is given up at 130 and begins anew on
/// the other, until 190. Both for 20 s: it begins anew where it was at 120, until 180.
#[test]
fn jobs_begin_anew() {
    let job = "service.job = { platform = 'c', cpu = 1 }\n";
    let jobs = [(80.0, "job", 60.0), (81.0, "job", 1.0)];
    let one = format!(
        "{TWO}{job}fault.f = {{ platform = 'c', match = 'kubernetes.io/hostname=NODE', at = ['100s'] }}\n"
    );
    // Which node has the long one is the scheduler's choice.
    for node in ["a", "b"] {
        let (told, _) = told(&load(&jobs, &one.replace("NODE", node)));
        let end = told.jobs.last().unwrap().1;
        let elsewhere = told.pods_of("job").iter().any(|pod| pod.1 == 130.0);
        assert!(if elsewhere { end == 190.0 } else { end == 140.0 }, "{node}: {:?}", told.pods);
    }
    let both = format!(
        "{TWO}{job}fault.f = {{ platform = 'c', at = ['100s'], lasts.constant = '20s' }}\n"
    );
    let (told, _) = told(&load(&jobs, &both));
    assert_eq!(told.ends(), [("job", 82.0), ("job", 180.0)]);
}

/// `low` and `high` run on node `a`, since `block` has node `b` until 50. `a` fails at 100. When its pods are given up, `high`
/// begins anew on `b`, though `low` came to `a` first, and ends after its 1,000 s; then `low` begins anew. Nobody is evicted.
#[test]
fn of_the_pods_of_a_lost_node_the_urgent_go_first() {
    let on_b = "pod.node_selector = { 'kubernetes.io/hostname' = 'b' }";
    let scenario = format!(
        "platform.c = {{ kind = 'kubernetes', eviction_delay = '30s', nodes = [\
         {{ cpu = 4, memory = '8GiB', name = 'a' }}, {{ cpu = 2, memory = '8GiB', name = 'b' }}] }}\n\
         service.block = {{ platform = 'c', cpu = 2, priority = 9, {on_b} }}\n\
         service.low = {{ platform = 'c', cpu = 2 }}\n\
         service.high = {{ platform = 'c', cpu = 2, priority = 9 }}\n\
         fault.f = {{ platform = 'c', match = 'kubernetes.io/hostname=a', at = ['100s'] }}\n"
    );
    let jobs = [(0.0, "block", 50.0), (1.0, "low", 1000.0), (2.0, "high", 1000.0)];
    let (told, outcome) = told(&load(&jobs, &scenario));
    let (high, low) = (told.pods_of("high"), told.pods_of("low"));
    let (given_up, end) = (high[0].2, high[0].2 + 1000.0);
    assert_eq!(high, [(0, 2.0, given_up), (1, given_up, end)]);
    assert_eq!(low, [(0, 1.0, given_up), (1, end, end + 1000.0)]);
    assert_eq!(metric(&outcome, "preemptions"), 0.0);
}

/// `high` evicts the job of node `b` at 10, because it started last; `b` fails at 12. Whether the job has stopped at 40 nobody
/// knows: it stays until `b` is there again at 200. That `b` has failed is known when its lease of the last 10 s is 50 s old, at
/// a whole 5 s: from 55 to 65. `high` looks elsewhere then, evicts the job of `a`, and runs there 30 s later.
#[test]
fn room_on_a_node_that_fails_is_made_elsewhere() {
    let on = |node| format!("pod.node_selector = {{ 'kubernetes.io/hostname' = '{node}' }}");
    let scenario = format!(
        "platform.c = {{ kind = 'kubernetes', nodes = [\
         {{ cpu = 2, memory = '8GiB', name = 'a' }}, {{ cpu = 2, memory = '8GiB', name = 'b' }}] }}\n\
         service.on_a = {{ platform = 'c', cpu = 2, {} }}\n\
         service.on_b = {{ platform = 'c', cpu = 2, {} }}\n\
         service.high = {{ platform = 'c', cpu = 2, priority = 9 }}\n\
         fault.f = {{ platform = 'c', match = 'kubernetes.io/hostname=b', at = ['12s'], lasts.constant = '188s' }}\n",
        on("a"),
        on("b")
    );
    let jobs = [(0.0, "on_a", 1000.0), (1.0, "on_b", 1000.0), (10.0, "high", 5.0)];
    let (told, outcome) = told(&load(&jobs, &scenario));
    let start = told.pods_of("high")[0].1;
    assert!((85.0..=95.0).contains(&start) && start % 5.0 == 0.0, "{start}");
    assert_eq!(told.pods_of("high"), [(0, start, start + 5.0)]);
    assert_eq!(told.pods_of("on_a"), [(0, 0.0, start), (0, start + 5.0, start + 1005.0)]);
    assert_eq!(told.pods_of("on_b"), [(1, 1.0, 200.0), (1, 200.0, 1200.0)]);
    assert_eq!(metric(&outcome, "preemptions"), 2.0);
}

/// The only node fails from 5 to 35, which nobody comes to know. A replica on it is told to go for `high` at 10; though it serves
/// nobody, it is gone only when the node is there again, and is not started.
#[test]
fn replicas_go_from_nodes_that_work() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 1, memory = '8GiB' }] }\n\
         service.s = { platform = 'c', cpu = 1, replicas = 1, pod.start.constant = '3s' }\n\
         service.high = { platform = 'c', cpu = 1, priority = 9 }\n\
         fault.f = { platform = 'c', at = ['5s'], lasts.constant = '30s' }\n";
    let (told, _) = told(&load(&[(10.0, "high", 5.0)], scenario));
    assert_eq!(told.pods_of("high"), [(0, 35.0, 40.0)]);
    assert_eq!(told.pods_of("s")[0], (0, 0.0, 35.0));
}

/// An image of 10 s is half there when the node fails, and begins anew when it is back at 7: it is there at 17.
#[test]
fn an_image_on_its_way_is_lost_with_its_node() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 1, memory = '8GiB' }], \
                    image_bandwidth = '10MB/s', endpoint_delay = '0s' }\n\
                    service.s = { platform = 'c', replicas = 1, image = '100MB' }\n\
                    fault.f = { platform = 'c', at = ['5s'], lasts.constant = '2s' }\n";
    let (told, _) = told(&load(&[(16.9, "s", 0.0), (17.1, "s", 0.0)], scenario));
    let outcomes: Vec<Outcome> = told.jobs.iter().map(|job| job.2).collect();
    assert_eq!(outcomes, [Outcome::Refused, Outcome::Completed]);
}

/// Nodes that work for 1,000 s and are repaired for 100 s on average are there for 10/11 of the time. With one of them a
/// request is served with that probability, with three unless all have failed: 1 - (1/11)^3. Over two million seconds the
/// standard error of the first is sqrt(2 (1000 x 100)^2 / (1100^3 x 2e6)) = 0.0027; of the second less than a tenth of
/// that.
#[test]
fn availability_of_one_of_n_replicas() {
    for (n, expected, tolerance) in
        [(1, 10.0 / 11.0, 4.0 * 0.0027), (3, 1.0 - 1.0 / 1331.0, 4.0 * 0.00027)]
    {
        let (_, outcome) = run(&format!(
            "horizon = '2000000s'\nwarm_up = '10s'\n\
             client.c = {{ service = 's', arrivals.poisson.rate = '0.1/s' }}\n\
             service.s = {{ platform = 'c', replicas = {n}, demand.constant = '0s', \
             pod.topology_spread = [{{ topology = 'host' }}] }}\n\
             platform.c = {{ kind = 'orchestrator', eviction_delay = '10000h', \
             nodes = [{{ count = {n}, cpu = 1, memory = '1GiB' }}] }}\n\
             fault.f = {{ platform = 'c', between.exponential.mean = '1000s', lasts.exponential.mean = '100s' }}\n"
        ));
        let availability = metric(&outcome, "availability");
        assert!((availability - expected).abs() < tolerance, "{n}: {availability}, not {expected}");
    }
}

/// The same nodes fail at the same times whatever the scheduler.
#[test]
fn the_same_bad_luck_meets_every_scheduler() {
    let failures = |scheduler: &str| {
        let (_, outcome) = run(&format!(
            "horizon = '100h'\nclient.c = {{ service = 's', arrivals.poisson.rate = '1/min' }}\n\
             service.s = {{ platform = 'c', cpu = 1, demand.exponential.mean = '10m' }}\n\
             platform.c = {{ kind = 'kubernetes', scheduler = '{scheduler}', nodes = [{{ count = 5, cpu = 4, memory = '8GiB' }}] }}\n\
             fault.f = {{ platform = 'c', between.exponential.mean = '10h', lasts.exponential.mean = '1h' }}\n"
        ));
        metric(&outcome, "node_failures")
    };
    let default = failures("kubernetes");
    assert!(default > 20.0, "{default}");
    assert_eq!(default, failures("no-scoring"));
}

/// A service and what it calls are on the node that fails while both serve: each request fails once, whatever becomes of
/// the calls, and nothing is left.
#[test]
fn a_node_takes_callers_and_called_with_it() {
    for abandoned in ["finish", "cancel"] {
        let scenario = format!(
            "platform.c = {{ kind = 'orchestrator', nodes = [{{ cpu = 4, memory = '8GiB' }}] }}\n\
             service.web = {{ platform = 'c', replicas = 1, calls = [{{ service = 'db', abandoned = '{abandoned}' }}] }}\n\
             service.db = {{ platform = 'c', replicas = 1, demand.constant = '20s' }}\n\
             service.job = {{ platform = 'c', calls = [{{ service = 'db', abandoned = '{abandoned}' }}] }}\n\
             fault.f = {{ platform = 'c', at = ['30s'], lasts.constant = '10s' }}\n"
        );
        let jobs =
            [(15.0, "web", 0.0), (16.0, "job", 1.0), (20.0, "web", 30.0), (50.0, "web", 1.0)];
        let (told, outcome) = told(&load(&jobs, &scenario));
        let failed = told.jobs.iter().filter(|job| job.2 == Outcome::Failed && job.1 == 30.0);
        assert_eq!(failed.count(), 3, "{abandoned}: {:?}", told.jobs);
        assert_eq!(told.jobs.last().unwrap().2, Outcome::Completed);
        assert_eq!(metric(&outcome, "in_flight"), 0.0);
    }
}

/// Down from 60 s for ten minutes: the times at 120 and 180 s are over with that, the one at 900 s is not.
#[test]
fn times_within_an_outage_are_over_with_it() {
    let (_, outcome) = run("horizon = '2000s'\n\
         client.c = { service = 's', arrivals.constant.rate = '1/s' }\n\
         service.s = { platform = 'c', replicas = 1, demand.constant = '0s' }\n\
         platform.c = { kind = 'orchestrator', eviction_delay = '1h', nodes = [{ cpu = 2, memory = '8GiB' }] }\n\
         fault.f = { platform = 'c', at = ['60s', '120s', '180s', '900s'], lasts.constant = '600s' }\n");
    assert_eq!(metric(&outcome, "node_failures"), 2.0);
    // And one at time 0, before the replica is known.
    assert_eq!(metric(&outcome, "refused"), 1201.0);
}

/// A fault with the name of a service hits all its versions: the container crash at 2 min hits the old one, that at 20 min
/// the new one, which took its place at 10 min. With the name of the new version it hits that one only.
#[test]
fn a_fault_of_a_service_hits_its_versions() {
    for (service, restarts) in [("s", 2.0), ("s@v2", 1.0)] {
        let outcome = run_text(&format!(
            "horizon = '30m'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/s' }}\n\
             service.s = {{ platform = 'c', cpu = 1, replicas = 1, demand.constant = '10ms' }}\n\
             release.v2 = {{ service = 's', at = '10m' }}\n\
             platform.c = {{ kind = 'kubernetes', nodes = [{{ cpu = 4, memory = '8GiB' }}] }}\n\
             fault.f = {{ platform = 'c', kind = 'container-crash', service = '{service}', at = ['2m', '20m'] }}\n"
        ));
        assert_eq!(metric(&outcome, "restarts"), restarts, "{service}");
    }
}

/// A replica on each of two nodes, of which the first is cut off from 100 to 160 s; both containers end at 120. ECS hears of the second
/// only, and replaces the first when its node is heard of.
#[test]
fn nobody_hears_of_an_end_on_a_node_that_is_cut_off() {
    let scenario = "horizon = '400s'\n\
         service.s = { platform = 'c', cpu = '600m', replicas = 2 }\n\
         platform.c = { kind = 'ecs', nodes = [{ cpu = 1, memory = '4GiB', labels.rack = 'a' }, { count = 2, cpu = 1, memory = '4GiB' }] }\n\
         fault.cut = { platform = 'c', kind = 'partition', match = 'rack=a', at = ['100s'], lasts.constant = '60s' }\n\
         fault.end = { platform = 'c', kind = 'container-crash', at = ['120s'] }\n";
    let (told, _) = told(&load(&[(1.0, "s", 0.0)], scenario));
    let mut starts: Vec<f64> = told.pods_of("s").iter().map(|pod| pod.1).collect();
    starts.sort_by(f64::total_cmp);
    assert_eq!(starts, [0.0, 0.0, 120.0, 160.0]);
}
