//! Faults of nodes, and what all faults say.

use super::super::schema::{FaultForm, FaultKindForm, Platform};
use super::Compiler;
use super::host_faults::hosts_of;
use crate::kernel::{Span, Time};
use crate::platform::orchestrator::{FaultSpec, NodeId};
use crate::policy::orchestration::kubernetes::{Cluster, Node, Selector, requirements};
use crate::variate::{Distribution, Variate};

impl Compiler<'_> {
    /// That each fault names a platform with something that can fail.
    pub(super) fn check_faults(&mut self) {
        for (name, form) in &self.scenario.fault {
            let path = ["fault", name.as_str(), "platform"];
            match self.scenario.platform.get(&form.platform) {
                Some(Platform::Orchestrator(_) | Platform::Servers(_)) => self.check_labelled(name, form),
                Some(platform) if hosts_of(platform) > 0 => self.check_host_fault(name, form),
                Some(_) => self.error_with(
                    &path,
                    format!("`{}` has neither nodes nor servers nor hosts that could fail", form.platform),
                    "name a cluster, a platform such as `kubernetes`, one of kind `servers`, or give this one `hosts`",
                ),
                None => {
                    let known: Vec<&str> =
                        self.scenario.platform.keys().map(String::as_str).collect();
                    self.unknown(&path, "platform", &form.platform, &known);
                }
            }
        }
    }

    /// That a fault of nodes or servers says which by their labels.
    fn check_labelled(&mut self, name: &str, form: &FaultForm) {
        self.expect(
            form.hosts.is_none(),
            &["fault", name, "hosts"],
            "nodes and servers are told apart by their labels",
            "say which by these, as in `match = \"zone=a\"`",
        );
    }

    /// The faults of the cluster that is called `platform`.
    pub(super) fn faults(&mut self, platform: &str, cluster: &mut Cluster) -> Vec<FaultSpec> {
        let all = &self.scenario.fault;
        let own = all.iter().filter(|(_, form)| form.platform == platform);
        own.map(|(name, form)| self.fault(name, form, cluster)).collect()
    }

    fn fault(&mut self, name: &str, form: &FaultForm, cluster: &mut Cluster) -> FaultSpec {
        self.expect(
            form.kind == FaultKindForm::Crash && form.speed.is_none() && form.notice.is_none(),
            &["fault", name],
            "nodes of a cluster crash; of servers a fault may be `slow` or `spot`",
            "leave `kind`, `speed` and `notice` out",
        );
        let nodes = self.hit(name, form, cluster);
        let (between, lasts) = self.fault_times(name, form);
        let at = form.at.iter().map(|at| Time::ZERO + *at).collect();
        FaultSpec { name: name.to_owned(), nodes, at, between, lasts }
    }

    /// How long there is between two failures, and how long one lasts; and that these can be.
    pub(super) fn fault_times(
        &mut self,
        name: &str,
        form: &FaultForm,
    ) -> (Option<Variate>, Option<Variate>) {
        let path = ["fault", name];
        self.expect(
            form.at.is_empty() == form.between.is_some(),
            &path,
            "a fault says when it hits: either `at` some times, or with a time `between`",
            "as in `at = [\"30m\"]` or `between.exponential = { mean = \"30d\" }`",
        );
        self.expect(
            form.at.windows(2).all(|pair| pair[0] < pair[1]),
            &["fault", name, "at"],
            "the times of a fault ascend",
            "write them in order",
        );
        self.expect(
            form.at.len() < 2 || form.lasts.is_some(),
            &path,
            "what fails for ever does not fail again",
            "add how long it takes, as in `lasts.constant = \"10m\"`",
        );
        let never =
            |form: &Option<Distribution>| matches!(form, Some(Distribution::Constant(Span::ZERO)));
        self.expect(
            !never(&form.between),
            &["fault", name, "between"],
            "what fails works for some time between two failures",
            "write how long, as in `between.exponential = { mean = \"30d\" }`",
        );
        let mut variate = |key: &str, form: Option<&Distribution>| {
            form.and_then(|form| self.variate(&["fault", name, key], form))
        };
        let between = variate("between", form.between.as_ref());
        (between, variate("lasts", form.lasts.as_ref()))
    }

    /// The nodes that a fault hits.
    fn hit(&mut self, name: &str, form: &FaultForm, cluster: &mut Cluster) -> Vec<NodeId> {
        let selector = form.selector.as_ref().map(|text| requirements(text, &mut cluster.names));
        let selector = match selector {
            None => Selector::All(Vec::new()),
            Some(Ok(requirements)) => Selector::All(requirements),
            Some(Err(error)) => {
                self.error_with(
                    &["fault", name, "match"],
                    error.to_string(),
                    "nodes are selected by labels, as in \"disk=ssd\"",
                );
                return Vec::new();
            }
        };
        let is_hit = |node: &&Node| selector.matches(&node.spec.labels, &cluster.names);
        let nodes: Vec<NodeId> =
            cluster.nodes().iter().filter(is_hit).map(|node| node.id).collect();
        if nodes.is_empty() && !cluster.nodes().is_empty() {
            self.warning(
                &["fault", name],
                format!("fault `{name}` hits no node"),
                "look at the labels of the nodes",
            );
        }
        nodes
    }
}
