//! Clusters without nodes, where each pod has a machine of its own.

use super::super::schema::{FaultKindForm, OrchestratorForm};
use super::Compiler;
use crate::platform::orchestrator::ServerlessSpec;
use crate::policy::orchestration::kubernetes::{Cluster, Labels, Names, NodeSpec, Resource};

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
    /// What the machines of pods are like, where each has one of its own; and that nothing is said of nodes then.
    pub(super) fn serverless(
        &mut self,
        path: &[&str],
        form: &OrchestratorForm,
    ) -> Option<ServerlessSpec> {
        let serverless = form.serverless.as_ref()?;
        let said = [
            ("nodes", !form.nodes.is_empty()),
            ("node_autoscaling", form.node_autoscaling.is_some()),
        ];
        for (key, given) in said {
            let problem = "each pod has a machine of its own here, and there are no nodes";
            self.expect(!given, &[path, &[key]].concat(), problem, "leave it out");
        }
        for (name, fault) in &self.scenario.fault {
            let hits = fault.platform == path[1] && !fault.kind.is_of_replicas();
            let of_nodes = matches!(fault.kind, FaultKindForm::Crash | FaultKindForm::Spot);
            self.expect(
                !hits,
                &["fault", name, "platform"],
                &format!("`{}` has no nodes that could be hit", path[1]),
                if of_nodes { "write `kind = \"container-crash\"`" } else { "leave it out" },
            );
        }
        let path = [path, &["serverless", "boot"]].concat();
        let boot = serverless.boot.as_ref().and_then(|boot| self.variate(&path, boot));
        Some(ServerlessSpec { boot })
    }
}
