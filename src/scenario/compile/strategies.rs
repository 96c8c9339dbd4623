//! Strategies of releases, and whether they fit where a service runs.

use super::super::schema::{Platform, ReleaseForm};
use super::Compiler;
use super::servers::deploys;
use crate::policy::release::{AllAtOnce, Rolling, Strategy, StrategyChoice};

impl Compiler<'_> {
    /// How requests go over to the new version.
    pub(super) fn strategy(&mut self, name: &str, form: &ReleaseForm) -> Box<dyn Strategy> {
        let path = ["release", name, "strategy"];
        let replicas = self.is_kept_running(form);
        let Some(StrategyChoice(mut strategy)) = form.strategy.clone() else {
            if replicas {
                return Box::new(Rolling {});
            }
            self.check_others(&path[..2], form);
            return Box::new(AllAtOnce {});
        };
        if let Err(error) = strategy.prepare(self.base) {
            self.parameter_error(&path, &error);
        }
        let rolls = strategy.replaces_instances() && strategy.deployment().is_none();
        if rolls && !replicas {
            let message = format!("`{}` has no replicas that could be replaced", form.service);
            let mend = "write another, such as \"all-at-once\", or leave it out";
            self.error_with(&path, message, mend);
        } else if strategy.deployment().is_some() {
            self.check_servers(&path, form);
        } else {
            self.check_others(&path, form);
        }
        if strategy.brings_up() && !replicas {
            self.warn_of_bringing_up(&path, form);
        }
        strategy
    }

    /// That a version which comes to servers finds some that can leave a rotation.
    fn check_servers(&mut self, path: &[&str], form: &ReleaseForm) {
        let service = self.scenario.service.get(&form.service);
        let platform = service.and_then(|of| self.scenario.platform.get(&of.platform));
        let Some(Platform::Servers(servers)) = platform else {
            let message =
                format!("`{}` does not run on servers that could leave a rotation", form.service);
            self.error_with(
                path,
                message,
                "write another, such as \"all-at-once\", or leave it out",
            );
            return;
        };
        let shared = servers.discipline.as_ref().is_some_and(|of| of.0.line().is_none());
        if servers.balance.is_none() && !shared {
            let message = format!(
                "the servers of `{}` have one line, and no rotation that one could leave",
                form.service
            );
            self.error_with(
                path,
                message,
                "give the platform a balancer, as in `balance = \"least-outstanding\"`",
            );
        }
    }

    /// That a strategy which brings the new version up beside the old one finds a platform that can.
    fn warn_of_bringing_up(&mut self, path: &[&str], form: &ReleaseForm) {
        let service = self.scenario.service.get(&form.service);
        let Some(platform) = service.and_then(|of| self.scenario.platform.get(&of.platform)) else {
            return;
        };
        let (why, mend) = match platform {
            Platform::Faas(_) => return,
            Platform::Servers(_) => (
                "servers have room for both versions at once",
                "write \"immutable\", which starts servers with the new version beside the old ones, or \"all-at-once\"",
            ),
            Platform::Openwhisk(_) | Platform::Fn(_) => (
                "this platform starts no containers of a function before requests come",
                "write \"all-at-once\" or \"canary\"",
            ),
            Platform::PiCloud(_) => {
                ("a job has a process of its own", "write \"all-at-once\" or \"canary\"")
            }
            Platform::Orchestrator(_) => (
                "each request is a pod of its own",
                "give the service `replicas`, or write \"all-at-once\"",
            ),
        };
        let name = &form.service;
        self.warning(
            path,
            format!(
                "nothing of the new version of `{name}` is brought up beside the old one, for {why}"
            ),
            mend,
        );
    }

    /// That no other release of a service brings its versions to servers one by one.
    fn check_others(&mut self, path: &[&str], form: &ReleaseForm) {
        let others = self.scenario.release.values().filter(|other| other.service == form.service);
        if { others }.any(deploys) {
            let message = format!(
                "another release of `{}` has servers with one version each, to which no share of requests can be sent",
                form.service
            );
            self.error_with(
                path,
                message,
                "write the same kind of strategy in all releases of a service",
            );
        }
    }
}
