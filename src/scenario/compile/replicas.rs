//! Replicas of services on a cluster.

use super::super::schema::{OrchestratorForm, PodForm, Service};
use super::Compiler;
use super::health::restart;
use crate::kernel::Span;
use crate::platform::orchestrator::ReplicaSpec;
use crate::policy::exposure::Exposure;
use crate::policy::rollout::{RollingUpdate, Rollout, RolloutChoice};
use crate::quantity::Millicpu;

/// More replicas than this are taken for a slip.
pub(super) const MOST_REPLICAS: u32 = 100_000;

impl Compiler<'_> {
    /// How the pods of a service are kept running, if it has replicas.
    pub(super) fn replicas(
        &mut self,
        name: &str,
        service: &Service,
        platform: &OrchestratorForm,
    ) -> Option<ReplicaSpec> {
        let form = service.pod.clone().unwrap_or_default();
        if form.daemon {
            self.check_daemon(name, service, platform);
        } else if service.replicas.is_none() {
            self.check_without_replicas(name, service, &form);
            return None;
        }
        let replicas = service.replicas.unwrap_or(0);
        self.expect(
            replicas <= MOST_REPLICAS,
            &["service", name, "replicas"],
            "there are more than 100000 replicas",
            "write fewer",
        );
        self.expect(
            form.concurrency != Some(0),
            &["service", name, "pod", "concurrency"],
            "a replica serves at least one request at once",
            "write 1 or more, or leave it out for any number",
        );
        self.expect(
            form.cpu_limit != Some(Millicpu::ZERO),
            &["service", name, "pod", "cpu_limit"],
            "without CPU nothing is ever served",
            "write how much it may use, or leave it out",
        );
        let [startup, readiness, liveness] = self.checks(name, &form, platform);
        let restart = restart(&form, platform);
        self.check_gate(name, &form, [startup, readiness, liveness], &restart);
        let bad_start = self.bad_start(name, &form, &restart);
        let rollout = self.rollout(name, service, platform);
        self.check_dns(name, &form);
        let exposure = self.exposure(name, service, platform);
        let route = exposure.and_then(Exposure::route);
        let cookie = route.is_some_and(|route| route.cookie).then_some(Span::MAX);
        let affinity = || platform.session_timeout.unwrap_or(Span::MAX);
        Some(ReplicaSpec {
            replicas,
            daemon: form.daemon,
            concurrency: form.concurrency,
            cpu_limit: form.cpu_limit,
            autoscaling: self.autoscaling((name, service), platform, replicas),
            memory: self.pod_memory(name, service, &form),
            ageing: self.ageing(&["service", name], service.ageing),
            bad_start,
            startup,
            readiness,
            liveness,
            restart,
            rollout,
            balance: form.balance.map(|choice| choice.0),
            exposure: exposure.map(Exposure::way),
            reload: route.map_or(Span::ZERO, |route| route.reload),
            sessions: cookie.or(form.session_affinity.then(affinity)),
            dns: form.dns.map(|dns| dns.cache),
        })
    }

    /// How the replicas of a service, or of a version of it, take the place of those of another.
    fn rollout(
        &mut self,
        name: &str,
        service: &Service,
        platform: &OrchestratorForm,
    ) -> Box<dyn Rollout> {
        let own = service.pod.as_ref().and_then(|form| form.rollout.as_ref());
        let Some(RolloutChoice(rollout)) = own.or(platform.rollout.as_ref()) else {
            return Box::new(RollingUpdate::default());
        };
        if let Err(error) = rollout.check(service.replicas.unwrap_or(0)) {
            let path = match own {
                Some(_) => vec!["service", name, "pod", "rollout"],
                None => vec!["platform", &service.platform, "rollout"],
            };
            self.parameter_error(&path, &error);
        }
        rollout.clone()
    }

    /// That a service of which a pod runs on each node says nothing of how many there are.
    fn check_daemon(&mut self, name: &str, service: &Service, platform: &OrchestratorForm) {
        let path = ["service", name, "pod", "daemon"];
        for (key, given) in [
            ("replicas", service.replicas.is_some()),
            ("autoscaling", service.autoscaling.is_some()),
        ] {
            self.expect(
                !given,
                &["service", name, key],
                &format!(
                    "`{name}` has a pod on each node that takes it, as its `pod` is a `daemon`"
                ),
                &format!("leave out either `{key}` or `daemon`"),
            );
        }
        self.expect(
            platform.serverless.is_none(),
            &path,
            "each pod has a machine of its own here, and there are no nodes",
            "give the service `replicas`",
        );
        let mut releases = self.scenario.release.values();
        let is_released = releases.any(|form| form.service == name);
        self.expect(
            !is_released && !self.is_version(name),
            &path,
            "new versions of a daemon set are not modelled",
            "leave its `release` out, or give the service `replicas`",
        );
    }

    /// That a service whose requests are pods of their own says nothing that only replicas have.
    fn check_without_replicas(&mut self, name: &str, service: &Service, form: &PodForm) {
        let path = ["service", name, "pod"];
        let given = [
            ("concurrency", form.concurrency.is_some()),
            ("cpu_limit", form.cpu_limit.is_some()),
            ("memory_limit", form.memory_limit.is_some()),
            ("memory_use", form.memory_use.is_some()),
            ("startup", form.startup.is_some()),
            ("readiness", form.readiness.is_some()),
            ("liveness", form.liveness.is_some()),
            ("restart", form.restart.is_some()),
            ("start_failure", form.start_failure.is_some()),
            ("pull_failure", form.pull_failure.is_some()),
            ("rollout", form.rollout.is_some()),
            ("balance", form.balance.is_some()),
            ("exposure", form.exposure.is_some()),
            ("dns", form.dns.is_some()),
            ("session_affinity", form.session_affinity),
        ];
        for (key, _) in given.into_iter().filter(|(_, given)| *given) {
            self.warning(
                &[&path[..], &[key]].concat(),
                format!("`{key}` is not used: each request to `{name}` is a pod of its own"),
                "add `replicas` to the service",
            );
        }
        for (key, given) in
            [("ageing", service.ageing.is_some()), ("memory_use", service.memory_use.is_some())]
        {
            if given {
                self.warning(
                    &["service", name, key],
                    format!("`{key}` is not used: each request to `{name}` is a pod of its own"),
                    "add `replicas` to the service",
                );
            }
        }
        self.expect(
            service.autoscaling.is_none(),
            &["service", name, "autoscaling"],
            "only a service with `replicas` is scaled",
            "add how many there are at first, as in `replicas = 2`",
        );
    }
}
