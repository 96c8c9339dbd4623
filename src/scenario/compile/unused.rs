//! Keys that a platform does not look at.

use std::mem::discriminant;

use super::super::schema::{Platform, Service};
use super::Compiler;

impl Compiler<'_> {
    /// Warns of what the platform of a service does not look at, unless the file holds one of another
    /// kind to choose instead.
    pub(super) fn warn_of_unused(&mut self, name: &str, service: &Service) {
        let Some(platform) = self.scenario.platform.get(&service.platform) else { return };
        let used: Vec<&String> = self.used_platforms().collect();
        let mut others = self.scenario.platform.iter().filter(|(name, _)| !used.contains(name));
        if others.any(|(_, other)| discriminant(other) != discriminant(platform)) {
            return;
        }
        let given = [
            ("memory", service.memory.is_some()),
            ("cpu", service.cpu.is_some()),
            ("runtime", service.runtime.is_some()),
            ("cold_demand", service.cold_demand.is_some()),
            ("max_instances", service.max_instances.is_some()),
            ("reserved_concurrency", service.reserved_concurrency.is_some()),
            ("threads", service.threads.is_some()),
            ("cpu_share", service.cpu_share.is_some()),
        ];
        let (unused, why, help): (&[&str], _, _) = match platform {
            Platform::Servers(_) => (
                &given.map(|(key, _)| key),
                "a platform of servers",
                "leave it out, or let the service run on a platform with instances",
            ),
            Platform::Faas(_) => {
                (&["runtime"], "a platform where all runtimes are alike", "leave it out")
            }
            Platform::Openwhisk(_) => (
                &["cpu", "max_instances", "reserved_concurrency", "threads", "cpu_share"],
                "OpenWhisk, which has no such thing",
                "leave it out",
            ),
        };
        for (key, _) in given.into_iter().filter(|(key, given)| *given && unused.contains(key)) {
            self.warning(
                &["service", name, key],
                format!("`{key}` is not used: `{}` is {why}", service.platform),
                help,
            );
        }
    }
}
