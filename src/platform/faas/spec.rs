//! What a platform of functions is made of, and what happens on it.

use super::ColdStart;
use crate::kernel::Span;
use crate::model::{ApplicationId, PlatformNumber};
use crate::platform::QuotaSpec;
use crate::platform::fleet::FleetSpec;
use crate::policy::scaling::Scaling;

/// Whether a waiting request is bound to the instance that was started for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Binding {
    /// It takes whatever of its application is free first: an instance that another request has
    /// left, or one that has started.
    #[default]
    Late,
    /// It waits for the instance that was started for it.
    Early,
}

/// A platform of kind `faas`.
#[derive(Clone, Debug)]
pub struct FaasSpec {
    /// Instances and hosts.
    pub fleet: FleetSpec,
    /// How long an instance takes to start; `None` is no time.
    pub cold_start: Option<ColdStart>,
    /// Whether a request waits for one instance or for any.
    pub binding: Binding,
    /// When instances may be started for requests that have none.
    pub scaling: Box<dyn Scaling>,
    /// By account: what it may use at once.
    pub accounts: Vec<QuotaSpec>,
    /// How many requests may wait beyond those for which an instance is starting; `None` is any
    /// number.
    pub queue_limit: Option<u64>,
    /// How long a request waits in line before it is refused; [`Span::MAX`] is for ever.
    pub patience: Span,
}

/// What happens on a platform of functions, beside what happens to its instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The first in the line of an application may have waited for as long as it may.
    Impatient(PlatformNumber, ApplicationId),
    /// An instance may be started that might not before.
    Permitted(PlatformNumber),
    /// The scaling policy may want to look at an application.
    Scale(PlatformNumber, ApplicationId),
}
