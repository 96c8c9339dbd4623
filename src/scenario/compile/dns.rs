//! Services whose names resolve to the addresses of their replicas.

use super::super::schema::{PodForm, Service};
use super::Compiler;
use crate::kernel::Span;

impl Compiler<'_> {
    /// That such a service says nothing of what is behind a virtual IP.
    pub(super) fn check_dns(&mut self, name: &str, form: &PodForm) {
        let given = [
            ("balance", form.balance.is_some()),
            ("exposure", form.exposure.is_some()),
            ("session_affinity", form.session_affinity),
        ];
        for (key, given) in given {
            self.expect(
                form.dns.is_none() || !given,
                &["service", name, "pod", key],
                "the name of the service resolves to its replicas: no virtual IP, published port or load balancer is before them",
                &format!("leave out either `{key}` or `dns`"),
            );
        }
    }
}

/// Whether each caller of a service keeps the address that it has resolved.
pub(super) fn keeps_addresses(service: &Service) -> bool {
    let dns = service.pod.as_ref().and_then(|form| form.dns);
    service.has_replicas() && dns.is_some_and(|dns| dns.cache > Span::ZERO)
}
