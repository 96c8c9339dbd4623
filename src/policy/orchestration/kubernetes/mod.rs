//! Kubernetes 1.35: which node a pod goes to, which pods make room for it, and the loops that keep as
//! many of them as there shall be.
//!
//! A [`Cluster`] holds nodes and pods and keeps what they add up to. A [`Profile`] is a list of
//! [filters](filter) and of [scores](score) with weights; the default profile is upstream's, without volumes
//! and dynamic resources. A [`Scheduler`] takes one pod at a time: it filters nodes in rotation until it has
//! found enough, scores those, and draws among the best. Where no node is left, [`preemption`] looks for
//! pods of lower priority to evict. [`Queue`] says whose turn it is. What is said of a node for pods that are alike
//! is remembered until the node changes, where nothing else counts: that is faster, and the outcome is the same.
//!
//! How many pods there shall be is what [`autoscaling`] says; a [`Deployment`] replaces them, and [`victims`] are
//! those that go first.
//!
//! Source: kubernetes v1.35.4, `pkg/scheduler`. Integers are 64 bits and truncate where upstream's do;
//! floats go through the same operations in the same order. The scheduler's parallel search is
//! sequential here, and its random choices come from a stream.
//!
//! ```
//! use cloudsched::kernel::{Seed, Time};
//! use cloudsched::policy::orchestration::kubernetes::{
//!     Amounts, Cluster, Container, NodeSpec, Outcome, Pod, Profile, Resource, Scheduler, Template,
//! };
//!
//! let mut cluster = Cluster::default();
//! for (name, cpu) in [("small", 1000), ("large", 4000)] {
//!     let mut node = NodeSpec::new(cluster.names.symbol(name));
//!     node.allocatable.set(Resource::CPU, cpu);
//!     node.allocatable.set(Resource::MEMORY, 8 << 30);
//!     node.most_pods = 110;
//!     cluster.add_node(node);
//! }
//! let mut template = Template::new(cluster.names.symbol("default"));
//! let mut container = Container::default();
//! container.request.set(Resource::CPU, 500);
//! template.demand(&[container], &[], &Amounts::default());
//! let template = cluster.add_template(template);
//!
//! let profile = Profile::default();
//! let mut scheduler = Scheduler::default();
//! let mut stream = Seed::new(1).key("example").stream();
//! let name = cluster.names.symbol("web-0");
//! let pod = cluster.add_pod(Pod::new(template, name));
//! let Outcome::Chosen(node, gpus) = scheduler.schedule(&profile, &cluster, pod, &mut stream) else { panic!() };
//! cluster.bind_with(pod, node, gpus, Time::ZERO);
//! assert_eq!(cluster.names.text(cluster.node(node).name), "large");
//! ```

mod affinity;
pub mod autoscaling;
mod changes;
mod checks;
mod cluster;
mod daemons;
pub mod filter;
mod framework;
mod gpu;
mod index;
mod kind;
mod labels;
mod names;
mod node;
mod node_lifecycle;
mod node_selector;
mod pod;
mod ports;
pub mod preemption;
mod profile;
mod queue;
mod resources;
mod rollout;
mod scheduler;
pub mod score;
mod spread;
mod status;
mod taint;
#[cfg(test)]
mod tests;
mod text;
mod victims;
mod zones;

pub use affinity::{AffinityTerm, PodAffinity};
pub use checks::{Checks, Rejection, first_that_takes};
pub use cluster::Cluster;
pub use framework::Framework;
pub use gpu::{
    DeviceChoice, Devices, GpuLoad, GpuRequest, Gpus, MOST_DEVICES, Tightest, WHOLE, tightest,
};
pub use kind::{Kind, Placed};
pub use labels::{Labels, Malformed, Operator, Requirement, Selector};
pub use names::{Names, Symbol};
pub use node::{Image, Load, Node, NodeSpec, Site};
pub use node_lifecycle::{EvictionPace, NodeLifecycle, ZoneHealth};
pub use node_selector::{FieldTest, NodeAffinity, NodeTerm};
pub use pod::{Container, Leaving, Pod, Template};
pub use ports::{Port, UsedPorts};
pub use profile::{Profile, Ties};
pub use queue::{Backoff, Queue, Queued};
pub use resources::{Amounts, Lacking, Resource, Resources};
pub use rollout::{Deployment, Fenceposts, ReplicaSet, Strategy};
pub use scheduler::{Failure, Outcome, Rejections, Scheduler, enough_nodes, weighted};
pub use spread::Spread;
pub use status::{Phase, PodStatus, Readiness, Ready};
pub use taint::{Effect, Taint, Toleration};
pub use text::{requirements, taint, toleration};
pub use victims::{Replica, victims};
pub use zones::zone;
