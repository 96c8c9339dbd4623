//! Random clusters, and what runs on them.

use proptest::prelude::*;

use super::{faults, maybe, of, words};

/// A cluster on some node of which every pod has room when it is empty.
pub(super) fn cluster() -> impl Strategy<Value = String> {
    let nodes = &[
        "[{ count = 1, cpu = 2, memory = \"1GiB\" }]",
        "[{ count = 3, cpu = 1, memory = \"600MiB\", zone = \"a\" }, \
         { count = 2, cpu = 4, memory = \"2GiB\", zone = \"b\", labels = { disk = \"ssd\" } }]",
        "[{ count = 2, cpu = 1, memory = \"1GiB\" }, \
         { name = \"spot\", cpu = 8, memory = \"4GiB\", pods = 3, taints = [\"spot:NoSchedule\"] }]",
        "[{ max = 3, cpu = 2, memory = \"1GiB\", boot.exponential.mean = \"500ms\" }, \
         { count = 2, min = 1, max = 4, cpu = 4, memory = \"2GiB\", zone = \"b\", price_hour = 1 }]\n\
         node_autoscaling.cluster-autoscaler = { scan_interval = \"500ms\", max_node_provision_time = \"2s\", \
         scale_down_unneeded_time = \"1s\", scale_down_delay_after_add = \"1s\" }",
        "[{ max = 4, cpu = 2, memory = \"1GiB\", boot.constant = \"1s\", price_hour = 1 }, \
         { max = 2, cpu = 4, memory = \"4GiB\", boot.exponential.mean = \"300ms\", price_hour = 3 }]\n\
         node_autoscaling.karpenter = { batch_idle_duration = \"100ms\" }",
        "[{ min = 1, max = 4, cpu = 2, memory = \"1GiB\" }]\nnode_autoscaling = \"managed-scaling\"",
    ];
    let schedulers = &[
        "\"kubernetes\"",
        "\"high-node-utilization\"",
        "\"no-scoring\"",
        "{ kubernetes = { preemption = false } }",
        "\"swarm\"",
        "{ ecs = { strategies = [{ spread = \"instanceId\" }, { binpack = \"cpu\" }, \"random\"] } }",
        "{ kubernetes = { fit = \"most-allocated\", weights = { NodeResourcesFit = 9 } } }",
    ];
    let grace = maybe("termination_grace", words(&["0s", "300ms", "1s"]));
    let heartbeat = maybe("heartbeat", of(&["{ period = \"1s\", timeout = \"2s\" }"]));
    let delay = maybe("eviction_delay", words(&["0s", "1s"]));
    let fault = faults::of_nodes();
    (of(nodes), maybe("scheduler", of(schedulers)), grace, heartbeat, delay, fault).prop_map(
        |(nodes, mut scheduler, grace, heartbeat, delay, fault)| {
            if nodes.contains("node_autoscaling") && scheduler.contains("swarm") {
                scheduler.clear();
            }
            format!(
                "kind = \"kubernetes\"\nnodes = {nodes}\n{scheduler}{grace}{heartbeat}{delay}{fault}"
            )
        },
    )
}

/// The same cluster under a scheduler that knows all that pods ask for.
pub(super) fn as_kubernetes(cluster: &str) -> String {
    let knows = |line: &&str| !line.contains("\"swarm\"") && !line.contains("{ ecs = ");
    cluster.split_inclusive('\n').filter(knows).collect()
}

/// What pods ask for and want near or far.
pub(super) fn of_pods() -> impl Strategy<Value = String> {
    let pods = &[
        "{ tolerations = [\"spot\"] }",
        "{ topology_spread = [{ topology = \"host\" }], labels = { tier = \"x\" } }",
        "{ topology_spread = [{ topology = \"host\", when_unsatisfiable = \"schedule-anyway\" }] }",
        "{ anti_affinity = [{ match = \"tier=x\" }], labels = { tier = \"x\" } }",
        "{ affinity = [{ match = \"tier=x\", weight = 10 }], min_available = 1 }",
        "{ affinity = [{ match = \"tier=x\" }], labels = { tier = \"x\" } }",
        "{ host_ports = [80], never_preempts = true }",
        "{ node_affinity = [{ match = \"disk=ssd\", weight = 5 }] }",
    ];
    (
        maybe("memory", words(&["128MiB", "512MiB"])),
        maybe("cpu", of(&["\"250m\"", "1"])),
        maybe("pod", of(pods)),
    )
        .prop_map(|(memory, cpu, pod)| memory + &cpu + &pod)
}

/// How requests come to replicas.
pub(super) fn balance() -> impl Strategy<Value = String> {
    (
        maybe("balance", words(&["round-robin", "least-outstanding", "consistent-hash"])),
        maybe("endpoint_delay", words(&["50ms", "1s"])),
    )
        .prop_map(|(balance, delay)| balance + &delay)
}

/// Replicas of a service.
pub(super) fn of_replicas() -> impl Strategy<Value = String> {
    let pods = &[
        "{ concurrency = 1 }",
        "{ cpu_limit = 1, start.constant = \"200ms\" }",
        "{ start.exponential.mean = \"1s\", readiness = { period = \"500ms\" } }",
        "{ concurrency = 3, min_available = 1 }",
        "{ liveness = { period = \"300ms\", timeout = \"100ms\" }, start.constant = \"200ms\", \
         readiness = { period = \"200ms\", timeout = \"100ms\", failures = 2 } }",
        "{ startup = { period = \"100ms\", failures = 3 }, start.exponential.mean = \"200ms\", \
         liveness = { period = \"1s\", failures = 1 }, restart = { in_new_pod = true, unready = true } }",
        "{ start_failure = 0.3, start.constant = \"100ms\", pull_failure = 0.5, \
         restart = { delay = \"200ms\", most = \"1s\" } }",
        "{ memory_limit = \"512MiB\", memory_use = { base = \"462MiB\", per_request = \"9MiB\", \
         leak = \"5MiB/s\", leak_per_request = \"100KiB\" }, restart = { in_new_pod = true } }",
    ];
    (
        of(&["replicas = 1\n", "replicas = 2\n", "replicas = 5\n", "replicas = 0\n"]),
        maybe("memory", words(&["128MiB", "512MiB"])),
        maybe("cpu", of(&["\"250m\"", "1"])),
        maybe("pod", of(pods)),
    )
        .prop_map(|(replicas, memory, cpu, pod)| replicas + &memory + &cpu + &pod)
}
