//! Observations: what is counted and measured, and the catalogue of metrics made from it.

mod batches;
mod better;
mod catalogue;
mod formula;
mod hosts;
mod observed;
mod outcome;
mod platform;
mod pods;
mod record;
mod release;
mod requests;
mod servers;
mod unit;

pub use batches::Batches;
pub use better::Better;
pub use catalogue::{METRICS, Metric, Of, Value};
pub use hosts::{HostFigures, NodeFigures, VaryingHosts};
pub use observed::Observed;
pub use outcome::{Bill, Named, RunOutcome};
pub use platform::{Area, CoreFigures, InstanceFigures, PlatformFigures};
pub use pods::PodFigures;
pub use record::{
    Doing, EventRow, InstanceRow, Milestone, Recorder, ReleaseRow, RequestRow, SeriesRow,
    ServiceRow, VersionRow,
};
pub use release::{BadFigures, ReleaseFigures};
pub use requests::{MessageFigures, RequestFigures};
pub use servers::{GroupedFigures, ServerFigures};
pub use unit::Unit;
