//! Experiments: many runs of a scenario, each with a seed of its own; sweeps over its values;
//! comparisons of them.

mod axis;
mod cases;
mod compare;
mod course;
mod execute;
mod layout;
mod plan;
mod range;
mod record;
mod replicate;
mod stopping;

pub use axis::Axis;
pub use compare::{Comparison, LEVEL, Verdict, compare, defined};
pub use course::{Course, Shard};
pub use execute::{Ended, execute};
pub use plan::{Checked, Plan, REPLICATIONS, Run};
pub use record::Record;
pub use replicate::{Panicked, Replication, replicate, run_replications};
pub use stopping::{Narrow, Stopping};
