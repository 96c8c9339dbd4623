//! What the schedulers of ECS and Swarm do not know of places is told with what they have instead.

use std::path::Path;

use cloudsched::scenario::load_text;

use super::wrong::expect;

const CLIENT: &str = "horizon = '1h'\n[client.c]\nservice = 's'\narrivals.poisson.rate = '1/s'\n";

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
    ] {
        let text =
            format!("{CLIENT}{service}demand.constant = '1ms'\npod.{pod}\n{}", cluster(kind));
        let loaded = load_text("t.toml", &text, Path::new("."), "t", &[]);
        let loaded = loaded.unwrap_or_else(|error| panic!("{}", error.render(false)));
        let told: Vec<String> = loaded
            .problems
            .iter()
            .map(|problem| format!("{} {:?}", problem.message, problem.help))
            .collect();
        let is_told = |told: &String| told.contains("is not used: ") && told.contains(expected);
        assert!(told.iter().any(is_told), "{expected}: {told:?}");
    }
    // What would be another constraint than it says is an error.
    for (pod, expected) in [
        ("node_affinity = [{ match = 'a' }]", "that a label has a value"),
        ("node_affinity = [{ match = 'a in (b, c)' }]", "that a label has a value"),
        ("node_affinity = [{ match = 'a=b' }, { match = 'a=c' }]", "one of several would do"),
    ] {
        expect(&format!("{service}pod.{pod}\n{}", cluster("docker-swarm")), expected);
    }
}
