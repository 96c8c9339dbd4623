//! `PiCloud`: its cores, and the jobs of services.

use super::super::schema::{Account, CoreTypeForm, PiCloudForm, Platform, RealtimeForm, Service};
use super::Compiler;
use super::applications::Applications;
use crate::kernel::Span;
use crate::model::{ApplicationId, CoreTypeId, Stretch};
use crate::platform::picloud::{CoreTypeSpec, FunctionSpec, GroupSpec, PiCloudSpec, RealtimeSpec};
use crate::policy::MOST;
use crate::policy::capacity::{Capacity, CapacityChoice, HourAhead};
use crate::pricing::Tariff;
use crate::pricing::sheet::{Application, Billed, Instances, TypedCores};
use crate::quantity::{Bytes, Millicpu};
use crate::variate::Distribution;
use crate::world::PlatformKind;

/// More cores than this of a machine are taken for a slip.
const MOST_CORES: u32 = 1024;

/// A shorter lease is taken for a slip: each is an event.
const LEAST_LEASE: Span = Span::from_secs(1);

/// The jobs on a platform.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    groups: Vec<GroupSpec>,
    functions: Vec<FunctionSpec>,
}

impl Jobs {
    /// Adds so many functions of a group, and gives their numbers.
    pub(super) fn add(
        &mut self,
        group: GroupSpec,
        count: u32,
        max_runtime: Span,
    ) -> Vec<ApplicationId> {
        let known = self.groups.iter().position(|other| *other == group);
        let number = known.unwrap_or_else(|| {
            self.groups.push(group);
            self.groups.len() - 1
        });
        let first = self.functions.len();
        let function = FunctionSpec { group: number as u32, max_runtime };
        self.functions.extend((0..count).map(|_| function));
        (first..self.functions.len()).map(ApplicationId::from_index).collect()
    }
}

impl<'a> Compiler<'a> {
    /// The platform of kind `picloud` that a service runs on, if it does.
    pub(super) fn picloud_of(&self, service: &Service) -> Option<&'a PiCloudForm> {
        match self.scenario.platform.get(&service.platform)? {
            Platform::PiCloud(form) => Some(form),
            _ => None,
        }
    }

    /// The type of core with this name, which stands at `path`.
    fn core_type<'f>(
        &mut self,
        path: &[&str],
        form: &'f PiCloudForm,
        name: Option<&String>,
    ) -> Option<(CoreTypeId, &'f CoreTypeForm)> {
        let wanted = name.or(form.core_type.as_ref())?;
        let found = form.core_types.iter().enumerate().find(|(_, (name, _))| *name == wanted);
        if found.is_none() && name.is_some() {
            let known: Vec<&str> = form.core_types.keys().map(String::as_str).collect();
            self.unknown(path, "type of core", wanted, &known);
        }
        found.map(|(number, (_, core_type))| (CoreTypeId::from_index(number), core_type))
    }

    /// The members of a service as jobs.
    pub(super) fn jobs(
        &mut self,
        name: &str,
        service: &Service,
        form: &PiCloudForm,
        applications: &mut Applications<'_>,
    ) {
        let path = ["service", name, "core_type"];
        let found = self.core_type(&path, form, service.core_type.as_ref());
        let cores = service.cores.unwrap_or(1);
        if let Some((_, core_type)) = found
            && !core_type.cores.contains(&cores)
        {
            let allowed: Vec<String> = core_type.cores.iter().map(ToString::to_string).collect();
            let of = service.core_type.as_ref().or(form.core_type.as_ref());
            let of = of.map_or("", String::as_str);
            let place = if service.cores.is_some() { "cores" } else { "core_type" };
            self.error_with(
                &["service", name, place],
                format!("a job cannot take {cores} cores of type `{of}`"),
                format!("`cores` is one of {}", allowed.join(", ")),
            );
        }
        let written = |key: &&str| self.root.at(&["service", name, key]).is_some();
        let key = ["max_runtime"].into_iter().find(written).unwrap_or("timeout");
        self.expect(
            service.timeout.is_none_or(|most| {
                most > Span::ZERO && most.as_nanos().is_multiple_of(60_000_000_000)
            }),
            &["service", name, key],
            "a longest runtime is in whole minutes",
            "write \"1m\" or more, or leave it out for no bound",
        );
        let core_type = found.map_or(CoreTypeId::new(0), |(id, _)| id);
        let group = GroupSpec { core_type, account: applications.account_of(name), cores };
        let count = self.families[name].count;
        let most = service.timeout.unwrap_or(Span::MAX);
        applications.add_jobs((name, &service.platform), group, (count, most));
    }

    /// By member: by how much its demands take longer on its cores.
    pub(super) fn typed_stretches(
        &self,
        name: &str,
        service: &Service,
        form: &PiCloudForm,
    ) -> Vec<Stretch> {
        let wanted = service.core_type.as_ref().or(form.core_type.as_ref());
        let wanted = wanted.and_then(|name| form.core_types.get(name));
        let units = wanted.map_or(1.0, |core_type| core_type.units);
        let cores = service.cores.unwrap_or(1);
        let stretch = |member: usize| {
            let threads = service.threads.as_ref().map_or(1, |many| *many.member(member));
            let share = service.cpu_share.as_ref().map_or(1.0, |many| many.member(member).get());
            Stretch::of_share(units * f64::from(threads.clamp(1, cores.max(1))), share)
        };
        (0..self.families[name].count as usize).map(stretch).collect()
    }

    /// A platform of kind `picloud`, and what it charges.
    pub(super) fn picloud(
        &mut self,
        path: &[&str],
        form: &PiCloudForm,
        Jobs { groups, functions }: Jobs,
    ) -> (PlatformKind, Vec<Tariff>) {
        self.expect(
            !form.core_types.is_empty(),
            path,
            "there is no type of core",
            "add one, as in `core_types.c1 = { units = 1, memory = \"300MB\", cores = [1], \
             node = { cores = 20, memory = \"7GiB\" } }`",
        );
        for (name, core_type) in &form.core_types {
            self.check_core_type(&[path, &["core_types", name]].concat(), core_type);
        }
        let core_type_path = [path, &["core_type"]].concat();
        let _ = self.core_type(&core_type_path, form, form.core_type.as_ref());
        self.expect(
            form.lease >= LEAST_LEASE,
            &[path, &["lease"]].concat(),
            "a node is paid for a second at least",
            "write for how long it is paid at once, as in \"1h\"",
        );
        let realtime = self.realtime(path, form);
        let core_types = form.core_types.iter().map(|(name, form)| CoreTypeSpec {
            name: name.clone(),
            memory: form.memory,
            node_cores: form.node.cores,
            node_memory: form.node.memory,
        });
        let mut start = |key: &str, start: &Option<Distribution>| {
            start.as_ref().and_then(|start| self.variate(&[path, &[key]].concat(), start))
        };
        let (boot, spawn) = (start("boot", &form.boot), start("spawn", &form.spawn));
        let spec = PiCloudSpec {
            core_types: core_types.collect(),
            groups,
            functions,
            realtime,
            boot,
            spawn,
            lease: form.lease,
            capacity: self.capacity(&[path, &["capacity"]].concat(), form),
        };
        let tariffs = self.tariffs(path, form.price.as_ref(), &billed(&spec), "picloud");
        (PlatformKind::PiCloud(spec), tariffs)
    }

    fn check_core_type(&mut self, path: &[&str], form: &CoreTypeForm) {
        self.expect(
            form.units.is_finite() && (1e-6..=1e6).contains(&form.units),
            &[path, &["units"]].concat(),
            "the compute units of a core are between 0.000001 and 1000000",
            "1.0 serves a second of demand in a second, 2.5 in 400 ms",
        );
        self.expect(
            (1..=MOST_CORES).contains(&form.node.cores),
            &[path, &["node", "cores"]].concat(),
            "a machine has between 1 and 1024 cores",
            "write how many jobs of one core run on it at once",
        );
        self.expect(
            !form.cores.is_empty() && form.cores.iter().all(|n| (1..=form.node.cores).contains(n)),
            &[path, &["cores"]].concat(),
            "a job takes between one core and all those of a machine",
            "write how many it may take, as in `cores = [1, 2, 4]`",
        );
        let needed = u128::from(form.memory.get()) * u128::from(form.node.cores);
        self.expect(
            needed <= u128::from(form.node.memory.get()),
            &[path, &["node", "memory"]].concat(),
            "the machine has less memory than its cores together",
            "give it more memory or fewer cores",
        );
    }

    fn realtime(&mut self, path: &[&str], form: &PiCloudForm) -> Vec<RealtimeSpec> {
        let mut specs: Vec<RealtimeSpec> = Vec::new();
        for (number, entry) in form.realtime.iter().enumerate() {
            let number = number.to_string();
            let path = [path, &["realtime", &number]].concat();
            let of_type = [&path[..], &["core_type"]].concat();
            let core_type = self.core_type(&of_type, form, entry.core_type.as_ref());
            let account = self.account_with_cores(&path, entry);
            self.expect(
                (1..=MOST).contains(&entry.cores),
                &[&path[..], &["cores"]].concat(),
                "reserved are between one core and 1000000",
                "write how many, or leave the entry out",
            );
            let (Some((core_type, _)), Some(account)) = (core_type, account) else { continue };
            if specs.iter().any(|of| of.core_type == core_type && of.account == account) {
                self.error_with(
                    &path,
                    "the account has reserved cores of this type already",
                    "write how many they are together",
                );
            }
            specs.push(RealtimeSpec { core_type, account, cores: entry.cores });
        }
        specs
    }

    /// The number of the account that has reserved cores.
    fn account_with_cores(&mut self, path: &[&str], entry: &RealtimeForm) -> Option<u32> {
        let Some(name) = &entry.account else { return Some(0) };
        let of_account = [path, &["account"]].concat();
        let Some(account) = self.scenario.account.get(name) else {
            let known: Vec<&str> = self.scenario.account.keys().map(String::as_str).collect();
            self.unknown(&of_account, "account", name, &known);
            return None;
        };
        let platform = path[1];
        // Accounts are numbered on each platform in order of their names, from 1 on.
        let here = |account: &Account| {
            account.services.iter().any(|name| {
                let service = self.scenario.service.get(name);
                service.is_some_and(|service| service.platform == platform)
            })
        };
        if !here(account) {
            // On a platform that is there to choose instead nothing runs.
            if self.used_platforms().any(|used| used == platform) {
                self.error_with(
                    &of_account,
                    format!("no service of account `{name}` runs on `{platform}`"),
                    "name an account whose jobs can use the cores",
                );
            }
            return None;
        }
        let before = self.scenario.account.iter().take_while(|(other, _)| *other != name);
        Some(1 + before.filter(|(_, account)| here(account)).count() as u32)
    }

    fn capacity(&mut self, path: &[&str], form: &PiCloudForm) -> Box<dyn Capacity> {
        let default = || CapacityChoice(Box::new(HourAhead::default()));
        let CapacityChoice(mut policy) = form.capacity.clone().unwrap_or_else(default);
        if let Err(error) = policy.prepare(self.base) {
            self.parameter_error(path, &error);
        }
        policy
    }
}

/// The platform as price sheets see it: a kind of process for each group, on cores that are not
/// reserved and on those that are.
fn billed(spec: &PiCloudSpec) -> Billed {
    let application = |(group, reserved): (&GroupSpec, bool)| {
        let core_type = &spec.core_types[group.core_type.index()];
        Application {
            name: core_type.name.clone(),
            memory: Bytes::new(core_type.memory.get() * u64::from(group.cores)),
            cpu: Millicpu::new(1000 * u64::from(group.cores)),
            provisioned: false,
            snapshot: false,
            cores: Some(TypedCores {
                core_type: core_type.name.clone(),
                count: group.cores,
                reserved,
            }),
        }
    };
    let kinds = spec.groups.iter().flat_map(|group| [(group, false), (group, true)]);
    let kinds = kinds.filter(|_| !spec.core_types.is_empty());
    Billed {
        instances: Some(Instances {
            concurrency: 1,
            applications: kinds.map(application).collect(),
        }),
        core_types: spec.core_types.iter().map(|of| of.name.clone()).collect(),
        reserved_cores: spec.realtime.iter().map(|of| u64::from(of.cores)).sum(),
        ..Billed::default()
    }
}
