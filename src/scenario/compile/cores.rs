//! Cores of instances, and how much longer demands take on them.

use super::super::OneOrMany;
use super::super::schema::{CoresForm, FaasForm, Service};
use super::Compiler;
use super::applications::Applications;
use crate::model::Stretch;
use crate::quantity::Bytes;

impl Compiler<'_> {
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
