//! Faults of nodes and replicas, and what all faults say.

use std::ops::Range;

use super::super::OneOrMany;
use super::super::schema::{FaultForm, FaultKindForm, Platform};
use super::Compiler;
use super::host_faults::hosts_of;
use super::pods::Draft;
use crate::kernel::{Span, Time};
use crate::model::{ApplicationId, FaultTimes};
use crate::platform::orchestrator::{FaultKind, FaultSpec, NodeId};
use crate::policy::orchestration::kubernetes::{Cluster, Node, Selector, requirements};
use crate::variate::{Distribution, Variate};

/// The least mean time between two failures of the same thing, in seconds. A guess (2026-11): what fails more often
/// stands still by a slip in the scenario, and a day of it is 10⁸ events.
const LEAST_MEAN_BETWEEN: f64 = 0.001;

/// How long before a spot instance goes that is announced. Source: Amazon EC2 User Guide, "Spot Instance
/// interruption notices": two minutes (documented, read 2026-11).
const SPOT_NOTICE: Span = Span::from_secs(120);

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

    /// The faults of the cluster that is called `platform`, on which these services run, with these numbers of nodes that
    /// come and go.
    pub(super) fn faults(
        &mut self,
        platform: &str,
        cluster: &mut Cluster,
        drafts: &[Draft<'_>],
        groups: &[Range<usize>],
    ) -> Vec<FaultSpec> {
        let own = self.own_faults(platform).into_iter();
        own.map(|(name, form)| self.fault(name, form, (cluster, drafts, groups))).collect()
    }

    fn fault(
        &mut self,
        name: &str,
        form: &FaultForm,
        (cluster, drafts, groups): (&mut Cluster, &[Draft<'_>], &[Range<usize>]),
    ) -> FaultSpec {
        let path = ["fault", name];
        self.check_keys(name, form);
        let speed = form.speed.unwrap_or(1.0);
        self.expect(
            (0.001..=1.0).contains(&speed) && (form.kind != FaultKindForm::Slow || speed < 1.0),
            &[&path[..], &["speed"]].concat(),
            "a slow node has a part of its speed left, a thousandth or more",
            "0.2 is a fifth of it",
        );
        let kind = match form.kind {
            FaultKindForm::Crash => FaultKind::Crash,
            FaultKindForm::Partition => FaultKind::Partition,
            FaultKindForm::Slow => FaultKind::Slow(thousandths(speed)),
            FaultKindForm::Spot => FaultKind::Spot,
            FaultKindForm::ContainerCrash => {
                FaultKind::ContainerCrash { clean: form.exit_code == Some(0) }
            }
            FaultKindForm::Hang => FaultKind::Hang,
        };
        let of_replicas = form.kind.is_of_replicas();
        let nodes = if of_replicas { Vec::new() } else { self.hit(name, form, cluster) };
        let applications =
            if of_replicas { self.hit_services(name, form, drafts) } else { Vec::new() };
        let is_followed = |node: &NodeId| groups.iter().any(|slots| slots.contains(&node.index()));
        let recurs = form.lasts.is_some() || of_replicas || nodes.iter().any(is_followed);
        FaultSpec { times: self.fault_times(name, form, recurs), kind, nodes, applications }
    }

    /// When a fault hits, and that this can be; whether it hits the same one again.
    pub(super) fn fault_times(&mut self, name: &str, form: &FaultForm, recurs: bool) -> FaultTimes {
        let path = ["fault", name];
        self.warn_of_late(name, &form.at);
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
            form.at.len() < 2 || recurs,
            &path,
            "what fails for ever does not fail again",
            "add how long it takes, as in `lasts.constant = \"10m\"`",
        );
        let mut variate = |key: &str, form: Option<&Distribution>| {
            form.and_then(|form| self.variate(&["fault", name, key], form))
        };
        let between = variate("between", form.between.as_ref());
        let lasts = variate("lasts", form.lasts.as_ref());
        let mean = between.as_ref().and_then(Variate::mean);
        self.expect(
            mean.is_none_or(|mean| mean >= LEAST_MEAN_BETWEEN),
            &["fault", name, "between"],
            "what fails works for some time between two failures, on average a millisecond or more",
            "write how long, as in `between.exponential = { mean = \"30d\" }`",
        );
        FaultTimes {
            name: name.to_owned(),
            at: form.at.iter().map(|at| Time::ZERO + *at).collect(),
            between,
            notice: match form.kind {
                FaultKindForm::Spot => form.notice.unwrap_or(SPOT_NOTICE),
                _ => Span::ZERO,
            },
            lasts,
        }
    }

    /// That a fault says nothing that its kind does not have, and all that it needs.
    fn check_keys(&mut self, name: &str, form: &FaultForm) {
        let kind = form.kind;
        let of_replicas = kind.is_of_replicas();
        for (key, given, has, help) in [
            ("match", form.selector.is_some(), !of_replicas, "faults of replicas name a `service`"),
            (
                "service",
                form.service.is_some(),
                of_replicas,
                "faults of nodes `match` their labels",
            ),
            (
                "speed",
                form.speed.is_some(),
                kind == FaultKindForm::Slow,
                "only a `slow` node has one",
            ),
            (
                "notice",
                form.notice.is_some(),
                kind == FaultKindForm::Spot,
                "only a `spot` node has one",
            ),
            (
                "exit_code",
                form.exit_code.is_some(),
                kind == FaultKindForm::ContainerCrash,
                "only a `container-crash` has one",
            ),
            (
                "lasts",
                form.lasts.is_some(),
                kind != FaultKindForm::ContainerCrash,
                "when containers are started again follows from `restart`",
            ),
        ] {
            self.expect(
                has || !given,
                &["fault", name, key],
                &format!("a fault of this `kind` has no `{key}`"),
                help,
            );
        }
        self.expect(
            kind != FaultKindForm::Slow || form.speed.is_some(),
            &["fault", name],
            "missing key `speed`",
            "add the part of its speed that a node has left, as in `speed = 0.2`",
        );
    }

    /// The applications whose replicas a fault hits.
    fn hit_services(
        &mut self,
        name: &str,
        form: &FaultForm,
        drafts: &[Draft<'_>],
    ) -> Vec<ApplicationId> {
        let named: Option<&[String]> = form.service.as_ref().map(OneOrMany::values);
        for service in named.into_iter().flatten() {
            let path = ["fault", name, "service"];
            if let Some((_, of, _)) = drafts.iter().find(|(own, ..)| own == service) {
                self.expect(
                    of.has_replicas(),
                    &path,
                    &format!("`{service}` has no replicas that could fail"),
                    "add `replicas` to the service, or let its nodes fail",
                );
                continue;
            }
            let known: Vec<&str> = drafts.iter().map(|(own, ..)| *own).collect();
            let span = self.root.at(&path).map_or(self.root.span.clone(), |at| at.span.clone());
            self.problems.push(super::Problem::unknown(span, "service", service, &known));
        }
        let is_named = |own: &str| {
            // The name of a service is that of all its versions.
            let is = |name: &String| name == own || name == self.asked(own);
            named.is_none_or(|named| named.iter().any(is))
        };
        let mut hit = Vec::new();
        let mut first = 0;
        for &(own, service, count) in drafts {
            let all = first..first + count as usize;
            first = all.end;
            if is_named(own) && service.has_replicas() {
                hit.extend(all.map(ApplicationId::from_index));
            }
        }
        let hangs_on = |&(own, service, _): &Draft<'_>| {
            let pod = service.pod.as_ref();
            is_named(own) && service.has_replicas() && pod.is_none_or(|pod| pod.liveness.is_none())
        };
        let is_hung = drafts.iter().any(hangs_on);
        self.expect(
            form.kind != FaultKindForm::Hang
                || form.lasts.is_some()
                || form.between.is_none()
                || self.scenario.horizon.is_some()
                || !is_hung,
            &["fault", name],
            "the run may never end: what hangs for ever is never started again",
            "add `liveness` to the `pod` of its service, how long it `lasts`, or a `horizon`",
        );
        if hit.is_empty() && named.is_none() && !drafts.is_empty() {
            self.warning(
                &["fault", name],
                format!("fault `{name}` hits no replica"),
                "give a service of the cluster `replicas`",
            );
        }
        hit
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

impl<'a> Compiler<'a> {
    /// The faults of a platform, by their names.
    pub(super) fn own_faults(&self, platform: &str) -> Vec<(&'a str, &'a FaultForm)> {
        let all = self.scenario.fault.iter().map(|(name, form)| (name.as_str(), form));
        all.filter(|(_, form)| form.platform == platform).collect()
    }
}

/// A speed in thousandths of the whole.
pub(super) fn thousandths(speed: f64) -> u32 {
    libm::round(speed * 1000.0) as u32
}
