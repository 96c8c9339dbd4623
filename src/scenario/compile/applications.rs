//! Applications: which services share instances on which platform.

use std::collections::BTreeMap;

use super::super::OneOrMany;
use super::super::schema::{Application, Service};
use super::accounts::Accounts;
use super::cold_start::Deployment;
use super::cores::cpu_use;
use super::picloud::Jobs;
use super::pods::Draft;
use super::room::Room;
use super::{Compiler, traced};
use crate::kernel::Span;
use crate::model::{ApplicationId, Wear};
use crate::platform::QuotaSpec;
use crate::platform::fleet::ApplicationSpec;
use crate::platform::picloud::GroupSpec;
use crate::quantity::{Bytes, Millicpu};

/// All applications.
pub(super) struct Applications<'a> {
    accounts: Accounts<'a>,
    /// By platform: the applications on it.
    platforms: BTreeMap<String, Vec<ApplicationSpec>>,
    /// By platform of kind `picloud`: the jobs on it.
    jobs: BTreeMap<String, Jobs>,
    /// By cluster: the services whose members run as pods on it.
    drafts: BTreeMap<String, Vec<Draft<'a>>>,
    /// By platform: what the instances of each application start.
    deployments: BTreeMap<String, Vec<Deployment<'a>>>,
    /// By service: the application of each member.
    members: BTreeMap<String, Vec<ApplicationId>>,
}

/// Applications on a platform, and names and quotas of their accounts from number 1 on.
pub(super) type Inhabitants = (Vec<ApplicationSpec>, Vec<(String, QuotaSpec)>);

impl<'a> Applications<'a> {
    /// The applications on a platform, and names and quotas of their accounts from number 1 on.
    pub(super) fn take(&mut self, platform: &str) -> Inhabitants {
        let applications = self.platforms.remove(platform).unwrap_or_default();
        (applications, self.accounts.take(platform))
    }

    /// The jobs on a platform of kind `picloud`.
    pub(super) fn take_jobs(&mut self, platform: &str) -> Jobs {
        self.jobs.remove(platform).unwrap_or_default()
    }

    /// The services whose members run as pods on a cluster.
    pub(super) fn take_drafts(&mut self, platform: &str) -> Vec<Draft<'a>> {
        self.drafts.remove(platform).unwrap_or_default()
    }

    /// Adds the members of a service to the pods on its cluster.
    fn add_pods(&mut self, draft: Draft<'a>) {
        let (name, service, count) = draft;
        let drafts = self.drafts.entry(service.platform.clone()).or_default();
        let first: u32 = drafts.iter().map(|(.., count)| count).sum();
        drafts.push(draft);
        let ids = (first..first + count).map(ApplicationId::new).collect();
        self.members.insert(name.to_owned(), ids);
    }

    /// The number of a service's account on its platform.
    pub(super) fn account_of(&self, service: &str) -> u32 {
        self.accounts.of(service)
    }

    /// Adds the members of a service to the jobs on its platform.
    pub(super) fn add_jobs(
        &mut self,
        (name, platform): (&str, &str),
        group: GroupSpec,
        (count, max_runtime): (u32, Span),
    ) {
        let jobs = self.jobs.entry(platform.to_owned()).or_default();
        let ids = jobs.add(group, count, max_runtime);
        self.members.insert(name.to_owned(), ids);
    }

    /// What the instances of each application on a platform start.
    pub(super) fn take_deployments(&mut self, platform: &str) -> Vec<Deployment<'a>> {
        self.deployments.remove(platform).unwrap_or_default()
    }

    /// By member of a service: its application; empty on a platform without instances.
    pub(super) fn of(&self, service: &str) -> &[ApplicationId] {
        self.members.get(service).map_or(&[], Vec::as_slice)
    }

    /// The first application of the service that `version` is one of; `None` of the service itself.
    fn first_of_older(&self, service: &str, version: &str) -> Option<ApplicationId> {
        self.of(service).iter().min().copied().filter(|_| service != version)
    }

    /// The memory of an instance of each member of a service; empty on a platform without instances.
    pub(super) fn memory(&self, service: &str, platform: &str) -> Vec<Bytes> {
        let on_platform = self.platforms.get(platform).map_or(&[][..], Vec::as_slice);
        let memory = |id: &ApplicationId| on_platform.get(id.index()).map(|spec| spec.memory);
        self.of(service).iter().filter_map(memory).collect()
    }

    fn add(
        &mut self,
        platform: &str,
        application: ApplicationSpec,
        deployment: Deployment<'a>,
    ) -> ApplicationId {
        self.deployments.entry(platform.to_owned()).or_default().push(deployment);
        let applications = self.platforms.entry(platform.to_owned()).or_default();
        applications.push(application);
        ApplicationId::from_index(applications.len() - 1)
    }
}

/// The value of a member, if the key is given.
pub(super) fn nth<T: Copy>(values: Option<&OneOrMany<T>>, index: usize) -> Option<T> {
    values.map(|many| *many.member(index))
}

impl<'a> Compiler<'a> {
    pub(super) fn applications(&mut self) -> Applications<'a> {
        let mut applications = Applications {
            accounts: self.accounts(),
            platforms: BTreeMap::new(),
            jobs: BTreeMap::new(),
            drafts: BTreeMap::new(),
            deployments: BTreeMap::new(),
            members: BTreeMap::new(),
        };
        for (name, service) in &self.scenario.service {
            self.check_cycles(name, service);
            if let Some(form) = self.picloud_of(service) {
                self.jobs(name, service, form, &mut applications);
            }
            if self.orchestrator_of(service).is_some() {
                applications.add_pods((name, service, self.families[name.as_str()].count));
            }
            let Some(room) = self.room_of(service) else { continue };
            if self.scenario.application.values().any(|group| group.services.contains(name)) {
                continue;
            }
            self.own_applications(name, service, &room, &mut applications);
        }
        self.shared_applications(&mut applications);
        applications
    }

    /// Each member of a service is an application of its own, or the trace says which it is.
    fn own_applications(
        &mut self,
        name: &'a str,
        service: &'a Service,
        room: &Room<'_>,
        applications: &mut Applications<'a>,
    ) {
        let own = service.provisioned_concurrency.as_ref();
        let provisioned = self.provisioned(&["service", name], room, own);
        let timeout = self.timeout(&["service", name], room, service.timeout);
        let count = self.families[name].count as usize;
        let trace = self.template_of(name).map(|(_, loaded)| loaded);
        let of_trace = trace.and_then(|loaded| loaded.applications.clone());
        let default_memory = room.memory.default_size();
        let own_memory = nth(service.memory.as_ref(), 0);
        let traced_memory =
            trace.and_then(|loaded| traced::memory(loaded, own_memory, default_memory));
        let memory = |number: usize| match &traced_memory {
            Some(memory) => memory[number],
            None => nth(service.memory.as_ref(), number).unwrap_or(default_memory),
        };
        // Of the service of which it is a version: the first of its applications, which follow each other as these do.
        let first = applications.first_of_older(self.asked(name), name);
        let spec = |number: usize| ApplicationSpec {
            name: if count == 1 { name.to_owned() } else { format!("{name}.{number}") },
            memory: memory(number),
            cpu: nth(service.cpu.as_ref(), number).unwrap_or(Millicpu::ZERO),
            cpu_use: cpu_use(service, number, room, memory(number)),
            max_instances: nth(service.max_instances.as_ref(), number),
            runtime: service.runtime.clone(),
            provisioned: provisioned.clone(),
            timeout,
            wear: Wear::default(),
            version_of: first.map(|first| ApplicationId::from_index(first.index() + number)),
            account: applications.accounts.of(name),
            reserved_concurrency: nth(service.reserved_concurrency.as_ref(), number),
        };
        let names = match &of_trace {
            Some(of_trace) => of_trace.iter().max().map_or(0, |last| *last as usize + 1),
            None => count,
        };
        let mut specs: Vec<_> = (0..names).map(spec).collect();
        let worn = (service.ageing, service.memory_use);
        let least = specs.iter().map(|spec| spec.memory).min();
        let wear = self.wear(&["service", name], worn, least.unwrap_or(Bytes::MAX));
        for spec in &mut specs {
            spec.wear = wear.limited_to(spec.memory);
        }
        if traced_memory.is_none() {
            let sizes = service.memory.as_ref().map_or(1, |sizes| sizes.values().len());
            for (number, spec) in specs.iter().enumerate().take(sizes) {
                let number = number.to_string();
                let list = ["service", name, "memory", &number];
                let listed = self.root.at(&list).is_some();
                self.check_memory(&list[..if listed { 4 } else { 3 }], room.memory, spec.memory);
            }
        }
        let too_large = specs.iter().find(|spec| !room.fits(spec)).cloned();
        let deployment = Deployment::of_service(name, service);
        let add = |spec| applications.add(&service.platform, spec, deployment);
        let ids: Vec<_> = specs.into_iter().map(add).collect();
        let members = match of_trace {
            Some(of_trace) => of_trace.iter().map(|number| ids[*number as usize]).collect(),
            None => ids,
        };
        applications.members.insert(name.to_owned(), members);
        if let Some(spec) = too_large {
            self.too_large(&["service", name, "memory"], &spec, &service.platform);
        }
    }

    /// The applications that the file names.
    fn shared_applications(&mut self, applications: &mut Applications<'a>) {
        let mut ids: BTreeMap<&str, ApplicationId> = BTreeMap::new();
        for (name, group) in &self.scenario.application {
            self.expect(
                !group.services.is_empty(),
                &["application", name, "services"],
                "an application has at least one service",
                "write which services share its instances, as in `services = [\"a\", \"b\"]`",
            );
            let mut home: Option<(&str, ApplicationId, u32)> = None;
            for (number, service_name) in group.services.iter().enumerate() {
                let number = number.to_string();
                let path = ["application", name.as_str(), "services", number.as_str()];
                if !self.is_version(name) && self.names_version(&path, service_name) {
                    continue;
                }
                let Some(service) = self.scenario.service.get(service_name) else {
                    let known = self.service_names();
                    self.unknown(&path, "service", service_name, &known);
                    continue;
                };
                let Some(room) = self.room_of(service) else {
                    self.error_with(
                        &path,
                        format!("service `{service_name}` runs on a platform without instances"),
                        "only services on a platform such as `faas` can share instances",
                    );
                    continue;
                };
                if applications.members.contains_key(service_name) {
                    self.error(&path, format!("`{service_name}` is in an application already"));
                    continue;
                }
                let account = applications.accounts.of(service_name);
                let (platform, id, of_first) = *home.get_or_insert_with(|| {
                    let version_of = ids.get(self.asked(name)).copied();
                    let own = self.shared(name, group, &room, account);
                    let spec = ApplicationSpec { version_of, ..own };
                    if !room.fits(&spec) {
                        self.too_large(&["application", name, "memory"], &spec, &service.platform);
                    }
                    let deployment = Deployment::of_application(name, group);
                    let id = applications.add(&service.platform, spec, deployment);
                    ids.insert(name.as_str(), id);
                    self.warn_of_unused_by_group(name, group, &service.platform);
                    (&service.platform, id, account)
                });
                if platform != service.platform {
                    self.error_with(
                        &path,
                        format!("`{service_name}` runs on `{}`", service.platform),
                        format!("the other services of `{name}` run on `{platform}`"),
                    );
                }
                self.expect(
                    account == of_first,
                    &path,
                    "services that share instances share an account",
                    "name all of them in the same `[account]`, or none",
                );
                self.warn_of_own_room(service_name, service, name);
                let count = self.families[service_name.as_str()].count as usize;
                applications.members.insert(service_name.clone(), vec![id; count]);
            }
        }
    }

    /// An application that the file names, on a platform of this form.
    fn shared(
        &mut self,
        name: &str,
        group: &Application,
        room: &Room<'_>,
        account: u32,
    ) -> ApplicationSpec {
        let path = ["application", name];
        let own = group.provisioned_concurrency.as_ref();
        let mut spec = ApplicationSpec {
            name: name.to_owned(),
            memory: group.memory.unwrap_or(room.memory.default_size()),
            cpu: group.cpu.unwrap_or(Millicpu::ZERO),
            cpu_use: self.cpu_use_of(group, room),
            max_instances: group.max_instances,
            runtime: group.runtime.clone(),
            provisioned: self.provisioned(&path, room, own),
            timeout: self.timeout(&path, room, group.timeout),
            wear: Wear::default(),
            version_of: None,
            account,
            reserved_concurrency: group.reserved_concurrency,
        };
        spec.wear = self.wear(&path, (group.ageing, group.memory_use), spec.memory);
        self.check_memory(&["application", name, "memory"], room.memory, spec.memory);
        spec
    }

    fn warn_of_own_room(&mut self, service_name: &str, service: &Service, application: &str) {
        let given = [
            ("memory", service.memory.is_some()),
            ("ageing", service.ageing.is_some()),
            ("memory_use", service.memory_use.is_some()),
            ("cpu", service.cpu.is_some()),
            ("max_instances", service.max_instances.is_some()),
            ("provisioned_concurrency", service.provisioned_concurrency.is_some()),
            ("timeout", service.timeout.is_some()),
            ("reserved_concurrency", service.reserved_concurrency.is_some()),
        ];
        let given = given.into_iter().filter(|(_, given)| *given).map(|(key, _)| key);
        for key in given.chain(Deployment::of_service(service_name, service).given()) {
            self.warning(
                &["service", service_name, key],
                format!("`{key}` is not used: the instances are those of `{application}`"),
                format!("write it under `[application.{application}]`"),
            );
        }
    }
}
