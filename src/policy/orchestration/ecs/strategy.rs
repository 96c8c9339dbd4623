//! Placement strategies: which of the instances that would do is the best.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::super::kubernetes::{Cluster, Node, Resource};
use super::attribute::{Attribute, Group};
use crate::kernel::stream::below;
use crate::kernel::{Id, Stream};

/// What makes an instance better than another. It leaves those that are best, and the next strategy goes on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Strategy {
    /// The instance with the least left of this resource.
    Binpack(Packed),
    /// The value that the fewest tasks of the service or group have.
    Spread(Field),
    /// One of them, drawn.
    Random,
}

/// What is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Packed {
    /// CPU that no task has reserved.
    Cpu,
    /// Memory that no task has reserved.
    Memory,
}

/// Over what tasks are spread: `instanceId` or `attribute:NAME`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Field {
    /// Instances (`instanceId`, or `host`).
    Instance,
    /// The values of an attribute of instances.
    Attribute(String),
}

impl TryFrom<String> for Field {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "instanceId" | "host" => Ok(Self::Instance),
            _ => match text.strip_prefix("attribute:") {
                Some(name) if !name.is_empty() => Ok(Self::Attribute(name.to_owned())),
                _ => Err(format!(
                    "`{text}` cannot be spread over: write `instanceId`, or `attribute:{}`",
                    if text.is_empty() { "NAME" } else { text.trim_start_matches("attribute:") }
                )),
            },
        }
    }
}

impl From<Field> for String {
    fn from(field: Field) -> Self {
        match field {
            Field::Instance => "instanceId".to_owned(),
            Field::Attribute(name) => format!("attribute:{name}"),
        }
    }
}

impl JsonSchema for Field {
    fn schema_name() -> Cow<'static, str> {
        "Field".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "`instanceId`, or `attribute:NAME`.",
            "pattern": "^(instanceId|host|attribute:.+)$",
            "examples": ["attribute:ecs.availability-zone"],
        })
    }
}

/// Which end of an order is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// A task comes: where there are few, or little is left.
    Place,
    /// A task goes: where there are many, or much is left.
    Stop,
}

impl Strategy {
    /// Leaves the best of what stands on instances.
    pub(super) fn narrow<T: Copy>(
        &self,
        cluster: &Cluster,
        group: &Group,
        left: &mut Vec<T>,
        node: impl Fn(T) -> Id<Node>,
        aim: Aim,
        stream: &mut Stream,
    ) {
        match self {
            Self::Random => {
                let drawn = draw(left, stream);
                left.clear();
                left.extend(drawn);
            }
            Self::Binpack(packed) => {
                let resource = match packed {
                    Packed::Cpu => Resource::CPU,
                    Packed::Memory => Resource::MEMORY,
                };
                keep(left, aim, |one| {
                    let Node { spec, load, .. } = cluster.at(node(one));
                    spec.allocatable.get(resource) - load.requested().get(resource)
                });
            }
            Self::Spread(Field::Instance) => keep(left, aim, |one| group.tasks_on(node(one))),
            Self::Spread(Field::Attribute(name)) => {
                let attribute = Attribute::named(name, cluster);
                let tasks = group.by_value(cluster, attribute);
                keep(left, aim, |one| {
                    let value = attribute.of(cluster.node(node(one)));
                    tasks.get(&value).copied().unwrap_or(0)
                });
            }
        }
    }
}

/// Keeps those with the least of something, or with the most.
fn keep<T: Copy>(left: &mut Vec<T>, aim: Aim, amount: impl Fn(T) -> i64) {
    let amounts: Vec<i64> = left.iter().map(|&one| amount(one)).collect();
    let best = match aim {
        Aim::Place => amounts.iter().min(),
        Aim::Stop => amounts.iter().max(),
    };
    let mut each = amounts.iter();
    left.retain(|_| each.next() == best);
}

/// One of them, each as likely as the others.
pub(super) fn draw<T: Copy>(left: &[T], stream: &mut Stream) -> Option<T> {
    match *left {
        [] => None,
        [only] => Some(only),
        _ => Some(left[below(stream, left.len() as u64) as usize]),
    }
}
