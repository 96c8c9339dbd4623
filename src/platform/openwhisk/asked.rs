//! What the world asks of a platform of OpenWhisk, and what always holds on it.

use super::Openwhisk;
use crate::kernel::{Arena, Time};
use crate::model::{Attempt, Stage};
use crate::platform::quota::Quotas;
use crate::platform::{Platform, tells_of_fleet};

impl Platform for Openwhisk {
    fn restart(&mut self, now: Time) {
        self.fleet.restart(now);
        self.waiting.restart(now);
        self.begun = 0;
    }

    tells_of_fleet!();

    /// A container starts or resumes, one is idle and will go, an invoker comes back, or stem cells go.
    fn is_moving(&self, now: Time) -> bool {
        self.fleet.figures.starting.value() > 0
            || self.fleet.has_window(now)
            || self.fleet.is_host_returning()
            || self.has_stem_cells_to_spare()
    }

    fn check(&self, attempts: &Arena<Attempt>) {
        self.fleet.check();
        let here = attempts.iter().filter(|attempt| {
            attempt.platform == self.number
                && matches!(attempt.stage, Stage::Waiting | Stage::Serving | Stage::Calling)
        });
        let (mut present, mut waiting, mut serving, mut memory) = (0, 0, 0, 0);
        for attempt in here {
            present += 1;
            waiting += u64::from(attempt.stage == Stage::Waiting);
            serving += usize::from(attempt.stage == Stage::Serving);
            memory += i128::from(self.memory(attempt.application).get());
        }
        assert_eq!(waiting, self.waiting.value(), "waiting requests");
        if self.fleet.shares_cpu() {
            assert_eq!(serving, self.fleet.computing(), "requests that compute");
        }
        let sent = self.routes.iter().flatten().count();
        assert_eq!(present, sent, "requests that were sent");
        let [host] = &self.spec.fleet.hosts[..] else { unreachable!("invokers are of one make") };
        assert_eq!(memory, self.balancer.sent(host.memory), "slots that are taken");
        let buffered: usize = self.invokers.iter().map(|invoker| invoker.buffer.living()).sum();
        assert!(buffered as u64 <= waiting, "{buffered} in buffers");
        if !self.quotas.is_empty() {
            let active: u64 = self.quotas.iter().map(Quotas::active).sum();
            assert_eq!(present as u64, active, "requests within the quotas");
        }
    }
}
