//! What the world asks of a cluster. Its instances are its pods.

use super::{ClusterFigures, Orchestrator, Watched};
use crate::kernel::{Arena, Span, Time};
use crate::model::{ApplicationId, Attempt};
use crate::platform::Platform;
use crate::platform::fleet::{FleetFigures, Period};
use crate::pricing::{Lease, Meter, Metering, Usage};
use crate::stats::Level;

impl Platform for Orchestrator {
    fn restart(&mut self, now: Time) {
        self.figures.restart(now);
        self.of_cluster.restart(now);
        self.waiting.restart(now);
        self.leases.restart(now);
        self.begun = 0;
        self.balanced = self.balanced.map(|_| 0);
        if let Some(meter) = &mut self.meter {
            meter.restart(now);
        }
    }

    fn begun(&self) -> u64 {
        self.begun
    }

    fn waiting(&self) -> &Level {
        &self.waiting
    }

    fn alone(&self, attempt: &Attempt) -> Option<Span> {
        Some(self.computes_alone(attempt))
    }

    fn figures(&self) -> Option<&FleetFigures> {
        Some(&self.figures)
    }

    fn cluster(&self) -> Option<&ClusterFigures> {
        Some(&self.of_cluster)
    }

    fn oom_kills(&self) -> Option<u64> {
        self.of_cluster.counts_memory.then_some(self.of_cluster.oom_kills)
    }

    fn watched(&self) -> Option<Watched> {
        self.all_watched()
    }

    fn gpu_fragmentation(&self) -> Option<f64> {
        self.fragmentation.as_ref().map(|fragmentation| fragmentation.total(&self.cluster))
    }

    fn orchestrator(&mut self) -> Option<&mut Orchestrator> {
        Some(self)
    }

    fn count(&mut self, rules: Metering) {
        self.meter = Some(Box::new(Meter::new(rules, self.spec.pods.len())));
    }

    fn count_leases(&mut self, lease: Lease) {
        self.leases.count(lease);
    }

    fn tell_usage(&self, usage: &mut Usage, now: Time) {
        self.leases.tell(usage, now);
        if let Some(balanced) = self.balanced {
            usage.balanced = balanced;
        }
        let Some(meter) = &self.meter else { return };
        let mut meter = meter.as_ref().clone();
        for (pod, row) in self.rows.iter() {
            if self.cluster.pod(pod).node.is_some() {
                let mut account = row.account;
                meter.served(&mut account, row.application, Some(Span::ZERO), (row.started, now));
                meter.end(&mut account, row.application, now, now);
            }
        }
        meter.tell(usage, now);
    }

    fn keep_periods(&mut self) {
        self.keeps_periods = true;
    }

    fn take_periods(&mut self) -> Vec<Period> {
        std::mem::take(&mut self.periods)
    }

    fn open_periods(&self, now: Time) -> Vec<Period> {
        let running = |(pod, row): (super::PodId, &super::Row)| {
            Some(row.period(self.cluster.pod(pod).node?, now))
        };
        self.rows.iter().filter_map(running).collect()
    }

    fn balances(&self) -> bool {
        true
    }

    fn endpoints(&self, application: ApplicationId) -> u32 {
        let deployment = self.deployments[application.index()].as_ref();
        deployment.map_or(0, |deployment| deployment.endpoints.len() as u32)
    }

    /// Pods are on their way out, jobs start, nodes may come, go or come back, a rollout has another step, or a new version comes beside
    /// the old one.
    fn is_moving(&self, _now: Time) -> bool {
        self.is_any_changing()
            || self.provisioning.as_ref().is_some_and(|all| all.is_moving())
            || !self.is_led() && self.will_be_led()
            || self.is_rolling()
            || self.is_bringing_up()
            || self.rows.iter().any(|(_, row)| row.is_moving())
    }

    fn check(&self, attempts: &Arena<Attempt>) {
        self.check_pods(attempts);
    }
}
