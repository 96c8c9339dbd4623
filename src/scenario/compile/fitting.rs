//! Whether pods find a node at all, and have no less than they ask for.

use super::super::schema::{OrchestratorForm, PodForm, Service};
use super::Compiler;
use crate::platform::orchestrator::Keeps;
use crate::policy::orchestration::kubernetes::{Cluster, Node, Resource, Template};
use crate::quantity::Share;

impl Compiler<'_> {
    /// That some node has what a pod asks for.
    pub(super) fn check_fits(&mut self, name: &str, template: &Template, cluster: &Cluster) {
        let fits = cluster.nodes().iter().any(|node| {
            let all = &node.spec.allocatable;
            template.request.iter().all(|(resource, amount)| amount <= all.get(resource))
                && node.spec.most_pods > 0
                && template.gpus.count <= node.spec.gpus.count
                && (template.gpus.count == 0 || template.gpus.allows(node.spec.gpus.model))
        });
        if fits || cluster.nodes().is_empty() {
            return;
        }
        // What is too large on any node stands in the file by itself, also in a release.
        let too_large = |(_, resource): &(&str, Resource)| {
            let holds = |node: &Node| {
                template.request.get(*resource) <= node.spec.allocatable.get(*resource)
            };
            !cluster.nodes().iter().any(holds)
        };
        let key = [("cpu", Resource::CPU), ("memory", Resource::MEMORY)];
        let key = key.into_iter().find(too_large).map(|(key, _)| ["service", name, key]);
        let key = key.filter(|path| self.root.at(path).is_some());
        self.error_with(
            key.as_ref().map_or(&["service", name][..], |path| &path[..]),
            format!("a pod of `{name}` fits on no node"),
            "give the cluster a larger node, or the service less `cpu`, `memory`, `gpus` or `resources`",
        );
    }

    /// How many pods of a service go on running when others are evicted, if it says so.
    pub(super) fn keeps(
        &mut self,
        name: &str,
        form: &PodForm,
        has_replicas: bool,
    ) -> Option<Keeps> {
        let path = |key| ["service", name, "pod", key];
        self.expect(
            form.min_available.is_none() || form.max_unavailable.is_none(),
            &path("max_unavailable"),
            "a disruption budget says how many must be there or how many may be missing, not both",
            "leave out either `min_available` or `max_unavailable`",
        );
        let least = form.min_available.map(Keeps::AtLeast);
        let keeps = least.or(form.max_unavailable.map(Keeps::AllBut))?;
        let (key, share) = match keeps {
            Keeps::AtLeast(share) => ("min_available", share),
            Keeps::AllBut(share) => ("max_unavailable", share),
        };
        self.expect(
            has_replicas || matches!(keeps, Keeps::AtLeast(Share::Count(_))),
            &path(key),
            &format!("each request to `{name}` is a pod of its own, and nobody knows how many there shall be"),
            "write `min_available` as a number, or add `replicas` to the service",
        );
        self.expect(
            !matches!(share, Share::Percent(101..)),
            &path(key),
            "there are no more than all of them",
            "write `\"100%\"` or less",
        );
        Some(keeps)
    }

    /// Warns if no node is one that a pod needs, by its labels.
    pub(super) fn check_places(&mut self, name: &str, template: &Template, cluster: &Cluster) {
        let needs = &template.node_affinity;
        let nodes = cluster.nodes();
        if nodes.is_empty() || nodes.iter().any(|node| needs.allows(&node.spec, &cluster.names)) {
            return;
        }
        let selects = |node: &Node| {
            let mut pairs = needs.selector.pairs().iter();
            pairs.all(|&(key, value)| node.spec.labels.get(key) == Some(value))
        };
        let key = if nodes.iter().any(selects) { "node_affinity" } else { "node_selector" };
        self.warning(
            &["service", name, "pod", key],
            format!("no node meets the `{key}` of `{name}`"),
            "look at the `labels` of the nodes: such pods wait for ever",
        );
    }

    /// That no pod may use less than it asks for (`ValidateResourceRequirements`). On a machine of its own it has all of that.
    pub(super) fn check_limits(
        &mut self,
        name: &str,
        service: &Service,
        platform: &OrchestratorForm,
    ) {
        let Some(form) = service.pod.as_ref().filter(|_| platform.serverless.is_none()) else {
            return;
        };
        let cpu = service.cpu.as_ref().and_then(|cpu| cpu.values().iter().max());
        let memory = service.memory.as_ref().and_then(|memory| memory.values().iter().max());
        let cpu = form.cpu_limit.zip(cpu.copied()).filter(|(limit, cpu)| limit < cpu);
        let memory = form.memory_limit.zip(memory.copied()).filter(|(limit, asked)| limit < asked);
        let cpu = cpu.map(|(limit, cpu)| (limit.to_string(), cpu.to_string()));
        let memory = memory.map(|(limit, asked)| (limit.to_string(), asked.to_string()));
        for (key, limit, problem) in [("cpu", "cpu_limit", cpu), ("memory", "memory_limit", memory)]
        {
            let Some((most, asked)) = problem else { continue };
            self.error_with(
                &["service", name, "pod", limit],
                format!("a pod may not use less than the `{key}` of {asked} that it asks for"),
                format!(
                    "write a `{limit}` of at least {asked} instead of {most}, or a smaller `{key}`"
                ),
            );
        }
    }
}
