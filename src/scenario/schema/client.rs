//! Who sends requests, and how.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use super::named_choice;
use crate::kernel::Span;
use crate::policy::delivery::{DELIVERIES, DeliveryChoice};
use crate::preset;
use crate::variate::Distribution;
use crate::workload::arrival::{Constant, Cron, Diurnal, List, Mmpp, Poisson, Stages};
use crate::workload::trace::TraceForm;

/// A client: an open loop with `arrivals`, or a closed loop with `users`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Where its requests go: a service, a family, a member of one (`NAME.3`), or a workflow. Not needed
    /// where a trace names services.
    pub service: Option<String>,
    /// When requests are sent (open loop).
    pub arrivals: Option<ArrivalsForm>,
    /// How many users send a request, wait for its end, think, and send the next (closed loop).
    pub users: Option<u32>,
    /// How long a user thinks, also before the first request; no time if it is left out.
    pub think_time: Option<Distribution>,
    /// From how many sessions the requests of an open loop are, each from one of them at random; each is a session of its
    /// own if it is left out. In a closed loop each user is a session.
    pub sessions: Option<u32>,
    /// How long the client waits for the answer to each attempt; for ever if it is left out.
    pub timeout: Option<Span>,
    /// What becomes of work that nobody waits for any more.
    #[serde(default)]
    pub abandoned: AbandonedForm,
    /// Time on the network, each way; none if it is left out.
    pub latency: Option<Distribution>,
    /// Whether and when a request that was refused, failed or timed out is tried again.
    pub retries: Option<Retries>,
    /// How urgent its requests are, and the calls below them: higher first, under a discipline that
    /// looks at it. Stands above the priority of the service.
    pub priority: Option<i32>,
    /// Makes its requests messages, which an event source holds and gives to the service; it sends requests
    /// and waits for the answers if this is left out.
    #[serde(default)]
    #[schemars(schema_with = "delivery")]
    pub delivery: Option<DeliveryChoice>,
}

/// A delivery policy, or a delivery with a name, which takes the parameters of its base.
fn delivery(generator: &mut SchemaGenerator) -> Schema {
    named_choice(&DELIVERIES, &preset::DELIVERIES, generator)
}

/// When the requests of an open loop are sent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArrivalsForm {
    /// At random, at a constant rate.
    Poisson(Poisson),
    /// At equal intervals.
    Constant(Constant),
    /// By a timetable.
    Cron(Cron),
    /// At times that are written down.
    List(List),
    /// At random, at a rate that jumps at random.
    Mmpp(Mmpp),
    /// At random, at a rate that follows the time of day.
    Diurnal(Diurnal),
    /// At random, at a rate that goes in ramps.
    Stages(Stages),
    /// As a file has recorded them.
    Trace(TraceForm),
}

/// What becomes of work that nobody waits for any more.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AbandonedForm {
    /// It is finished all the same.
    #[default]
    Finish,
    /// It is cancelled at once.
    Cancel,
}

/// Whether and when a request is tried again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retries {
    /// How many times a request is attempted at most, the first attempt included.
    pub attempts: u32,
    /// The pause before the second attempt.
    #[serde(default)]
    #[schemars(with = "Option<Span>")]
    pub backoff: Span,
    /// By how much each further pause is longer.
    #[serde(default = "twice")]
    pub factor: f64,
    /// The longest pause; no bound if it is left out.
    pub max_backoff: Option<Span>,
    /// How the pause is spread.
    #[serde(default)]
    pub jitter: JitterForm,
    /// Whether each attempt draws a demand of its own instead of being the same work again.
    #[serde(default)]
    pub fresh_demand: bool,
}

fn twice() -> f64 {
    2.0
}

/// How the pause before a retry is spread.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JitterForm {
    /// The pause itself.
    #[default]
    None,
    /// Uniform between zero and the pause.
    Full,
    /// Uniform between half the pause and the pause.
    Equal,
}
