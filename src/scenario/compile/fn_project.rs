//! Platforms of the Fn project.

use super::super::schema::{FnForm, Hosts, PlacerForm};
use super::Compiler;
use super::applications::Inhabitants;
use super::prices::billed_application;
use crate::kernel::Span;
use crate::platform::fleet::{
    ApplicationSpec, CpuShare, FleetSpec, HostSpec, PauseSpec, WhichIdle, WindowFrom,
};
use crate::platform::fn_project::{FnSpec, Placing, available};
use crate::policy::eviction::Lru;
use crate::policy::keep_alive::Fixed;
use crate::policy::placement::FirstFit;
use crate::pricing::Tariff;
use crate::pricing::sheet::{Billed, Instances, Make};
use crate::quantity::{Bytes, Millicpu};
use crate::world::PlatformKind;

/// How long a runner remembers a function that nobody waits for, at least; twice the idle timeout is as much as it needs
/// (Fn project, commit 00525289: `agent.go`, `config.go`).
const LAUNCHER_TIMEOUT: Span = Span::from_secs(3600);

impl Compiler<'_> {
    /// A platform of the Fn project, with the functions that run on it; and what it charges.
    pub(super) fn fn_project(
        &mut self,
        path: &[&str],
        form: &FnForm,
        (mut applications, accounts): Inhabitants,
    ) -> (PlatformKind, Vec<Tariff>) {
        self.check_fn(path, form);
        for (name, quota) in &accounts {
            if quota.concurrency.is_some() || quota.requests_per_minute.is_some() {
                self.warning(
                    &["account", name],
                    format!("the quota of `{name}` is not kept on `{}`: Fn has none", path[1]),
                    "leave it out",
                );
            }
        }
        for application in &mut applications {
            application.max_instances = None;
        }
        let spec = FnSpec {
            fleet: FleetSpec {
                faults: self.host_faults(path[1]),
                cpu_shares: applications.iter().map(cpu_share).collect(),
                ..fleet(form)
            },
            placing: match form.placer {
                PlacerForm::Ch => Placing::Ch,
                PlacerForm::Jump => Placing::Jump,
                PlacerForm::Naive => Placing::Naive,
            },
            retry_delay: form.retry_delay,
            placer_timeout: form.placer_timeout,
            hot_poll: form.hot_poll,
            launcher_timeout: LAUNCHER_TIMEOUT.max(form.idle_timeout * 2),
            cold_start: self.phase(path, "cold_start", form.cold_start.as_ref()),
            resume: self.phase(path, "resume", form.resume.as_ref()),
        };
        let instances = Instances {
            concurrency: 1,
            applications: applications.iter().map(billed_application).collect(),
        };
        let machine = |hosts: &Hosts| Make {
            count: hosts.count,
            machine: hosts.machine.map(|name| name.0),
            ..Make::default()
        };
        let billed = Billed {
            instances: Some(instances),
            hosts: form.hosts.iter().map(machine).collect(),
            ..Billed::default()
        };
        let tariffs = self.tariffs(path, form.price.as_ref(), &billed, "fn");
        (PlatformKind::Fn(spec, applications), tariffs)
    }

    /// That somebody can be served.
    fn check_fn(&mut self, path: &[&str], form: &FnForm) {
        self.expect(
            !form.hosts.is_empty(),
            &[path, &["hosts"]].concat(),
            "a platform has at least one runner",
            "write them, as in `hosts = [{ count = 3, cpu = 4, memory = \"16GiB\" }]`",
        );
        self.check_hosts(path, &form.hosts);
        for (number, hosts) in form.hosts.iter().enumerate() {
            if hosts.memory().is_some_and(|memory| available(memory) == Bytes::ZERO) {
                self.error_with(
                    &[path, &["hosts", &number.to_string(), "memory"]].concat(),
                    "a runner keeps 256MiB for itself, so that functions have nothing".to_owned(),
                    "give it more memory",
                );
            }
        }
        let spans = [
            ("timeout", form.timeout),
            ("max_duration", form.max_duration),
            ("retry_delay", form.retry_delay),
            ("placer_timeout", form.placer_timeout),
            ("hot_poll", form.hot_poll),
        ];
        for (key, span) in spans {
            self.positive(&[path, &[key]].concat(), Some(span));
        }
    }
}

/// What containers can have of the CPU of a runner: all the same, and no more than `cpu` says, which is their quota under the Linux
/// scheduler (Fn project: `drivers/docker/cookie.go`, `configureCPU`, which sets no shares).
fn cpu_share(application: &ApplicationSpec) -> CpuShare {
    CpuShare { weight: 1, most: Some(application.cpu).filter(|cpu| *cpu > Millicpu::ZERO) }
}

/// Containers, and runners as hosts with what functions can have of them.
fn fleet(form: &FnForm) -> FleetSpec {
    let host = |hosts: &Hosts| HostSpec {
        count: hosts.count,
        cpu: hosts.cpu().unwrap_or_default(),
        memory: available(hosts.memory().unwrap_or_default()),
    };
    FleetSpec {
        concurrency: 1,
        max_instances: None,
        which_idle: WhichIdle::MostRecent,
        by_host: true,
        provisioned_ramp: None,
        max_lifetime: None,
        keep_alive: Box::new(Fixed { window: form.idle_timeout }),
        pause: Some(PauseSpec { grace: form.pause_grace, window: WindowFrom::Idle }),
        // The platform has a rule of its own for what goes, and asks the runners itself.
        eviction: Box::new(Lru {}),
        placement: Box::new(FirstFit::default()),
        hosts: form.hosts.iter().map(host).collect(),
        cpu_shares: Vec::new(),
        faults: Vec::new(),
    }
}
