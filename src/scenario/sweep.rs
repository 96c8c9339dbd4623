//! The table `[sweep]` of a scenario file.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

/// Many runs of a scenario with other values: what varies, and how often each point is run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// How many runs each point has, each with a seed of its own; 10 if left out.
    pub replications: Option<u64>,
    /// The confidence of the intervals in summary.csv.
    #[serde(default = "confidence")]
    pub confidence: f64,
    /// The axes: paths as `--set` takes them, in quotes, and the values at each.
    #[serde(default)]
    pub vary: Vary,
    /// Ways to run the scenario, each a name and the values that it has at some paths: an axis `case`, before the others.
    pub cases: Option<Cases>,
    /// Walks the axes side by side: the first values of all, the second values of all, …
    #[serde(default)]
    pub pair: bool,
    /// Runs each point until a metric is known well enough, instead of a fixed number of times.
    pub until: Option<Until>,
    /// Takes so many points from all that the axes span, instead of each.
    pub sample: Option<Sample>,
}

/// The confidence of intervals, if nothing else is asked for.
const fn confidence() -> f64 {
    0.95
}

/// When a point has been run often enough.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Until {
    /// The metric whose mean is to be known.
    pub metric: String,
    /// The half-width of its interval over its mean, at most.
    pub relative_half_width: f64,
    /// So many runs at least; 2 or more.
    #[serde(default = "least")]
    pub least: u64,
    /// So many runs at most, however wide the interval is then.
    #[serde(default = "most")]
    pub most: u64,
}

const fn least() -> u64 {
    5
}

const fn most() -> u64 {
    100
}

/// Points taken from all that the axes span.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// How they are taken.
    pub method: Method,
    /// How many.
    pub points: u64,
}

/// How points are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Each by itself.
    Random,
    /// So that each axis, cut into as many parts as there are points, has one in each part
    /// (Technometrics 21(2), 1979, 239-245).
    LatinHypercube,
}

/// An axis that runs from one end to the other; only with `sample`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The low end: a number, or a text of a number and a unit.
    pub from: End,
    /// The high end, as the low one; in the same unit, unless both are times.
    pub to: End,
    /// How the values lie between.
    #[serde(default)]
    pub scale: Scale,
}

/// How the values of a range lie between its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// Their logarithms evenly.
    Log,
}

/// The end of a range; read from the tree, which keeps it as it is written.
pub type End = Anything;

/// A value that is read elsewhere, from the tree, with the place of every part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(from).map(|_| Self)
    }
}

/// The cases. They are read from the tree, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Cases(Anything);

impl JsonSchema for Cases {
    fn schema_name() -> Cow<'static, str> {
        "Cases".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "By name: the values at each path, as `--set` takes it, in quotes",
            "minProperties": 1,
            "additionalProperties": { "type": "object" },
        })
    }
}

/// The axes. They are read from the tree, in the order of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Vary(Anything);

impl JsonSchema for Vary {
    fn schema_name() -> Cow<'static, str> {
        "Vary".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let end = json_schema!({ "type": ["number", "string"] });
        json_schema!({
            "type": "object",
            "description": "The values at each path, or with `sample` a range of them",
            "additionalProperties": {
                "anyOf": [
                    { "type": "array", "minItems": 1 },
                    {
                        "type": "object",
                        "properties": {
                            "from": end,
                            "to": end,
                            "scale": generator.subschema_for::<Scale>(),
                        },
                        "required": ["from", "to"],
                        "additionalProperties": false,
                    },
                ],
            },
        })
    }
}
