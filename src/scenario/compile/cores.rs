//! Cores of instances, and how much longer demands take on them.

use super::super::OneOrMany;
use super::super::schema::{Application, CoresForm, FaasForm, Service};
use super::Compiler;
use super::applications::Applications;
use super::room::Room;
use crate::model::Stretch;
use crate::quantity::Bytes;

/// The part of the CPU of its instance that a request of a member of a service uses on average while it is served: what it
/// computes over what it takes and over the cores that are there.
pub(super) fn cpu_use(service: &Service, member: usize, room: &Room<'_>, memory: Bytes) -> f64 {
    let cores = room.cores.map_or(1.0, |cores| cores.at(memory));
    let threads = service.threads.as_ref().map_or(1, |many| *many.member(member));
    let share = service.cpu_share.as_ref().map_or(1.0, |many| many.member(member).get());
    share / (share / cores.min(threads.max(1).into()) + (1.0 - share)) / cores
}

impl Compiler<'_> {
    /// The same of services that share instances: as if each of them had as many requests.
    pub(super) fn cpu_use_of(&self, group: &Application, room: &Room<'_>) -> f64 {
        let memory = group.memory.unwrap_or(room.memory.default_size());
        let services = group.services.iter().filter_map(|name| self.scenario.service.get(name));
        let uses: Vec<f64> = services.map(|service| cpu_use(service, 0, room, memory)).collect();
        uses.iter().sum::<f64>() / uses.len().max(1) as f64
    }

    /// That instances have cores, by rules that make sense.
    pub(super) fn check_cores(&mut self, path: &[&str], form: &FaasForm) {
        let path = [path, &["cores"]].concat();
        let right = |cores: f64| cores.is_finite() && (1e-6..=1e6).contains(&cores);
        match &form.cores {
            None => {}
            Some(CoresForm::Linear(linear)) => {
                let path = [&path[..], &["linear"]].concat();
                self.expect(
                    linear.memory_per_core > Bytes::ZERO,
                    &[&path[..], &["memory_per_core"]].concat(),
                    "a core comes with some memory",
                    "write how much, as in \"1769MiB\"",
                );
                self.expect(
                    linear.most.is_none_or(right),
                    &[&path[..], &["most"]].concat(),
                    "the cores of an instance are between 0.000001 and 1000000",
                    "write the most that it has, or leave it out for no bound",
                );
            }
            Some(CoresForm::Table(rows)) => {
                let path = [&path[..], &["table"]].concat();
                self.expect(
                    !rows.is_empty() && rows.windows(2).all(|pair| pair[0].0 < pair[1].0),
                    &path,
                    "the table needs a row, and its sizes must ascend",
                    "as in `[[\"128MiB\", 0.083], [\"2GiB\", 1]]`",
                );
                self.expect(
                    rows.iter().all(|(_, cores)| right(*cores)),
                    &path,
                    "the cores of an instance are between 0.000001 and 1000000",
                    "1 is a core that serves a second of demand in a second",
                );
            }
        }
    }

    /// By member of a service on a platform whose instances have cores by their memory: by how much
    /// its demands take longer there.
    pub(super) fn stretches(
        &mut self,
        name: &str,
        service: &Service,
        applications: &Applications<'_>,
    ) -> Vec<Stretch> {
        let threads = service.threads.as_ref().map_or(&[1][..], OneOrMany::values);
        self.expect(
            !threads.contains(&0),
            &["service", name, "threads"],
            "a demand uses at least one core",
            "write 1 for work that is done by one thread",
        );
        if let Some(form) = self.picloud_of(service) {
            return self.typed_stretches(name, service, form);
        }
        let Some(cores) = self.room_of(service).and_then(|room| room.cores) else {
            return Vec::new();
        };
        let memory = applications.memory(name, &service.platform);
        let of = |(member, memory): (usize, &Bytes)| {
            let threads = service.threads.as_ref().map_or(1, |many| *many.member(member));
            let share = service.cpu_share.as_ref().map_or(1.0, |many| many.member(member).get());
            Stretch::of_share(cores.at(*memory).min(threads.max(1).into()), share)
        };
        memory.iter().enumerate().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::load_text;

    /// On one core what is computed for a quarter of the time uses a quarter. Two threads on two of four cores compute a demand
    /// of which half is computed in 0.25 + 0.5 of its time, and use 0.5 / 0.75 of a core of four: a sixth.
    #[test]
    fn requests_use_what_they_compute() {
        let uses = |platform: &str, service: &str| {
            let text = format!(
                "horizon = '1h'\nclient.c = {{ service = 's', arrivals.poisson.rate = '1/s' }}\n\
                 service.s = {{ platform = 'p', demand.constant = '1s', memory = '1GiB', {service} }}\n\
                 platform.p = {{ kind = 'faas', {platform} }}\n"
            );
            let loaded = load_text("t.toml", &text, std::path::Path::new("."), "t", &[]);
            let loaded = loaded.unwrap_or_else(|error| panic!("{}", error.render(false)));
            let (_, applications) =
                loaded.specification.platforms[0].kind.fleet().expect("it is faas");
            applications[0].cpu_use
        };
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} is not {b}");
        close(uses("concurrency = 10", "cpu_share = 0.25"), 0.25);
        close(uses("concurrency = 10", "threads = 1"), 1.0);
        let four = "cores.linear = { memory_per_core = '256MiB' }";
        close(uses(four, "threads = 2, cpu_share = 0.5"), 1.0 / 6.0);
        close(uses(four, "threads = 8"), 1.0);
    }
}
