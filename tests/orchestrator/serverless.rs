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

/// Two tasks of half a vCPU and 1 GiB for an hour: a vCPU-hour of 0.04048 and two GB-hours of 0.004445 USD.
#[test]
fn the_bill_of_fargate_is_that_of_the_tasks() {
    let outcome = run_text(
        "horizon = '1h'\nclient.c = { service = 's', arrivals.constant.rate = '1/m' }\n\
         platform.c = { kind = 'ecs-fargate', price = 'fargate' }\n\
         service.s = { platform = 'c', cpu = '500m', memory = '1GiB', replicas = 2, demand.constant = '10ms' }\n",
    );
    let cost = metric(&outcome, "cost_usd");
    assert!((cost - (0.04048 + 2.0 * 0.004_445)).abs() < 1e-9, "{cost}");
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
