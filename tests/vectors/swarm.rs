//! The scheduler of Docker Swarm.

use std::collections::BTreeMap;

use cloudsched::kernel::Time;
use cloudsched::policy::orchestration::swarm::{
    Constraint, Group, Node, Platform, Plugin, Port, Reservation, schedule,
};
use serde_json::Value;

use crate::json::{list, number, pairs, same, text, texts};

fn labels(value: &Value) -> BTreeMap<String, String> {
    let owned = |(key, value): (&str, &Value)| (key.to_owned(), value.as_str().unwrap().to_owned());
    pairs(value).map(owned).collect()
}

fn platform(value: &Value) -> Platform {
    Platform { os: text(value, "os").to_owned(), arch: text(value, "arch").to_owned() }
}

fn plugins(value: &Value, key: &str) -> Vec<Plugin> {
    let plugin = |one: &Value| Plugin {
        kind: text(one, "type").to_owned(),
        name: text(one, "name").to_owned(),
    };
    list(value, key).iter().map(plugin).collect()
}

fn reservation(value: &Value) -> Reservation {
    let amount = |key: &str| value[key].as_i64().unwrap_or(0);
    let generic = pairs(&value["generic"]);
    Reservation {
        nano_cpus: amount("nano_cpus"),
        memory: amount("memory_bytes"),
        generic: generic.map(|(name, count)| (name.to_owned(), count.as_i64().unwrap())).collect(),
    }
}

fn node(value: &Value) -> Node {
    let mut node = Node::new(text(value, "id"));
    text(value, "hostname").clone_into(&mut node.hostname);
    node.address = text(value, "addr").parse().ok();
    node.manager = text(value, "role") == "MANAGER";
    node.labels = labels(&value["labels"]);
    node.engine_labels = labels(&value["engine_labels"]);
    let told = !value["os"].is_null() || !value["arch"].is_null();
    node.platform = told.then(|| platform(value));
    node.plugins = (!value["plugins"].is_null()).then(|| plugins(value, "plugins"));
    node.available = text(value, "state") == "READY" && text(value, "availability") == "ACTIVE";
    node
}

/// A constraint that cannot be read is not looked at, as in the original.
fn constraints(case: &Value) -> Vec<Constraint> {
    let all: Result<Vec<_>, _> =
        texts(case, "constraints").iter().map(|text| Constraint::read(text)).collect();
    all.unwrap_or_default()
}

pub fn constraint_filter(case: &Value) -> Result<(), String> {
    let node = node(&case["node"]);
    let found = constraints(case).iter().all(|constraint| constraint.matches(&node));
    same(&found, &case["expected"].as_bool().unwrap())
}

/// The service whose tasks are placed, and another whose tasks are there already.
const SERVICE: u32 = 0;
const OTHER: u32 = 1;

fn group(case: &Value) -> Group {
    let port = |value: &Value, number| Port {
        protocol: text(value, "protocol").to_owned(),
        number: u16::try_from(value[number].as_u64().unwrap_or(0)).unwrap(),
    };
    let of_node = |port: &&Value| text(port, "mode") == "HOST";
    Group {
        service: SERVICE,
        version: 0,
        reservation: reservation(&case["reservations"]),
        constraints: constraints(case),
        platforms: list(case, "platforms").iter().map(platform).collect(),
        plugins: plugins(case, "required_plugins"),
        ports: list(case, "ports")
            .iter()
            .filter(of_node)
            .map(|one| port(one, "published"))
            .collect(),
        most_replicas: case["max_replicas_per_node"].as_u64().unwrap_or(0),
        spread: texts(case, "spread_preferences").iter().map(|&key| key.to_owned()).collect(),
    }
}

/// A node with the tasks that a case says it has.
fn laden(value: &Value) -> Node {
    let mut node = node(value);
    let own = number(value, "active_tasks_this_service");
    for task in 0..number(value, "active_tasks") {
        node.start(&Group::new(if task < own { SERVICE } else { OTHER }));
    }
    for _ in 0..value["recent_failures_this_service_version"].as_i64().unwrap_or(0) {
        node.fail(&Group::new(SERVICE), Time::ZERO);
    }
    for used in list(value, "used_host_ports") {
        let mut holder = Group::new(OTHER);
        holder.ports.push(Port {
            protocol: text(used, "protocol").to_owned(),
            number: u16::try_from(used["port"].as_u64().unwrap()).unwrap(),
        });
        node.start(&holder);
        holder.ports.clear();
        node.stop(&holder);
    }
    node.free = reservation(&value["available"]);
    node
}

pub fn schedule_group(case: &Value) -> Result<(), String> {
    let mut nodes: Vec<Node> = list(case, "nodes").iter().map(laden).collect();
    let count = usize::try_from(number(case, "n_tasks")).unwrap();
    let mut found: BTreeMap<String, i64> = BTreeMap::new();
    for number in schedule(&group(case), count, &mut nodes, Time::ZERO) {
        *found.entry(nodes[number].id.clone()).or_default() += 1;
    }
    let counts = |value: &Value| -> BTreeMap<String, i64> {
        pairs(value).map(|(node, count)| (node.to_owned(), count.as_i64().unwrap())).collect()
    };
    let possible: Vec<_> = list(case, "possible_assignments").iter().map(counts).collect();
    let unique = case["unique"].as_bool().unwrap();
    // The possible ones were sampled: another order of equals is as right if it is of nodes that were seen to
    // get tasks, and if the counts are the same.
    let sorted = |counts: &BTreeMap<String, i64>| {
        let mut sorted: Vec<i64> = counts.values().copied().collect();
        sorted.sort_unstable();
        sorted
    };
    let seen = |node| possible.iter().any(|one: &BTreeMap<_, _>| one.contains_key(node));
    let alike = |one: &BTreeMap<String, i64>| {
        !unique && sorted(one) == sorted(&found) && found.keys().all(seen)
    };
    if possible.contains(&found) || possible.iter().any(alike) {
        return Ok(());
    }
    Err(format!("found    {found:?}\n    expected {possible:?}"))
}
