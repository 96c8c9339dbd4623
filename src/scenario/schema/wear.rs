//! How what serves a service wears out.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::Span;
use crate::quantity::{Bytes, Growth, Percentage};

/// How requests take longer with the age of the server, instance or replica that serves them.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AgeingForm {
    /// Up to which age time makes nothing slower.
    #[schemars(with = "Option<Span>")]
    pub after: Span,
    /// By how much of itself a demand grows with the time after that, as in `"10%/h"`.
    pub slower: Option<Growth<Percentage>>,
    /// By how much of itself it grows with each request that was begun before.
    #[schemars(with = "Option<Percentage>")]
    pub slower_per_request: Percentage,
}

/// The memory that a server, an instance or a replica uses for a service.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MemoryForm {
    /// Without requests.
    #[schemars(with = "Option<Bytes>")]
    pub base: Bytes,
    /// For each request that it has, those included that wait at a replica.
    #[schemars(with = "Option<Bytes>")]
    pub per_request: Bytes,
    /// What leaks over time, as in `"10MiB/h"`.
    pub leak: Option<Growth<Bytes>>,
    /// What leaks with each request that it begins to serve.
    #[schemars(with = "Option<Bytes>")]
    pub leak_per_request: Bytes,
}
