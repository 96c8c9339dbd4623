//! Disruption budgets: how many pods may be evicted now.
//!
//! A budget counts pods that are ready, whoever asks: a node autoscaler that wants a node to go, a drain, or the scheduler, which keeps
//! to it only as far as it can (`pkg/controller/disruption/disruption.go`, `currentHealthy` and `desiredHealthy`).

use super::Orchestrator;
use super::pods::Work;
use super::spec::{BudgetSpec, Event, PodId};
use crate::kernel::{Agenda, Time};
use crate::model::ApplicationId;
use crate::platform::Context;
use crate::policy::orchestration::kubernetes::preemption::Budget;

impl Orchestrator {
    /// How many pods there shall be of a service, which the newest of its versions tells for all of them.
    fn wanted_of(&self, application: u32) -> u64 {
        let application = ApplicationId::new(application);
        if self.newest_of(application) != application {
            return 0;
        }
        self.pods_of_service(application).1.into()
    }

    /// How many pods a budget keeps running.
    fn kept_by(&self, budget: &BudgetSpec) -> u64 {
        budget.keeps.of(budget.applications.iter().map(|&number| self.wanted_of(number)).sum())
    }

    /// How many pods of an application are ready and stay; a job is as soon as it runs.
    pub(super) fn healthy(&self, application: ApplicationId, now: Time) -> u64 {
        let Some(of) = &self.deployments[application.index()] else {
            return self.staying[application.index()];
        };
        of.pods.iter().filter(|pod| self.ready_since(**pod) <= now).count() as u64
    }

    /// How many pods of a budget are ready, and how many it keeps.
    fn healthy_and_kept(&self, budget: &BudgetSpec, now: Time) -> [u64; 2] {
        let of = budget.applications.iter().map(|&number| ApplicationId::new(number));
        [of.map(|of| self.healthy(of, now)).sum(), self.kept_by(budget)]
    }

    /// How many pods each budget still allows to be evicted.
    pub(super) fn budgets(&self, now: Time) -> Vec<Budget> {
        let budget = |spec: &BudgetSpec| {
            let [healthy, kept] = self.healthy_and_kept(spec, now);
            Budget {
                namespace: spec.namespace,
                selector: spec.selector.clone(),
                allowed: healthy.saturating_sub(kept).try_into().unwrap_or(i64::MAX),
                disrupted: Vec::new(),
            }
        };
        self.spec.budgets.iter().map(budget).collect()
    }

    /// Whether its budgets let a replica be evicted now: more are ready than they keep, or just as many and it is not one of them
    /// (`unhealthyPodEvictionPolicy` of `IfHealthyBudget`, the default). One whose containers have not begun yet may always go
    /// (`canIgnorePDB`, of pods that are `Pending`).
    pub(super) fn budgets_let_go(&self, pod: PodId, now: Time) -> bool {
        let Some(row) = self.rows.get(pod) else { return true };
        if matches!(&row.work, Work::Replica(of) if of.containers.began > now) {
            return true;
        }
        let is_spare = u64::from(self.ready_since(pod) > now);
        self.spec.budgets.iter().all(|budget| {
            let is_meant = budget.applications.contains(&row.application.number());
            let [healthy, kept] = self.healthy_and_kept(budget, now);
            !is_meant || healthy + is_spare > kept
        })
    }

    /// A replica of an application is ready that was not: its budgets may let nodes go.
    pub(super) fn more_are_healthy<A: Agenda<Event>>(
        &mut self,
        application: ApplicationId,
        ctx: &mut Context<'_, A>,
    ) {
        let mut budgets = self.spec.budgets.iter();
        if budgets.any(|budget| budget.applications.contains(&application.number())) {
            self.nodes_may_go(ctx);
        }
    }
}
