//! Replicas that come and go by what they use.

use cloudsched::scenario::load_text;

use super::{Told, load, metric, run_text, told};

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

/// Requests of 10 ms 140 times a second use 1.4 cores of the one that the only task reserves: 140 % for a target of 50 %.
/// Three minutes of that are over at 180 s: 1 × 140 / 50 are three tasks, of 47 % each, which is neither above the target nor
/// far below. At 1,200 s the load goes. Fifteen minutes below 45 % are over at 1,260 + 14 × 60 = 2,100 s, or some minutes
/// before, where the last ones of the load were such; then two go at once. `ecs` does that by itself.
#[test]
fn tasks_follow_the_load_as_target_tracking_has_it() {
    let scenario = |kind: &str, more: &str| {
        format!(
            "horizon = '2400s'\n\
             client.c = {{ service = 's', arrivals.stages = [{{ duration = '1ms', target = '140/s' }}, \
             {{ duration = '1200s', target = '140/s' }}, {{ duration = '1ms', target = '1/s' }}, {{ duration = '1199s', target = '1/s' }}] }}\n\
             service.s = {{ platform = 'c', cpu = 1, replicas = 1, demand.constant = '10ms', \
             autoscaling = {{ max_replicas = 5, cpu_utilisation = 0.5{more} }} }}\n\
             platform.c = {{ kind = '{kind}', nodes = [{{ cpu = 8, memory = '8GiB' }}] }}\n"
        )
    };
    for (kind, more) in [("ecs", ""), ("kubernetes", ", autoscaler = 'target-tracking'")] {
        let pods = run(&scenario(kind, more)).pods_of("s");
        let mut starts: Vec<f64> = pods.iter().map(|pod| pod.1).collect();
        starts.sort_by(f64::total_cmp);
        assert_eq!(starts, [0.0, 180.0, 180.0], "{kind}");
        let mut ends: Vec<f64> = pods.iter().map(|pod| pod.2).collect();
        ends.sort_by(f64::total_cmp);
        assert_eq!(ends[2], 2400.0, "{kind}");
        assert!((1900.0..2103.0).contains(&ends[0]) && ends[1] - ends[0] < 2.0, "{kind}: {ends:?}");
    }
    let horizontal = run(&scenario("ecs", ", autoscaler = 'horizontal'")).pods_of("s");
    let mut starts: Vec<f64> = horizontal.iter().map(|pod| pod.1).collect();
    starts.sort_by(f64::total_cmp);
    assert_eq!(starts[..2], [0.0, 30.0]);
}

/// Five tasks of a core, packed onto instances of three: three are on one of them, two on the other. There may be three,
/// which is seen after a minute: the two go that are on the instance with most left, not those of the fuller one.
#[test]
fn ecs_stops_the_tasks_that_its_strategies_say() {
    let told = run("horizon = '3m'\n\
         client.c = { service = 's', arrivals.constant.rate = '1/min' }\n\
         service.s = { platform = 'c', cpu = 1, replicas = 5, demand.constant = '1ms', \
         autoscaling = { max_replicas = 3, cpu_utilisation = 0.5 } }\n\
         platform.c = { kind = 'ecs', scheduler.ecs.strategies = [{ binpack = 'cpu' }], \
         nodes = [{ count = 2, cpu = 3, memory = '8GiB' }] }\n");
    let pods = told.pods_of("s");
    let (stay, gone): (Vec<_>, Vec<_>) = pods.into_iter().partition(|pod| pod.2 == 180.0);
    assert_eq!((stay.len(), gone.len()), (3, 2));
    assert!(gone.iter().all(|pod| pod.2 == 61.0 && pod.0 != stay[0].0), "{gone:?}");
    assert!(stay.iter().all(|pod| pod.0 == stay[0].0), "{stay:?}");
}

/// The autoscaler takes two of three replicas away while an evictor waits for its turn, and each is told to go once.
///
/// `s` runs on `b1`, `b2` and `b3`; `l` takes `n` at 1. At 50 `x` evicts `vm` on `m`. At 100 `y` takes `b1`; the replica that comes for the one there has
/// `l` evicted, and waits, as victims have an hour. `m` fails at 200, which is known from 245 to 250: then `x` takes `b2` or `b3`, and another
/// replica waits. After five minutes without load one is enough: the two that wait go. The last one may be evicted
/// by its budget of one, so that at 400 `z` takes its node instead of evicting two `k`.
#[test]
fn replicas_that_are_too_many_are_told_once() {
    let on = |node: &str| format!("pod.node_selector = {{ 'kubernetes.io/hostname' = '{node}' }}");
    let node = |name: &str, more: &str| {
        format!("{{ cpu = 1, memory = '8GiB', name = '{name}', {more} }}, ")
    };
    let nodes = [
        node("m", "labels.x = 'yes'"),
        node("b1", "labels.s = 'yes'"),
        node("b2", "labels = { s = 'yes', x = 'yes', z = 'yes' }"),
        node("b3", "labels = { s = 'yes', x = 'yes', z = 'yes' }"),
        node("n", "labels.s = 'yes', taints = ['last=yes:PreferNoSchedule']"),
        node("k", "labels.z = 'yes'"),
    ];
    let scenario = format!(
        "horizon = '1000s'\n\
         platform.c = {{ kind = 'kubernetes', termination_grace = '1h', endpoint_delay = '0s', nodes = [{}] }}\n\
         service.s = {{ platform = 'c', cpu = 1, priority = 5, replicas = 3, \
         pod = {{ node_selector = {{ s = 'yes' }}, min_available = 0 }}, \
         autoscaling = {{ max_replicas = 3, cpu_utilisation = 0.6 }} }}\n\
         service.l = {{ platform = 'c', cpu = 1, {} }}\n\
         service.vm = {{ platform = 'c', cpu = 1, {} }}\n\
         service.k = {{ platform = 'c', cpu = '500m', priority = 5, {} }}\n\
         service.x = {{ platform = 'c', cpu = 1, priority = 9, pod = {{ node_selector = {{ x = 'yes' }}, \
         topology_spread = [{{ topology = 'host', when_unsatisfiable = 'schedule-anyway' }}] }} }}\n\
         service.y = {{ platform = 'c', cpu = 1, priority = 8, {} }}\n\
         service.z = {{ platform = 'c', cpu = 1, priority = 9, pod.node_selector = {{ z = 'yes' }} }}\n\
         fault.f = {{ platform = 'c', match = 'kubernetes.io/hostname=m', at = ['200s'] }}\n",
        nodes.concat(),
        on("n"),
        on("m"),
        on("k"),
        on("b1")
    );
    let long = 10_000.0;
    let jobs = [
        (1.0, "l", long),
        (1.0, "vm", long),
        (2.0, "k", long),
        (2.0, "k", long),
        (50.0, "x", long),
        (100.0, "y", long),
        (400.0, "z", long),
    ];
    let (told, outcome) = told(&load(&jobs, &scenario));
    let x = told.pods_of("x");
    assert!(x.len() == 1 && (245.0..=250.0).contains(&x[0].1), "{x:?}");
    let mut replicas: Vec<(f64, f64)> =
        told.pods_of("s").iter().map(|&(_, from, to)| (from, to)).collect();
    replicas.sort_by(|a, b| a.1.total_cmp(&b.1));
    assert_eq!(replicas, [(0.0, 100.0), (0.0, x[0].1), (0.0, 400.0)]);
    assert_eq!(told.pods_of("k"), [(5, 2.0, 1000.0); 2]);
    // `vm`, `l` and three replicas.
    assert_eq!(metric(&outcome, "preemptions"), 5.0);
}

/// The load ends at 30 min, and a node with some of the six replicas is lost at 32. By 36 min one replica is enough, and
/// serves: the loss is made good then, though more are wanted again hours later.
#[test]
fn a_loss_is_made_good_when_fewer_are_wanted() {
    let outcome = run_text(
        "horizon = '4h'\n[client.day]\nservice = 'web'\ntimeout = '2s'\narrivals.stages = [\
         { duration = '1s', target = '40/s' }, { duration = '30m', target = '40/s' }, \
         { duration = '1s', target = '2/s' }, { duration = '150m', target = '2/s' }, \
         { duration = '1s', target = '60/s' }, { duration = '30m', target = '60/s' }]\n\
         [service.web]\nplatform = 'c'\ncpu = '500m'\nreplicas = 6\ndemand.constant = '50ms'\n\
         autoscaling = { min_replicas = 1, max_replicas = 10, cpu_utilisation = 0.6 }\n\
         pod.start.constant = '10s'\n\
         [platform.c]\nkind = 'kubernetes'\neviction_delay = '30m'\n\
         nodes = [{ count = 4, name = 'n', cpu = 8, memory = '32GiB' }]\n\
         [fault.crash]\nplatform = 'c'\nmatch = 'kubernetes.io/hostname=n-0'\nat = ['32m']\nlasts.constant = '20m'\n",
    );
    let longest = metric(&outcome, "time_to_recover_ms_max") / 60e3;
    assert!((2.0..=6.0).contains(&longest), "{longest} min");
}
