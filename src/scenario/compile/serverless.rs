//! Clusters without nodes, where each pod has a machine of its own.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::schema::{OrchestratorForm, PodForm, Service, SizesForm};
use super::Compiler;
use super::pod_demand::Demand;
use crate::platform::orchestrator::{FaultSpec, ReplicaSpec, ServerlessSpec};
use crate::policy::orchestration::kubernetes::{Cluster, Labels, Names, NodeSpec, Resource};
use crate::pricing::sheet::Task;
use crate::quantity::Bytes;

/// What that node has: a thousand million cores, and 32 PiB. More than any pods ask for together, and little enough for what
/// schedulers compute from it.
const MILLICPU: i64 = 1_000_000_000_000;
const MEMORY: i64 = 1 << 55;

/// The one node of such a cluster, which has room for all pods.
pub(super) fn boundless(cluster: &mut Cluster) -> NodeSpec {
    let mut spec = NodeSpec::new(cluster.names.symbol("serverless"));
    spec.allocatable.set(Resource::CPU, MILLICPU);
    spec.allocatable.set(Resource::MEMORY, MEMORY);
    spec.most_pods = usize::MAX / 4;
    spec.labels = Labels::new([(Names::HOSTNAME, spec.name)]);
    spec
}

impl Compiler<'_> {
    /// What is said of a cluster, without nodes if it has none. What is said of them is not used then, so that one scenario can be
    /// run on clusters with nodes and without.
    pub(super) fn without_nodes<'f>(
        &mut self,
        path: &[&str],
        form: &'f OrchestratorForm,
    ) -> Cow<'f, OrchestratorForm> {
        if form.serverless.is_none() {
            return Cow::Borrowed(form);
        }
        let said = [
            ("nodes", !form.nodes.is_empty()),
            ("node_autoscaling", form.node_autoscaling.is_some()),
        ];
        for (key, _) in said.into_iter().filter(|(_, given)| *given) {
            self.warning(
                &[path, &[key]].concat(),
                format!("`{key}` is not used: each pod has a machine of its own here"),
                "leave it out",
            );
        }
        Cow::Owned(OrchestratorForm {
            nodes: Vec::new(),
            node_autoscaling: None,
            scheduler: None,
            ..form.clone()
        })
    }

    /// What is said of a pod that has a machine of its own: where it shall be and beside whom is not used.
    pub(super) fn without_places(&mut self, service: &str, form: PodForm) -> PodForm {
        let said = [
            ("node_selector", !form.node_selector.is_empty()),
            ("node_affinity", !form.node_affinity.is_empty()),
            ("topology_spread", !form.topology_spread.is_empty()),
            ("affinity", !form.affinity.is_empty()),
            ("anti_affinity", !form.anti_affinity.is_empty()),
            ("host_ports", !form.host_ports.is_empty()),
        ];
        for (key, _) in said.into_iter().filter(|(_, given)| *given) {
            self.warning(
                &["service", service, "pod", key],
                format!("`{key}` is not used: each pod has a machine of its own here"),
                "leave it out",
            );
        }
        PodForm {
            node_selector: BTreeMap::new(),
            node_affinity: Vec::new(),
            topology_spread: Vec::new(),
            affinity: Vec::new(),
            anti_affinity: Vec::new(),
            host_ports: Vec::new(),
            ..form
        }
    }

    /// What a pod asks for, or what its own machine has, all of which it may use.
    pub(super) fn on_machine(
        &mut self,
        service: &str,
        platform: &OrchestratorForm,
        demand: Demand,
    ) -> Demand {
        let Some(SizesForm::Fargate) = platform.serverless.as_ref().and_then(|of| of.sizes) else {
            return demand;
        };
        let (cpu, memory) = (demand.cpu.unwrap_or_default(), demand.memory.unwrap_or_default());
        let Some(task) = Task::holding(cpu, memory) else {
            self.error_with(
                &["service", service],
                format!("there is no machine as large as a pod of `{service}`"),
                "give it less `cpu` or `memory`; `explain fargate` has the sizes",
            );
            return demand;
        };
        Demand { cpu: Some(task.cpu), memory: Some(task.memory), ..demand }
    }

    /// How pods are kept running that have so much memory, if they are replicas: where each has a machine of its own, that is
    /// the most that it may use.
    pub(super) fn with_memory(
        &mut self,
        service: &str,
        form: &Service,
        platform: &OrchestratorForm,
        (replicas, memory): (&Option<ReplicaSpec>, Bytes),
    ) -> Option<ReplicaSpec> {
        let mut replicas = replicas.clone()?;
        if let Some(of) = &mut replicas.memory {
            if platform.serverless.is_some() && memory > Bytes::ZERO {
                of.limit = Some(of.limit.map_or(memory, |limit| limit.min(memory)));
            }
            self.check_first_of_pod(service, form, of);
        }
        Some(replicas)
    }

    /// What the machines of pods are like, where each has one of its own. Faults of nodes hit nobody there.
    pub(super) fn serverless(
        &mut self,
        path: &[&str],
        form: &OrchestratorForm,
        faults: &mut [FaultSpec],
    ) -> Option<ServerlessSpec> {
        let serverless = form.serverless.as_ref()?;
        for fault in faults.iter_mut().filter(|fault| !fault.nodes.is_empty()) {
            fault.nodes.clear();
            self.warning(
                &["fault", &fault.times.name, "platform"],
                format!("`{}` has no nodes that could be hit", path[1]),
                "containers can fail: `kind = \"container-crash\"`",
            );
        }
        let path = [path, &["serverless", "boot"]].concat();
        let boot = serverless.boot.as_ref().and_then(|boot| self.variate(&path, boot));
        Some(ServerlessSpec { boot })
    }
}
