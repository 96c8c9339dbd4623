//! Turns of pods at the scheduler: who looks for a node when, and who goes for whom.

use std::collections::BTreeSet;

use super::spec::{BudgetSpec, Event, PodId};
use super::{Left, Orchestrator};
use crate::kernel::Agenda;
use crate::platform::Context;
use crate::policy::orchestration::kubernetes::preemption::{Budget, Candidate, Finding};
use crate::policy::orchestration::kubernetes::{Failure, Outcome, Queued};

impl Orchestrator {
    /// Everybody looks who may find a node now: pods in the queue; those whom a node helps that a pod has
    /// left; those who wait for others to come.
    pub(super) fn settle<A: Agenda<Event>>(
        &mut self,
        left: Option<Left>,
        ctx: &mut Context<'_, A>,
    ) {
        // Who has waited for longer goes before who begins anew.
        if let Some(Left { node, seen }) = left {
            self.reserved_changed(node.index(), ctx);
            self.look_again(ctx, |all, pod| {
                seen || all.scheduler.may_help(&all.cluster, pod, node)
            });
        }
        self.turns(ctx);
        while std::mem::take(&mut self.came) && self.parked.sees() {
            self.look_again(ctx, |all, pod| all.parked.waits_for_others(pod));
            // Some may have been evicted for them, and others take their place.
            self.turns(ctx);
        }
    }

    /// A node is there again: all that have found none look again.
    pub(super) fn look_everywhere<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        self.look_again(ctx, |_, _| true);
        self.settle(None, ctx);
    }

    /// Pods in the queue have their turns, until nobody waits for one.
    pub(super) fn turns<A: Agenda<Event>>(&mut self, ctx: &mut Context<'_, A>) {
        while let Some(queued) = self.queue.pop(ctx.now()) {
            self.any_turn(queued, ctx);
        }
    }

    /// A pod has its turn. Says whether it found a node.
    pub(super) fn turn<A: Agenda<Event>>(
        &mut self,
        queued: Queued,
        ctx: &mut Context<'_, A>,
    ) -> bool {
        let found = self.scheduler.place(&self.cluster, queued.pod, &mut self.stream);
        match found {
            Outcome::Chosen(node, devices) => {
                self.bind(queued.pod, (node, devices), ctx);
                true
            }
            Outcome::Failed(failure) => {
                self.make_room(queued.pod, &failure, ctx);
                self.queue.park(queued, ctx.now());
                let template = self.cluster.pod(queued.pod).template;
                let sees = self.scheduler.waits_for_others(&self.cluster, queued.pod);
                self.parked.insert(queued.pod, (template, sees), queued.priority, queued.since);
                false
            }
        }
    }

    /// Lets pods go for one that has found no node, if the scheduler says so.
    fn make_room<A: Agenda<Event>>(
        &mut self,
        pod: PodId,
        failure: &Failure,
        ctx: &mut Context<'_, A>,
    ) {
        let priority = self.cluster.template_of(pod).priority;
        if self.priorities.first_key_value().is_none_or(|(&lowest, _)| lowest >= priority) {
            // Nobody may be evicted for it.
            self.cluster.nominate(pod, None);
            return;
        }
        let budgets = self.budgets();
        let Self { scheduler, cluster, stream, .. } = self;
        match scheduler.make_room(cluster, pod, failure, &budgets, stream) {
            Finding::Waits => {}
            Finding::Nothing => self.cluster.nominate(pod, None),
            Finding::Candidate(Candidate { node, victims, .. }) => {
                self.watch_room(pod, node, &victims, ctx.now());
                for victim in victims {
                    self.evict(victim, ctx);
                }
                let others = self.cluster.nominated(node).to_vec();
                for other in others {
                    if self.cluster.template_of(other).priority < priority {
                        self.cluster.nominate(other, None);
                    }
                }
                self.cluster.nominate(pod, Some(node));
            }
        }
    }

    /// How many pods each budget still allows to be evicted.
    fn budgets(&self) -> Vec<Budget> {
        let budget = |spec: &BudgetSpec| {
            let of = spec.applications.iter().map(|&number| self.staying[number as usize]);
            let staying: u64 = of.sum();
            Budget {
                namespace: spec.namespace,
                selector: spec.selector.clone(),
                allowed: staying.saturating_sub(spec.least).try_into().unwrap_or(i64::MAX),
                disrupted: Vec::new(),
            }
        };
        self.spec.budgets.iter().map(budget).collect()
    }

    /// Pods that have found no node look again, as far as that `might` help.
    fn look_again<A: Agenda<Event>>(
        &mut self,
        ctx: &mut Context<'_, A>,
        might: impl Fn(&Self, PodId) -> bool,
    ) {
        let mut tried = BTreeSet::new();
        while !self.parked.is_empty() {
            let first = self.parked.first(&tried, |pod| might(self, pod));
            let Some((pod, template)) = first else { return };
            if !self.try_again(pod, ctx) {
                tried.insert(template);
            }
        }
    }

    /// A pod that has found no node has another turn. Says whether it finds one.
    fn try_again<A: Agenda<Event>>(&mut self, pod: PodId, ctx: &mut Context<'_, A>) -> bool {
        self.parked.remove(pod);
        let queued = self.queue.take(pod).expect("who is parked is in the queue");
        self.any_turn(queued, ctx)
    }
}
