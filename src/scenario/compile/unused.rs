//! Keys that a platform does not look at.

use std::mem::discriminant;

use super::super::Node;
use super::super::schema::{Application, Platform, Service};
use super::Compiler;
use super::cold_start::Deployment;
use crate::kernel::Span;
use crate::platform::orchestrator::ReplicaSpec;
use crate::world::PlatformKind;

impl Compiler<'_> {
    /// Warns of what the platform of a service does not look at, unless the file holds one of another
    /// kind to choose instead.
    pub(super) fn warn_of_unused(&mut self, name: &str, service: &Service) {
        let platform = self.scenario.platform.get(&service.platform);
        let limits =
            matches!(platform, Some(Platform::Servers(_))) && self.is_worn_out(&service.platform);
        let runs_jobs = matches!(platform, Some(Platform::PiCloud(_)));
        let given = [
            ("memory", service.memory.is_some() && !limits),
            ("ageing", service.ageing.is_some()),
            ("memory_use", service.memory_use.is_some()),
            ("cpu", service.cpu.is_some()),
            ("cold_demand", service.cold_demand.is_some()),
            ("max_instances", service.max_instances.is_some()),
            ("provisioned_concurrency", service.provisioned_concurrency.is_some()),
            ("timeout", service.timeout.is_some() && !runs_jobs),
            ("reserved_concurrency", service.reserved_concurrency.is_some()),
            ("threads", service.threads.is_some()),
            ("cpu_share", service.cpu_share.is_some()),
            ("core_type", service.core_type.is_some()),
            ("cores", service.cores.is_some()),
            ("pod", service.pod.is_some()),
            ("replicas", service.replicas.is_some()),
            ("layers", service.layers.is_some()),
            ("autoscaling", service.autoscaling.is_some()),
        ];
        let given = given.into_iter().filter(|(_, given)| *given).map(|(key, _)| key);
        let given: Vec<_> = given.chain(Deployment::of_service(name, service).given()).collect();
        self.warn_of_keys(["service", name], &given, &service.platform);
    }

    /// The same of services that share instances.
    pub(super) fn warn_of_unused_by_group(
        &mut self,
        name: &str,
        group: &Application,
        platform: &str,
    ) {
        let given = [
            ("memory", group.memory.is_some()),
            ("cpu", group.cpu.is_some()),
            ("max_instances", group.max_instances.is_some()),
            ("provisioned_concurrency", group.provisioned_concurrency.is_some()),
            ("timeout", group.timeout.is_some()),
            ("reserved_concurrency", group.reserved_concurrency.is_some()),
        ];
        let given = given.into_iter().filter(|(_, given)| *given).map(|(key, _)| key);
        let given: Vec<_> = given.chain(Deployment::of_application(name, group).given()).collect();
        self.warn_of_keys(["application", name], &given, platform);
    }

    /// Warns of what the file says of a cluster and what nothing on it looks at.
    pub(super) fn warn_of_unused_by_cluster(&mut self, path: &[&str], cluster: &PlatformKind) {
        let PlatformKind::Orchestrator(spec) = cluster else { return };
        let replicas = || spec.pods.iter().filter_map(|pod| pod.replicas.as_ref());
        if spec.pods.is_empty() {
            return;
        }
        let has_sessions = |of: &ReplicaSpec| of.sessions.is_some_and(|lasts| lasts < Span::MAX);
        for (key, is_used, why, help) in [
            (
                "deregistration_delay",
                replicas().any(|of| of.exposure.is_some_and(|way| way.balanced)),
                "no service here is behind a load balancer",
                "leave it out, or add `exposure.load-balancer = {}`",
            ),
            (
                "election",
                spec.quorum.is_some(),
                "no node here is a manager",
                "leave it out, or write how many are, as in `nodes = [{ count = 5, managers = 3 }]`",
            ),
            (
                "session_timeout",
                replicas().any(has_sessions),
                "no service here has `session_affinity`",
                "leave it out, or write `pod = { session_affinity = true }` of a service",
            ),
            (
                "image_bandwidth",
                spec.pods.iter().any(|pod| pod.layers.iter().any(|layer| layer.pull > Span::ZERO)),
                "no service here has an `image`",
                "leave it out, or write how large it is, as in `image = \"200MiB\"` of a service",
            ),
        ] {
            // What stands where the kind does is what a platform with a name says by itself.
            let said = |form: &Node| {
                let [value, kind] = [key, "kind"].map(|key| form.get(key).map(|node| &node.span));
                value.is_some() && value != kind
            };
            if !is_used && self.root.at(path).is_some_and(said) {
                self.warning(&[path, &[key]].concat(), format!("`{key}` is not used: {why}"), help);
            }
        }
    }

    /// Warns of times of a fault that the run does not reach.
    pub(super) fn warn_of_late(&mut self, name: &str, times: &[Span]) {
        let Some(horizon) = self.scenario.horizon else { return };
        if let Some(number) = times.iter().position(|at| *at >= horizon) {
            self.warning(
                &["fault", name, "at", &number.to_string()],
                format!("the run ends at {horizon}, before this happens"),
                "write an earlier time, or a longer `horizon`",
            );
        }
    }

    /// Warns of those of the keys `given` of what stands at `path` that its platform does not look at.
    fn warn_of_keys(&mut self, [table, name]: [&str; 2], given: &[&str], here: &str) {
        let Some(platform) = self.scenario.platform.get(here) else { return };
        if self.may_run_elsewhere(here) {
            return;
        }
        for key in given {
            let unused = unused_on(platform)
                .iter()
                .find(|(groups, ..)| groups.iter().any(|keys| keys.contains(key)));
            let Some((_, why, help)) = unused else { continue };
            self.warning(
                &[table, name, key],
                format!("`{key}` is not used: `{here}` is {why}"),
                *help,
            );
        }
    }

    /// Whether the file holds a platform of another kind that nothing runs on, to choose instead.
    pub(super) fn may_run_elsewhere(&self, platform: &str) -> bool {
        let Some(here) = self.scenario.platform.get(platform) else { return false };
        let used: Vec<&String> = self.used_platforms().collect();
        let mut others = self.scenario.platform.iter().filter(|(name, _)| !used.contains(name));
        others.any(|(_, other)| discriminant(other) != discriminant(here))
    }
}

/// Groups of keys, what a platform is that does not look at them, and how to mend that.
type Unused = (&'static [&'static [&'static str]], &'static str, &'static str);

/// What an instance has.
const ROOM: &[&str] = &["memory", "cpu"];
/// How many instances there are, and of which.
const NUMBERS: &[&str] = &["max_instances", "provisioned_concurrency", "reserved_concurrency"];
/// How fast demands are served by memory.
const CORES: &[&str] = &["threads", "cpu_share"];
const THREADS: &[&str] = &["threads"];
/// What an instance starts, beside its image.
const CODE: &[&str] = &["package", "init", "snapshot"];
const IMAGE: &[&str] = &["image"];
const RUNTIME: &[&str] = &["runtime"];
/// How what serves wears out.
const WEAR: &[&str] = &["ageing", "memory_use"];
const COLD: &[&str] = &["cold_demand"];
const TIMEOUT: &[&str] = &["timeout"];

const JOBS: Unused = (
    &[&["core_type", "cores"]],
    "no platform of kind `picloud`",
    "leave it out, or let the service run on one of that kind",
);

const PODS: Unused = (
    &[&["pod", "replicas", "autoscaling", "layers"]],
    "no cluster",
    "leave it out, or let the service run on a platform such as `kubernetes`",
);

const SERVERS: Unused = (
    &[ROOM, RUNTIME, COLD, NUMBERS, TIMEOUT, CORES, CODE, IMAGE],
    "a platform of servers",
    "leave it out, or let the service run on a platform with instances",
);

const FN: Unused = (
    &[RUNTIME, NUMBERS, THREADS, CODE, IMAGE],
    "one of Fn, which has no such thing",
    "leave it out",
);

const OPENWHISK: Unused = (
    &[&["cpu"], NUMBERS, THREADS, CODE, IMAGE],
    "OpenWhisk, which has no such thing",
    "leave it out",
);

const BOUNDLESS_CPU: Unused = (
    &[&["cpu_share"]],
    "OpenWhisk with invokers of unknown CPU, where each container computes as if alone",
    "leave it out, or write the `cpu` of the invokers",
);

const PICLOUD: Unused = (
    &[ROOM, RUNTIME, NUMBERS, TIMEOUT, CODE, IMAGE, WEAR],
    "of kind `picloud`, where jobs take whole cores",
    "leave it out",
);

const ORCHESTRATOR: Unused =
    (&[RUNTIME, COLD, NUMBERS, TIMEOUT, CORES, CODE], "a cluster of pods", "leave it out");

/// What a platform does not look at.
fn unused_on(platform: &Platform) -> &'static [Unused] {
    match platform {
        Platform::Servers(_) => &[SERVERS, JOBS, PODS],
        // What else it does not look at depends on its cold start.
        Platform::Faas(_) => &[JOBS, PODS],
        Platform::Fn(_) => &[FN, JOBS, PODS],
        Platform::Openwhisk(form) if form.cpu().is_none() => {
            &[OPENWHISK, BOUNDLESS_CPU, JOBS, PODS]
        }
        Platform::Openwhisk(_) => &[OPENWHISK, JOBS, PODS],
        Platform::PiCloud(_) => &[PICLOUD, PODS],
        Platform::Orchestrator(_) => &[ORCHESTRATOR, JOBS],
    }
}
