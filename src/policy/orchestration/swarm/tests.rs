//! Placements of single tasks on a cluster, worked out by hand.

use super::super::kubernetes::{
    self, Cluster, Failure, Labels, Leaving, Names, NodeSpec, Outcome, Pod, Rejection, Resource,
    Template,
};
use super::scheduler::known;
use super::*;
use crate::kernel::{Id, Seed, Span, Time};

/// Nodes of 1000 m, in these zones.
fn cluster(zones: &[&str]) -> Cluster {
    let mut cluster = Cluster::default();
    for (number, zone) in zones.iter().enumerate() {
        let mut node = NodeSpec::new(cluster.names.symbol(&format!("n{number}")));
        let pair = (cluster.names.symbol("zone"), cluster.names.symbol(zone));
        node.labels = Labels::new([pair]);
        node.allocatable.set(Resource::CPU, 1000);
        node.most_pods = 10;
        cluster.add_node(node);
    }
    cluster
}

/// A version of a service.
fn version(cluster: &mut Cluster, service: &str, cpu: i64) -> Id<Template> {
    let mut template = Template::new(Names::EMPTY);
    let service = cluster.names.symbol(service);
    template.labels = Labels::new([(cluster.names.symbol("service"), service)]);
    template.request.set(Resource::CPU, cpu);
    cluster.add_template(template)
}

fn task(cluster: &mut Cluster, version: Id<Template>) -> Id<Pod> {
    cluster.add_pod(Pod::new(version, Names::EMPTY))
}

fn run(cluster: &mut Cluster, version: Id<Template>, node: u32) -> Id<Pod> {
    let task = task(cluster, version);
    cluster.bind(task, Id::new(node), Time::ZERO);
    task
}

fn place(swarm: &mut Swarm, cluster: &Cluster, task: Id<Pod>) -> Result<usize, Vec<Rejection>> {
    match swarm.schedule(cluster, task, &mut Seed::new(1).key("tests").stream()) {
        Outcome::Chosen(node, _) => Ok(node.index()),
        Outcome::Failed(Failure::NoNode(found)) => {
            Err(found.into_iter().map(|(_, rejection)| rejection).collect())
        }
        Outcome::Failed(other) => panic!("{other:?}"),
    }
}

/// Tasks of the service: 1, 0, 0, of all: 1, 2, 1: the third. With another version of it there: 1, 0, 1, so the
/// second. When that one is on its way out, it no longer counts.
#[test]
fn the_fewest_of_the_service_then_of_all() {
    let mut cluster = cluster(&["a", "a", "a"]);
    let (web, db) = (version(&mut cluster, "web", 100), version(&mut cluster, "db", 900));
    let next = version(&mut cluster, "web", 10);
    run(&mut cluster, web, 0);
    let small = version(&mut cluster, "small", 1);
    run(&mut cluster, small, 1);
    run(&mut cluster, small, 1);
    run(&mut cluster, small, 2);
    let mut swarm = Swarm::default();
    let waiting = task(&mut cluster, web);
    assert_eq!(place(&mut swarm, &cluster, waiting), Ok(2));
    assert_eq!(place(&mut swarm, &cluster, waiting), Ok(2), "a search changes nothing");
    let other = run(&mut cluster, next, 2);
    assert_eq!(place(&mut swarm, &cluster, waiting), Ok(1));
    cluster.leave(other, Leaving::Deleted);
    assert_eq!(place(&mut swarm, &cluster, waiting), Ok(2));
    // 1000 − 100, 1000 − 2, 1000 − 1 − 10 are left: 900 fits on each, the first has no `db` but the fewest tasks.
    let large = task(&mut cluster, db);
    assert_eq!(place(&mut swarm, &cluster, large), Ok(0));
}

/// Zone a has 2 tasks on 3 nodes, b has 1 on 1: though that node has more tasks than the third, it is b's turn.
#[test]
fn spread_comes_before_nodes() {
    let mut cluster = cluster(&["a", "a", "a", "b"]);
    let web = version(&mut cluster, "web", 100);
    for node in [0, 1, 3] {
        run(&mut cluster, web, node);
    }
    let waiting = task(&mut cluster, web);
    assert_eq!(place(&mut Swarm::default(), &cluster, waiting), Ok(2));
    let mut swarm: Swarm = serde_json::from_str(r#"{ "spread": ["node.labels.zone"] }"#).unwrap();
    assert_eq!(place(&mut swarm, &cluster, waiting), Ok(3));
}

/// The second will do. With a task there its port is taken; the first has too little CPU, the third is in the wrong
/// zone, the fourth has the port taken, the fifth as many tasks of the service as it may, the last is cordoned.
#[test]
fn reasons_are_those_of_the_filters() {
    let mut cluster = cluster(&["b", "b", "a", "b", "b"]);
    let mut node = NodeSpec::new(cluster.names.symbol("cordoned"));
    node.unschedulable = true;
    cluster.add_node(node);
    let large = version(&mut cluster, "large", 950);
    run(&mut cluster, large, 0);
    let port = kubernetes::Port {
        address: Names::ANY_ADDRESS,
        protocol: cluster.names.symbol("TCP"),
        number: 80,
    };
    let mut other = Template::new(Names::EMPTY);
    other.ports.push(port);
    let other = cluster.add_template(other);
    run(&mut cluster, other, 3);
    let mut template = Template::new(Names::EMPTY);
    template.labels = Labels::new([(Names::HOSTNAME, Names::EMPTY)]);
    template.request.set(Resource::CPU, 100);
    let without_port = cluster.add_template(template.clone());
    run(&mut cluster, without_port, 4);
    template.ports.push(port);
    let web = cluster.add_template(template);
    let waiting = task(&mut cluster, web);
    let parameters = r#"{ "constraints": ["node.labels.zone == B"], "max_replicas_per_node": 1 }"#;
    let mut swarm: Swarm = serde_json::from_str(parameters).unwrap();
    assert_eq!(place(&mut swarm, &cluster, waiting), Ok(1));
    run(&mut cluster, web, 1);
    let found = place(&mut swarm, &cluster, waiting).unwrap_err();
    let filters: Vec<&str> = found.iter().map(|one| one.filter).collect();
    let expected = [
        "ResourceFilter",
        "HostPortFilter",
        "ConstraintFilter",
        "HostPortFilter",
        "MaxReplicasFilter",
        "ReadyFilter",
    ];
    assert_eq!(filters, expected);
    for (node, filter) in expected.into_iter().enumerate() {
        let verdict = swarm.fits(&cluster, waiting, Id::from_index(node));
        assert_eq!(verdict.unwrap_err().filter, filter);
    }
}

/// Five failures within five minutes push the first node back, for this version only, and are forgotten after.
#[test]
fn failures_are_kept_by_version() {
    let mut cluster = cluster(&["a", "a"]);
    let (first, second) = (version(&mut cluster, "web", 1), version(&mut cluster, "web", 2));
    let mut swarm = Swarm::default();
    for _ in 0..5 {
        let task = run(&mut cluster, first, 0);
        swarm.failed(&cluster, task, Time::ZERO);
        cluster.remove(task);
    }
    let tasks = [first, second].map(|version| task(&mut cluster, version));
    let mut nodes = |seconds| {
        swarm.at(Time::ZERO.plus(Span::from_secs(seconds)));
        tasks.map(|task| place(&mut swarm, &cluster, task).unwrap())
    };
    assert_eq!(nodes(300), [1, 0]);
    assert_eq!(nodes(301), [0, 0]);
}

#[test]
fn a_node_is_what_its_labels_say() {
    let mut cluster = Cluster::default();
    let mut label =
        |key: &str, value: &str| (cluster.names.symbol(key), cluster.names.symbol(value));
    let labels = [
        label("node.role", "manager"),
        label("node.ip", "10.0.0.7"),
        label("node.platform.arch", "arm64"),
        label("engine.labels.disk", "ssd"),
        label("zone", "east"),
    ];
    let mut spec = NodeSpec::new(cluster.names.symbol("host-7"));
    spec.labels = Labels::new(labels);
    let spec = cluster.add_node(spec);
    let spec = cluster.node(spec);
    let node = known(&cluster, spec);
    for text in [
        "node.role == manager",
        "node.ip == 10.0.0.0/8",
        "node.platform.arch == arm64",
        "engine.labels.disk == ssd",
        "node.labels.zone != west",
        "node.labels.node.role != manager",
        "node.hostname == HOST-7",
    ] {
        assert!(Constraint::read(text).unwrap().matches(&node), "{text}");
    }
}
