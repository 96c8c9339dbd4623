//! A platform of Apache OpenWhisk.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Memory, Quota};
use crate::kernel::Span;
use crate::preset::MachineName;
use crate::pricing::sheet::PriceForm;
use crate::quantity::{Bytes, Millicpu, Probability};
use crate::scenario::OneOrMany;
use crate::variate::Distribution;

/// A platform of Apache OpenWhisk. What its table leaves out is said by the values of the platform of
/// the same name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenwhiskForm {
    /// How many invokers: the hosts of containers, all alike.
    #[schemars(with = "Option<u32>")]
    pub invokers: u32,
    /// The memory of each invoker for containers.
    #[schemars(with = "Option<Bytes>")]
    pub user_memory: Bytes,
    /// The CPU of each invoker, which its containers share; that of its `machine` if it is left out, and without either each
    /// container computes as if alone.
    pub cpu: Option<Millicpu>,
    /// The machine type of each invoker, for its CPU and a price by type.
    pub machine: Option<MachineName>,
    /// How many controllers send requests, in turns; each has an even share of every invoker's memory.
    #[schemars(with = "Option<u32>")]
    pub controllers: u32,
    /// The part of the invokers that actions of managed runtimes run on, the first of them.
    #[schemars(with = "Option<Probability>")]
    pub managed_fraction: Probability,
    /// The part of the invokers that actions of runtime "blackbox" run on, the last of them.
    #[schemars(with = "Option<Probability>")]
    pub blackbox_fraction: Probability,
    /// The memory that containers can have; any if it is left out.
    #[serde(default)]
    pub memory: Memory,
    /// What each account may use that says nothing itself, and what all other services share.
    #[serde(default)]
    pub quota: Quota,
    /// How long a request of an action that says no `timeout` is served, its calls included, before it is cut and fails.
    #[schemars(with = "Option<Span>")]
    pub timeout: Span,
    /// How long any is served.
    #[schemars(with = "Option<Span>")]
    pub max_duration: Span,
    /// How long a container takes until it runs, without code; no time if it is left out.
    pub create: Option<Distribution>,
    /// How long the code of an action takes to be initialised; no time if it is left out.
    pub init: Option<Distribution>,
    /// How long a container is idle before it is paused.
    #[schemars(with = "Option<Span>")]
    pub pause_grace: Span,
    /// How long a paused container takes to resume; no time if it is left out.
    pub resume: Option<Distribution>,
    /// How long a container stays paused before it goes.
    #[schemars(with = "Option<Span>")]
    pub idle_container: Span,
    /// Containers without code that each invoker has before an action needs one.
    #[serde(default)]
    pub stem_cells: Vec<StemCellsForm>,
    /// What is charged: flat prices, a price sheet, or a list of these.
    pub price: Option<OneOrMany<PriceForm>>,
}

impl OpenwhiskForm {
    /// CPU of each invoker, where it is known.
    pub fn cpu(&self) -> Option<Millicpu> {
        self.cpu.or(self.machine.map(|machine| machine.0.cpu))
    }
}

/// Stem cells of one kind.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StemCellsForm {
    /// The runtime of the actions that may take them.
    pub runtime: String,
    /// Their memory: an action takes one that has just as much as it needs.
    pub memory: Bytes,
    /// How many each invoker has at first; each that is taken is replaced, if there is memory then.
    pub initial: u32,
    /// Lets their number follow cold starts.
    pub reactive: Option<ReactiveForm>,
}

/// How the number of stem cells follows cold starts.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReactiveForm {
    /// At least so many.
    pub least: u32,
    /// At most so many.
    pub most: u32,
    /// How long one waits before it may be taken away.
    pub ttl: Span,
    /// For each so many cold starts between two looks there are `increment`.
    #[serde(default = "one")]
    pub threshold: u32,
    /// How many stem cells that is.
    #[serde(default = "one")]
    pub increment: u32,
}

fn one() -> u32 {
    1
}
