//! What the schedulers of ECS and Swarm do not know of places is told with what they have instead.

use super::wrong::expect;

/// What ECS and Swarm do not know of places is told, with what they have instead.
#[test]
fn places_that_a_scheduler_does_not_know_are_told() {
    let service = "[service.s]\nplatform = 'p'\nreplicas = 1\ncpu = 1\n";
    let cluster = |kind: &str| {
        format!("[platform.p]\nkind = '{kind}'\nnodes = [{{ cpu = 1, memory = '1GiB' }}]\n")
    };
    let spread = "topology_spread = [{ topology = 'host' }]";
    for (kind, pod, expected) in [
        ("ecs", "node_affinity = [{ match = 'a=b', weight = 1 }]", "ECS prefers no instance"),
        ("ecs", "affinity = [{ match = 'app=x' }]", "task:group == service:NAME"),
        ("ecs", "anti_affinity = [{ match = 'app=x' }]", "`distinctInstance`"),
        ("ecs", "anti_affinity = [{ match = 'app=s', weight = 1 }]", "`distinctInstance`"),
        ("ecs", "anti_affinity = [{ match = 'app=s', topology = 'zone' }]", "`distinctInstance`"),
        ("ecs", spread, "`scheduler.ecs.strategies`"),
        ("docker-swarm", "node_affinity = [{ match = 'a=b', weight = 1 }]", "Swarm prefers no"),
        ("docker-swarm", "affinity = [{ match = 'app=x' }]", "puts no task beside others"),
        ("docker-swarm", "anti_affinity = [{ match = 'app=x' }]", "`max_replicas_per_node`"),
        ("docker-swarm", spread, "`scheduler.swarm.spread`"),
        ("docker-swarm", "node_affinity = [{ match = 'a' }]", "that a label has a value"),
        ("docker-swarm", "node_affinity = [{ match = 'a in (b, c)' }]", "that a label has a value"),
        (
            "docker-swarm",
            "node_affinity = [{ match = 'a=b' }, { match = 'a=c' }]",
            "one of several would do",
        ),
    ] {
        expect(&format!("{service}pod.{pod}\n{}", cluster(kind)), expected);
    }
}
