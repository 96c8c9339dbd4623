//! The managed scaling of capacity providers of Amazon ECS.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::{View, alike};
use super::{NodeAutoscaler, NodeAutoscalingPolicy, Orders};
use crate::kernel::{Id, Span, Stream, Time};
use crate::policy::catalogue::Described;
use crate::policy::orchestration::cluster_autoscaler::estimator::estimate;
use crate::policy::orchestration::ecs::control::{
    ManagedScaling as Scaling, Provisioning, instances_needed,
};
use crate::policy::orchestration::kubernetes::{Node, Pod};

/// Managed scaling of Amazon ECS: each group is the capacity provider of an Auto Scaling group, whose instances follow
/// those that its tasks need.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ManagedScaling {
    /// What the needed instances shall be of the running ones, in percent.
    #[schemars(range(min = 1, max = 100))]
    pub target_capacity: u64,
    /// The fewest instances that come at once.
    pub minimum_scaling_step_size: u64,
    /// The most that come at once.
    pub maximum_scaling_step_size: u64,
}

impl Default for ManagedScaling {
    fn default() -> Self {
        let Scaling { target, least_step, most_step, .. } = Scaling::default();
        Self {
            target_capacity: target,
            minimum_scaling_step_size: least_step,
            maximum_scaling_step_size: most_step,
        }
    }
}

impl Described for ManagedScaling {
    const NAME: &'static str = "managed-scaling";
    const SUMMARY: &'static str = "Amazon ECS capacity providers: each minute instances for tasks that wait, and fewer when some have been idle for 15 minutes.";
    const SOURCE: &'static str = "Amazon ECS developer guide, cluster auto scaling; M and the 15 minutes are recalled from AWS's blog of 2020";
}

/// How often the metric is measured (documented).
const MINUTE: Span = Span::from_secs(60);

impl NodeAutoscalingPolicy for ManagedScaling {
    fn start(&self) -> Box<dyn NodeAutoscaler> {
        let steps = [self.minimum_scaling_step_size, self.maximum_scaling_step_size];
        let scaling = Scaling::new(self.target_capacity, steps);
        Box::new(Providers { scaling, groups: Vec::new(), last: Time::ZERO })
    }

    fn fault(&self) -> Option<(String, &'static str)> {
        let Self { target_capacity, minimum_scaling_step_size, maximum_scaling_step_size } = *self;
        if !(1..=100).contains(&target_capacity) {
            let message = "a target capacity is 1 to 100 percent".to_owned();
            return Some((message, "100 keeps as many instances as are needed"));
        }
        let steps = 1..=maximum_scaling_step_size;
        (!steps.contains(&minimum_scaling_step_size)).then(|| {
            let message = "a step is at least 1, and at most no less than at least".to_owned();
            (message, "leave the steps out")
        })
    }
}

/// The capacity providers.
#[derive(Debug)]
struct Providers {
    /// How each begins.
    scaling: Scaling,
    groups: Vec<Scaling>,
    /// When it looked last.
    last: Time,
}

impl NodeAutoscaler for Providers {
    /// At the next whole minute.
    fn changed(&mut self, now: Time, _came: bool) -> Time {
        let minutes = (now - Time::ZERO).as_nanos().div_ceil(MINUTE.as_nanos()).max(1);
        let next = Time::ZERO.plus(Span::from_nanos(minutes.saturating_mul(MINUTE.as_nanos())));
        next.max(self.last.plus(MINUTE))
    }

    fn look(&mut self, view: &View<'_>, _stream: &mut Stream) -> Orders {
        self.groups.resize(view.groups.len(), self.scaling);
        self.last = view.now;
        let pods: Vec<_> = view.waiting.iter().map(|waiting| waiting.pod).collect();
        let mut left = alike(view.cluster, &pods);
        let mut orders = Orders::default();
        for (group, scaling) in self.groups.iter_mut().enumerate() {
            let of = &view.groups[group];
            let (size, coming) = (view.size(group), view.coming(group));
            let instances = view.room(group) + coming;
            let waiting: Vec<Provisioning> =
                left.iter_mut().map(|alike| takes(view, group, instances, alike)).collect();
            left.retain(|alike| !alike.is_empty());
            let idle = idle(view, group);
            let running = (size - coming) as u64;
            let needed = instances_needed(running, idle.len() as u64, &waiting);
            if needed <= running && size <= of.least {
                scaling.observe(running, running);
                continue;
            }
            let wanted = scaling.observe(needed, running);
            // Those that are on their way count as soon as they are wanted.
            let more = (wanted as usize).saturating_sub(size).min(view.room(group));
            let fewer = (running.saturating_sub(wanted) as usize).min(size - of.least);
            if more > 0 {
                orders.more.push((group, more));
            }
            // Instances with tasks are protected.
            orders.gone.extend(idle.into_iter().rev().take(fewer));
            if needed < running || more > 0 {
                orders.again = view.now.plus(MINUTE);
            }
        }
        orders
    }
}

/// The instances of a group that have no tasks, but for daemons (recalled).
fn idle(view: &View<'_>, group: usize) -> Vec<Id<Node>> {
    let own = view.present().filter(|(_, of, _)| *of == group).map(|(node, ..)| node);
    own.filter(|node| view.cluster.is_unused(*node)).collect()
}

/// Of tasks that are alike, those that a group takes with as many instances as may still come. What one takes is not for the
/// next.
fn takes(
    view: &View<'_>,
    group: usize,
    instances: usize,
    alike: &mut Vec<Id<Pod>>,
) -> Provisioning {
    let on_an_instance = on_an_instance(view, group, alike);
    let tasks = (instances as u64).saturating_mul(on_an_instance).min(alike.len() as u64);
    alike.drain(..tasks as usize);
    Provisioning { tasks, on_an_instance }
}

/// How many tasks that are alike an empty instance of a group takes.
fn on_an_instance(view: &View<'_>, group: usize, alike: &[Id<Pod>]) -> u64 {
    let estimate = estimate(view.cluster, view.filters, &view.node_of(group), 1, &[alike.to_vec()]);
    estimate.pods.len() as u64
}
