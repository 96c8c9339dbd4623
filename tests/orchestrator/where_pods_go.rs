//! On which node pods go.

use cloudsched::scenario::load_text;

use super::{load, metric, told};

/// The nodes of the pods of `service`, one of which comes each second for an hour, on a platform with these keys.
fn nodes(pods: usize, platform: &str, service: &str) -> Vec<u32> {
    let jobs: Vec<(f64, &str, f64)> = (0..pods).map(|at| (at as f64, "s", 3600.0)).collect();
    let scenario = format!(
        "platform.c = {{ kind = 'kubernetes', {platform} }}\nservice.s = {{ platform = 'c', {service} }}\n"
    );
    let (told, _) = told(&load(&jobs, &scenario));
    told.pods_of("s").iter().map(|pod| pod.0).collect()
}

const TWO: &str = "nodes = [{ cpu = 4, memory = '16GiB', labels.disk = 'hdd', name = 'h' }, \
                   { cpu = 8, memory = '32GiB', labels.disk = 'ssd', name = 's' }]";

/// Pods of 1 core and 4 GiB: of 4 and 8 cores, the larger node is emptier with each of the first two (7/8 and 6/8 left
/// against 3/4): at the second both have 75 left, which is drawn; the third goes to the other.
#[test]
fn the_default_goes_where_most_is_left() {
    let seen = nodes(3, TWO, "cpu = 1, memory = '4GiB'");
    assert_eq!(seen[0], 1);
    let mut rest = seen[1..].to_vec();
    rest.sort_unstable();
    assert!(rest == [0, 1] || rest == [1, 1], "{seen:?}");
}

/// Full nodes first: the small one takes four, then the large one.
#[test]
fn high_node_utilization_fills_one_node_after_the_other() {
    let platform = format!("{TWO}, scheduler = 'high-node-utilization'");
    assert_eq!(nodes(6, &platform, "cpu = 1, memory = '4GiB'"), [0, 0, 0, 0, 1, 1]);
    let platform = format!(
        "{TWO}, scheduler.kubernetes = {{ fit = 'most-allocated', weights.NodeResourcesBalancedAllocation = 0 }}"
    );
    assert_eq!(nodes(6, &platform, "cpu = 1, memory = '4GiB'"), [0, 0, 0, 0, 1, 1]);
}

/// Spread over nodes, three go to each; packed, the small one gets all that it has room for first.
#[test]
fn ecs_follows_its_strategies() {
    let ecs = |parameters: &str| {
        nodes(6, &format!("{TWO}, scheduler.ecs = {{ {parameters} }}"), "cpu = 1, memory = '4GiB'")
    };
    let mut spread = ecs("strategies = [{ spread = 'instanceId' }]");
    spread.sort_unstable();
    assert_eq!(spread, [0, 0, 0, 1, 1, 1]);
    assert_eq!(ecs("strategies = [{ binpack = 'memory' }]"), [0, 0, 0, 0, 1, 1]);
    let large = "strategies = [], constraints = ['ec2InstanceId == s']";
    assert_eq!(ecs(large), [1; 6]);
}

/// The fewest tasks of the service, however large the node is: in turns, the first of equals first.
#[test]
fn swarm_counts_tasks() {
    let platform = format!("{TWO}, scheduler = 'swarm'");
    assert_eq!(nodes(6, &platform, "cpu = 1, memory = '4GiB'"), [0, 1, 0, 1, 0, 1]);
}

/// What a pod needs of its node is a constraint of ECS (`memberOf`) and of Swarm, and so is that it is apart from those of its service
/// (`distinctInstance`, `max_replicas_per_node`): of four tasks of an hour two find a node of their own, and the others when those have gone.
#[test]
fn what_pods_need_are_constraints_of_ecs_and_swarm() {
    for scheduler in ["ecs", "swarm"] {
        let platform = format!("{TWO}, scheduler = '{scheduler}'");
        let cases: [(&str, &[u32]); 4] = [
            ("node_selector.disk = 'ssd'", &[1; 6]),
            ("node_affinity = [{ match = 'disk=ssd' }]", &[1; 6]),
            ("node_affinity = [{ match = 'disk!=hdd' }]", &[1; 6]),
            ("node_affinity = [{ match = 'disk notin (ssd, nvme)' }]", &[0; 4]),
        ];
        for (pod, seen) in cases {
            let pods = format!("cpu = 1, memory = '4GiB', pod = {{ {pod} }}");
            assert_eq!(nodes(seen.len(), &platform, &pods), seen, "{scheduler}: {pod}");
        }
        let apart = "cpu = 1, memory = '1GiB', pod.anti_affinity = [{ match = 'app=s' }]";
        let mut seen = nodes(4, &platform, apart);
        seen.sort_unstable();
        assert_eq!(seen, [0, 0, 1, 1], "{scheduler}: two at once, and two after these");
    }
}

/// The first node that will do, from where the last search ended: in turns, until one is full.
#[test]
fn no_scoring_goes_round() {
    let platform = format!("{TWO}, scheduler = 'no-scoring'");
    assert_eq!(nodes(6, &platform, "cpu = 2"), [0, 1, 0, 1, 1, 1]);
}

/// Two pods of 2 cores and half a GPU stay on a node with two GPUs, on one of them. With 4 cores no CPU is left for a third: the
/// other GPU lies idle in vain, half of what there is. With 8 it is of use.
#[test]
fn gpus_that_lie_idle_in_vain_are_measured() {
    let measured = |cpu: u32| {
        let text = format!(
            "horizon = '10s'\nclient.c = {{ service = 's', arrivals.list.at = ['1s', '2s'] }}\n\
             service.s = {{ platform = 'c', cpu = 2, pod.gpus.milli = 500 }}\n\
             platform.c = {{ kind = 'kubernetes', nodes = [{{ cpu = {cpu}, memory = '16GiB', gpus = 2 }}] }}\n"
        );
        let loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[])
            .unwrap_or_else(|error| panic!("{}", error.render(false)));
        let (_, outcome) = told(&loaded);
        ["gpu_allocation_fraction", "gpu_fragmentation_fraction"].map(|name| metric(&outcome, name))
    };
    assert_eq!(measured(4), [0.5, 0.5]);
    assert_eq!(measured(8), [0.5, 0.0]);
}

#[test]
fn labels_taints_and_ports_say_where() {
    let at = |service: &str| nodes(2, TWO, service);
    assert_eq!(at("cpu = 1, pod.node_selector.disk = 'hdd'"), [0, 0]);
    assert_eq!(at("cpu = 1, pod.node_affinity = [{ match = 'disk in (hdd, tape)' }]"), [0, 0]);
    assert_eq!(at("cpu = 1, pod.node_affinity = [{ match = 'disk=hdd', weight = 100 }]"), [0, 0]);
    let mut ports = at("cpu = 1, pod.host_ports = [80]");
    ports.sort_unstable();
    assert_eq!(ports, [0, 1]);
    let tainted = "nodes = [{ cpu = 4, memory = '16GiB', name = 'a' }, \
                   { cpu = 64, memory = '256GiB', taints = ['big=yes:NoSchedule'], name = 'b' }]";
    assert_eq!(nodes(2, tainted, "cpu = 1"), [0, 0]);
    assert_eq!(nodes(2, tainted, "cpu = 1, pod.tolerations = ['big=yes']"), [1, 1]);
}

/// A pod asks for one of two devices, which only the small node has.
#[test]
fn other_resources_are_counted() {
    let platform = "nodes = [{ cpu = 4, memory = '16GiB', name = 'a', resources.'x.io/fpga' = 2 }, \
                    { cpu = 64, memory = '256GiB', name = 'b' }]";
    let seen = nodes(3, platform, "cpu = 1, pod.resources.'x.io/fpga' = 1");
    assert_eq!(seen, [0, 0, 0], "the third when one of the others has gone");
}

/// Three zones of one node each, which differ much in size: hard spread goes through them in turn.
#[test]
fn hard_spread_goes_before_room() {
    let platform = "nodes = [{ name = 'a', cpu = 64, memory = '16GiB', zone = 'a' }, \
                    { name = 'b', cpu = 8, memory = '16GiB', zone = 'b' }, \
                    { name = 'c', cpu = 4, memory = '16GiB', zone = 'c' }]";
    let mut seen = nodes(6, platform, "cpu = 1, pod.topology_spread = [{ topology = 'zone' }]");
    seen[..3].sort_unstable();
    seen[3..].sort_unstable();
    assert_eq!(seen, [0, 1, 2, 0, 1, 2]);
}

/// Two nodes with 2 GPUs each, of models A and B. Shares of 600 take a device each, and the fifth waits for the
/// first; two of 500 share one, the third takes the other; pods of two take a node each, and the third waits.
#[test]
fn gpus_are_given_away_once() {
    let nodes_of = |service: &str, pods| {
        let platform = "scheduler = 'first-fit', nodes = [\
            { name = 'a', cpu = 8, memory = '8GiB', gpus = 2, gpu_model = 'A' }, \
            { name = 'b', cpu = 8, memory = '8GiB', gpus = 2, gpu_model = 'B' }]";
        nodes(pods, platform, service)
    };
    assert_eq!(nodes_of("cpu = 1, pod.gpus.milli = 600", 5), [0, 0, 1, 1, 0]);
    assert_eq!(nodes_of("cpu = 1, pod.gpus = { milli = 500, models = ['B'] }", 3), [1, 1, 1]);
    assert_eq!(nodes_of("cpu = 1, pod.gpus.count = 2", 3), [0, 1, 0]);
}

/// Of 2 GPUs three shares of 500 have 1.5 for an hour of two.
#[test]
fn gpus_in_use_are_measured() {
    let jobs = [(0.0, "s", 3600.0), (0.0, "s", 3600.0), (0.0, "s", 3600.0)];
    for scheduler in ["first-fit", "best-fit", "fgd", "gpu-packing", "gpu-clustering", "kubernetes"]
    {
        let scenario = format!(
            "horizon = '2h'\nplatform.c = {{ kind = 'kubernetes', scheduler = '{scheduler}', \
             nodes = [{{ cpu = 8, memory = '8GiB', gpus = 2 }}] }}\n\
             service.s = {{ platform = 'c', cpu = 1, pod.gpus.milli = 500 }}\n"
        );
        let outcome = told(&load(&jobs, &scenario)).1;
        assert_eq!(metric(&outcome, "host_gpu_utilisation"), 0.375, "{scheduler}");
    }
}

/// The members of a service are the kinds of pods of a list, and the nodes are those of another. Pods of a whole
/// T4 take both of them and the third waits; the share of a quarter goes to the P100, which the others cannot use.
#[test]
fn a_list_of_pods_runs_on_a_list_of_nodes() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("nodes.csv", "sn,cpu_milli,memory_mib,gpu,model\na,4000,4096,1,P100\nb,4000,4096,2,T4\n");
    let columns = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,creation_time,deletion_time,scheduled_time";
    let pods = "p,1000,1024,1,1000,T4,0,,\nq,1000,1024,1,250,,0,,\nr,1000,1024,1,1000,T4,1,,\ns,1000,1024,1,1000,T4,2,,\n";
    write("pods.csv", &format!("{columns}\n{pods}"));
    let text = "horizon = '100s'\nwarm_up = '10s'\nclient.c = { service = 's', \
                arrivals.trace = { format = 'openb', pods = 'pods.csv' } }\n\
                service.s.platform = 'p'\n\
                platform.p = { kind = 'kubernetes', scheduler = 'fgd', nodes = [{ openb = 'nodes.csv' }] }\n";
    let loaded = cloudsched::scenario::load_text("t.toml", text, folder.path(), "t", &[])
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let outcome = told(&loaded).1;
    assert_eq!(metric(&outcome, "host_gpu_utilisation"), 2.25 / 3.0);
    assert_eq!(metric(&outcome, "queue_length_mean"), 1.0);
}

/// Half of the kinds of pods are small, half need a whole large node. The small job on a large node leaves 6 of its cores, of which
/// 3 are stranded by that; of each of the 5 small nodes 2 of 4 are, though no pod ever came there: 13 of 60.
#[test]
fn what_is_stranded_counts_where_no_pod_ever_was() {
    let scenario = "platform.c = { kind = 'kubernetes', nodes = [\
                    { count = 5, cpu = 8, memory = '8GiB' }, { count = 5, cpu = 4, memory = '8GiB' }] }\n\
                    service.small = { platform = 'c', cpu = 2 }\n\
                    service.large = { platform = 'c', cpu = 8 }\n";
    let (_, outcome) = told(&load(&[(0.0, "small", 10.0)], scenario));
    let stranded = metric(&outcome, "stranded_cpu_fraction");
    assert!((stranded - 13.0 / 60.0).abs() < 1e-9, "{stranded}");
}

/// Nine members want a core and one wants four. With a job of the former on four cores, a tenth of the members has no
/// room for what is left: 0.3 of 4. Three replicas of a core leave one, where one of four pods has no room: 0.25 of 4.
#[test]
fn members_and_replicas_count_as_pods_of_the_workload() {
    let platform = "platform.c = { kind = 'kubernetes', nodes = [{ cpu = 4, memory = '8GiB' }] }\n";
    let stranded = |jobs: &[(f64, &str, f64)], services: &str| {
        let (_, outcome) = told(&load(jobs, &format!("{platform}{services}")));
        metric(&outcome, "stranded_cpu_fraction")
    };
    let family =
        "service.f = { platform = 'c', family.count = 10, cpu = [1, 1, 1, 1, 1, 1, 1, 1, 1, 4] }\n";
    let seen = stranded(&[(0.0, "f.0", 10.0)], family);
    assert!((seen - 0.3 / 4.0).abs() < 1e-9, "{seen}");
    let replicas = "service.s = { platform = 'c', cpu = 1, replicas = 3 }\n\
                    service.big = { platform = 'c', cpu = 4 }\n";
    let seen = stranded(&[(10.0, "s", 10.0)], replicas);
    assert!((seen - 0.25 / 4.0).abs() < 1e-9, "{seen}");
}
