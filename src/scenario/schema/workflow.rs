//! Jobs that depend on each other.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{AbandonedForm, Retries};
use crate::kernel::Span;
use crate::variate::Distribution;

/// A workflow: jobs of services, some of which wait until others have ended. Clients, calls and jobs name it as they
/// name a service.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    /// Its jobs, in any order.
    pub jobs: Vec<Job>,
}

/// A job of a workflow, or several at the same time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// What `after` calls it; the name of its service if it is left out.
    pub name: Option<String>,
    /// The service that does it: a service, a family, a member of one, or a workflow.
    pub service: String,
    /// How many of it there are, all at the same time; 1 if it is left out.
    pub count: Option<u32>,
    /// The jobs that have to end before it begins; it begins at once if it is left out.
    #[serde(default)]
    pub after: Vec<String>,
    /// What becomes of it if one of these fails.
    #[serde(default)]
    pub depends_on_errors: DependsOnErrorsForm,
    /// How long each attempt at it may take, from sending to answer; for ever if it is left out.
    pub timeout: Option<Span>,
    /// What becomes of work that nobody waits for any more.
    #[serde(default)]
    pub abandoned: AbandonedForm,
    /// Time on the network, each way; none if it is left out.
    pub latency: Option<Distribution>,
    /// Whether and when it is tried again.
    pub retries: Option<Retries>,
}

impl Job {
    /// What other jobs call it.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.service)
    }
}

/// What becomes of a job if one that it waits for fails (`_depends_on_errors` of `PiCloud`).
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum DependsOnErrorsForm {
    /// It is stalled: it never runs, and counts as failed for those that wait for it.
    #[default]
    Abort,
    /// It runs all the same.
    Ignore,
}
