//! Pods with machines of their own.

use cloudsched::world::run;

use super::{load, metric, run_text, told};
use cloudsched::model::Outcome::{Completed, Refused};
use cloudsched::scenario::load_text;

/// A machine is there after 20 s, its image after 10 s more, and containers start in 5 s.
const SCENARIO: &str = "horizon = '10m'\n\
    [platform.c]\nkind = 'orchestrator'\nimage_bandwidth = '10MB/s'\nserverless.boot.constant = '20s'\n\
    [service.s]\nplatform = 'c'\ncpu = '500m'\nmemory = '1GiB'\nimage = '100MB'\npod.start.constant = '5s'\n";

/// Found ready at 35: the request at 34 is refused. On half a core of its own each request of 1 s takes 2 s, also when
/// both replicas have one. The third replica comes with a machine of its own and its image again: it is there at 35 as well.
#[test]
fn each_pod_has_a_machine_and_its_image() {
    for replicas in [1, 2, 3] {
        let scenario = format!("{SCENARIO}replicas = {replicas}\n");
        let requests = [(34.0, "s", 1.0), (36.0, "s", 1.0), (100.0, "s", 1.0)];
        let (told, outcome) = told(&load(&requests, &scenario));
        let ends: Vec<_> = told.jobs.iter().map(|job| (job.1, job.2)).collect();
        assert_eq!(ends, [(34.0, Refused), (38.0, Completed), (102.0, Completed)], "{replicas}");
        assert!(metric(&outcome, "host_cpu_utilisation").is_nan());
        assert!(metric(&outcome, "stranded_cpu_fraction").is_nan());
    }
}

/// Containers that crash at 100 s start again on their machine in 5 s; where a new task takes their place (ECS), it needs a machine
/// and the image anew: 35 s, and a second until the load balancer knows.
#[test]
fn who_starts_again_keeps_the_machine() {
    let fault =
        "replicas = 1\n[fault.f]\nplatform = 'c'\nkind = 'container-crash'\nat = ['100s']\n";
    let requests = [
        (50.0, "s", 0.5),
        (104.0, "s", 0.5),
        (106.0, "s", 0.5),
        (135.0, "s", 0.5),
        (137.0, "s", 0.5),
    ];
    let served = |scenario: &str| {
        let (told, _) = told(&load(&requests, &format!("{scenario}{fault}")));
        told.jobs.iter().map(|job| job.2 == Completed).collect::<Vec<_>>()
    };
    assert_eq!(served(SCENARIO), [true, false, true, true, true]);
    let ecs = SCENARIO.replace("'orchestrator'", "'ecs-fargate'");
    assert_eq!(served(&ecs), [true, false, false, false, true]);
}

/// What Fargate charges for an hour of a service with these keys, whose machine takes 36 s to come, and how long a request of 1 s
/// takes.
fn hour_of(service: &str) -> (f64, f64) {
    let outcome = run_text(&format!(
        "horizon = '1h'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/m' }}\n\
         platform.c = {{ kind = 'ecs-fargate', serverless.boot.constant = '36s', price = 'fargate', image_bandwidth = '1MB/s' }}\n\
         service.s = {{ platform = 'c', demand.constant = '1s', {service} }}\n",
    ));
    (metric(&outcome, "cost_usd"), metric(&outcome, "service_ms_mean"))
}

/// A vCPU-hour costs 0.04048 USD and a GB-hour 0.004445, and each task is charged for from the pull of its image on, which
/// begins at 36 s and takes two minutes: for 0.99 hours, here of two tasks of half a vCPU and 1 GiB.
#[test]
fn the_bill_of_fargate_is_that_of_the_tasks() {
    let (cost, _) = hour_of("cpu = '500m', memory = '1GiB', image = '120MB', replicas = 2");
    assert!((cost - 0.99 * (0.04048 + 2.0 * 0.004_445)).abs() < 1e-9, "{cost}");
}

/// The image cannot be pulled: each task fails when its machine is there, 20 s after it was ordered, and the next is ordered at once. In
/// 110 s five have failed, each charged for a minute, and the machine of the sixth is not there yet.
#[test]
fn a_pull_that_fails_is_charged_for_and_a_boot_is_not() {
    let outcome = run_text(
        "horizon = '110s'\nclient.c = { service = 's', arrivals.constant.rate = '1/m' }\n\
         platform.c = { kind = 'orchestrator', serverless = { boot.constant = '20s', sizes = 'fargate' }, price = 'fargate',\
         restart = { in_new_pod = true, delay = '10s', most = '10s' } }\n\
         service.s = { platform = 'c', cpu = '500m', memory = '1GiB', replicas = 1, demand.constant = '10ms',\
         pod.pull_failure = 1 }\n",
    );
    assert_eq!(metric(&outcome, "instance_starts"), 6.0);
    let cost = metric(&outcome, "cost_usd");
    assert!((cost - 5.0 / 60.0 * (0.5 * 0.04048 + 0.004_445)).abs() < 1e-9, "{cost}");
}

/// Less than a size is that size: 300 thousandths and 900 MiB are half a vCPU and 1 GiB, on which a second of work takes two.
/// A quarter with 3 GiB is half a vCPU, too, for a quarter has 2 GiB at most; 1.5 with 1 GiB is 2 vCPU with 4 GiB, and one request uses one
/// of them.
#[test]
fn who_is_charged_for_a_size_has_it() {
    for (asks, cpu, memory, takes) in [
        ("cpu = '300m', memory = '900MiB'", 0.5, 1.0, 2000.0),
        ("cpu = '250m', memory = '3GiB'", 0.5, 3.0, 2000.0),
        ("cpu = '1500m', memory = '1GiB'", 2.0, 4.0, 1000.0),
        ("cpu = '250m', memory = '100MiB'", 0.25, 0.5, 4000.0),
    ] {
        let (cost, mean) = hour_of(&format!("{asks}, replicas = 1"));
        let expected = 0.99 * (cpu * 0.04048 + memory * 0.004_445);
        assert!((cost - expected).abs() < 1e-9, "{asks}: {cost}, not {expected}");
        assert!((mean - takes).abs() < 1e-6, "{asks}: {mean}");
    }
}

/// A replica that uses 512 MiB and a MiB more each second has the 1 GiB of its machine, whatever its limit and what less it asks for: it
/// is killed 512 s after its containers began, at 532. With a lower limit it is killed at 276.
#[test]
fn the_memory_of_the_machine_is_the_limit() {
    let kills = |limit: &str, seconds: u32| {
        let outcome = run_text(&format!(
            "horizon = '{seconds}s'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/m' }}\n\
             platform.c = {{ kind = 'ecs-fargate', serverless.boot.constant = '20s' }}\n\
             service.s = {{ platform = 'c', cpu = '250m', memory = '700MiB', replicas = 1, demand.constant = '10ms', pod = {{\
             {limit} memory_use = {{ base = '512MiB', leak = '60MiB/min' }} }} }}\n",
        ));
        metric(&outcome, "oom_kills")
    };
    for limit in ["", "memory_limit = '4GiB', ", "memory_limit = '1GiB', "] {
        assert_eq!([kills(limit, 531), kills(limit, 534)], [0.0, 1.0], "{limit}");
    }
    let limit = "memory_limit = '768MiB', ";
    assert_eq!([kills(limit, 275), kills(limit, 278)], [0.0, 1.0]);
}

/// What no machine holds is an error, and so is a replica that has not the memory for its first request.
#[test]
fn pods_that_no_machine_holds_are_errors() {
    let error = |service: &str| {
        let text = format!(
            "horizon = '1h'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/m' }}\n\
             platform.c = {{ kind = 'ecs-fargate', price = 'fargate' }}\n\
             service.s = {{ platform = 'c', demand.constant = '1s', replicas = 1, {service} }}\n",
        );
        let loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[]);
        loaded.unwrap_err().render(false)
    };
    let told = error("cpu = 17, memory = '1GiB'");
    assert!(told.contains("there is no machine as large as a pod of `s`"), "{told}");
    let told = error(
        "cpu = 1, memory = '2GiB', pod = { memory_limit = '4GiB', memory_use.base = '3GiB' }",
    );
    assert!(told.contains("a replica is over its limit with its first request"), "{told}");
    assert!(told.contains("give the service more `memory`"), "{told}");
}

/// One scenario can be run with nodes and without: what is said of them is not used, with a warning, and their faults hit
/// nobody.
#[test]
fn what_is_said_of_nodes_is_not_used() {
    let scenario = "horizon = '10m'\nclient.c = { service = 's', arrivals.constant.rate = '1/s' }\n\
        fault.f = { platform = 'c', kind = 'crash', at = ['1m'] }\n\
        platform.c = { kind = 'KIND', node_autoscaling = 'cluster-autoscaler', nodes = [\
        { machine = 'm5.large', min = 1, max = 2, price_hour = 1 }] }\n\
        service.s = { platform = 'c', cpu = '500m', memory = '1GiB', replicas = 1, demand.constant = '10ms' }\n";
    let run_on = |kind: &str| {
        let text = scenario.replace("KIND", kind);
        let loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[]).unwrap();
        let outcome = run(&loaded.specification, loaded.seed, None, None);
        (loaded.problems.render(&loaded.sources, false), outcome)
    };
    let (warnings, outcome) = run_on("kubernetes");
    assert_eq!(warnings, "");
    assert!(metric(&outcome, "node_failures") > 0.0);
    let (warnings, outcome) = run_on("ecs-fargate");
    for expected in [
        "`nodes` is not used: each pod has a machine of its own here",
        "`node_autoscaling` is not used: each pod has a machine of its own here",
        "`c` has no nodes that could be hit",
    ] {
        assert!(warnings.contains(expected), "{expected}\n{warnings}");
    }
    assert!(metric(&outcome, "node_failures") < 1.0);
    // A minute at most until there is a replica.
    assert!(metric(&outcome, "refused") < 61.0 && metric(&outcome, "completed") > 538.0);
}

/// Three replicas that want a node each, in a zone that there is not, have a machine each; their limit gives them no more than they
/// pay for, so that a demand of 1 s takes 2 s on half a core.
#[test]
fn what_is_said_of_places_is_not_used() {
    let text = "horizon = '10m'\nclient.c = { service = 's', arrivals.constant.rate = '1/m' }\n\
        platform.c = { kind = 'ecs-fargate', scheduler.ecs.constraints = ['distinctInstance'] }\n\
        service.s = { platform = 'c', cpu = '500m', memory = '1GiB', replicas = 3, demand.constant = '1s', pod = {\
        cpu_limit = 2, node_selector = { zone = 'a' }, host_ports = [80],\
        topology_spread = [{ match = 'app=s', topology = 'zone' }],\
        anti_affinity = [{ match = 'app=s', topology = 'host' }] } }\n";
    let loaded = load_text("t.toml", text, std::path::Path::new("."), "t", &[]).unwrap();
    let warnings = loaded.problems.render(&loaded.sources, false);
    for key in ["node_selector", "host_ports", "topology_spread", "anti_affinity"] {
        let expected = format!("`{key}` is not used: each pod has a machine of its own here");
        assert!(warnings.contains(&expected), "{expected}\n{warnings}");
    }
    let outcome = run(&loaded.specification, loaded.seed, None, None);
    assert!(metric(&outcome, "pods_pending_mean") < 0.5);
    assert!((metric(&outcome, "service_ms_mean") - 2000.0).abs() < 20.0);
}
