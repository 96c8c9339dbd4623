//! Amazon ECS. Task placement: which instance a task goes to, and which task goes first when there are too many.
//!
//! Of the instances that have enough CPU and memory, of whatever else is counted, and the ports free, those are left
//! that meet all [constraints](Constraint), of the cluster and of the task (labels of nodes that its pod needs, pods from which it
//! is to be apart); then each [strategy](Strategy) in turn leaves the best. If several are
//! left, one is drawn, which is a guess. The same strategies choose the tasks to stop, the other way round.
//!
//! Attributes of instances are labels of the [`Cluster`]'s nodes, with or without Kubernetes' names for zone, type,
//! system and architecture. The group of a task is its label [`GROUP`], or
//! `service:NAME` by its label [`APP`].
//!
//! Source: Amazon ECS developer guide, "Task placement", "Task placement strategies", "Task placement constraints",
//! "Cluster query language" (documented). The service is closed: where the guide is silent, [`query`] and the fields of
//! [`Ecs`] say what is recalled and what is a guess.
//!
//! ```
//! use cloudsched::kernel::{Seed, Time};
//! use cloudsched::policy::orchestration::ecs::Ecs;
//! use cloudsched::policy::orchestration::kubernetes::{
//!     Amounts, Cluster, Container, Labels, NodeSpec, Outcome, Pod, Resource, Template,
//! };
//!
//! let mut cluster = Cluster::default();
//! let zone = cluster.names.symbol("ecs.availability-zone");
//! for (name, in_zone) in [("i-1", "a"), ("i-2", "a"), ("i-3", "b")] {
//!     let mut node = NodeSpec::new(cluster.names.symbol(name));
//!     node.labels = Labels::new([(zone, cluster.names.symbol(in_zone))]);
//!     node.allocatable.set(Resource::CPU, 2048);
//!     node.most_pods = 100;
//!     cluster.add_node(node);
//! }
//! let template = Template::new(cluster.names.symbol(""));
//! let template = cluster.add_template(template);
//!
//! let mut ecs: Ecs = serde_json::from_str(r#"{ "constraints": ["distinctInstance"] }"#)?;
//! let mut stream = Seed::new(1).key("example").stream();
//! let mut zones = Vec::new();
//! for _ in 0..3 {
//!     let task = cluster.add_pod(Pod::new(template, zone));
//!     let Outcome::Chosen(node, _) = ecs.schedule(&cluster, task, &mut stream) else { panic!() };
//!     cluster.bind(task, node, Time::ZERO);
//!     zones.push(node.index() / 2);
//! }
//! assert!(zones[..2] == [0, 1] || zones[..2] == [1, 0], "one in each zone first");
//! # Ok::<(), serde_json::Error>(())
//! ```

mod attribute;
mod constraint;
pub mod control;
pub mod query;
mod strategy;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;

use self::attribute::Group;
pub use self::attribute::{APP, GROUP};
pub use self::constraint::Constraint;
use self::constraint::OfTask;
pub use self::query::{Expression, Malformed};
use self::strategy::{Aim, draw};
pub use self::strategy::{Field, Packed, Strategy};
use super::kubernetes::filter::{Filter, NodePorts, NodeUnschedulable, ResourceFit};
use super::kubernetes::{Checks, Cluster, Devices, Failure, Node, Outcome, Pod, Rejection};
use crate::kernel::{Id, Stream};

/// CPU, memory and whatever else is counted.
static FIT: ResourceFit = ResourceFit { ignored: Vec::new(), ignored_groups: Vec::new() };

/// Places tasks as Amazon ECS does, one at a time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ecs {
    /// What makes an instance better, the first one first: `{ spread = "attribute:NAME" }`, `{ spread = "instanceId" }`,
    /// `{ binpack = "memory" }`, `{ binpack = "cpu" }`, `"random"`. An empty list draws, as `RunTask` does (recalled).
    // A service without strategies is spread over availability zones (documented), and there on the instance with the fewest of its
    // tasks (recalled, 2026-11: "Service scheduler concepts").
    #[serde(default = "over_zones")]
    pub strategies: Vec<Strategy>,
    /// Rules that bind: `"distinctInstance"`, or an expression that instances have to meet.
    #[serde(default)]
    pub constraints: Vec<Constraint>,
}

fn over_zones() -> Vec<Strategy> {
    let zones = Field::Attribute("ecs.availability-zone".to_owned());
    [zones, Field::Instance].map(Strategy::Spread).to_vec()
}

impl Default for Ecs {
    /// A service that says nothing of where its tasks go.
    fn default() -> Self {
        Self { strategies: over_zones(), constraints: Vec::new() }
    }
}

impl Ecs {
    /// The instance of a task.
    pub fn schedule(&mut self, cluster: &Cluster, pod: Id<Pod>, stream: &mut Stream) -> Outcome {
        let filters = self.filters();
        let checks = match Checks::prepare(&filters, cluster, pod) {
            Ok(checks) => checks,
            Err(rejection) => return Outcome::Failed(Failure::Rejected(rejection)),
        };
        let (mut left, mut rejections) = (Vec::new(), Vec::new());
        for node in cluster.present() {
            match checks.fits(node.site()) {
                Ok(()) => left.push(node.id),
                Err(rejection) => rejections.push((node.id, rejection)),
            }
        }
        match self.best(cluster, pod, left, |node| node, Aim::Place, stream) {
            Some(node) => Outcome::Chosen(node, Devices::NONE),
            None => Outcome::Failed(Failure::NoNode(rejections)),
        }
    }

    /// What an instance has to meet.
    pub(in crate::policy) fn filters(&self) -> Vec<&(dyn Filter + 'static)> {
        let mut filters: Vec<&(dyn Filter + 'static)> =
            vec![&NodeUnschedulable, &FIT, &NodePorts, &OfTask::Labels, &OfTask::Apart];
        filters.extend(self.constraints.iter().map(|constraint| constraint as &dyn Filter));
        filters
    }

    /// Whether an instance would do for a task.
    ///
    /// # Errors
    /// What keeps the task from it.
    pub fn fits(&self, cluster: &Cluster, pod: Id<Pod>, node: Id<Node>) -> Result<(), Rejection> {
        Checks::prepare(&self.filters(), cluster, pod)?.fits(cluster.at(node).site())
    }

    /// Whether tasks that start on an instance may make it one that will do: a constraint asks for them.
    pub fn asks_for_tasks(&self) -> bool {
        self.constraints.iter().any(Constraint::asks_for_tasks)
    }

    /// Which of the tasks of a service that run is stopped when there are too many: by the same
    /// strategies, the other way round (recalled). `None` if none of them runs.
    pub fn victim(
        &self,
        cluster: &Cluster,
        tasks: &[Id<Pod>],
        stream: &mut Stream,
    ) -> Option<Id<Pod>> {
        let running = |&task: &Id<Pod>| {
            let pod = cluster.pod(task);
            pod.node.filter(|_| !pod.leaving.is_leaving()).map(|node| (node, task))
        };
        let left: Vec<(Id<Node>, Id<Pod>)> = tasks.iter().filter_map(running).collect();
        let &(_, first) = left.first()?;
        let victim = self.best(cluster, first, left, |(node, _)| node, Aim::Stop, stream);
        victim.map(|(_, task)| task)
    }

    /// The best by all strategies, or one of the best.
    fn best<T: Copy>(
        &self,
        cluster: &Cluster,
        task: Id<Pod>,
        mut left: Vec<T>,
        node: impl Fn(T) -> Id<Node>,
        aim: Aim,
        stream: &mut Stream,
    ) -> Option<T> {
        let group = Group::of(cluster, task);
        for strategy in &self.strategies {
            if left.len() > 1 {
                strategy.narrow(cluster, &group, &mut left, &node, aim, stream);
            }
        }
        draw(&left, stream)
    }
}
