//! A cluster from the nodes, pods and objects of a case.

use std::collections::BTreeMap;

use cloudsched::kernel::{Id, Span, Time};
use cloudsched::policy::orchestration::kubernetes::{
    Amounts, Cluster, Container, Effect, Image, Labels, Leaving, Node, NodeSpec, Pod, Port,
    Resource, Selector, Symbol, Taint, Template, Toleration,
};
use serde_json::{Value, json};

use crate::json::{list, pairs, text};
use crate::selectors::{label_selector, node_affinity, pod_affinity, spread};

/// A cluster whose nodes and pods are known by name.
#[derive(Default)]
pub struct World {
    pub cluster: Cluster,
    pub nodes: BTreeMap<String, Id<Node>>,
    pub pods: BTreeMap<String, Id<Pod>>,
    /// Selectors of controllers by name.
    controllers: BTreeMap<String, Selector>,
}

impl World {
    /// The cluster of a case, without the pod that looks for a node.
    pub fn of(case: &Value) -> Self {
        let mut world = Self::default();
        // What a filter has left out is part of the cluster all the same.
        for node in list(case, "nodes").iter().chain(list(case, "filtered_out_nodes")) {
            let spec = world.node(node);
            let id = world.cluster.add_node(spec);
            world.nodes.insert(text(node, "name").to_owned(), id);
        }
        let labels = case["pod"]["labels"].clone();
        for object in list(case, "objects") {
            world.object(object, &labels);
        }
        for pod in list(case, "existing_pods") {
            world.pod(pod, true);
        }
        world
    }

    pub fn symbol(&mut self, text: &str) -> Symbol {
        self.cluster.names.symbol(text)
    }

    pub fn name_of(&self, node: Id<Node>) -> String {
        self.cluster.names.text(self.cluster.node(node).name).to_owned()
    }

    pub fn resource(&mut self, name: &str) -> Resource {
        let Cluster { resources, names, .. } = &mut self.cluster;
        resources.named(name, names).unwrap()
    }

    pub fn labels(&mut self, labels: &Value) -> Labels {
        let names = &mut self.cluster.names;
        let pairs = pairs(labels).map(|(key, value)| (key, value.as_str().unwrap()));
        Labels::new(
            pairs.map(|(key, value)| (names.symbol(key), names.symbol(value))).collect::<Vec<_>>(),
        )
    }

    pub fn amounts(&mut self, resources: &Value) -> Amounts {
        let Cluster { resources: known, names, .. } = &mut self.cluster;
        let mut amounts = Amounts::default();
        for (name, amount) in pairs(resources) {
            if let Some(resource) = known.named(name, names) {
                amounts.set(resource, amount.as_i64().unwrap());
            }
        }
        amounts
    }

    fn node(&mut self, node: &Value) -> NodeSpec {
        let name = self.symbol(text(node, "name"));
        let mut spec = NodeSpec::new(name);
        spec.labels = self.labels(&node["labels"]);
        spec.taints = list(node, "taints").iter().map(|taint| self.taint(taint)).collect();
        spec.unschedulable = node["unschedulable"].as_bool().unwrap_or(false);
        spec.allocatable = self.amounts(&node["allocatable"]);
        spec.most_pods = node["allocatable"]["pods"].as_u64().unwrap_or(0) as usize;
        for image in list(node, "images") {
            for name in list(image, "names") {
                let name = self.symbol(name.as_str().unwrap());
                spec.images.retain(|other| other.name != name);
                spec.images.push(Image { name, bytes: image["sizeBytes"].as_i64().unwrap() });
            }
        }
        spec
    }

    fn taint(&mut self, taint: &Value) -> Taint {
        let (key, value) = (self.symbol(text(taint, "key")), self.symbol(text(taint, "value")));
        Taint { key, value, effect: Effect::named(text(taint, "effect")).unwrap() }
    }

    /// A namespace, a service, or the controller of pods.
    fn object(&mut self, object: &Value, pod_labels: &Value) {
        let name = text(&object["metadata"], "name").to_owned();
        let selector = &object["spec"]["selector"];
        if selector.is_null() {
            let labels = self.labels(&object["metadata"]["labels"]);
            let name = self.symbol(&name);
            self.cluster.add_namespace(name, labels);
        } else if !selector["matchLabels"].is_null() || !selector["matchExpressions"].is_null() {
            let selector = label_selector(selector, &mut self.cluster.names).unwrap();
            self.controllers.insert(name, selector);
        } else {
            let namespace = self.symbol(text(&object["metadata"], "namespace"));
            let mut labels = selector.clone();
            // The files were written without pairs whose value is empty. The services of upstream's tests
            // select by such pairs only, which the pod has.
            if pairs(selector).next().is_none() {
                labels = pod_labels.clone();
                labels.as_object_mut().unwrap().retain(|_, value| value == "");
            }
            let labels = self.labels(&labels);
            self.cluster.add_service(namespace, labels);
        }
    }

    fn container(&mut self, container: &Value) -> Container {
        let requests = &container["resources"]["requests"];
        Container {
            request: self.amounts(requests),
            names_cpu: !requests["cpu"].is_null(),
            names_memory: !requests["memory"].is_null(),
            stays: text(container, "restartPolicy") == "Always",
        }
    }

    fn ports(&mut self, container: &Value) -> Vec<Port> {
        let mut ports = Vec::new();
        for port in list(container, "ports") {
            let or = |key, other| if text(port, key).is_empty() { other } else { text(port, key) };
            ports.push(Port {
                address: self.symbol(or("hostIP", "0.0.0.0")),
                protocol: self.symbol(or("protocol", "TCP")),
                number: u16::try_from(port["hostPort"].as_u64().unwrap_or(0)).unwrap(),
            });
        }
        ports
    }

    /// What a toleration tolerates: nothing if its operator or its effect is not known.
    fn toleration(&mut self, toleration: &Value) -> Option<Toleration> {
        let value = self.symbol(text(toleration, "value"));
        let value = match text(toleration, "operator") {
            "" | "Equal" => Some(value),
            "Exists" => None,
            _ => return None,
        };
        let effect = match text(toleration, "effect") {
            "" => None,
            name => Some(Effect::named(name)?),
        };
        Some(Toleration { key: self.symbol(text(toleration, "key")), value, effect })
    }

    fn template(&mut self, pod: &Value) -> Template {
        let namespace = self.symbol(text(pod, "namespace"));
        let mut template = Template::new(namespace);
        template.labels = self.labels(&pod["labels"]);
        template.priority = pod["priority"].as_i64().unwrap_or(0) as i32;
        template.never_preempts = text(pod, "preemptionPolicy") == "Never";
        let overhead = self.amounts(&pod["overhead"]);
        let (first, containers) = (list(pod, "initContainers"), list(pod, "containers"));
        let demands = |world: &mut Self, list: &[Value]| -> Vec<Container> {
            list.iter().map(|container| world.container(container)).collect()
        };
        let (before, together) = (demands(self, first), demands(self, containers));
        template.demand(&together, &before, &overhead);
        for container in first.iter().chain(containers) {
            let image = Template::image(text(container, "image"), &mut self.cluster.names);
            template.images.push(image);
        }
        let staying = first.iter().filter(|one| text(one, "restartPolicy") == "Always");
        for container in containers.iter().chain(staying) {
            template.ports.extend(self.ports(container));
        }
        let node_name = text(pod, "nodeName");
        template.node_name = (!node_name.is_empty()).then(|| self.symbol(node_name));
        template.tolerations =
            list(pod, "tolerations").iter().filter_map(|one| self.toleration(one)).collect();
        let labels = self.labels(&pod["nodeSelector"]);
        template.node_affinity =
            node_affinity(&pod["affinity"]["nodeAffinity"], &mut self.cluster.names);
        template.node_affinity.selector = labels;
        template.affinity = pod_affinity(&pod["affinity"], namespace, &mut self.cluster.names);
        for constraint in list(pod, "topologySpreadConstraints") {
            let spread = spread(constraint, &template.labels, &mut self.cluster.names);
            template.spread.push(spread);
        }
        let owners = list(pod, "ownerReferences");
        let owner = owners.iter().find(|owner| owner["controller"].as_bool().unwrap_or(false));
        let selector = owner.and_then(|owner| self.controllers.get(text(owner, "name")));
        template.controller = selector.cloned().unwrap_or_default();
        template
    }

    /// A pod: one that is on its node, or one that looks for a node.
    pub fn pod(&mut self, pod: &Value, bound: bool) -> Id<Pod> {
        let template = self.template(pod);
        let template = self.cluster.add_template(template);
        let name = self.symbol(text(pod, "name"));
        let at = |nodes: &BTreeMap<String, Id<Node>>, key| nodes.get(text(pod, key)).copied();
        let mut new = Pod::new(template, name);
        new.node = at(&self.nodes, "nodeName").filter(|_| bound);
        new.nominated =
            pod["nominatedNodeName"].as_str().and_then(|name| self.nodes.get(name)).copied();
        new.started = pod["startTime"].as_str().map(time);
        if !pod["deletionTimestamp"].is_null() {
            new.leaving = Leaving::Deleted;
        }
        let id = self.cluster.add_pod(new);
        self.pods.insert(text(pod, "name").to_owned(), id);
        id
    }
}

/// The time of a date, from 1970 on.
fn time(date: &str) -> Time {
    let timestamp: jiff::Timestamp = date.parse().unwrap();
    Time::ZERO.plus(Span::from_nanos(u64::try_from(timestamp.as_nanosecond()).unwrap()))
}

#[test]
fn an_unknown_toleration_tolerates_nothing() {
    let mut world = World::default();
    let mut known = |toleration| world.toleration(&toleration).is_some();
    assert!(known(json!({"operator": "Exists"})) && known(json!({"effect": "NoSchedule"})));
    assert!(!known(json!({"operator": "Exist"})) && !known(json!({"effect": "NoSchedul"})));
}
