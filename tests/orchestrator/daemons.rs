//! Daemon sets: one pod on every node that takes it, which comes and goes with the node.

use cloudsched::metric::RunOutcome;
use cloudsched::model::Outcome;

use super::nodes_come_and_go::{run, under};
use super::{Told, load, metric, told};

/// Nodes of two cores, the third of them tainted, with a daemon of half a core.
fn cluster(kind: &str, keys: &str, pod: &str) -> String {
    let node = "cpu = 2, memory = '8GiB'";
    format!(
        "horizon = '1000s'\n\
         service.agent = {{ platform = 'c', cpu = '500m', memory = '64MiB', pod = {{ daemon = true, {pod} }} }}\n\
         service.job = {{ platform = 'c', cpu = 1, memory = '1GiB', priority = 5 }}\n\
         [platform.c]\nkind = '{kind}'\nendpoint_delay = '0s'\n{keys}\n\
         nodes = [{{ name = 'a', zone = 'a', {node} }}, {{ name = 'b', zone = 'b', labels.disk = 'ssd', {node} }}, \
         {{ name = 'c', zone = 'c', taints = ['dedicated=gpu:NoSchedule'], {node} }}]\n"
    )
}

/// The nodes of the pods of a service from when to when, by node.
fn lives(told: &Told, service: &str) -> Vec<(u32, f64, f64)> {
    let mut pods = told.pods_of(service);
    pods.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    pods
}

fn agents(jobs: &[(f64, &str, f64)], scenario: &str) -> (Vec<(u32, f64, f64)>, Told, RunOutcome) {
    let (told, outcome) = told(&load(jobs, scenario));
    (lives(&told, "agent"), told, outcome)
}

/// Taints and labels say which nodes take it; ECS and Swarm look at no taints, but at constraints. Whatever the scheduler
/// prefers, there is one on each.
#[test]
fn one_runs_on_every_node_that_takes_it() {
    let zones = "scheduler.ecs = { constraints = ['attribute:topology.kubernetes.io/zone != c'] }";
    for (kind, keys, pod, nodes) in [
        ("kubernetes", "", "", &[0, 1][..]),
        ("kubernetes", "", "tolerations = ['dedicated']", &[0, 1, 2]),
        ("kubernetes", "", "node_selector = { disk = 'ssd' }", &[1]),
        ("openshift", "scheduler = 'no-scoring'", "", &[0, 1]),
        ("docker-swarm", "", "", &[0, 1, 2]),
        (
            "docker-swarm",
            "scheduler.swarm = { constraints = ['node.labels.disk == ssd'] }",
            "",
            &[1],
        ),
        ("ecs", "", "", &[0, 1, 2]),
        ("ecs", zones, "", &[0, 1]),
    ] {
        let (agents, ..) = agents(&[(1.0, "job", 1.0)], &cluster(kind, keys, pod));
        let expected: Vec<_> = nodes.iter().map(|&node| (node, 0.0, 1000.0)).collect();
        assert_eq!(agents, expected, "{kind} {keys} {pod}");
    }
}

/// Half a core of two is gone: of two jobs of a core each node takes one, the third one waits. Requests to the service go to
/// the daemons, in turn.
#[test]
fn daemons_take_room_and_serve() {
    let scenario = cluster("ecs", "", "")
        .replace("memory = '64MiB',", "memory = '64MiB', demand.constant = '1s',")
        + "[client.c]\nservice = 'agent'\narrivals.constant.rate = '1/s'\n";
    let (agents, told, outcome) = agents(&[(1.0, "job", 100.0); 4], &scenario);
    assert_eq!(agents.len(), 3);
    let mut starts: Vec<f64> = told.pods_of("job").iter().map(|pod| pod.1).collect();
    starts.sort_by(f64::total_cmp);
    assert_eq!(starts, [1.0, 1.0, 1.0, 101.0]);
    // The first one comes when no replica is known yet.
    let mut served = told.jobs.iter().filter(|job| job.0 == "agent").skip(1);
    assert!(served.clone().count() > 990 && served.all(|job| job.2 == Outcome::Completed));
    assert_eq!(metric(&outcome, "refused"), 1.0);
}

/// Two jobs of a core each: beside a daemon of half a core a node of two takes one, so that two nodes come, where without it
/// one would do. The daemon comes with the node, before the job, and keeps it no longer: it goes when the job is over, as
/// it would alone. When the node is to go, the daemon is told to stop, and is gone when no request goes to it, at once.
#[test]
fn new_nodes_have_room_beside_daemons_which_keep_none() {
    for autoscaler in ["cluster-autoscaler", "karpenter", "managed-scaling"] {
        let nodes = "{ max = 5, cpu = 2, memory = '8GiB', boot.constant = '30s', price_hour = 1 }";
        let jobs = [(12.0, "job", 5.0), (12.0, "job", 5.0)];
        let kind = if autoscaler == "managed-scaling" { "ecs" } else { "kubernetes" };
        let alone = under(autoscaler, nodes, "").replace("'kubernetes'", &format!("'{kind}'"));
        let daemon = format!(
            "service.agent = {{ platform = 'c', cpu = '500m', pod.daemon = true }}\n{}",
            alone.replace("horizon", "\n horizon")
        );
        let starts = |scenario: &str| run(&jobs, scenario);
        let (without, _) = starts(&alone);
        let (told, outcome) = starts(&daemon);
        let mut nodes: Vec<u32> = told.pods_of("job").iter().map(|pod| pod.0).collect();
        nodes.sort_unstable();
        assert_eq!(nodes, [0, 1], "{autoscaler}");
        assert!(without.pods_of("job").iter().all(|pod| pod.0 == 0), "{autoscaler}");
        assert_eq!(metric(&outcome, "node_starts"), 2.0, "{autoscaler}");
        assert_eq!(metric(&outcome, "node_removals"), 2.0, "{autoscaler}");
        let began = |told: &Told, service: &str| lives(told, service)[0].1;
        assert_eq!(began(&told, "agent"), began(&told, "job"), "{autoscaler}");
        assert_eq!(lives(&told, "agent").len(), 2, "{autoscaler}");
    }
}

/// A node crashes at 100 for 500 s. It is known at 150 at the latest, and its pods are given up 300 s later: its daemon is gone
/// until the node is back, and no other node has two. One that comes back before keeps its daemon.
#[test]
fn a_daemon_goes_and_comes_with_its_node() {
    let fault = |lasts: &str, kind: &str| {
        format!(
            "[fault.f]\nplatform = 'c'\nat = ['100s']\nmatch = 'disk=ssd'\n{kind}\nlasts.constant = '{lasts}'\n"
        )
    };
    let of = |fault: &str| {
        let (agents, _, outcome) =
            agents(&[(1.0, "job", 1.0)], &(cluster("kubernetes", "", "") + fault));
        assert_eq!(agents[0], (0, 0.0, 1000.0));
        assert_eq!(metric(&outcome, "pod_evictions"), 0.0);
        agents[1..].to_vec()
    };
    let pods = of(&fault("500s", ""));
    assert_eq!((pods[0].0, pods[0].1), (1, 0.0));
    assert!((440.0..=450.0).contains(&pods[0].2), "{pods:?}");
    assert_eq!(pods[1..], [(1, 600.0, 1000.0)]);
    assert_eq!(of(&fault("60s", "")), [(1, 0.0, 1000.0)]);
    assert_eq!(of(&fault("60s", "kind = 'partition'")), [(1, 0.0, 1000.0)]);
    let pods = of(&fault("500s", "kind = 'partition'"));
    assert_eq!(pods[1..], [(1, 600.0, 1000.0)]);
    // Noticed at 100, when others would be told to stop, and taken away two minutes later.
    assert_eq!(of(&fault("60s", "kind = 'spot'")), [(1, 0.0, 220.0), (1, 280.0, 1000.0)]);
}

/// A job of two cores and higher priority takes the whole node: its daemon is evicted at 1, gone at once, and waits for that
/// node alone, though there is room on the other one, until the job is over at 501.
#[test]
fn a_daemon_waits_for_its_own_node() {
    let scenario = cluster("kubernetes", "", "tolerations = ['dedicated']").replace(
        "cpu = 1, memory = '1GiB', priority = 5",
        "cpu = 2, memory = '1GiB', priority = 5, pod.node_selector.disk = 'ssd'",
    );
    let (agents, told, _) = agents(&[(1.0, "job", 500.0)], &scenario);
    assert_eq!(told.pods_of("job"), [(1, 1.0, 501.0)]);
    let expected = [(0, 0.0, 1000.0), (1, 0.0, 1.0), (1, 501.0, 1000.0), (2, 0.0, 1000.0)];
    assert_eq!(agents, expected);
}

/// A crash of the containers of both daemons at 100: ECS sends another task to the same instance.
#[test]
fn a_daemon_that_fails_is_replaced_on_its_node() {
    let fault =
        "[fault.f]\nplatform = 'c'\nkind = 'container-crash'\nservice = 'agent'\nat = ['100s']\n";
    let (agents, _, outcome) = agents(&[(1.0, "job", 1.0)], &(cluster("ecs", "", "") + fault));
    let expected: Vec<_> =
        (0..3).flat_map(|node| [(node, 0.0, 100.0), (node, 100.0, 1000.0)]).collect();
    assert_eq!(agents, expected);
    assert_eq!(metric(&outcome, "restarts"), 3.0);
}
