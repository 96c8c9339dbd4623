//! How long an instance takes to start: a distribution, or phases.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::EnumAccessDeserializer;
use serde::de::{self, DeserializeSeed, EnumAccess, IntoDeserializer, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::kernel::Span;
use crate::quantity::{Bandwidth, Bytes, Probability};
use crate::variate::{DISTRIBUTIONS, Distribution};

/// How long an instance takes to start.
#[derive(Clone, Debug)]
pub enum ColdStartForm {
    /// One random time.
    Whole(Distribution),
    /// The sum of phases.
    Phases(Box<PhasesForm>),
}

/// The phases of a start, one after another; what is left out takes no time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhasesForm {
    /// How long it takes to find a place for the instance.
    pub placement: Option<Distribution>,
    /// How long its microVM or container takes to boot.
    pub sandbox: Option<Distribution>,
    /// How the code comes.
    #[serde(default)]
    pub code: CodeForm,
    /// Language runtimes, by the name that a service gives as its `runtime`.
    #[serde(default)]
    pub runtime: BTreeMap<String, RuntimeForm>,
    /// The runtime of services that name none.
    pub default_runtime: Option<String>,
    /// How long a snapshot takes to be restored, instead of all but the placement.
    pub restore: Option<Distribution>,
}

/// How the code of a function comes to its instance.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeForm {
    /// A zip package, fetched as a whole.
    pub zip: Option<ZipForm>,
    /// A container image, of which the chunks that are needed are read.
    pub image: Option<ImageForm>,
}

/// How a zip package is fetched.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ZipForm {
    /// Until its first byte is there; no time if it is left out.
    pub first_byte: Option<Distribution>,
    /// How fast it comes; at once if it is left out.
    pub bandwidth: Option<Bandwidth>,
}

/// How a container image is read.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageForm {
    /// The size of a chunk.
    pub chunk: Bytes,
    /// The share of the image that is read.
    pub read: Probability,
    /// The cache of the host.
    pub local: TierForm,
    /// The cache of the zone.
    pub zone: TierForm,
    /// Where the other chunks come from.
    pub origin: OriginForm,
}

/// A cache of chunks.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierForm {
    /// The share of all chunks that come from it.
    pub share: Probability,
    /// How long such a chunk takes.
    pub latency: Distribution,
}

/// Where chunks come from that no cache has.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OriginForm {
    /// How long such a chunk takes.
    pub latency: Distribution,
}

/// How long a language runtime takes to start.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuntimeForm {
    /// What it takes by itself, on a core.
    pub own: Option<Distribution>,
    /// What the whole start of an empty function was measured to take; the runtime takes what the other
    /// phases leave of it. Not used beside `own`.
    pub total: Option<Distribution>,
    /// Whole starts that were measured with packages of these sizes, by ascending size; linear in
    /// between. Beside `total`.
    #[serde(default)]
    pub packages: Vec<(Bytes, Distribution)>,
    /// The whole start of a container image, as it was measured.
    pub image_total: Option<Distribution>,
    /// What loading a package takes for each 1,000,000 bytes; beside `packages` for what is beyond the
    /// largest. No time if it is left out.
    pub load_per_mb: Option<Span>,
    /// The share of the runtime's and the function's own start that is computed; the rest takes as
    /// long on any instance. 1 if it is left out.
    pub init_cpu_share: Option<Probability>,
}

/// The name of the choice that is no distribution.
const PHASES: &str = "phases";

/// What may stand as a cold start: a distribution or phases.
const NAMES: [&str; DISTRIBUTIONS.len() + 1] = {
    let mut names = [PHASES; DISTRIBUTIONS.len() + 1];
    let mut number = 0;
    while number < DISTRIBUTIONS.len() {
        names[number] = DISTRIBUTIONS[number].name;
        number += 1;
    }
    names
};

impl<'de> Deserialize<'de> for ColdStartForm {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_enum("ColdStart", &NAMES, Choice)
    }
}

struct Choice;

impl<'de> Visitor<'de> for Choice {
    type Value = ColdStartForm;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a distribution, or phases")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, choice: A) -> Result<ColdStartForm, A::Error> {
        let (name, variant) = choice.variant_seed(Name)?;
        if name == PHASES {
            return variant.newtype_variant().map(ColdStartForm::Phases);
        }
        let named = EnumAccessDeserializer::new(Named { name, variant });
        Distribution::deserialize(named).map(ColdStartForm::Whole)
    }
}

/// Reads which of the names it is.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = &'static str;
    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<&'static str, D::Error> {
        name.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a distribution, or `phases`")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<&'static str, E> {
        let known = NAMES.iter().find(|known| **known == name);
        known.copied().ok_or_else(|| E::unknown_variant(name, &NAMES))
    }
}

/// A choice whose name was read already.
struct Named<V> {
    name: &'static str,
    variant: V,
}

impl<'de, V: VariantAccess<'de>> EnumAccess<'de> for Named<V> {
    type Error = V::Error;
    type Variant = V;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, V), V::Error> {
        let name: de::value::StrDeserializer<'_, V::Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.variant))
    }
}

impl JsonSchema for ColdStartForm {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ColdStart".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let whole = generator.subschema_for::<Distribution>();
        let phases = generator.subschema_for::<PhasesForm>();
        json_schema!({
            "anyOf": [
                whole,
                {
                    "type": "object",
                    "properties": { "phases": phases },
                    "minProperties": 1,
                    "additionalProperties": false,
                },
            ],
        })
    }
}
