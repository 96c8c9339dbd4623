//! Platforms.

use std::collections::BTreeSet;

use super::super::schema::Platform;
use super::Compiler;
use super::applications::Applications;
use crate::model::PlatformNumber;
use crate::pricing::sheet::{Billed, BilledServers};
use crate::world::{PlatformKind, PlatformSpec};

impl<'a> Compiler<'a> {
    /// The platforms that a service runs on, in the order of their numbers. A file may hold others to
    /// choose from, which cost nothing.
    pub(super) fn used_platforms(&self) -> impl Iterator<Item = &'a String> + use<'a> {
        let services = &self.scenario.service;
        let used: BTreeSet<&str> =
            services.values().map(|service| service.platform.as_str()).collect();
        self.scenario.platform.keys().filter(move |name| used.contains(name.as_str()))
    }

    /// The platforms that are used; the others are looked through for what is wrong with them.
    pub(super) fn platforms(&mut self, mut applications: Applications<'a>) -> Vec<PlatformSpec> {
        let used: Vec<&String> = self.used_platforms().collect();
        let mut specs = Vec::new();
        for (name, platform) in &self.scenario.platform {
            let path = ["platform", name.as_str()];
            let (kind, tariffs) = match platform {
                Platform::Servers(form) => {
                    let machine = form.machine.map(|name| name.0);
                    let come_and_go = self.come_and_go(name, form);
                    let servers = Some(BilledServers { count: form.servers, machine, come_and_go });
                    let billed = Billed { servers, ..Billed::default() };
                    let tariffs = self.tariffs(&path, form.price.as_ref(), &billed, "servers");
                    self.warn_of_idle_keys(&path, form);
                    (PlatformKind::Servers(self.servers(&path, form)), tariffs)
                }
                Platform::Faas(form) => {
                    let deployments = applications.take_deployments(name);
                    self.functions(&path, form, applications.take(name), deployments)
                }
                Platform::Fn(form) => self.fn_project(&path, form, applications.take(name)),
                Platform::Openwhisk(form) => self.openwhisk(&path, form, applications.take(name)),
                Platform::PiCloud(form) => self.picloud(&path, form, applications.take_jobs(name)),
                Platform::Orchestrator(form) => {
                    let drafts = applications.take_drafts(name);
                    let (kind, tariffs) = self.orchestrator(&path, form, &drafts);
                    self.warn_of_unused_by_cluster(&path, &kind);
                    (kind, tariffs)
                }
            };
            if used.contains(&name) {
                specs.push(PlatformSpec { name: name.clone(), kind, tariffs });
            }
        }
        if specs.len() > usize::from(PlatformNumber::MAX) {
            self.error(&["platform"], "there are more than 65535 platforms");
        }
        specs
    }
}
