//! The scheduler of Docker Swarm: which nodes the tasks of a service go to.
//!
//! All tasks of one version of a service that wait are placed together: nodes that cannot take one are
//! filtered out, the tasks are divided among the branches that spread preferences make, and within a branch the
//! node with the fewest tasks of the service comes first. Neither CPU nor memory is scored. An [`Update`] says
//! when tasks are replaced by those of a new version.
//!
//! Source: moby/swarmkit 3e72cb64, `manager/scheduler`. The original goes through nodes and branches in the
//! random order of Go's maps; here nodes come in their own order and branches by label.
//!
//! [`Swarm`] places one task at a time by the same rules on the nodes of a
//! [`Cluster`](super::kubernetes::Cluster).
//!
//! ```
//! use cloudsched::kernel::Time;
//! use cloudsched::policy::orchestration::swarm::{Group, Node, schedule};
//! let mut nodes = vec![Node::new("a"), Node::new("b"), Node::new("c")];
//! nodes[0].start(&Group::new(0));
//! let placed = schedule(&Group::new(1), 2, &mut nodes, Time::ZERO);
//! assert_eq!(placed, [1, 2], "a has a task already");
//! ```

mod constraint;
mod filter;
mod group;
mod node;
mod schedule;
mod scheduler;
#[cfg(test)]
mod tests;
mod update;

pub use constraint::{Constraint, Malformed};
pub use filter::{Objection, fits};
pub use group::{Group, Platform, Plugin, Port};
pub use node::{Node, Reservation};
pub use schedule::schedule;
pub use scheduler::Swarm;
pub use update::{FailureAction, Order, Update, UpdateConfig};
