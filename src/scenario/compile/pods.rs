//! The pods of services on a cluster.

use std::collections::BTreeMap;

use super::super::schema::{
    AffinityForm, NodeAffinityForm, OrchestratorForm, PodForm, Service, SpreadForm,
    UnsatisfiableForm,
};
use super::Compiler;
use super::layers::Layers;
use super::pod_demand::Demand;
use crate::kernel::Id;
use crate::platform::orchestrator::{BudgetSpec, Keeps, PodSpec, ReplicaSpec};
use crate::policy::orchestration::kubernetes::{
    AffinityTerm, Cluster, GpuRequest, Labels, Names, NodeTerm, Port, Requirement, Selector,
    Spread, Symbol, Template, WHOLE, requirements, toleration,
};
use crate::quantity::{Bytes, Millicpu};
use crate::variate::Variate;
use crate::workload::trace::TracedPod;

/// A service whose members run as pods: its name, and how many members it has.
pub(super) type Draft<'a> = (&'a str, &'a Service, u32);

/// The namespace of all pods.
const NAMESPACE: &str = "default";

/// The weight of a container that asks for no CPU, where CPU is only a weight: that of one that asks for a core. Source: Docker
/// documentation, resource constraints: `--cpu-shares` is 1024 by default, as of a core (documented, read 2026-11).
const DOCKER_SHARES: Millicpu = Millicpu::new(1000);

/// The label that tells the service of a pod.
pub(super) const APP: &str = "app";

impl Compiler<'_> {
    /// The pods of these services, member by member, and their budgets, each of which means the pods of all
    /// versions of its service; what they have in common goes into the cluster.
    pub(super) fn pods(
        &mut self,
        drafts: &[Draft<'_>],
        platform: &OrchestratorForm,
        cluster: &mut Cluster,
    ) -> (Vec<PodSpec>, Vec<BudgetSpec>) {
        let mut pods: Vec<PodSpec> = Vec::new();
        let mut budgets: Vec<BudgetSpec> = Vec::new();
        let mut layers = Layers::default();
        let namespace = cluster.names.symbol(NAMESPACE);
        cluster.add_namespace(namespace, Labels::default());
        for &(name, service, count) in drafts {
            let common = self.template(name, service, platform, cluster);
            self.check_places(name, &common, cluster);
            self.check_limits(name, service, platform);
            self.check_layers(name, service);
            let replicas = self.replicas(name, service, platform);
            let start = self.start_of_pods(name, service);
            let reserves = platform.reserves || replicas.is_none();
            let without_cpu = if reserves { Millicpu::ZERO } else { DOCKER_SHARES };
            let mut known: BTreeMap<Demand, Id<Template>> = BTreeMap::new();
            let traced: Vec<(TracedPod, u64)> =
                self.template_of(name).map_or_else(Vec::new, |(_, loaded)| loaded.pods.clone());
            for member in 0..count as usize {
                let (traced, weight) = match traced.get(member) {
                    Some((pod, weight)) => (Some(pod.clone()), *weight),
                    None => (None, replicas.as_ref().map_or(1, |of| expected(of, cluster))),
                };
                let demand = Demand::of(service, member, traced);
                let demand = self.on_machine(name, platform, demand);
                let memory = demand.memory.unwrap_or(Bytes::ZERO);
                let template = if let Some(&template) = known.get(&demand) {
                    cluster.weigh_more(template, weight);
                    template
                } else {
                    let room = if reserves { demand.clone() } else { demand.without_room() };
                    let mut template = room.template(&common, service, &mut cluster.names);
                    template.weight = weight;
                    self.check_fits(name, &template, cluster);
                    *known.entry(demand.clone()).or_insert(cluster.add_template(template))
                };
                let of = (name, service, member);
                let own = if count == 1 { name.to_owned() } else { format!("{name}.{member}") };
                pods.push(PodSpec {
                    name: own,
                    template,
                    priority: demand.priority,
                    cpu: demand.cpu.unwrap_or(without_cpu),
                    memory,
                    reserves,
                    gpus: cluster.templates()[template.index()].gpus.total().cast_unsigned(),
                    layers: self.layers(of, &common.images, platform, &mut layers),
                    start: start.clone(),
                    replicas: self.with_memory(name, service, platform, (&replicas, memory)),
                    waits: self.is_version(name),
                });
            }
            let keeps = self.kept(name, service, replicas.is_some());
            budgets.extend(keeps.map(|keeps| BudgetSpec {
                namespace,
                selector: own_pods(&common, cluster),
                applications: Vec::new(),
                keeps,
            }));
        }
        find_meant(&mut budgets, &pods, cluster);
        (pods, budgets)
    }

    /// How many pods of a service must go on, if it says so; that of its versions is the same.
    fn kept(&mut self, name: &str, service: &Service, has_replicas: bool) -> Option<Keeps> {
        let form = service.pod.as_ref().filter(|_| !self.is_version(name));
        self.keeps(name, form?, has_replicas)
    }

    /// How long the containers of the pods of a service take to start, if that is any time.
    fn start_of_pods(&mut self, name: &str, service: &Service) -> Option<Variate> {
        let start = service.pod.as_ref()?.start.as_ref()?;
        self.variate(&["service", name, "pod", "start"], start)
    }

    /// What all pods of a service have in common.
    fn template(
        &mut self,
        name: &str,
        service: &Service,
        platform: &OrchestratorForm,
        cluster: &mut Cluster,
    ) -> Template {
        let path = ["service", name, "pod"];
        let mut form = service.pod.clone().unwrap_or_default();
        if platform.serverless.is_some() {
            form = self.without_places(name, form);
        }
        self.check_asked(name, &form, platform, &mut cluster.names);
        let mut template = Template::new(cluster.names.symbol(NAMESPACE));
        let names = &mut cluster.names;
        let app = [(names.symbol(APP), names.symbol(self.asked(name)))];
        template.labels = Labels::new(app.into_iter().chain(pairs(&form.labels, names)));
        template.never_preempts = form.never_preempts;
        template.daemon = form.daemon;
        template.safe_to_evict = form.safe_to_evict.unwrap_or(true);
        template.node_affinity.selector = Labels::new(pairs(&form.node_selector, names));
        template.images = form.images.iter().map(|name| Template::image(name, names)).collect();
        let protocol = names.symbol("TCP");
        template.ports = form
            .host_ports
            .iter()
            .map(|&number| Port { address: Names::ANY_ADDRESS, protocol, number })
            .collect();
        for (number, text) in form.tolerations.iter().enumerate() {
            match toleration(text, names) {
                Ok(toleration) => template.tolerations.push(toleration),
                Err(error) => self.error_with(
                    &[&path[..], &["tolerations", &number.to_string()]].concat(),
                    error.to_string(),
                    "a toleration is written as in \"dedicated=batch:NoSchedule\" or \"dedicated\"",
                ),
            }
        }
        self.node_affinity(&path, &form.node_affinity, &mut template, cluster);
        self.affinity(&path, &form, &mut template, cluster);
        for (number, spread) in form.topology_spread.iter().enumerate() {
            let number = number.to_string();
            let path = [&path[..], &["topology_spread", &number]].concat();
            if let Some(spread) = self.spread(&path, spread, &template, cluster) {
                template.spread.push(spread);
            }
        }
        if let Some(gpus) = &form.gpus {
            let whole = u16::try_from(WHOLE).unwrap_or(u16::MAX);
            self.expect(
                gpus.count > 0 && (1..=whole).contains(&gpus.milli),
                &[&path[..], &["gpus"]].concat(),
                "a pod asks for at least one GPU, and for 1 to 1000 thousandths of each",
                "write it as in `gpus = { count = 1, milli = 500 }`, or leave it out",
            );
            let models = gpus.models.iter().map(|model| cluster.names.symbol(model)).collect();
            template.gpus = GpuRequest { count: gpus.count, milli: gpus.milli.into(), models };
        }
        for (name, &count) in &form.resources {
            let path = [&path[..], &["resources"]].concat();
            if let Some(resource) = self.resource(&path, name, cluster) {
                template.request.set(resource, count.into());
            }
        }
        template
    }

    /// The requirements of the selector that stands at `path`.
    fn selector(
        &mut self,
        path: &[&str],
        text: &str,
        cluster: &mut Cluster,
    ) -> Option<Vec<Requirement>> {
        match requirements(text, &mut cluster.names) {
            Ok(requirements) => Some(requirements),
            Err(error) => {
                self.error_with(
                    &[path, &["match"]].concat(),
                    error.to_string(),
                    "labels are selected as in \"app=web\", \"disk in (ssd, nvme)\", \"!spot\", with \
                     commas between",
                );
                None
            }
        }
    }

    fn node_affinity(
        &mut self,
        path: &[&str],
        forms: &[NodeAffinityForm],
        template: &mut Template,
        cluster: &mut Cluster,
    ) {
        for (number, form) in forms.iter().enumerate() {
            let number = number.to_string();
            let path = [path, &["node_affinity", &number]].concat();
            let Some(labels) = self.selector(&path, &form.selector, cluster) else { continue };
            self.check_weight(&path, form.weight);
            let term = NodeTerm { labels, ..NodeTerm::default() };
            let affinity = &mut template.node_affinity;
            match form.weight {
                None => affinity.required.get_or_insert_with(Vec::new).push(term),
                Some(weight) => affinity.preferred.push((weight.into(), term)),
            }
        }
    }

    fn affinity(
        &mut self,
        path: &[&str],
        form: &PodForm,
        template: &mut Template,
        cluster: &mut Cluster,
    ) {
        for (key, forms) in [("affinity", &form.affinity), ("anti_affinity", &form.anti_affinity)] {
            for (number, form) in forms.iter().enumerate() {
                let number = number.to_string();
                let path = [path, &[key, &number]].concat();
                let Some(term) = self.affinity_term(&path, form, template.namespace, cluster)
                else {
                    continue;
                };
                self.check_weight(&path, form.weight);
                let affinity = &mut template.affinity;
                match (key == "affinity", form.weight) {
                    (true, None) => affinity.required.push(term),
                    (true, Some(weight)) => affinity.preferred.push((weight.into(), term)),
                    (false, None) => affinity.required_anti.push(term),
                    (false, Some(weight)) => affinity.preferred_anti.push((weight.into(), term)),
                }
            }
        }
    }

    fn affinity_term(
        &mut self,
        path: &[&str],
        form: &AffinityForm,
        namespace: Symbol,
        cluster: &mut Cluster,
    ) -> Option<AffinityTerm> {
        let selector = self.selector(path, &form.selector, cluster)?;
        self.check_topology(path, &form.topology, cluster);
        Some(AffinityTerm {
            namespaces: vec![namespace],
            namespace_selector: Selector::Nothing,
            selector: Selector::All(selector),
            key: topology(&form.topology, &mut cluster.names),
        })
    }

    fn spread(
        &mut self,
        path: &[&str],
        form: &SpreadForm,
        template: &Template,
        cluster: &mut Cluster,
    ) -> Option<Spread> {
        let selector = match &form.selector {
            Some(text) => Selector::All(self.selector(path, text, cluster)?),
            None => own_pods(template, cluster),
        };
        for (key, least) in [("max_skew", Some(form.max_skew)), ("min_domains", form.min_domains)] {
            self.expect(
                least != Some(0),
                &[path, &[key]].concat(),
                &format!("`{key}` is at least 1"),
                "write 1 or more",
            );
        }
        self.check_topology(path, &form.topology, cluster);
        let hard = form.when_unsatisfiable == UnsatisfiableForm::DoNotSchedule;
        let most_skew = i32::try_from(form.max_skew).unwrap_or(i32::MAX);
        let key = topology(&form.topology, &mut cluster.names);
        let least_domains = form.min_domains.map_or(1, |n| i32::try_from(n).unwrap_or(i32::MAX));
        Some(Spread { least_domains, ..Spread::new(key, most_skew, hard, selector) })
    }

    /// That some node is in a domain.
    fn check_topology(&mut self, path: &[&str], text: &str, cluster: &mut Cluster) {
        let key = topology(text, &mut cluster.names);
        let labelled = cluster.nodes().iter().any(|node| node.spec.labels.get(key).is_some());
        if !labelled && !cluster.nodes().is_empty() {
            let label = cluster.names.text(key).to_owned();
            let help = match text {
                "zone" => "write in which `zone` the nodes are".to_owned(),
                _ => format!("give nodes the label, as in `labels = {{ \"{label}\" = \"a\" }}`"),
            };
            let path = [path, &["topology"]].concat();
            self.warning(&path, format!("no node has the label `{label}`"), help);
        }
    }

    fn check_weight(&mut self, path: &[&str], weight: Option<u8>) {
        self.expect(
            weight.is_none_or(|weight| (1..=100).contains(&weight)),
            &[path, &["weight"]].concat(),
            "a weight is between 1 and 100",
            "write what it is worth, or leave it out where it must be so",
        );
    }
}

/// How many pods of a service there are expected to be.
fn expected(replicas: &ReplicaSpec, cluster: &Cluster) -> u64 {
    let nodes = cluster.present().count() as u64;
    if replicas.daemon { nodes.max(1) } else { u64::from(replicas.replicas.max(1)) }
}

/// Which applications budgets mean, by the labels of their pods.
fn find_meant(budgets: &mut [BudgetSpec], pods: &[PodSpec], cluster: &Cluster) {
    for budget in budgets {
        let meant = |pod: &PodSpec| {
            let labels = &cluster.templates()[pod.template.index()].labels;
            budget.selector.matches(labels, &cluster.names)
        };
        let meant = (0_u32..).zip(pods).filter(|(_, pod)| meant(pod));
        budget.applications = meant.map(|(number, _)| number).collect();
    }
}

fn pairs(labels: &BTreeMap<String, String>, names: &mut Names) -> Vec<(Symbol, Symbol)> {
    labels.iter().map(|(key, value)| (names.symbol(key), names.symbol(value))).collect()
}

/// The label whose value is a domain, which may be written short.
pub(super) fn topology(text: &str, names: &mut Names) -> Symbol {
    match text {
        "zone" => Names::ZONE,
        "region" => Names::REGION,
        "host" => Names::HOSTNAME,
        other => names.symbol(other),
    }
}

/// The pods with the label of a template's service.
fn own_pods(template: &Template, cluster: &mut Cluster) -> Selector {
    let app = cluster.names.symbol(APP);
    let own = template.labels.get(app).unwrap_or(Names::EMPTY);
    Selector::All(vec![Requirement::equals(app, own)])
}
