//! How many replicas of a service there shall be.

use super::super::schema::{AutoscalingForm, OrchestratorForm, Service};
use super::Compiler;
use super::replicas::MOST_REPLICAS;
use crate::platform::orchestrator::AutoscalingSpec;
use crate::policy::orchestration::kubernetes::autoscaling::Bounds;
use crate::policy::replica_autoscaling::{
    Horizontal, MOST_UTILISATION, ReplicaAutoscalingPolicy, Target,
};
use crate::quantity::{Millicpu, Rate};

impl Compiler<'_> {
    /// How many replicas there shall be, if that changes; `replicas` is what the service says.
    pub(super) fn autoscaling(
        &mut self,
        (name, service): (&str, &Service),
        platform: &OrchestratorForm,
        replicas: u32,
    ) -> Option<AutoscalingSpec> {
        let form = service.autoscaling.as_ref()?;
        let own = form.autoscaler.as_ref();
        let mut autoscaler: Box<dyn ReplicaAutoscalingPolicy> =
            match own.or(platform.autoscaler.as_ref()) {
                Some(choice) => choice.0.clone(),
                None => Box::new(Horizontal::default()),
            };
        if let Err(error) = autoscaler.prepare(self.base) {
            let path = match own {
                Some(_) => vec!["service", name, "autoscaling", "autoscaler"],
                None => vec!["platform", &service.platform, "autoscaler"],
            };
            self.parameter_error(&path, &error);
            return None;
        }
        let bounds = match autoscaler.own_bounds() {
            Some(bounds) => {
                self.check_no_target(name, form);
                bounds
            }
            None => self.bounds_of_targets(name, service, form),
        };
        let (least, most) = bounds;
        let percent = |share: f64| libm::round(share * 100.0) as i64;
        let target = Target {
            bounds: Bounds { least: least.into(), most: most.into() },
            cpu_percentage: form.cpu_utilisation.map(percent),
            memory_percentage: form.memory_utilisation.map(percent),
            requests: form.requests_per_replica.map(thousandths),
        };
        let first = autoscaler.start(target).first(replicas);
        self.expect(
            autoscaler.own_bounds().is_none() || (least..=most).contains(&first),
            &["service", name, "replicas"],
            &format!("{first} replicas at the start are not between {least} and {most}"),
            "write as many as `autoscaling` allows, or change its `min` or `max`",
        );
        if first != replicas && !self.is_version(name) {
            self.warning(
                &["service", name, "replicas"],
                format!("`replicas` is not used: `autoscaling` has {first} at the start"),
                format!("write `replicas = {first}`"),
            );
        }
        Some(AutoscalingSpec { autoscaler, target })
    }

    /// That nothing is said beside an autoscaler that says itself how many there are.
    fn check_no_target(&mut self, name: &str, form: &AutoscalingForm) {
        for (key, given) in [
            ("min_replicas", form.min_replicas.is_some()),
            ("max_replicas", form.max_replicas.is_some()),
            ("cpu_utilisation", form.cpu_utilisation.is_some()),
            ("memory_utilisation", form.memory_utilisation.is_some()),
            ("requests_per_replica", form.requests_per_replica.is_some()),
        ] {
            self.expect(
                !given,
                &["service", name, "autoscaling", key],
                "this autoscaler says itself how many replicas there are, and follows no target",
                "leave it out, and write `min` and `max` among the parameters of the autoscaler",
            );
        }
    }

    /// How many there are at least and at most, and that there is something to go by.
    fn bounds_of_targets(
        &mut self,
        name: &str,
        service: &Service,
        form: &AutoscalingForm,
    ) -> (u32, u32) {
        let path = ["service", name, "autoscaling"];
        let (least, most) = (form.min_replicas.unwrap_or(1), form.max_replicas.unwrap_or(0));
        self.expect(
            form.max_replicas.is_some() || !self.lacks(&path, "max_replicas"),
            &path,
            "nothing says how many replicas there are at most",
            "add it, as in `max_replicas = 10`",
        );
        self.expect(
            form.max_replicas.is_none() || (1..=most).contains(&least) && most <= MOST_REPLICAS,
            &path,
            "there is at least one replica, no more at least than at most, and at most 100000",
            "as in `{ min_replicas = 2, max_replicas = 10, cpu_utilisation = 0.6 }`",
        );
        let (cpu, memory) = (form.cpu_utilisation, form.memory_utilisation);
        let (rate, lacks) = (form.requests_per_replica, self.lacks(&path, "cpu_utilisation"));
        self.expect(
            cpu.is_some() || memory.is_some() || rate.is_some() || !lacks,
            &path,
            "nothing says what replicas shall use or get",
            "add `cpu_utilisation`, `memory_utilisation` or `requests_per_replica`, as in `cpu_utilisation = 0.6`",
        );
        self.expect(
            rate.is_none_or(|rate| thousandths(rate) > 0),
            &["service", name, "autoscaling", "requests_per_replica"],
            "a replica gets a thousandth of a request a second or more",
            "write how many it shall get, as in \"50/s\"",
        );
        self.check_utilisation((name, "cpu_utilisation", "cpu"), cpu);
        self.check_utilisation((name, "memory_utilisation", "memory"), memory);
        let asks = |some: Option<bool>| some.unwrap_or(false);
        let cpus = service.cpu.as_ref();
        let asks_cpu = asks(cpus.map(|cpu| cpu.values().iter().all(|cpu| *cpu > Millicpu::ZERO)));
        self.expect(
            cpu.is_none() || asks_cpu,
            &path,
            "utilisation is measured against the `cpu` that a replica asks for, and it asks for none",
            "add it to the service, as in `cpu = \"500m\"`",
        );
        let uses = service.used_memory().is_some();
        self.expect(
            memory.is_none() || service.memory.is_some() && uses,
            &path,
            "utilisation is measured against the `memory` that a replica asks for, and needs to know what it uses",
            "add `memory = \"512MiB\"` to the service, and `memory_use = { base = \"200MiB\" }` to its `pod`",
        );
        (least, most.max(least))
    }

    /// That a utilisation is a share, and not in percent.
    fn check_utilisation(&mut self, (name, key, what): (&str, &str, &str), share: Option<f64>) {
        let Some(share) = share else { return };
        let help = if share > MOST_UTILISATION && share <= 100.0 * MOST_UTILISATION {
            format!("did you mean {}?", share / 100.0)
        } else {
            "0.6 is 60 % of it".to_owned()
        };
        self.expect(
            (0.01..=MOST_UTILISATION).contains(&share),
            &["service", name, "autoscaling", key],
            &format!("the utilisation that is wanted is a share of the `{what}` that a replica asks for, 0.01 to 10"),
            &help,
        );
    }
}

/// A rate in thousandths of one a second.
fn thousandths(rate: Rate) -> i64 {
    libm::round(rate.per_sec() * 1000.0) as i64
}
