//! Platforms of functions.

use super::super::Value;
use super::super::schema::{BindingForm, FaasForm, Hosts, WhichIdleForm};
use super::Compiler;
use super::applications::Inhabitants;
use super::cold_start::Deployment;
use super::prices::billed_application;
use crate::kernel::Span;
use crate::platform::QuotaSpec;
use crate::platform::faas::{Binding, ColdStart, FaasSpec};
use crate::platform::fleet::{ApplicationSpec, FleetSpec, HostSpec, WhichIdle};
use crate::policy::MOST;
use crate::policy::eviction::Lru;
use crate::policy::keep_alive::{Infinite, KeepAlive, KeepAliveChoice};
use crate::policy::placement::FirstFit;
use crate::policy::scaling::{OnDemand, Scaling, ScalingChoice};
use crate::pricing::Tariff;
use crate::pricing::sheet::{Application, Billed, Instances, Make};
use crate::quantity::Rate;
use crate::world::PlatformKind;

impl Compiler<'_> {
    /// A platform of functions, with the applications that run on it, the quotas of accounts that
    /// they have there, and what their instances start; and what it charges.
    pub(super) fn functions(
        &mut self,
        path: &[&str],
        form: &FaasForm,
        (applications, accounts): Inhabitants,
        deployments: Vec<Deployment<'_>>,
    ) -> (PlatformKind, Vec<Tariff>) {
        let mut spec = self.faas(path, form);
        spec.fleet.faults = self.host_faults(path[1]);
        self.warn_of_provisions(path, form, &applications);
        let memory = applications.iter().map(|application| application.memory);
        let deployed: Vec<_> = memory.zip(deployments).collect();
        spec.cold_start = self.cold_start(path, form, &deployed);
        let of_others = QuotaSpec {
            concurrency: form.quota.concurrency,
            requests_per_minute: form.quota.requests_per_minute,
        };
        spec.accounts.push(of_others);
        spec.accounts.extend(accounts.into_iter().map(|(_, quota)| quota));
        let billed = |(spec, (_, deployment)): (_, &(_, Deployment<'_>))| Application {
            snapshot: deployment.restores(),
            ..billed_application(spec)
        };
        let instances = Instances {
            concurrency: form.concurrency,
            applications: applications.iter().zip(&deployed).map(billed).collect(),
        };
        if spec.cold_start.as_ref().is_some_and(ColdStart::is_phased)
            && !instances.applications.iter().any(|of| of.snapshot)
        {
            self.warn_of_snapstart(&[path, &["price"]].concat(), form);
        }
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
        let tariffs = self.tariffs(path, form.price.as_ref(), &billed, "faas");
        (PlatformKind::Faas(spec, applications), tariffs)
    }

    /// Snapshots that a sheet charges for are those that services start from.
    fn warn_of_snapstart(&mut self, path: &[&str], form: &FaasForm) {
        let sheets = form.price.as_ref().map_or(0, |price| price.values().len());
        let numbers: Vec<String> = (0..sheets).map(|number| number.to_string()).collect();
        let listed = numbers.iter().map(|number| [path, &[number.as_str()]].concat());
        for price in std::iter::once(path.to_vec()).chain(listed) {
            let place = [&price[..], &["aws-lambda", "snapstart"]].concat();
            let up =
                self.root.at(&place).is_some_and(|node| matches!(node.value, Value::Boolean(true)));
            if up {
                let message = "snapshots are charged, and no service starts from one";
                self.warning(&place, message, "leave it out, or say `snapshot` of services");
            }
        }
    }

    /// That somebody can be served: by instances, within quotas, on hosts.
    fn check_bounds(&mut self, path: &[&str], form: &FaasForm) {
        self.expect(
            form.concurrency > 0,
            &[path, &["concurrency"]].concat(),
            "an instance serves at least one request at once",
            "write 1 for one request an instance",
        );
        self.expect(
            form.max_instances != Some(0),
            &[path, &["max_instances"]].concat(),
            "with no instance nothing is ever served",
            "write at least 1, or leave it out for no bound",
        );
        self.check_quota(
            &[path, &["quota"]].concat(),
            form.quota.concurrency,
            form.quota.requests_per_minute,
        );
        self.positive(&[path, &["queue", "patience"]].concat(), form.queue.patience);
        self.positive(&[path, &["max_duration"]].concat(), form.max_duration);
        self.expect(
            form.provisioned_ramp != Some(Rate::ZERO),
            &[path, &["provisioned_ramp"]].concat(),
            "at this rate no provisioned instance but the first is ever started",
            "write how fast they start, as in \"500/min\", or leave it out for all at once",
        );
        if let Some(provisioned) = &form.provisioned_concurrency {
            self.check_provisioned(path, provisioned);
        }
        self.check_hosts(path, &form.hosts);
    }

    /// That as many instances of each application may be there as are provisioned, and of all together.
    fn warn_of_provisions(
        &mut self,
        path: &[&str],
        form: &FaasForm,
        applications: &[ApplicationSpec],
    ) {
        let mut told: Option<Vec<&str>> = None;
        for spec in applications {
            let concurrency = u64::from(form.concurrency.max(1));
            let most = |spec: &ApplicationSpec| u64::from(spec.provisioned.most());
            let (alone, name) = (most(spec), spec.name.as_str());
            // Those of the old version are there until the release is over.
            let both = alone + spec.version_of.map_or(0, |old| most(&applications[old.index()]));
            let reserved = spec.reserved_concurrency.map(|most| most.div_ceil(concurrency));
            let mut bounds = [
                ("max_instances", spec.max_instances, alone),
                ("reserved_concurrency", reserved, both),
            ]
            .into_iter();
            let Some((key, most, wanted)) = bounds.find_map(|(key, most, wanted)| {
                Some((key, most.filter(|most| *most < wanted)?, wanted))
            }) else {
                continue;
            };
            let place = self.place_of(path, name);
            let when =
                if wanted > alone { " while it is released, those of both versions" } else { "" };
            if told.as_ref() != Some(&place) {
                self.warning(
                    &place,
                    format!("{wanted} instances of `{name}` are provisioned{when}, of which its `{key}` lets {most} be there: what is more is charged in vain"),
                    format!("provision at most {most}, or raise `{key}`"),
                );
                told = Some(place);
            }
        }
        // A later version has its instances instead of those of the old one.
        let first = || applications.iter().filter(|spec| spec.version_of.is_none());
        let always = |spec: &&ApplicationSpec| !spec.provisioned.follows_clock();
        let most = |spec: &ApplicationSpec| u64::from(spec.provisioned.most());
        let all: u64 = first().filter(always).map(most).sum();
        let daily = first().filter(|spec| !always(spec)).map(most).max();
        let wanted = all + daily.unwrap_or(0);
        if let Some(most) = form.max_instances.filter(|most| *most < wanted) {
            self.warning(
                &[path, &["max_instances"]].concat(),
                format!("{wanted} instances are provisioned, and no more than {most} may be there: what is more is charged in vain"),
                "raise `max_instances`, or provision fewer",
            );
        }
    }

    /// Where the file says how many instances of an application are provisioned.
    fn place_of<'p>(&self, platform: &[&'p str], application: &'p str) -> Vec<&'p str> {
        // A member of a family, or one of several versions, is called as its service and a number.
        let service = application.rsplit_once('.').map_or(application, |(service, _)| service);
        let own = [["application", application], ["service", application], ["service", service]];
        let mut places =
            own.into_iter().map(|path| [&path[..], &["provisioned_concurrency"]].concat());
        let found = places.find(|place| self.root.at(place).is_some());
        found.unwrap_or_else(|| [platform, &["provisioned_concurrency"]].concat())
    }

    /// That there are hosts of each make, which have room.
    pub(super) fn check_hosts(&mut self, path: &[&str], makes: &[Hosts]) {
        let all: u64 = makes.iter().map(|hosts| u64::from(hosts.count)).sum();
        self.expect(
            all <= MOST.into(),
            &[path, &["hosts"]].concat(),
            "more than 1000000 hosts are taken for a slip",
            "write fewer, or leave `hosts` out where instances find room without limit",
        );
        for (number, hosts) in makes.iter().enumerate() {
            self.expect(
                hosts.count > 0,
                &[path, &["hosts", &number.to_string(), "count"]].concat(),
                "there is at least one host of a make",
                "write how many there are, or leave the entry out",
            );
            self.check_room(&[path, &["hosts", &number.to_string()]].concat(), hosts);
        }
    }

    fn faas(&mut self, path: &[&str], form: &FaasForm) -> FaasSpec {
        self.check_bounds(path, form);
        self.check_cores(path, form);
        let max_lifetime = form
            .max_lifetime
            .as_ref()
            .and_then(|lifetime| self.variate(&[path, &["max_lifetime"]].concat(), lifetime));
        let host = |hosts: &Hosts| HostSpec {
            count: hosts.count,
            cpu: hosts.cpu().unwrap_or_default(),
            memory: hosts.memory().unwrap_or_default(),
        };
        let keep_alive = self.keep_alive(&[path, &["keep_alive"]].concat(), form);
        FaasSpec {
            fleet: FleetSpec {
                cpu_shares: Vec::new(),
                concurrency: form.concurrency,
                max_instances: form.max_instances,
                provisioned_ramp: form.provisioned_ramp,
                max_lifetime,
                which_idle: match form.which_idle {
                    WhichIdleForm::Newest => WhichIdle::Newest,
                    WhichIdleForm::Oldest => WhichIdle::Oldest,
                    WhichIdleForm::MostRecent => WhichIdle::MostRecent,
                    WhichIdleForm::LeastRecent => WhichIdle::LeastRecent,
                },
                by_host: false,
                keep_alive,
                pause: None,
                eviction: form
                    .eviction
                    .clone()
                    .map_or_else(|| Box::new(Lru {}) as _, |choice| choice.0),
                placement: form
                    .placement
                    .clone()
                    .map_or_else(|| Box::new(FirstFit::default()) as _, |choice| choice.0),
                hosts: form.hosts.iter().map(host).collect(),
                faults: Vec::new(),
            },
            cold_start: None,
            binding: match form.binding {
                BindingForm::Late => Binding::Late,
                BindingForm::Early => Binding::Early,
            },
            scaling: self.scaling(&[path, &["scaling"]].concat(), form),
            accounts: Vec::new(),
            queue_limit: form.queue.limit,
            patience: form.queue.patience.unwrap_or(Span::MAX),
        }
    }

    fn scaling(&mut self, path: &[&str], form: &FaasForm) -> Box<dyn Scaling> {
        let Some(ScalingChoice(mut policy)) = form.scaling.clone() else {
            return Box::new(OnDemand {});
        };
        if let Err(error) = policy.prepare(self.base) {
            self.parameter_error(path, &error);
        }
        policy
    }

    fn keep_alive(&mut self, path: &[&str], form: &FaasForm) -> Box<dyn KeepAlive> {
        let Some(KeepAliveChoice(mut policy)) = form.keep_alive.clone() else {
            return Box::new(Infinite {});
        };
        if let Err(error) = policy.prepare(self.base) {
            self.parameter_error(path, &error);
        }
        policy
    }

    /// Hosts need CPU and memory, of their own or of their machine type.
    pub(super) fn check_room(&mut self, path: &[&str], hosts: &Hosts) {
        for (key, given) in [("cpu", hosts.cpu().is_some()), ("memory", hosts.memory().is_some())] {
            if !given && self.lacks(path, key) && self.lacks(path, "machine") {
                self.error_with(
                    path,
                    format!("missing key `{key}`"),
                    "write it, or which machine it is, as in `machine = \"m5.large\"`",
                );
            }
        }
    }
}
