//! Placements worked out by hand.

use super::super::kubernetes::filter::{Reason, Verdict};
use super::super::kubernetes::{
    Amounts, Container, Labels, Leaving, NodeSpec, Port, Resource, Symbol, Template,
};
use super::*;
use crate::kernel::{Seed, Time};

type Attributes = &'static [(&'static str, &'static str)];

/// Instances `i-0`, `i-1` and so on, each with its CPU in thousandths, its memory in bytes and its labels.
fn cluster(instances: &[(i64, i64, Attributes)]) -> Cluster {
    let mut cluster = Cluster::default();
    for (number, &(cpu, memory, labels)) in instances.iter().enumerate() {
        let mut node = NodeSpec::new(cluster.names.symbol(&format!("i-{number}")));
        let symbol = |cluster: &mut Cluster, text| cluster.names.symbol(text);
        let labels: Vec<(Symbol, Symbol)> = labels
            .iter()
            .map(|&(key, value)| (symbol(&mut cluster, key), symbol(&mut cluster, value)))
            .collect();
        node.labels = Labels::new(labels);
        node.allocatable.set(Resource::CPU, cpu);
        node.allocatable.set(Resource::MEMORY, memory);
        node.most_pods = 100;
        cluster.add_node(node);
    }
    cluster
}

/// A task of a group that waits, with so much CPU and memory.
fn task(cluster: &mut Cluster, group: &str, cpu: i64, memory: i64) -> Id<Pod> {
    let name = cluster.names.symbol("");
    let mut template = Template::new(name);
    let label = match group.strip_prefix("service:") {
        Some(name) => (cluster.names.symbol(APP), cluster.names.symbol(name)),
        None => (cluster.names.symbol(GROUP), cluster.names.symbol(group)),
    };
    template.labels = Labels::new([label]);
    let mut container = Container::default();
    container.request.set(Resource::CPU, cpu);
    container.request.set(Resource::MEMORY, memory);
    template.demand(&[container], &[], &Amounts::default());
    let template = cluster.add_template(template);
    cluster.add_pod(Pod::new(template, name))
}

/// Tasks of a group that run on these instances.
fn run(cluster: &mut Cluster, group: &str, cpu: i64, memory: i64, on: &[u32]) -> Vec<Id<Pod>> {
    let start = |&node: &u32| {
        let task = task(cluster, group, cpu, memory);
        cluster.bind(task, Id::new(node), Time::ZERO);
        task
    };
    on.iter().map(start).collect()
}

fn ecs(parameters: &str) -> Ecs {
    serde_json::from_str(parameters).unwrap()
}

/// The instances that 200 searches for a task choose, each once, in order.
fn chosen(mut ecs: Ecs, cluster: &Cluster, task: Id<Pod>) -> Vec<usize> {
    let mut stream = Seed::new(1).key("tests").stream();
    let mut found: Vec<usize> = (0..200)
        .map(|_| match ecs.schedule(cluster, task, &mut stream) {
            Outcome::Chosen(node, _) => node.index(),
            Outcome::Failed(failure) => panic!("{failure:?}"),
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Why no instance takes a task.
fn refused(mut ecs: Ecs, cluster: &Cluster, task: Id<Pod>) -> Vec<(&'static str, Verdict)> {
    let mut stream = Seed::new(1).key("tests").stream();
    match ecs.schedule(cluster, task, &mut stream) {
        Outcome::Failed(Failure::NoNode(found)) => {
            found.into_iter().map(|(_, rejection)| (rejection.filter, rejection.verdict)).collect()
        }
        other => panic!("{other:?}"),
    }
}

const A: Attributes = &[("ecs.availability-zone", "a")];
const B: Attributes = &[("topology.kubernetes.io/zone", "b")];

/// Zone a: instances 0, 1 with 1 + 0 tasks of the service; zone b, by the other name: instance 2 with 2, and 3 full. The
/// service has 1 in a and 2 in b, others do not count: a, that is 0 or 1. With instances second, as by default: 1.
#[test]
fn a_service_is_spread_over_zones() {
    let mut cluster = cluster(&[(1000, 0, A), (1000, 0, A), (1000, 0, B), (100, 0, B)]);
    run(&mut cluster, "service:web", 100, 0, &[0, 2, 2]);
    run(&mut cluster, "service:other", 100, 0, &[1, 1, 1, 3]);
    let task = task(&mut cluster, "service:web", 100, 0);
    assert_eq!(chosen(ecs("{}"), &cluster, task), [1]);
    let zones = r#"{ "spread": "attribute:ecs.availability-zone" }"#;
    let only = format!(r#"{{ "strategies": [{zones}] }}"#);
    assert_eq!(chosen(ecs(&only), &cluster, task), [0, 1]);
    let both = format!(r#"{{ "strategies": [{zones}, {{ "spread": "instanceId" }}] }}"#);
    assert_eq!(chosen(ecs(&both), &cluster, task), [1]);
    let random = r#"{ "strategies": [] }"#;
    assert_eq!(chosen(ecs(random), &cluster, task), [0, 1, 2], "the full one is not asked");
}

/// Left of CPU: 500, 300, 200, 300; of memory: 20, 40, 90, 40. A task of 250 does not fit on instance 2.
#[test]
fn tasks_are_packed_where_least_is_left() {
    let mut cluster = cluster(&[(500, 100, A), (1000, 100, A), (200, 100, B), (300, 100, B)]);
    run(&mut cluster, "db", 0, 80, &[0]);
    run(&mut cluster, "db", 700, 60, &[1]);
    run(&mut cluster, "db", 0, 10, &[2]);
    run(&mut cluster, "db", 0, 60, &[3]);
    let task = task(&mut cluster, "web", 250, 10);
    assert_eq!(chosen(ecs(r#"{ "strategies": [{ "binpack": "cpu" }] }"#), &cluster, task), [1, 3]);
    let memory = ecs(r#"{ "strategies": [{ "binpack": "memory" }] }"#);
    assert_eq!(chosen(memory, &cluster, task), [0]);
    // In zone a there are as many tasks of the group as in b, none: both are left for the second strategy.
    let zones =
        r#"[{ "spread": "attribute:ecs.availability-zone" }, { "binpack": "cpu" }, "random"]"#;
    let zones = format!(r#"{{ "strategies": {zones} }}"#);
    assert_eq!(chosen(ecs(&zones), &cluster, task), [1, 3]);
}

/// Zone a has 3 tasks, b has 1: one of a goes. On instances 0, 1 there are 2 and 1: with instances second one of
/// instance 0. One that is on its way out is not stopped again, and one that waits cannot be: then a has 2 tasks, each
/// alone on its instance.
#[test]
fn tasks_are_stopped_where_there_are_many() {
    let mut cluster = cluster(&[(900, 0, A), (700, 0, A), (800, 0, B)]);
    let mut tasks = run(&mut cluster, "web", 100, 0, &[0, 0, 1, 2]);
    tasks.push(task(&mut cluster, "web", 100, 0));
    let victims = |ecs: Ecs, cluster: &Cluster| {
        let mut stream = Seed::new(2).key("tests").stream();
        let mut all: Vec<usize> = (0..200)
            .map(|_| {
                let victim = ecs.victim(cluster, &tasks, &mut stream).unwrap();
                tasks.iter().position(|&task| task == victim).unwrap()
            })
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let zones = r#"{ "spread": "attribute:ecs.availability-zone" }"#;
    let both = format!(r#"{{ "strategies": [{zones}, {{ "spread": "host" }}] }}"#);
    let only = format!(r#"{{ "strategies": [{zones}] }}"#);
    assert_eq!(victims(ecs(&only), &cluster), [0, 1, 2]);
    assert_eq!(victims(ecs("{}"), &cluster), [0, 1]);
    assert_eq!(victims(ecs(&both), &cluster), [0, 1]);
    // Left: 700, 600 and 700.
    let packed = r#"{ "strategies": [{ "binpack": "cpu" }] }"#;
    assert_eq!(victims(ecs(packed), &cluster), [0, 1, 3], "the most is left there");
    cluster.leave(tasks[0], Leaving::Deleted);
    assert_eq!(victims(ecs(&both), &cluster), [1, 2]);
    let mut stream = Seed::new(2).key("tests").stream();
    assert_eq!(ecs("{}").victim(&cluster, &tasks[4..], &mut stream), None);
}

/// Instance 0 has one of the group, 1 one of another, 2 one of the group that is on its way out.
#[test]
fn distinct_instances_have_one_task_of_a_group() {
    let mut cluster = cluster(&[(900, 0, A), (900, 0, A), (900, 0, A)]);
    run(&mut cluster, "web", 100, 0, &[0]);
    run(&mut cluster, "db", 100, 0, &[1]);
    let leaving = run(&mut cluster, "web", 100, 0, &[2]);
    cluster.leave(leaving[0], Leaving::Deleted);
    let task = task(&mut cluster, "web", 100, 0);
    let distinct = || ecs(r#"{ "constraints": ["distinctInstance"] }"#);
    assert_eq!(chosen(distinct(), &cluster, task), [1, 2]);
    run(&mut cluster, "web", 100, 0, &[1, 2]);
    let why = Verdict::Unschedulable(Reason::Other("distinctInstance"));
    assert_eq!(refused(distinct(), &cluster, task), [("distinctInstance", why); 3]);
}

/// The first reason counts: too little CPU before the port, the port before the expression.
#[test]
fn reasons_are_told_in_order() {
    let mut cluster = cluster(&[(50, 0, A), (900, 0, A), (900, 0, A)]);
    let (address, protocol) = (cluster.names.symbol("0.0.0.0"), cluster.names.symbol("TCP"));
    let mut template = Template::new(protocol);
    template.ports.push(Port { address, protocol, number: 80 });
    template.request.set(Resource::CPU, 100);
    let template = cluster.add_template(template);
    let first = cluster.add_pod(Pod::new(template, protocol));
    cluster.bind(first, Id::new(1), Time::ZERO);
    let second = cluster.add_pod(Pod::new(template, protocol));
    let in_b = ecs(r#"{ "constraints": ["attribute:ecs.availability-zone == b"] }"#);
    let refused = refused(in_b, &cluster, second);
    let filters: Vec<&str> = refused.iter().map(|one| one.0).collect();
    assert_eq!(filters, ["NodeResourcesFit", "NodePorts", "memberOf"]);
    assert_eq!(refused[1].1, Verdict::Unschedulable(Reason::Port));
    let fits =
        |node| Ecs::default().fits(&cluster, second, Id::new(node)).map_err(|one| one.filter);
    assert_eq!([0, 1, 2].map(fits), [Err("NodeResourcesFit"), Err("NodePorts"), Ok(())]);
}

/// Instances: 0 is m5.large with 4 disks in zone a and has a task of `db`; 1 is t2.small in zone b and has two of
/// `service:web`; 2 says nothing and has none.
#[test]
fn expressions_select_instances() {
    let first: Attributes =
        &[("ecs.instance-type", "m5.large"), ("disks", "4"), ("ecs.availability-zone", "a")];
    let second: Attributes =
        &[("node.kubernetes.io/instance-type", "t2.small"), ("topology.kubernetes.io/zone", "b")];
    let mut cluster = cluster(&[(900, 0, first), (900, 0, second), (900, 0, &[])]);
    run(&mut cluster, "db", 100, 0, &[0]);
    run(&mut cluster, "service:web", 100, 0, &[1, 1]);
    let selected = |text: &str| -> Vec<u32> {
        let expression = Expression::read(text).unwrap();
        let ready = expression.ready(&cluster);
        let met = cluster.nodes().iter().filter(|node| ready.holds(node.site()));
        met.map(|node| node.id.index() as u32).collect()
    };
    let type_ = "attribute:ecs.instance-type";
    for (text, expected) in [
        (format!("{type_} == m5.large"), &[0][..]),
        // A type that is not known is no other type.
        (format!("{type_} != m5.large"), &[1]),
        (format!("not({type_} == m5.large)"), &[1, 2]),
        (format!("{type_} =~ m5.*"), &[0]),
        (format!("{type_} =~ large"), &[]),
        (format!("{type_} =~ '(m5|t2).*'"), &[0, 1]),
        (format!("{type_} !~ m.*"), &[1]),
        (format!("{type_} in [t2.small, t2.medium]"), &[1]),
        (format!("{type_} not_in ['t2.small','t2.medium']"), &[0]),
        ("attribute:disks exists".to_owned(), &[0]),
        ("attribute:disks !exists".to_owned(), &[1, 2]),
        ("attribute:disks>=4&&attribute:disks<5".to_owned(), &[0]),
        ("attribute:disks > 4 || attribute:disks less_than 4".to_owned(), &[]),
        // A type is no number.
        (format!("{type_} > 0"), &[]),
        ("task:group == service:web".to_owned(), &[1]),
        ("not (task:group == service:web)".to_owned(), &[0, 2]),
        // That a task is of another group: not so where there is none.
        ("task:group != db".to_owned(), &[1]),
        ("task:group !exists".to_owned(), &[2]),
        ("runningTasksCount == 1".to_owned(), &[0]),
        ("runningTasksCount != 1".to_owned(), &[1, 2]),
        ("ec2InstanceId in [i-0, i-2]".to_owned(), &[0, 2]),
        // `and` before `or`; `!` is for what stands next.
        ("ec2InstanceId == i-2 or task:group == db and ec2InstanceId == i-1".to_owned(), &[2]),
        ("(ec2InstanceId == i-2 or task:group == db) and ec2InstanceId == i-0".to_owned(), &[0]),
        ("!ec2InstanceId == i-2 and !ec2InstanceId == i-1".to_owned(), &[0]),
    ] {
        assert_eq!(selected(&text), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_with_an_expression_is_told_with_its_column() {
    for (text, column, told) in [
        ("", 1, "expected a subject such as `attribute:NAME`, found the end"),
        ("attribute: == a", 1, "`attribute:` is no subject; "),
        ("runningTaskCount == 1", 1, "did you mean `runningTasksCount`?"),
        ("agentConnected == true", 1, "`agentConnected` is not modelled"),
        ("attribute:a", 12, "expected an operator (`==`, `!=`, "),
        ("attribute:a = b", 13, "found `=`"),
        ("attribute:a equals", 19, "expected a value, found the end"),
        ("attribute:é in a", 16, "expected a list such as `[a, b]`, found `a`"),
        ("attribute:a in [a b]", 19, "expected `,` or `]`, found `b]`"),
        ("attribute:a in [a, ]", 20, "expected a value of the list, found `]`"),
        ("attribute:a in [a, 'b]", 20, "the `'` that begins here has no end"),
        ("attribute:a > 1.5", 15, "expected an integer, found `1.5`"),
        ("attribute:a =~ m5.[", 16, "`m5.[` is no pattern: unclosed character class"),
        ("attribute:a =~ 'a)|(b'", 16, "is no pattern: unopened group"),
        ("ec2InstanceId < i-5", 15, "`ec2InstanceId` does not take `<`"),
        ("runningTasksCount exists", 19, "`runningTasksCount` does not take `exists`"),
        ("(attribute:a == b", 18, "expected `)`, found the end"),
        ("attribute:a == b attribute:c", 18, "expected `&&`, `||` or the end, found `attribute:c`"),
        ("attribute:a == b and", 21, "expected a subject such as"),
        ("distinct-instance", 1, "did you mean `distinctInstance`?"),
    ] {
        let error = Constraint::read(text).unwrap_err();
        assert_eq!(error.column, column, "{text}: {error}");
        assert!(error.problem.contains(told), "{text}: {error}");
    }
    let deep = "!".repeat(101);
    assert!(Constraint::read(&deep).unwrap_err().problem.contains("more than 100"));
}

#[test]
fn tasks_of_others_may_be_waited_for() {
    let waits = |constraint| {
        let constraints = vec![Constraint::read(constraint).unwrap()];
        Ecs { constraints, ..Ecs::default() }.asks_for_tasks()
    };
    assert!(waits("attribute:a exists and not (task:group == db)") && waits("runningTasksCount>0"));
    assert!(!waits("distinctInstance") && !waits("attribute:a == task:group"));
}

#[test]
fn what_is_wrong_with_parameters_is_told() {
    let error = |text: &str| serde_json::from_str::<Ecs>(text).unwrap_err().to_string();
    let zone = error(r#"{ "strategies": [{ "spread": "ecs.availability-zone" }] }"#);
    assert!(zone.contains("`instanceId`, or `attribute:ecs.availability-zone`"), "{zone}");
    let packed = error(r#"{ "strategies": [{ "binpack": "disk" }] }"#);
    assert!(packed.contains("expected `cpu` or `memory`"), "{packed}");
    let constraint = error(r#"{ "constraints": ["attribute:a = b"] }"#);
    assert!(constraint.contains("column 13 of `attribute:a = b`: expected an operator"));
}
