//! What platforms with a name do by themselves.

use super::{load, told};
use cloudsched::model::Outcome;

/// The nodes of six jobs, one each second for an hour, on three nodes in zones a, a and b.
fn nodes(kind: &str) -> Vec<u32> {
    let jobs: Vec<(f64, &str, f64)> = (0..6).map(|at| (f64::from(at), "s", 3600.0)).collect();
    let scenario = format!(
        "platform.c = {{ kind = '{kind}', nodes = [{{ count = 2, name = 'a', cpu = 8, memory = '32GiB', zone = 'a' }}, \
         {{ name = 'b', cpu = 8, memory = '32GiB', zone = 'b' }}] }}\n\
         service.s = {{ platform = 'c', cpu = 1, memory = '1GiB' }}\n"
    );
    let (told, _) = told(&load(&jobs, &scenario));
    told.pods_of("s").iter().map(|pod| pod.0).collect()
}

/// Two zones have three tasks each, so that the node that is alone in its zone has three.
#[test]
fn ecs_spreads_over_zones() {
    assert_eq!(nodes("ecs").iter().filter(|&&node| node == 2).count(), 3);
}

/// Six instances in two zones have a task each of six: in a zone the one with the fewest tasks of the service is next.
#[test]
fn ecs_spreads_over_the_instances_of_a_zone() {
    let jobs: Vec<(f64, &str, f64)> = (0..6).map(|at| (f64::from(at), "s", 3600.0)).collect();
    let scenario = "platform.c = { kind = 'ecs', nodes = [{ count = 3, cpu = 8, memory = '32GiB', zone = 'a' }, \
                    { count = 3, cpu = 8, memory = '32GiB', zone = 'b' }] }\n\
                    service.s = { platform = 'c', cpu = 1, memory = '1GiB' }\n";
    let mut nodes: Vec<u32> =
        told(&load(&jobs, scenario)).0.pods_of("s").iter().map(|pod| pod.0).collect();
    nodes.sort_unstable();
    assert_eq!(nodes, [0, 1, 2, 3, 4, 5]);
}

/// Whatever the zones: the fewest tasks of the service, the first of equals first.
#[test]
fn swarm_spreads_over_nodes() {
    assert_eq!(nodes("docker-swarm"), [0, 1, 2, 0, 1, 2]);
}

/// When each of two pairs of requests of a second ends, that come at once to two replicas with a core each.
fn pairs(kind: &str, pairs: usize) -> Vec<f64> {
    let scenario = format!(
        "platform.c = {{ kind = '{kind}', nodes = [{{ cpu = 4, memory = '4GiB' }}] }}\n\
         service.s = {{ platform = 'c', cpu = 1, replicas = 2, pod.cpu_limit = 1 }}\n"
    );
    let jobs: Vec<(f64, &str, f64)> =
        (0..2 * pairs).map(|at| (10.0 + 10.0 * (at / 2) as f64, "s", 1.0)).collect();
    let (told, _) = told(&load(&jobs, &scenario));
    let took = |(at, (_, end)): (usize, &(&str, f64))| end - jobs[at].0;
    told.ends().iter().enumerate().map(took).collect()
}

/// In turn each replica has one of a pair, which takes a second; drawn, both go to the same half of the times, and
/// share its core for two seconds: in 20 pairs with a chance of 1 in a million never.
#[test]
fn replicas_are_asked_in_turn_or_drawn() {
    for kind in ["ecs", "docker-swarm"] {
        assert!(pairs(kind, 20).iter().all(|took| (took - 1.0).abs() < 1e-6), "{kind}");
    }
    for kind in ["kubernetes", "openshift", "docker"] {
        assert!(pairs(kind, 20).iter().any(|took| (took - 2.0).abs() < 1e-6), "{kind}");
    }
}

/// A node fails at 100, and was last heard of between 95 and 100. Three times 5 s later, at the next whole second, it is
/// down, and its task is replaced at once: from 110 to 116.
#[test]
fn swarm_replaces_what_a_lost_node_had_after_15_seconds() {
    let scenario = "platform.c = { kind = 'docker-swarm', nodes = [\
                    { cpu = 2, memory = '4GiB', labels.rack = 'a' }, { cpu = 2, memory = '4GiB', labels.rack = 'b' }] }\n\
                    service.s = { platform = 'c', cpu = 1, replicas = 2 }\n\
                    fault.rack = { platform = 'c', match = 'rack=a', at = ['100s'] }\n";
    let (told, _) = told(&load(&[(200.0, "s", 1.0)], scenario));
    let mut pods = told.pods_of("s");
    pods.sort_by(|a, b| a.1.total_cmp(&b.1));
    assert_eq!(pods.len(), 3, "{pods:?}");
    assert_eq!(pods[2].0, 1);
    assert!((110.0..=116.0).contains(&pods[2].1), "{pods:?}");
}

/// Two services ask for 2 and 1 of the 3 cores and a little more. Docker reserves nothing: both run, and while both have work for all cores they have
/// them as 2 to 1, which is what they ask for. The first has done 90 core seconds after 45 s, the second 45 of its 90 then, and the
/// others alone at 60 s. Kubernetes lets the second wait.
#[test]
fn docker_shares_what_kubernetes_reserves() {
    let run = |kind: &str| {
        let scenario = format!(
            "horizon = '200s'\n\
             platform.c = {{ kind = '{kind}', nodes = [{{ cpu = 3, memory = '1GiB' }}] }}\n\
             service.a = {{ platform = 'c', cpu = 2, memory = '800MiB', replicas = 1 }}\n\
             service.b = {{ platform = 'c', cpu = '1001m', memory = '800MiB', replicas = 1 }}\n"
        );
        let of = |service| (0..9).map(move |_| (10.0, service, 10.0));
        let jobs: Vec<_> = of("a").chain(of("b")).collect();
        let (told, _) = told(&load(&jobs, &scenario));
        let last = |service: &str| {
            let own = told.jobs.iter().filter(|job| job.0 == service);
            own.map(|job| (job.1.round(), job.2)).next_back().unwrap()
        };
        (last("a"), last("b"))
    };
    let (a, b) = run("docker");
    assert_eq!((a, b), ((55.0, Outcome::Completed), (70.0, Outcome::Completed)));
    let (_, b) = run("kubernetes");
    assert_eq!(b.1, Outcome::Refused);
}

/// What is warned of, where nothing on a cluster looks at it, and only if the file says it.
#[test]
fn keys_that_nothing_looks_at_are_told() {
    let warnings = |kind: &str, cluster: &str, service: &str, more: &str| -> Vec<String> {
        let text = format!(
            "horizon = '10m'\nclient.c = {{ service = 's', arrivals.constant.rate = '1/s' }}\n\
             platform.c = {{ kind = '{kind}', nodes = [{{ cpu = 4, memory = '4GiB'{cluster} }}\n\
             service.s = {{ platform = 'c', cpu = 1, replicas = 1, demand.constant = '1ms'{service} }}\n{more}"
        );
        let loaded =
            cloudsched::scenario::load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
                .unwrap_or_else(|error| panic!("{}", error.render(false)));
        loaded.problems.iter().map(|problem| problem.message.clone()).collect()
    };
    for kind in ["kubernetes", "openshift", "ecs", "docker-swarm", "docker"] {
        assert_eq!(warnings(kind, " }]", "", ""), Vec::<String>::new(), "{kind}");
    }
    let fault = "fault.f = { platform = 'c', kind = 'container-crash', at = ['5m', '10m'] }\n";
    for (key, value, used, service) in [
        ("deregistration_delay", "'1m'", " }]", ", pod.exposure.load-balancer = {}"),
        ("election", "{ least = '1s', most = '2s' }", ", managers = 1 }]", ""),
        ("session_timeout", "'1m'", " }]", ", pod.session_affinity = true"),
        ("image_bandwidth", "'1MB/s'", " }]", ", image = '1MiB'"),
    ] {
        let said = format!(", {key} = {value}");
        let unused = warnings("kubernetes", &format!(" }}]{said}"), "", "");
        assert!(
            unused.len() == 1 && unused[0].starts_with(&format!("`{key}` is not used")),
            "{unused:?}"
        );
        let used = warnings("docker-swarm", &format!("{used}{said}"), service, "");
        assert!(used.iter().all(|text| !text.contains("is not used")), "{key}: {used:?}");
    }
    let late = warnings("kubernetes", " }]", "", fault);
    assert_eq!(late, ["the run ends at 10m, before this happens"]);
}
