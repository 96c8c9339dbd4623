//! Clusters under an orchestrator: their nodes.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::schema::{HeartbeatForm, Hosts, NodesForm, OrchestratorForm, Platform, Service};
use super::Compiler;
use super::node_groups::{billed_make, groups, own_prices};
use super::pod_demand::MEMORY_PRESSURE;
use super::pods::Draft;
use super::serverless::boundless;
use crate::kernel::Span;
use crate::platform::orchestrator::{FaultKind, HeartbeatSpec, OrchestratorSpec, PressureSpec};
use crate::policy::balance::Random;
use crate::policy::orchestration::kubernetes::{
    Cluster, EvictionPace, Gpus, Image, Labels, MOST_DEVICES, Names, NodeSpec, Resource, Template,
    taint,
};
use crate::policy::scheduler::Kubernetes;
use crate::pricing::Tariff;
use crate::pricing::sheet::{Application, Billed, Instances};
use crate::quantity::Rate;
use crate::workload::trace::read_nodes;
use crate::world::PlatformKind;

/// More nodes than this are taken for a slip.
const MOST_NODES: u32 = 1_000_000;

/// Nodes that are given up more seldom than this, in nodes a second, are taken for a slip: one in about 32 years.
const LEAST_EVICTION_RATE: f64 = 1e-9;

/// The label that tells a node's machine type.
const INSTANCE_TYPE: &str = "node.kubernetes.io/instance-type";

/// The label that tells what a node of a swarm is: `manager`, or else a worker.
const ROLE: &str = "node.role";

impl<'a> Compiler<'a> {
    /// The cluster that a service runs on, if it does.
    pub(super) fn orchestrator_of(&self, service: &Service) -> Option<&'a OrchestratorForm> {
        match self.scenario.platform.get(&service.platform)? {
            Platform::Orchestrator(form) => Some(form),
            _ => None,
        }
    }

    /// A cluster under an orchestrator, with the pods of these services; and what it charges.
    pub(super) fn orchestrator(
        &mut self,
        path: &[&str],
        form: &OrchestratorForm,
        drafts: &[Draft<'a>],
    ) -> (PlatformKind, Vec<Tariff>) {
        let form = &*self.without_nodes(path, form);
        let mut cluster = Cluster::default();
        let makes = if form.serverless.is_some() {
            let node = boundless(&mut cluster);
            cluster.add_node(node);
            Vec::new()
        } else {
            self.nodes(path, form, &mut cluster)
        };
        let mut faults = self.faults(path[1], &mut cluster, drafts, &groups(form, &makes));
        let serverless = self.serverless(path, form, &mut faults);
        let (pods, budgets) = self.pods(drafts, form, &mut cluster);
        let application = |pod: &crate::platform::orchestrator::PodSpec| Application {
            name: pod.name.clone(),
            memory: pod.memory,
            cpu: pod.cpu,
            ..Application::default()
        };
        let instances =
            Instances { concurrency: 1, applications: pods.iter().map(application).collect() };
        let leases = form.node_autoscaling.is_some()
            || faults.iter().any(|fault| fault.kind == FaultKind::Spot);
        let hosts = form.nodes.iter().zip(&makes).map(billed_make).collect();
        let billed = Billed { instances: Some(instances), hosts, leases, ..Billed::default() };
        let mut tariffs = self.tariffs(path, form.price.as_ref(), &billed, "orchestrator");
        tariffs.extend(own_prices(form, &billed));
        let provisioning = self.provisioning(path, form, &makes, &tariffs);
        self.expect(
            !form.single_node || cluster.nodes().len() <= 1,
            &[path, &["nodes"]].concat(),
            "this is a single host, and has no other nodes",
            "leave one node, or write `kind = \"docker-swarm\"`",
        );
        let scheduler = form.scheduler.clone();
        let no_gpus = scheduler.as_ref().is_some_and(|scheduler| !scheduler.0.gives_gpus());
        self.expect(
            !no_gpus || pods.iter().all(|pod| pod.gpus == 0),
            &[path, &["scheduler"]].concat(),
            "this scheduler gives no GPUs to pods",
            "write another, such as \"kubernetes\", or leave `gpus` of pods out",
        );
        let pressure = self.pressure(path, form, &mut cluster);
        let spec = OrchestratorSpec {
            pressure,
            cluster,
            pods,
            scheduler: scheduler.map_or_else(|| Box::new(Kubernetes::default()) as _, |it| it.0),
            budgets,
            grace: form.termination_grace,
            deregistration_delay: form.deregistration_delay,
            endpoint_delay: form.endpoint_delay,
            heartbeat: self.heartbeat(path, form),
            eviction_delay: form.eviction_delay,
            quorum: self.quorum(path, form, &makes),
            eviction_pace: self.eviction_pace(path, form),
            faults,
            balance: form.balance.clone().map_or_else(|| Box::new(Random {}) as _, |it| it.0),
            makes,
            provisioning,
            serverless,
            watched: None,
        };
        (PlatformKind::Orchestrator(Box::new(spec)), tariffs)
    }

    /// How fast nodes are given up.
    fn eviction_pace(&mut self, path: &[&str], form: &OrchestratorForm) -> Option<EvictionPace> {
        let form = form.node_eviction?;
        let mut interval = |key: &str, rate: Rate| {
            self.expect(
                rate.per_sec() >= LEAST_EVICTION_RATE,
                &[path, &["node_eviction", key]].concat(),
                "nodes are given up at some rate",
                "as in \"0.1/s\"",
            );
            Span::from_secs_f64(rate.per_sec().max(LEAST_EVICTION_RATE).recip())
        };
        Some(EvictionPace {
            interval: interval("rate", form.rate),
            secondary_interval: interval("secondary_rate", form.secondary_rate),
            unhealthy_zone: form.unhealthy_zone.get(),
            large_zone: form.large_zone as usize,
        })
    }

    /// How it is found out that a node has failed, which is not between two of its heartbeats.
    fn heartbeat(&mut self, path: &[&str], form: &OrchestratorForm) -> HeartbeatSpec {
        let Some(HeartbeatForm { period, timeout, check }) = form.heartbeat else {
            return HeartbeatSpec::default();
        };
        self.expect(
            timeout >= period,
            &[path, &["heartbeat", "timeout"]].concat(),
            &format!(
                "a node that says only every {period} that it is there would count as failed before"
            ),
            "write a `timeout` that is longer than the `period`",
        );
        HeartbeatSpec { period, timeout, check }
    }

    /// How a lack of memory on nodes is met.
    fn pressure(
        &mut self,
        path: &[&str],
        form: &OrchestratorForm,
        cluster: &mut Cluster,
    ) -> Option<PressureSpec> {
        let form = form.memory_pressure?;
        let path = [path, &["memory_pressure"]].concat();
        self.positive(&[&path[..], &["period"]].concat(), Some(form.period));
        self.expect(
            form.soft.is_some() == form.soft_grace.is_some(),
            &path,
            "`soft` and `soft_grace` belong together",
            "write both or neither",
        );
        let taint = taint(MEMORY_PRESSURE, &mut cluster.names).expect("it is a taint");
        Some(PressureSpec {
            hard: form.hard,
            soft: form.soft.zip(form.soft_grace),
            period: form.period,
            transition: form.transition,
            taint,
        })
    }

    /// Adds the nodes to a cluster, also those that are not there at first; by make which ones these are.
    fn nodes(
        &mut self,
        path: &[&str],
        form: &OrchestratorForm,
        cluster: &mut Cluster,
    ) -> Vec<Range<usize>> {
        let mut makes = Vec::new();
        self.expect(
            !form.nodes.is_empty() || !self.lacks(path, "nodes") && !self.is_empty(path, "nodes"),
            path,
            "a cluster has at least one node",
            "write them, as in `nodes = [{ count = 3, cpu = 4, memory = \"16GiB\" }]`",
        );
        let total: u64 = form.nodes.iter().map(|nodes| u64::from(nodes.most())).sum();
        if total > MOST_NODES.into() {
            self.error_with(
                &[path, &["nodes"]].concat(),
                format!("there are {total} nodes"),
                format!("write at most {MOST_NODES}"),
            );
            return makes;
        }
        let mut names = BTreeSet::new();
        let mut unnamed = 0;
        for (number, nodes) in form.nodes.iter().enumerate() {
            let number = number.to_string();
            let path = [path, &["nodes", &number]].concat();
            self.check_counts(&path, nodes);
            let spec = self.node_spec(&path, nodes, cluster);
            let before = cluster.nodes().len();
            if let Some(list) = &nodes.openb {
                self.listed_nodes(&path, nodes, list, &spec, cluster);
                makes.push(before..cluster.nodes().len());
                continue;
            }
            let &NodesForm { machine, cpu, memory, .. } = nodes;
            self.check_room(&path, &Hosts { count: nodes.first(), machine, cpu, memory });
            for index in 0..nodes.most() {
                let name = match &nodes.name {
                    Some(name) if nodes.most() == 1 && !nodes.varies() => name.clone(),
                    Some(name) => format!("{name}-{index}"),
                    None => {
                        unnamed += 1;
                        format!("node-{}", unnamed - 1)
                    }
                };
                if !names.insert(name.clone()) {
                    self.error_with(
                        &path,
                        format!("there are two nodes called `{name}`"),
                        "give the nodes of each make a `name` of their own",
                    );
                    break;
                }
                let name = cluster.names.symbol(&name);
                let role = (cluster.names.symbol(ROLE), cluster.names.symbol("manager"));
                let own = [(Names::HOSTNAME, name)].into_iter();
                let own = own.chain((index < nodes.managers).then_some(role));
                let labels = Labels::new(own.chain(spec.labels.pairs().iter().copied()));
                let spec = NodeSpec { name, labels, ..spec.clone() };
                if index < nodes.first() {
                    cluster.add_node(spec);
                } else {
                    cluster.add_absent_node(spec);
                }
            }
            makes.push(before..cluster.nodes().len());
        }
        makes
    }

    /// Adds the nodes of a list in the format of `openb`, which have what `common` has beside what it tells.
    fn listed_nodes(
        &mut self,
        path: &[&str],
        form: &NodesForm,
        list: &str,
        common: &NodeSpec,
        cluster: &mut Cluster,
    ) {
        for (key, given) in [
            ("count", form.count.is_some()),
            ("min", form.min.is_some()),
            ("max", form.max.is_some()),
            ("name", form.name.is_some()),
            ("machine", form.machine.is_some()),
            ("cpu", form.cpu.is_some()),
            ("memory", form.memory.is_some()),
            ("gpus", form.gpus > 0),
            ("gpu_model", form.gpu_model.is_some()),
        ] {
            let problem = format!("`{key}` of nodes is told by the list in `openb`");
            self.expect(!given, &[path, &[key]].concat(), &problem, "leave it out");
        }
        let nodes = match read_nodes("openb", &self.base.join(list)) {
            Ok(nodes) => nodes,
            Err(error) => return self.error(&[path, &["openb"]].concat(), error.to_string()),
        };
        for node in nodes {
            let name = cluster.names.symbol(&node.name);
            let host = [(Names::HOSTNAME, name)];
            let labels = host.into_iter().chain(common.labels.pairs().iter().copied());
            let mut spec = NodeSpec { name, labels: Labels::new(labels), ..common.clone() };
            spec.allocatable.set(Resource::CPU, node.cpu.get().cast_signed());
            spec.allocatable.set(Resource::MEMORY, node.memory.get().cast_signed());
            let model = node.model.map(|model| cluster.names.symbol(&model));
            spec.gpus = Gpus { count: node.gpus, model };
            cluster.add_node(spec);
        }
    }

    /// What the nodes of a make have in common.
    fn node_spec(&mut self, path: &[&str], form: &NodesForm, cluster: &mut Cluster) -> NodeSpec {
        let mut spec = NodeSpec::new(Names::EMPTY);
        let amount = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
        let cpu = form.cpu().unwrap_or_default().get();
        spec.allocatable.set(Resource::CPU, amount(cpu));
        spec.allocatable.set(Resource::MEMORY, amount(form.memory().unwrap_or_default().get()));
        for (name, &count) in &form.resources {
            if let Some(resource) = self.resource(&[path, &["resources"]].concat(), name, cluster) {
                spec.allocatable.set(resource, count.into());
            }
        }
        spec.most_pods = form.pods as usize;
        self.expect(
            usize::from(form.gpus) <= MOST_DEVICES,
            &[path, &["gpus"]].concat(),
            "a node has at most 16 GPUs",
            "write 16 or fewer",
        );
        let names = &mut cluster.names;
        let model = form.gpu_model.as_ref().map(|model| names.symbol(model));
        spec.gpus = Gpus { count: form.gpus, model };
        let mut labels = Vec::new();
        if let Some(machine) = form.machine {
            labels.push((names.symbol(INSTANCE_TYPE), names.symbol(machine.0.name)));
        }
        if let Some(zone) = &form.zone {
            labels.push((Names::ZONE, names.symbol(zone)));
        }
        labels.extend(
            form.labels.iter().map(|(key, value)| (names.symbol(key), names.symbol(value))),
        );
        spec.labels = Labels::new(labels);
        for (number, text) in form.taints.iter().enumerate() {
            match taint(text, names) {
                Ok(taint) => spec.taints.push(taint),
                Err(error) => self.error_with(
                    &[path, &["taints", &number.to_string()]].concat(),
                    error.to_string(),
                    "a taint is written as in \"dedicated=batch:NoSchedule\"",
                ),
            }
        }
        let image = |(name, bytes): (&String, &crate::quantity::Bytes)| Image {
            name: Template::image(name, names),
            bytes: amount(bytes.get()),
        };
        spec.images = form.images.iter().map(image).collect();
        spec
    }

    /// A resource that is neither CPU nor memory, which stands in the table at `path`.
    pub(super) fn resource(
        &mut self,
        path: &[&str],
        name: &str,
        cluster: &mut Cluster,
    ) -> Option<Resource> {
        let resource = cluster.resources.named(name, &mut cluster.names);
        let other = resource.filter(|resource| resource.is_scalar());
        if other.is_none() {
            self.error_with(
                &[path, &[name]].concat(),
                format!("`{name}` is no name of another resource"),
                "CPU and memory have keys of their own; others are written with a domain, as in \
                 \"nvidia.com/gpu\"",
            );
        }
        other
    }
}
