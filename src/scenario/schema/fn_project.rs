//! A platform of the Fn project.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Hosts, Memory};
use crate::kernel::Span;
use crate::pricing::sheet::PriceForm;
use crate::scenario::OneOrMany;
use crate::variate::Distribution;

/// A platform of the Fn project. What its table leaves out is said by the values of the platform of the same name.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FnForm {
    /// The runners, with all the memory of each: the platform keeps a tenth of it for other things, 256 MiB at least and
    /// 5 GiB at most.
    #[schemars(with = "Option<Vec<Hosts>>")]
    pub hosts: Vec<Hosts>,
    /// In which order the load balancer asks the runners.
    #[schemars(with = "Option<PlacerForm>")]
    pub placer: PlacerForm,
    /// How long a request sleeps at the load balancer when all runners are busy.
    #[schemars(with = "Option<Span>")]
    pub retry_delay: Span,
    /// How long the load balancer tries before it refuses a request.
    #[schemars(with = "Option<Span>")]
    pub placer_timeout: Span,
    /// How often a request that waits at a runner asks for a container.
    #[schemars(with = "Option<Span>")]
    pub hot_poll: Span,
    /// How long a request of a function that says no `timeout` is served, its calls included, before it is cut and fails.
    #[schemars(with = "Option<Span>")]
    pub timeout: Span,
    /// How long any is served.
    #[schemars(with = "Option<Span>")]
    pub max_duration: Span,
    /// The memory that containers can have; any if it is left out.
    #[serde(default)]
    pub memory: Memory,
    /// How long a container takes to start; no time if it is left out.
    pub cold_start: Option<Distribution>,
    /// How long a container is idle before it is paused.
    #[schemars(with = "Option<Span>")]
    pub pause_grace: Span,
    /// How long a paused container takes to resume; no time if it is left out.
    pub resume: Option<Distribution>,
    /// How long a container is idle, paused or not, before it goes.
    #[schemars(with = "Option<Span>")]
    pub idle_timeout: Span,
    /// What is charged: flat prices, a price sheet, or a list of these.
    pub price: Option<OneOrMany<PriceForm>>,
}

/// In which order the load balancer asks the runners.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlacerForm {
    /// From the home of the function on, by its hash as Fn has it.
    Ch,
    /// From the home of the function on, by the jump consistent hash as it was published.
    Jump,
    /// The one after the last that was asked.
    Naive,
}
