//! Clusters whose keys do not fit together.

use super::{Cases, told};

/// A service with replicas on a cluster, with these keys of the service and of the cluster.
fn with(service: &str, cluster: &str) -> String {
    format!(
        "horizon = \"1h\"\n\n[client.users]\nservice = \"web\"\narrivals.poisson.rate = \"5/s\"\n\n\
         [service.web]\nplatform = \"cluster\"\ncpu = \"500m\"\nmemory = \"512MiB\"\nreplicas = 3\n\
         demand.constant = \"10ms\"\n{service}\n\n\
         [platform.cluster]\nkind = \"kubernetes\"\n{cluster}\n"
    )
}

const NODES: &str = "nodes = [{ count = 4, cpu = 4, memory = \"16GiB\" }]";

#[test]
fn pods_that_may_not_be() {
    let mut cases = Cases::default();
    let mut add = |case: &str, service: &str| cases.add(case, told(&with(service, NODES)));
    add("less CPU than asked for", "pod.cpu_limit = \"250m\"");
    add(
        "less memory than asked for",
        "pod.memory_limit = \"256MiB\"\npod.memory_use.base = \"1MiB\"",
    );
    add("two budgets", "pod.min_available = 1\npod.max_unavailable = 1");
    add("more than all", "pod.min_available = \"150%\"");
    add("no percentage", "pod.max_unavailable = \"half\"");
    add(
        "too large in a release",
        "[release.v2]\nservice = \"web\"\nat = \"1m\"\nversion.cpu = 100\nversion.demand.constant = \"5ms\"",
    );
    let job = with("pod.max_unavailable = 1", NODES).replace("replicas = 3\n", "");
    cases.add("a budget of jobs", told(&job));
    cases.check("pods");
}

#[test]
fn autoscaling_that_may_not_be() {
    let mut cases = Cases::default();
    let mut add = |case: &str, autoscaling: &str| {
        cases.add(case, told(&with(&format!("autoscaling = {{ {autoscaling} }}"), NODES)));
    };
    add("in percent", "max_replicas = 9, cpu_utilisation = 50");
    add("nothing to go by", "max_replicas = 9");
    add("no most", "cpu_utilisation = 0.5");
    add("a slip", "max_replica = 9, cpu_utilisation = 0.5");
    add("memory of which nobody knows", "max_replicas = 9, memory_utilisation = 0.5");
    add("no requests", "max_replicas = 9, requests_per_replica = \"0/s\"");
    let horizontal = |rules: &str| {
        format!("max_replicas = 9, cpu_utilisation = 0.5, autoscaler.horizontal = {{ {rules} }}")
    };
    add("a policy of nothing", &horizontal("scale_up.policies = [{ period = \"15s\" }]"));
    add("no policies", &horizontal("scale_down.policies = []"));
    add("selected otherwise", &horizontal("scale_up.select = \"most\""));
    add("a long window", &horizontal("scale_down.stabilization = \"2h\""));
    add("a tolerance in percent", &horizontal("tolerance = 10"));
    let times = "times = [{ from = \"7h\", to = \"9h\", instances = 9 }]";
    add(
        "a clock with a target",
        &format!("cpu_utilisation = 0.5, autoscaler.scheduled = {{ {times} }}"),
    );
    add("a clock without times", "autoscaler.scheduled = { times = [] }");
    let step = "autoscaler.step = { max = 2, steps = [{ above = 0.6, add = 1 }] }";
    add("more at the start than there may be", step);
    add("more at the start than by the clock", &format!("autoscaler.scheduled = {{ {times} }}"));
    cases.check("autoscaling");
}

#[test]
fn clusters_that_may_not_be() {
    let mut cases = Cases::default();
    let mut add = |case: &str, cluster: &str| cases.add(case, told(&with("", cluster)));
    add(
        "failed between two heartbeats",
        &format!("heartbeat = {{ period = \"30s\", timeout = \"10s\" }}\n{NODES}"),
    );
    add(
        "a sheet for nodes that cost what they say",
        "price = \"ec2\"\nnodes = [{ count = 4, machine = \"m5.xlarge\", price_hour = 0 }]",
    );
    cases.check("clusters");
}
