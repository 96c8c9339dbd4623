//! New versions of services.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::{Service, named_choice};
use crate::kernel::Span;
use crate::policy::release::{self, StrategyChoice};
use crate::preset;
use crate::quantity::Probability;
use crate::scenario::OneOrMany;
use crate::variate::Distribution;

/// New versions of a service, and how they come to serve its requests.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseForm {
    /// The service.
    pub service: String,
    /// Whether it happens; without it, the run is as if it stood not in the file.
    #[serde(default = "happens")]
    pub enabled: bool,
    /// When a change is made; at several times, each is a version of its own.
    pub at: Option<OneOrMany<Span>>,
    /// Or how often one is made, until the horizon.
    pub every: Option<Span>,
    /// What the new version is: keys of a service that differ from those of the service; none if it is left
    /// out.
    #[serde(default)]
    pub version: VersionForm,
    /// With which probability a version is as `version` says; the others then differ in nothing. Each is so
    /// if it is left out.
    pub bad: Option<Probability>,
    /// How long it takes from the change to the release; no time if it is left out.
    #[serde(default)]
    pub pipeline: PipelineForm,
    /// How requests go over to the new version; if it is left out, all at once, or as their cluster
    /// replaces replicas.
    #[schemars(schema_with = "strategy")]
    #[serde(default)]
    pub strategy: Option<StrategyChoice>,
    /// What holds it up, or takes it back; nothing if it is left out.
    pub gate: Option<GateForm>,
}

/// The stages between a change and its release, one after another.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PipelineForm {
    /// How long it takes to build it.
    pub build: Option<Distribution>,
    /// How long its tests take.
    pub test: Option<Distribution>,
    /// How long it takes to publish it.
    pub publish: Option<Distribution>,
}

impl PipelineForm {
    /// The stages, by their keys, in their order.
    pub fn stages(&self) -> [(&'static str, Option<&Distribution>); 3] {
        let Self { build, test, publish } = self;
        [("build", build.as_ref()), ("test", test.as_ref()), ("publish", publish.as_ref())]
    }
}

/// What holds a release up, or takes it back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateForm {
    /// How often the new version is held against the old one.
    #[serde(default = "every")]
    pub every: Span,
    /// The probability that a version as good as the old one is taken back, over all looks, at most; as far as failures
    /// are independent of each other, and the times of one window `every` of those of the next.
    #[serde(default = "significance")]
    pub significance: f64,
    /// So many attempts at each version have to have ended before anything is said.
    #[serde(default = "least_requests")]
    pub least_requests: u64,
    /// How long the new version is looked at when all requests go to it, before the release is over.
    #[serde(default)]
    #[schemars(with = "Option<Span>")]
    pub bake: Span,
    /// How long somebody takes to approve that all requests go to it; nobody has to if it is left out.
    pub approval: Option<Distribution>,
    /// Alarms of the service, any of which takes the new version back; none if it is left out.
    #[serde(default)]
    pub alarms: Vec<AlarmForm>,
}

/// An alarm: that of the attempts at a service, whichever version serves them, too many fail or take too long.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlarmForm {
    /// It goes off when a larger share than this of the attempts of a period failed, were refused or given up.
    pub above: Probability,
    /// Those that take longer than this count, too, from reaching the platform to the end of service.
    pub slower_than: Option<Span>,
    /// How long a period is.
    #[serde(default = "every")]
    pub period: Span,
    /// In how many periods, one after the other.
    #[serde(default = "once")]
    pub periods: u32,
}

/// The default of `EvaluationPeriods` where the console of `CloudWatch` makes an alarm; a guess for all else.
fn once() -> u32 {
    1
}

/// What stands in a scenario happens.
fn happens() -> bool {
    true
}

/// A guess: as often as alarms are commonly evaluated.
fn every() -> Span {
    Span::from_secs(60)
}

/// The usual level of a test.
fn significance() -> f64 {
    0.05
}

/// A guess: with so many a share of some percent is told from none.
fn least_requests() -> u64 {
    100
}
/// The keys of a version. They are laid over those of its service, and read as a service of its own.
#[derive(Clone, Debug, Default)]
pub struct VersionForm {
    /// Whether it has an `image` of its own, be it as large as that of its service.
    pub image: bool,
    /// The `layers` of its own, be they as large as those of its service.
    pub layers: BTreeSet<String>,
    /// Whether it says how what serves it wears out.
    pub wears_out: bool,
}

/// What matters of these keys by itself.
#[derive(Deserialize)]
#[allow(
    clippy::zero_sized_map_values,
    reason = "of the layers the keys are read, and the sizes elsewhere"
)]
struct Keys {
    image: Option<IgnoredAny>,
    #[serde(default)]
    layers: BTreeMap<String, IgnoredAny>,
    ageing: Option<IgnoredAny>,
    memory_use: Option<IgnoredAny>,
}

impl<'de> Deserialize<'de> for VersionForm {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Keys { image, layers, ageing, memory_use } = Keys::deserialize(from)?;
        Ok(Self {
            image: image.is_some(),
            layers: layers.into_keys().collect(),
            wears_out: ageing.is_some() || memory_use.is_some(),
        })
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
            keys.retain(|key, _| !FIXED.contains(&key.as_str()));
        }
        schema
    }
}

/// The keys in which a version does not differ from its service.
pub const FIXED: [&str; 3] = ["platform", "family", "reserved_concurrency"];

/// A release strategy, or one with a name, which takes the parameters of its base.
fn strategy(generator: &mut SchemaGenerator) -> Schema {
    named_choice(&release::STRATEGIES, &preset::STRATEGIES, generator)
}
