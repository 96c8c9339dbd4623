//! New versions of services.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::Service;
use crate::kernel::Span;
use crate::policy::release::StrategyChoice;
use crate::scenario::OneOrMany;

/// A new version of a service, and how it comes to serve its requests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseForm {
    /// The service.
    pub service: String,
    /// When it is released; at several times, each is a version of its own.
    pub at: OneOrMany<Span>,
    /// What the new version is: keys of a service that differ from those of the service; none if it is left
    /// out.
    #[serde(default)]
    pub version: VersionForm,
    /// How requests go over to the new version; if it is left out,
    /// all at once, or as their cluster replaces replicas.
    pub strategy: Option<StrategyChoice>,
}

/// The keys of a version. They are laid over those of its service, and read as a service of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct VersionForm;

impl<'de> Deserialize<'de> for VersionForm {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(from).map(|_| Self)
    }
}

impl JsonSchema for VersionForm {
    fn schema_name() -> Cow<'static, str> {
        "VersionForm".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Service::json_schema(generator);
        schema.remove("required");
        schema.insert("description".into(), "Keys of a service that differ.".into());
        let keys = schema.get_mut("properties").and_then(|keys| keys.as_object_mut());
        if let Some(keys) = keys {
            FIXED.iter().for_each(|key| drop(keys.remove(*key)));
        }
        schema
    }
}

/// The keys in which a version does not differ from its service.
pub const FIXED: [&str; 2] = ["platform", "family"];
