//! Servers.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Queue;
use crate::kernel::Span;
use crate::policy::autoscaling::AutoscalingChoice;
use crate::policy::balance::BalanceChoice;
use crate::policy::discipline::DisciplineChoice;
use crate::preset::MachineName;
use crate::pricing::sheet::PriceForm;
use crate::scenario::OneOrMany;
use crate::variate::Distribution;

/// A platform of servers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServersForm {
    /// How many servers; with `autoscaling`, at the start, unless it goes by the clock.
    pub servers: u32,
    /// Seconds of demand that a server serves in a second.
    #[serde(default = "unit")]
    pub speed: f64,
    /// In which order those who wait are served; `fifo` if it is left out.
    pub discipline: Option<DisciplineChoice>,
    /// Gives each server a line of its own, behind this balancer; one central line if left out.
    pub balance: Option<BalanceChoice>,
    /// Bounds the line; no bound if it is left out.
    pub queue: Option<Queue>,
    /// How long a server that is started, or comes back after a fault, takes until it can serve; no time if it
    /// is left out.
    pub boot: Option<Distribution>,
    /// How it is found out that a server is dead, or that a new one serves; at once if it is left out.
    pub health_check: Option<HealthCheckForm>,
    /// Whether another server is started for one that was found dead; with `autoscaling` it is, without not, if
    /// it is left out.
    pub replace: Option<bool>,
    /// How long a server that is to go ends the requests that it has.
    #[serde(default = "five_minutes")]
    #[schemars(with = "Span")]
    pub deregistration_delay: Span,
    /// The zones that the servers are in, in turns.
    #[serde(default)]
    pub zones: Vec<String>,
    /// How many servers there are by what they do, or by the clock; as many as at the start if it is left out.
    pub autoscaling: Option<AutoscalingChoice>,
    /// The machine type that each server is, for a price by type.
    pub machine: Option<MachineName>,
    /// What is charged: flat prices, a price sheet, or a list of these.
    pub price: Option<OneOrMany<PriceForm>>,
}

fn unit() -> f64 {
    1.0
}

/// Default of `deregistration_delay.timeout_seconds` of an Application Load Balancer's target group: 300 s
/// (Elastic Load Balancing User Guide, "Target group attributes").
fn five_minutes() -> Span {
    Span::from_secs(300)
}

/// How it is found out that a server is dead.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthCheckForm {
    /// How often a server is asked.
    pub period: Span,
    /// How long an answer may take.
    #[serde(default)]
    #[schemars(with = "Option<Span>")]
    pub timeout: Span,
    /// How many times in a row it has to miss.
    #[serde(default = "twice")]
    #[schemars(range(min = 1))]
    pub failures: u32,
}

/// Default of `UnhealthyThresholdCount` of an Application Load Balancer: 2 (Elastic Load Balancing User Guide,
/// "Health checks for your target groups").
fn twice() -> u32 {
    2
}
