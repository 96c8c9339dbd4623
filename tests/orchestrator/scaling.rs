//! Replicas that come and go by what they use.

use cloudsched::scenario::load_text;

use super::{Told, told};

/// What was told of a run of a scenario with pods.
fn run(scenario: &str) -> Told {
    let text = format!("output.instances = true\n{scenario}");
    let loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    told(&loaded).0
}

/// Requests of 100 ms nine times a second keep a replica at 90 % of its core; 50 % is wanted. It is an endpoint from 1 s
/// on, so that what was measured from 0 to 15 s does not count: it may have been starting. At 30 s 90 / 50 of one
/// replica are two, which have 45 % each from then on, within a tenth of what is wanted. At 600 s the load goes; that there
/// were to be two counts for five minutes more, and the newer one goes with the first look after them.
#[test]
fn replicas_follow_the_load_as_the_horizontal_autoscaler_has_it() {
    let told = run("horizon = '1000s'\n\
         client.c = { service = 's', arrivals.stages = [{ duration = '1ms', target = '9/s' }, \
         { duration = '600s', target = '9/s' }, { duration = '1ms', target = '0.1/s' }, { duration = '399s', target = '0.1/s' }] }\n\
         service.s = { platform = 'c', cpu = 1, replicas = 1, demand.constant = '100ms', \
         autoscaling = { max_replicas = 5, cpu_utilisation = 0.5 } }\n\
         platform.c = { kind = 'kubernetes', nodes = [{ cpu = 8, memory = '8GiB' }] }\n");
    let pods = told.pods_of("s");
    let mut starts: Vec<f64> = pods.iter().map(|pod| pod.1).collect();
    starts.sort_by(f64::total_cmp);
    assert_eq!(starts[..2], [0.0, 30.0], "{pods:?}");
    let mut ends: Vec<f64> = pods.iter().map(|pod| pod.2).collect();
    ends.sort_by(f64::total_cmp);
    assert_eq!(ends.last(), Some(&1000.0), "one stays");
    assert!((900.0..930.0).contains(&ends[ends.len() - 2]), "{pods:?}");
}

/// With less than wanted from the start, a service has its least number after the first look.
#[test]
fn there_are_never_fewer_than_the_least() {
    let told = run("horizon = '2m'\n\
         client.c = { service = 's', arrivals.constant.rate = '1/min' }\n\
         service.s = { platform = 'c', cpu = 1, replicas = 1, demand.constant = '1ms', \
         autoscaling = { min_replicas = 3, max_replicas = 5, cpu_utilisation = 0.5 } }\n\
         platform.c = { kind = 'kubernetes', nodes = [{ cpu = 8, memory = '8GiB' }] }\n");
    let starts: Vec<f64> = told.pods_of("s").iter().map(|pod| pod.1).collect();
    assert_eq!(starts.len(), 3);
    assert!(starts.iter().all(|start| *start == 0.0 || *start == 15.0), "{starts:?}");
}

/// Three replicas on a node each use 50 % of their core; 60 % is wanted. One node fails at 400 s, and nobody knows. What is not heard
/// of counts with all of its core when fewer would do: (50 + 50 + 100) / 3 is more than wanted, so that nothing
/// happens; without use it would be 33 %, and two replicas enough.
#[test]
fn a_replica_of_which_nothing_is_heard_counts_as_busy() {
    let told = run("horizon = '1000s'\n\
         client.c = { service = 's', arrivals.constant.rate = '1.5/s' }\n\
         service.s = { platform = 'c', cpu = 1, replicas = 3, demand.constant = '1s', \
         pod.topology_spread = [{ topology = 'host' }], \
         autoscaling = { max_replicas = 3, cpu_utilisation = 0.6 } }\n\
         platform.c = { kind = 'kubernetes', balance = 'round-robin', heartbeat.timeout = '1h', nodes = [\
         { cpu = 1, memory = '8GiB', name = 'a' }, { count = 2, cpu = 1, memory = '8GiB', name = 'b' }] }\n\
         fault.f = { platform = 'c', match = 'kubernetes.io/hostname=a', at = ['400s'] }\n");
    let mut pods = told.pods_of("s");
    pods.sort_by_key(|pod| pod.0);
    assert_eq!(pods, [0, 1, 2].map(|node| (node, 0.0, 1000.0)));
}
