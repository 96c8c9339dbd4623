//! Nodes that fail in other ways than by a crash: cut off, slow, taken away.

use super::{load, metric, run_text, told};
use cloudsched::model::Outcome;

const TWO: &str = "nodes = [{ cpu = 2, memory = '8GiB', labels.rack = 'a' }, { cpu = 2, memory = '8GiB', labels.rack = 'b' }]";

/// One of two nodes is cut off from 100 to 200. Its last heartbeat was between 90 and 100, so that it counts as failed
/// between 140 and 150; until then every second request is refused, and none after that. Its replica is there all the
/// time, and an endpoint again at 201: it is not replaced.
#[test]
fn a_partition_fails_requests_until_heartbeats_are_missed() {
    let scenario = format!(
        "platform.c = {{ kind = 'kubernetes', balance = 'round-robin', {TWO} }}\n\
         service.s = {{ platform = 'c', cpu = 1, replicas = 2 }}\n\
         fault.rack = {{ platform = 'c', kind = 'partition', match = 'rack=a', at = ['100s'], lasts.constant = '100s' }}\n"
    );
    let jobs: Vec<_> = (10..600).map(|at| (f64::from(at) + 0.5, "s", 0.0)).collect();
    let (told, outcome) = told(&load(&jobs, &scenario));
    let failed: Vec<f64> =
        told.jobs.iter().filter(|job| job.2 != Outcome::Completed).map(|job| job.1).collect();
    assert!((20..=25).contains(&failed.len()), "{failed:?}");
    assert!(failed.iter().all(|at| (100.0..150.0).contains(at)), "{failed:?}");
    assert_eq!(told.pods_of("s").len(), 2);
    let detected = metric(&outcome, "time_to_detect_ms_mean");
    assert!((40e3..=50e3).contains(&detected), "{detected}");
    assert_eq!(metric(&outcome, "time_to_recover_ms_mean"), 101e3);
}

/// A job of 60 s that began at 80 goes on behind the partition from 100 on: it has ended at 140, which is known at 200. If
/// its node is given up before, at 130, it begins anew on the other one, until 190.
#[test]
fn jobs_go_on_behind_a_partition() {
    let ends = |eviction_delay: &str| {
        let scenario = format!(
            "platform.c = {{ kind = 'orchestrator', scheduler = 'first-fit', eviction_delay = '{eviction_delay}', {TWO} }}\n\
             service.job = {{ platform = 'c', cpu = 2 }}\n\
             fault.rack = {{ platform = 'c', kind = 'partition', match = 'rack=a', at = ['100s'], lasts.constant = '100s' }}\n"
        );
        let (told, _) = told(&load(&[(80.0, "job", 60.0)], &scenario));
        told.ends()[0].1
    };
    assert_eq!(ends("10m"), 200.0);
    assert_eq!(ends("30s"), 190.0);
}

/// At half its speed from 15 to 25, a node does 5 s of work in these 10 s. A request of 10 s from 10 on has done 5 by 15, and
/// the rest at 25; a job from 20 on has done 2.5 s by 25, and ends at 32.5.
#[test]
fn a_slow_node_takes_longer() {
    let scenario = "platform.c = { kind = 'orchestrator', nodes = [{ cpu = 4, memory = '8GiB' }] }\n\
                    service.s = { platform = 'c', replicas = 1 }\n\
                    service.job = { platform = 'c', cpu = 1 }\n\
                    fault.f = { platform = 'c', kind = 'slow', speed = 0.5, at = ['15s'], lasts.constant = '10s' }\n";
    let (told, outcome) = told(&load(&[(10.0, "s", 10.0), (20.0, "job", 10.0)], scenario));
    let ends = told.ends();
    for ((_, end), expected) in ends.iter().zip([25.0, 32.5]) {
        assert!((end - expected).abs() < 1e-6, "{ends:?}");
    }
    assert_eq!(metric(&outcome, "node_failures"), 0.0);
}

/// A node is taken away three times. A notice of two minutes is enough for requests of less than a second: the replica on it
/// takes no more after one second and ends those that it has, and the other two serve meanwhile. Without a notice what it
/// serves fails: two requests on average, each time.
#[test]
fn a_notice_drains_a_node_without_a_failed_request() {
    let run = |notice: &str| {
        run_text(&format!(
            "horizon = '20m'\nwarm_up = '10s'\n\
             client.c = {{ service = 's', arrivals.poisson.rate = '20/s' }}\n\
             service.s = {{ platform = 'c', cpu = '500m', replicas = 3, demand.constant = '300ms', \
             pod = {{ start.constant = '5s', topology_spread = [{{ topology = 'host' }}] }} }}\n\
             platform.c = {{ kind = 'kubernetes', balance = 'round-robin', nodes = [{{ count = 2, cpu = 8, memory = '8GiB' }}, \
             {{ name = 'spot', cpu = 8, memory = '8GiB', labels.spot = 'yes' }}] }}\n\
             fault.f = {{ platform = 'c', kind = 'spot', match = 'spot', notice = '{notice}', \
             at = ['5m', '9m', '13m'], lasts.constant = '1m' }}\n"
        ))
    };
    let drained = run("2m");
    assert_eq!(metric(&drained, "failed") + metric(&drained, "refused"), 0.0);
    assert_eq!(metric(&drained, "pod_evictions"), 3.0);
    assert_eq!(metric(&drained, "node_failures"), 3.0);
    assert!(metric(&run("0s"), "failed") > 0.0);
}

/// A job of a minute is told to stop at 100, goes on for its grace of 30 s, and begins anew at 130 on the other node.
#[test]
fn a_notice_moves_jobs() {
    let scenario = format!(
        "platform.c = {{ kind = 'kubernetes', scheduler = 'first-fit', {TWO} }}\n\
         service.job = {{ platform = 'c', cpu = 2 }}\n\
         fault.f = {{ platform = 'c', kind = 'spot', match = 'rack=a', at = ['100s'] }}\n"
    );
    let (told, _) = told(&load(&[(90.0, "job", 60.0)], &scenario));
    assert_eq!(told.ends(), [("job", 190.0)]);
}

/// A node that is repaired is there for others: with one node, what was taken away at 120 is back at 180.
#[test]
fn another_node_comes_for_one_that_was_taken_away() {
    let scenario = "platform.c = { kind = 'kubernetes', endpoint_delay = '0s', nodes = [{ cpu = 2, memory = '8GiB' }] }\n\
                    service.s = { platform = 'c', replicas = 1 }\n\
                    fault.f = { platform = 'c', kind = 'spot', notice = '20s', at = ['100s'], lasts.constant = '60s' }\n";
    let jobs: Vec<_> = (0..200).map(|at| (f64::from(at) + 0.5, "s", 0.0)).collect();
    let (told, _) = told(&load(&jobs, scenario));
    let failed: Vec<u32> = told
        .jobs
        .iter()
        .filter(|job| job.2 != Outcome::Completed)
        .map(|job| job.1 as u32)
        .collect();
    // It drains at once, as it has nothing to do.
    assert_eq!(failed, (100..180).collect::<Vec<_>>());
}

/// Whatever fails on whichever orchestrator, when it is over as many replicas serve as shall: half an hour later every
/// request is answered. Replicas that nobody starts again are not meant.
#[test]
fn replicas_converge_when_faults_stop() {
    for kind in ["kubernetes", "openshift", "ecs", "docker-swarm"] {
        for fault in [
            "kind = 'crash', at = ['60s', '400s'], lasts.constant = '100s'",
            "kind = 'crash', at = ['60s'], match = 'rack=a'",
            "kind = 'partition', at = ['60s', '900s'], lasts.constant = '500s', match = 'rack=a'",
            "kind = 'slow', at = ['60s', '900s'], lasts.constant = '500s', speed = 0.01",
            "kind = 'spot', at = ['60s', '900s'], lasts.constant = '500s', match = 'rack=a'",
            "kind = 'container-crash', at = ['60s', '61s', '70s', '100s', '200s']",
            "kind = 'hang', at = ['60s', '65s', '400s'], lasts.constant = '200s'",
            "kind = 'hang', at = ['60s', '65s', '400s']",
        ] {
            let scenario = format!(
                "platform.c = {{ kind = '{kind}', {TWO} }}\n\
                 service.s = {{ platform = 'c', cpu = '500m', replicas = 3, pod = {{ start.constant = '5s', readiness = {{}}, liveness = {{}} }} }}\n\
                 fault.f = {{ platform = 'c', {fault} }}\n"
            );
            let jobs: Vec<_> = (0..600).map(|at| (3600.0 + f64::from(at), "s", 0.1)).collect();
            let (told, outcome) = told(&load(&jobs, &scenario));
            let failed = told.jobs.iter().filter(|job| job.2 != Outcome::Completed).count();
            assert_eq!(failed, 0, "{kind}: {fault}");
            let lives = told.pods_of("s").iter().filter(|pod| pod.2 >= 4199.0).count();
            assert_eq!(lives, 3, "{kind}: {fault}: {:?}", told.pods);
            assert_eq!(metric(&outcome, "in_flight"), 0.0);
        }
    }
}

/// Two nodes for 100 s, at a dollar a second. One is given notice at 40 s and taken away at 60: it is neither there nor paid for
/// from then on, or until it comes back at 90; under an autoscaler, too.
#[test]
fn what_is_taken_away_is_neither_there_nor_paid_for() {
    for group in ["count = 2", "name = 'n', count = 2, max = 2"] {
        let autoscaler =
            if group.contains("max") { "node_autoscaling = 'cluster-autoscaler', " } else { "" };
        let run = |lasts: &str| {
            run_text(&format!(
                "horizon = '100s'\n\
                 client.c = {{ service = 's', arrivals.constant.rate = '1/s' }}\n\
                 service.s = {{ platform = 'c', cpu = 1, replicas = 2, demand.constant = '10ms' }}\n\
                 platform.c = {{ kind = 'kubernetes', {autoscaler}\
                 nodes = [{{ {group}, cpu = 1, memory = '8GiB', price_hour = 3600 }}] }}\n\
                 fault.f = {{ platform = 'c', kind = 'spot', match = 'kubernetes.io/hostname in (n-1, node-1)', \
                 notice = '20s', at = ['40s']{lasts} }}\n"
            ))
        };
        let (for_good, back) = (run(""), run(", lasts.constant = '30s'"));
        assert!((metric(&for_good, "cost_usd") - 160.0).abs() < 1e-6, "{group}");
        assert!((metric(&for_good, "nodes_mean") - 1.6).abs() < 1e-9, "{group}");
        assert!((metric(&back, "cost_usd") - 170.0).abs() < 1e-6, "{group}");
        assert!((metric(&back, "nodes_mean") - 1.7).abs() < 1e-9, "{group}");
        assert_eq!(metric(&back, "nodes_max"), 2.0);
    }
}

/// A task hangs at 100 s, which its check finds at 125 s. Its node is cut off from 105 s on, and heard of again then, a second earlier, or a
/// second later: it is replaced in each case, and serves the rest of the 20 minutes.
#[test]
fn what_is_due_when_a_node_is_heard_of_is_done() {
    for lasts in [19, 20, 21] {
        let outcome = run_text(&format!(
            "horizon = '20m'
            client.c = {{ service = 's', arrivals.constant.rate = '1/s', timeout = '2s' }}
            service.s = {{ platform = 'p', cpu = 1, replicas = 1, demand.constant = '10ms', pod.readiness = {{ period = '10s', timeout = '5s', failures = 3 }} }}
            platform.p = {{ kind = 'docker-swarm', nodes = [{{ cpu = 1, memory = '1GiB', labels.n = 'a' }}] }}
            fault.h = {{ platform = 'p', kind = 'hang', service = 's', at = ['100s'] }}
            fault.part = {{ platform = 'p', kind = 'partition', at = ['105s'], lasts.constant = '{lasts}s', match = 'n=a' }}"
        ));
        assert!(metric(&outcome, "completed") > 1100.0, "{lasts}");
    }
}
