//! How what serves a service wears out: it ages, and uses more and more memory.

use super::super::schema::{AgeingForm, MemoryForm, PodForm, Service};
use super::Compiler;
use crate::kernel::Span;
use crate::model::{Ageing, MemoryUse, Wear};
use crate::quantity::{Bytes, Percentage};

/// What serves requests lives for as long at least with the first of them, or a run would do nothing but start it again. A guess.
const SHORTEST: Span = Span::from_millis(1);

/// What memory is used by a form, of this limit.
fn memory_use(form: MemoryForm, limit: Option<Bytes>) -> MemoryUse {
    MemoryUse {
        limit,
        base: form.base,
        per_request: form.per_request,
        leak: form.leak,
        leak_per_request: form.leak_per_request,
    }
}

impl Compiler<'_> {
    /// How instances of what stands at `path` wear out, which may use so much memory.
    pub(super) fn wear(
        &mut self,
        path: &[&str],
        (ageing, memory): (Option<AgeingForm>, Option<MemoryForm>),
        limit: Bytes,
    ) -> Wear {
        let memory = memory.map(|form| memory_use(form, Some(limit)));
        if let Some(memory) = &memory {
            self.check_first_request(
                &[path, &["memory_use"]].concat(),
                memory,
                "give it more `memory`, or write less for `base` and `per_request`",
            );
        }
        Wear { ageing: self.ageing(path, ageing), memory }
    }

    /// How the processes of a service wear out on servers of which each has so much memory for it.
    pub(super) fn wear_on_servers(&mut self, name: &str, service: &Service) -> Wear {
        let path = ["service", name];
        let memory = service.memory.as_ref().map(|memory| *memory.member(0));
        self.expect(
            service.memory_use.is_none() || memory.is_some(),
            &path,
            "a server is killed when a service uses more memory than it may, and it does not say how much that is",
            "add the most that it may use on a server, as in `memory = \"2GiB\"`",
        );
        self.wear(&path, (service.ageing, service.memory_use), memory.unwrap_or(Bytes::MAX))
    }

    /// How requests to what stands at `path` take longer.
    pub(super) fn ageing(&mut self, path: &[&str], form: Option<AgeingForm>) -> Option<Ageing> {
        let AgeingForm { after, slower, slower_per_request } = form?;
        let path = [path, &["ageing"]].concat();
        self.expect(
            slower.is_some() || slower_per_request > Percentage::ZERO,
            &path,
            "nothing is said of how requests become slower",
            "write it by time, as in `slower = \"10%/h\"`, or by request, as in `slower_per_request = \"0.1%\"`",
        );
        self.expect(
            slower.is_some() || self.lacks(&path, "after"),
            &[&path[..], &["after"]].concat(),
            "it is by time that requests become slower `after` an age, and nothing does here",
            "write by how much, as in `slower = \"10%/h\"`, or leave it out",
        );
        Some(Ageing { after, slower, slower_per_request })
    }

    /// What memory replicas of a service use and how much they may, if that is counted.
    pub(super) fn pod_memory(
        &mut self,
        name: &str,
        service: &Service,
        pod: &PodForm,
    ) -> Option<MemoryUse> {
        let form = service.used_memory();
        if pod.memory_limit.is_some() && form.is_none() {
            self.warning(
                &["service", name, "pod", "memory_limit"],
                "`memory_limit` changes nothing alone",
                "write what a replica uses, too, in `memory_use`",
            );
        }
        self.expect(
            service.memory_use.is_none() || pod.memory_use.is_none(),
            &["service", name, "memory_use"],
            "`memory_use` stands here and in the `pod` of the service",
            "leave one of them out",
        );
        form.map(|form| memory_use(form, pod.memory_limit))
    }

    /// That a replica is not over its limit at once.
    pub(super) fn check_first_of_pod(&mut self, name: &str, service: &Service, memory: &MemoryUse) {
        let pod = service.pod.as_ref();
        let own = pod.is_some_and(|pod| pod.memory_limit == memory.limit);
        let path = match (own, service.memory_use) {
            (true, _) => &["service", name, "pod", "memory_limit"][..],
            (false, Some(_)) => &["service", name, "memory_use"],
            (false, None) => &["service", name, "pod", "memory_use"],
        };
        let help = if own {
            "write a higher limit, or less for `base` and `per_request` of `memory_use`"
        } else {
            "give the service more `memory`, which is all that its machine has, or write less for `base` and `per_request`"
        };
        self.check_first_request(path, memory, help);
    }

    fn check_first_request(&mut self, path: &[&str], memory: &MemoryUse, help: &str) {
        let first = memory.base.get().saturating_add(memory.per_request.get());
        let what = if path.contains(&"pod") { "a replica" } else { "what serves it" };
        let lives = |limit: Bytes| {
            let left = limit.get().checked_sub(first).map(Bytes::new);
            let until = |left| memory.leak.map_or(Span::MAX, |leak| leak.exceeds(left));
            left.is_some_and(|left| until(left) >= SHORTEST)
        };
        self.expect(
            memory.limit.is_none_or(lives),
            path,
            &format!("{what} is over its limit with its first request"),
            help,
        );
    }

    /// Whether servers wear out by a service on them, or by a version of one. A release that is not enabled counts, too, so that with and
    /// without it they are the same.
    pub(super) fn is_worn_out(&self, platform: &str) -> bool {
        let here = |service: &Service| service.platform == platform;
        let wears = |service: &Service| service.ageing.is_some() || service.memory_use.is_some();
        self.scenario.service.values().any(|service| here(service) && wears(service))
            || self.scenario.release.values().any(|release| {
                let service = self.scenario.service.get(&release.service);
                release.version.wears_out && service.is_some_and(here)
            })
    }
}
