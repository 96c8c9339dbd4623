//! Platforms of servers, that are always there or come and go.

use super::super::schema::{HealthCheckForm, Platform, Queue, ReleaseForm, ServersForm, Service};
use super::Compiler;
use super::applications::Applications;
use crate::model::{ApplicationId, Wear};
use crate::platform::servers::ServersSpec;
use crate::platform::servers::group::{GroupSpec, HealthCheckSpec};
use crate::policy::MOST;
use crate::policy::autoscaling::{Autoscaling, AutoscalingChoice};
use crate::policy::discipline::Fifo;
use crate::policy::release::StrategyChoice;

/// Whether a new version comes to servers one by one.
pub(super) fn deploys(release: &ReleaseForm) -> bool {
    let strategy = release.strategy.as_ref();
    strategy.is_some_and(|StrategyChoice(strategy)| strategy.deployment().is_some())
}

impl Compiler<'_> {
    pub(super) fn servers(&mut self, path: &[&str], form: &ServersForm) -> ServersSpec {
        self.expect(
            form.servers > 0,
            &[path, &["servers"]].concat(),
            "a platform has at least one server",
            "write how many there are, as in `servers = 4`",
        );
        self.expect(
            form.speed.is_finite() && (1e-6..=1e6).contains(&form.speed),
            &[path, &["speed"]].concat(),
            "the speed of a server is between 0.000001 and 1000000",
            "1.0 serves a second of demand in a second, 2.0 in half a second",
        );
        ServersSpec {
            servers: form.servers,
            speed: form.speed,
            discipline: form.discipline.clone().map_or_else(|| Box::new(Fifo {}) as _, |c| c.0),
            balance: form.balance.clone().map(|choice| choice.0),
            queue_limit: form.queue.map(|Queue { limit }| limit),
            group: self.come_and_go(path[1], form).then(|| Box::new(self.group(path, form))),
        }
    }

    /// Whether servers are not always there: they may fail or wear out, there are others at other times, or a
    /// release takes them.
    pub(super) fn come_and_go(&self, name: &str, form: &ServersForm) -> bool {
        form.autoscaling.is_some()
            || self.scenario.fault.values().any(|of| of.platform == name)
            || self.is_deployed_to(name)
            || self.is_worn_out(name)
    }

    /// Whether a release has a new version come to the servers of a platform. One that is not enabled counts, too, so that
    /// with and without it they are the same.
    pub(super) fn is_deployed_to(&self, platform: &str) -> bool {
        self.scenario.release.values().any(|release| {
            let service = self.scenario.service.get(&release.service);
            service.is_some_and(|service| service.platform == platform) && deploys(release)
        })
    }

    /// By member of a service: its application. Servers to which versions come, or that wear out, have those of families.
    pub(super) fn applications_of(
        &self,
        name: &str,
        service: &Service,
        applications: &Applications<'_>,
    ) -> Vec<ApplicationId> {
        let of_families =
            self.is_deployed_to(&service.platform) || self.is_worn_out(&service.platform);
        let platform = self.scenario.platform.get(&service.platform);
        if !of_families || !matches!(platform, Some(Platform::Servers(_))) {
            return applications.of(name).to_vec();
        }
        let range = self.families[name];
        vec![ApplicationId::from_index(range.family.index()); range.count as usize]
    }

    /// How the servers of a platform come and go.
    fn group(&mut self, path: &[&str], form: &ServersForm) -> GroupSpec {
        let at = |key| [path, &[key]].concat();
        self.expect(
            form.servers <= MOST,
            &at("servers"),
            "more than 1000000 servers that come and go are taken for a slip",
            "write fewer",
        );
        for (number, zone) in form.zones.iter().enumerate() {
            self.expect(
                !form.zones[..number].contains(zone),
                &[&at("zones")[..], &[&number.to_string()]].concat(),
                &format!("zone `{zone}` stands here twice"),
                "write each once: servers are in them in turns",
            );
        }
        let boot = form.boot.as_ref().and_then(|boot| self.variate(&at("boot"), boot));
        let check = form.health_check.map(|form| self.health_check(&at("health_check"), form));
        GroupSpec {
            boot,
            health_check: check,
            replaces: form.replace.unwrap_or(form.autoscaling.is_some()),
            drain: form.deregistration_delay,
            zones: form.zones.len().max(1) as u32,
            autoscaling: self.group_autoscaling(path, form),
            wears: self.wears(path[1]),
            faults: self.server_faults(path[1], form),
        }
    }

    /// By family: how its processes on servers wear out, and whether it is a version of another; none where none does.
    fn wears(&mut self, platform: &str) -> Vec<(Wear, bool)> {
        let mut wears = Vec::new();
        if !self.is_worn_out(platform) {
            return wears;
        }
        for (name, service) in &self.scenario.service {
            if service.platform == platform {
                let number = self.families[name.as_str()].family.index();
                wears.resize(wears.len().max(number + 1), (Wear::default(), false));
                wears[number] = (self.wear_on_servers(name, service), self.is_version(name));
            }
        }
        wears
    }

    fn health_check(&mut self, path: &[&str], form: HealthCheckForm) -> HealthCheckSpec {
        let HealthCheckForm { period, timeout, failures } = form;
        self.positive(&[path, &["period"]].concat(), Some(period));
        self.expect(
            failures > 0,
            &[path, &["failures"]].concat(),
            "a server that has missed no check is not dead",
            "write how many it misses in a row, as in `failures = 2`",
        );
        HealthCheckSpec { period, timeout, failures }
    }

    fn group_autoscaling(
        &mut self,
        path: &[&str],
        form: &ServersForm,
    ) -> Option<Box<dyn Autoscaling>> {
        let AutoscalingChoice(mut policy) = form.autoscaling.clone()?;
        let place = [path, &["autoscaling"]].concat();
        if let Err(error) = policy.prepare(self.base) {
            self.parameter_error(&place, &error);
            return Some(policy);
        }
        let (least, most) = policy.bounds();
        self.expect(
            policy.follows_clock() || (least..=most).contains(&form.servers),
            &[path, &["servers"]].concat(),
            &format!("{} servers at the start are not between {least} and {most}", form.servers),
            "write as many as `autoscaling` allows, or change its `min` or `max`",
        );
        let first = policy.clone().at_start(form.servers);
        if first != form.servers {
            self.warning(
                &[path, &["servers"]].concat(),
                format!("`servers` is not used: `autoscaling` has {first} at the start"),
                format!("write `servers = {first}`"),
            );
        }
        Some(policy)
    }

    /// Warns of keys that matter only where servers come and go.
    pub(super) fn warn_of_idle_keys(&mut self, path: &[&str], form: &ServersForm) {
        let keys = [
            ("boot", form.boot.is_some()),
            ("health_check", form.health_check.is_some()),
            ("replace", form.replace.is_some()),
            ("zones", !form.zones.is_empty()),
            ("deregistration_delay", !self.lacks(path, "deregistration_delay")),
        ];
        for (key, given) in keys {
            if given && !self.come_and_go(path[1], form) {
                self.warning(
                    &[path, &[key]].concat(),
                    format!("`{key}` is not used: these servers are always there"),
                    "add a `[fault.NAME]` that names the platform, `autoscaling`, a release `in-place` or `immutable`, or the `ageing` of a service, or leave it out",
                );
            }
        }
    }
}
