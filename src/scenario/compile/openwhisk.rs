//! Platforms of Apache OpenWhisk.

use super::super::schema::{OpenwhiskForm, ReactiveForm, StemCellsForm};
use super::Compiler;
use super::applications::Inhabitants;
use super::prices::billed_application;
use crate::kernel::Span;
use crate::model::{ApplicationId, Wear};
use crate::platform::QuotaSpec;
use crate::platform::fleet::{
    ApplicationSpec, CpuShare, FleetSpec, HostSpec, PauseSpec, WhichIdle, WindowFrom,
};
use crate::platform::openwhisk::{OpenwhiskSpec, Reactive, StemCells};
use crate::policy::eviction::Lru;
use crate::policy::keep_alive::Fixed;
use crate::policy::placement::FirstFit;
use crate::policy::timetable::Provisioned;
use crate::pricing::Tariff;
use crate::pricing::sheet::{Billed, Instances, Make};
use crate::quantity::{Bytes, Millicpu};
use crate::variate::{Distribution, Variate};
use crate::world::PlatformKind;

/// The namespace of services that no account names: that of OpenWhisk's own guest.
const GUEST: &str = "guest";

impl Compiler<'_> {
    /// A platform of OpenWhisk, with the actions that run on it and the quotas of their namespaces;
    /// and what it charges.
    pub(super) fn openwhisk(
        &mut self,
        path: &[&str],
        form: &OpenwhiskForm,
        (mut applications, accounts): Inhabitants,
    ) -> (PlatformKind, Vec<Tariff>) {
        self.check_openwhisk(path, form, &applications);
        for application in &mut applications {
            application.cpu = Millicpu::ZERO;
            application.max_instances = None;
            application.reserved_concurrency = None;
        }
        let stem_cells = add_stem_cells(form, &mut applications);
        let (namespaces, accounts) = namespaces(form, accounts);
        let spec = OpenwhiskSpec {
            fleet: FleetSpec {
                faults: self.host_faults(path[1]),
                cpu_shares: cpu_shares(form, &applications),
                ..fleet(form)
            },
            controllers: form.controllers,
            managed_fraction: form.managed_fraction.get(),
            blackbox_fraction: form.blackbox_fraction.get(),
            create: self.phase(path, "create", form.create.as_ref()),
            init: self.phase(path, "init", form.init.as_ref()),
            resume: self.phase(path, "resume", form.resume.as_ref()),
            stem_cells,
            namespaces,
            accounts,
        };
        let instances = Instances {
            concurrency: 1,
            applications: applications.iter().map(billed_application).collect(),
        };
        let billed = Billed {
            instances: Some(instances),
            hosts: vec![Make {
                count: form.invokers,
                machine: form.machine.map(|name| name.0),
                ..Make::default()
            }],
            ..Billed::default()
        };
        let tariffs = self.tariffs(path, form.price.as_ref(), &billed, "openwhisk");
        (PlatformKind::Openwhisk(spec, applications), tariffs)
    }

    /// How long a phase of a start takes.
    pub(super) fn phase(
        &mut self,
        path: &[&str],
        key: &str,
        given: Option<&Distribution>,
    ) -> Option<Variate> {
        given.and_then(|distribution| self.variate(&[path, &[key]].concat(), distribution))
    }

    /// That somebody can be served.
    fn check_openwhisk(
        &mut self,
        path: &[&str],
        form: &OpenwhiskForm,
        applications: &[ApplicationSpec],
    ) {
        // Both bounds are guesses: more than any deployment that is known has, and few enough to be simulated.
        let counts = [("invokers", form.invokers, 10_000), ("controllers", form.controllers, 100)];
        for (key, count, most) in counts {
            self.expect(
                (1..=most).contains(&count),
                &[path, &[key]].concat(),
                &format!("there are 1 to {most} `{key}`"),
                "write how many there are",
            );
        }
        self.expect(
            form.cpu.is_none_or(|cpu| cpu > Millicpu::ZERO),
            &[path, &["cpu"]].concat(),
            "an invoker has some CPU",
            "write its cores, as in `cpu = 4`, or leave it out",
        );
        for (key, span) in [("timeout", form.timeout), ("max_duration", form.max_duration)] {
            self.positive(&[path, &[key]].concat(), Some(span));
        }
        self.check_quota(
            &[path, &["quota"]].concat(),
            form.quota.concurrency,
            form.quota.requests_per_minute,
        );
        for (number, cells) in form.stem_cells.iter().enumerate() {
            let number = number.to_string();
            self.check_stem_cells(&[path, &["stem_cells", &number]].concat(), form, cells);
        }
        let held = form.stem_cells.iter().fold(0_u64, |held, cells| {
            let least = cells.reactive.map_or(cells.initial, |rule| rule.least);
            held.saturating_add(cells.memory.get().saturating_mul(least.into()))
        });
        let largest = applications.iter().max_by_key(|application| application.memory);
        let Some(largest) = largest.filter(|spec| spec.memory <= form.user_memory) else { return };
        let left = Bytes::new(form.user_memory.get().saturating_sub(held));
        if left < largest.memory {
            self.error_with(
                &[path, &["stem_cells"]].concat(),
                format!(
                    "the stem cells of an invoker leave {left} of its {}, too little for an \
                     instance of `{}` with {}",
                    form.user_memory, largest.name, largest.memory
                ),
                "give it more `user_memory`, or fewer stem cells",
            );
        }
    }

    /// That an invoker has room for its stem cells of one kind, as far as the file says how many they are.
    fn check_stem_cells(&mut self, path: &[&str], form: &OpenwhiskForm, cells: &StemCellsForm) {
        self.check_memory(&[path, &["memory"]].concat(), &form.memory, cells.memory);
        let room = form.user_memory.get() / cells.memory.get().max(1);
        let mut counts = vec![(vec!["initial"], cells.initial)];
        if let Some(rule) = &cells.reactive {
            self.check_reactive(&[path, &["reactive"]].concat(), rule);
            counts.push((vec!["reactive", "most"], rule.most));
        }
        for (key, count) in counts {
            self.expect(
                u64::from(count) <= room,
                &[path, &key].concat(),
                &format!(
                    "an invoker of {} has room for {room} stem cells of {}, not for {count}",
                    form.user_memory, cells.memory
                ),
                "write fewer, or give it more `user_memory`",
            );
        }
    }

    fn check_reactive(&mut self, path: &[&str], rule: &ReactiveForm) {
        self.expect(
            rule.least <= rule.most,
            &[path, &["most"]].concat(),
            "the most stem cells are fewer than the least",
            "write at least as many as `least`",
        );
        self.expect(
            rule.threshold > 0,
            &[path, &["threshold"]].concat(),
            "stem cells follow at least one cold start",
            "write 1 to let every cold start count",
        );
    }
}

/// Names and quotas of namespaces by account: that of the guest first. An account that says nothing
/// has what the platform gives to each.
fn namespaces(
    form: &OpenwhiskForm,
    accounts: Vec<(String, QuotaSpec)>,
) -> (Vec<String>, Vec<QuotaSpec>) {
    let (concurrency, requests_per_minute) =
        (form.quota.concurrency, form.quota.requests_per_minute);
    let guest = (GUEST.to_owned(), QuotaSpec { concurrency, requests_per_minute });
    let others = accounts.into_iter().map(|(name, own)| {
        let quota = QuotaSpec {
            concurrency: own.concurrency.or(concurrency),
            requests_per_minute: own.requests_per_minute.or(requests_per_minute),
        };
        (name, quota)
    });
    std::iter::once(guest).chain(others).unzip()
}

/// Containers, and invokers as hosts.
fn fleet(form: &OpenwhiskForm) -> FleetSpec {
    let invokers = HostSpec {
        count: form.invokers,
        cpu: form.cpu().unwrap_or(Millicpu::ZERO),
        memory: form.user_memory,
    };
    FleetSpec {
        provisioned_ramp: None,
        max_lifetime: None,
        concurrency: 1,
        max_instances: None,
        which_idle: WhichIdle::LeastRecent,
        by_host: true,
        keep_alive: Box::new(Fixed { window: form.idle_container }),
        pause: Some(PauseSpec { grace: form.pause_grace, window: WindowFrom::Paused }),
        // The platform has a rule of its own for what goes, and chooses the invoker itself.
        eviction: Box::new(Lru {}),
        placement: Box::new(FirstFit::default()),
        hosts: vec![invokers],
        cpu_shares: Vec::new(),
        faults: Vec::new(),
    }
}

/// What containers can have of the CPU of an invoker: shares of Docker, 1,024 over how many such containers its memory holds, a
/// whole number, and at least 2 (`ContainerFactory.scala`, `cpuShare`; the divisor is one of whole numbers there). Nobody is held
/// back while there is enough.
fn cpu_shares(form: &OpenwhiskForm, applications: &[ApplicationSpec]) -> Vec<CpuShare> {
    let share = |application: &ApplicationSpec| {
        let many = form.user_memory.get() / application.memory.get().max(1);
        CpuShare { weight: (1024 / many.max(1)).max(2), most: None }
    };
    let known = form.cpu().is_some();
    applications.iter().filter(|_| known).map(share).collect()
}

/// The stem cells, each kind with an application that they are instances of until they are taken.
fn add_stem_cells(form: &OpenwhiskForm, applications: &mut Vec<ApplicationSpec>) -> Vec<StemCells> {
    let mut kinds = Vec::new();
    for cells in &form.stem_cells {
        kinds.push(StemCells {
            application: ApplicationId::from_index(applications.len()),
            runtime: cells.runtime.clone(),
            initial: cells.initial,
            reactive: cells.reactive.map(|rule| Reactive {
                least: rule.least,
                most: rule.most,
                ttl: rule.ttl,
                threshold: rule.threshold,
                increment: rule.increment,
            }),
        });
        applications.push(ApplicationSpec {
            provisioned: Provisioned::default(),
            timeout: Span::MAX,
            wear: Wear::default(),
            name: format!("stem cell {} {}", cells.runtime, cells.memory),
            memory: cells.memory,
            cpu: Millicpu::ZERO,
            cpu_use: 0.0,
            max_instances: None,
            runtime: Some(cells.runtime.clone()),
            version_of: None,
            account: 0,
            reserved_concurrency: None,
        });
    }
    kinds
}
