//! A value for all members of a family, or a list of values that they take in turn.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// The name by which the reader of a tree knows that a list may stand here.
pub(super) const NAME: &str = "cloudsched::OneOrMany";

/// A value, or a list of values through which the members of a family cycle. The list is never
/// empty. A `T` that is itself written as a list cannot be told from one and does not belong here.
///
/// ```
/// use cloudsched::scenario::{Node, OneOrMany, Problems, read_all};
/// use std::collections::BTreeMap;
/// let root = Node::parse("x = [1, 2, 3]\ny = 7", &mut Problems::default()).unwrap();
/// let read: BTreeMap<String, OneOrMany<u32>> = read_all(&root, &mut Problems::default()).unwrap();
/// assert_eq!((read["x"].member(4), read["y"].member(4)), (&2, &7));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OneOrMany<T>(Vec<T>);

impl<T> OneOrMany<T> {
    /// The value for all members.
    pub fn one(value: T) -> Self {
        Self(vec![value])
    }

    /// The value of the member with this number, counted from 0.
    pub fn member(&self, number: usize) -> &T {
        &self.0[number % self.0.len()]
    }

    /// All values, as listed.
    pub fn values(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_newtype_struct(NAME, Visitor(PhantomData))
    }
}

struct Visitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or a list of values")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        T::deserialize(from).map(OneOrMany::one)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element()? {
            values.push(value);
        }
        if values.is_empty() {
            return Err(de::Error::custom("expected at least one value in the list"));
        }
        Ok(OneOrMany(values))
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({
            "anyOf": [value, { "type": "array", "items": value, "minItems": 1 }],
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::kernel::Span;
    use crate::scenario::{Node, Problems, read_all};

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case", deny_unknown_fields)]
    enum Demand {
        Zero,
        Exponential { mean: Span },
    }

    type Table = BTreeMap<String, OneOrMany<Demand>>;

    #[test]
    fn reads_choices_and_lists_of_them() {
        let text =
            "a = 'zero'\nb.exponential.mean = '1s'\nc = ['zero', { exponential.mean = '2s' }]";
        let root = Node::parse(text, &mut Problems::default()).unwrap();
        let table: Table = read_all(&root, &mut Problems::default()).unwrap();
        let mean = |secs| Demand::Exponential { mean: Span::from_secs(secs) };
        assert_eq!(table["a"].values(), [Demand::Zero]);
        assert_eq!(table["b"].values(), [mean(1)]);
        assert_eq!(table["c"].values(), [Demand::Zero, mean(2)]);
        assert_eq!(
            [0, 1, 2, 3].map(|number| table["c"].member(number) == &mean(2)),
            [false, true, false, true]
        );
    }

    #[test]
    fn keeps_the_place_of_every_error() {
        let text = "a = 'exponential'\nb = []\nc = ['zero', 'none', { exponential.men = '2s' }]";
        let mut problems = Problems::default();
        let root = Node::parse(text, &mut problems).unwrap();
        assert!(read_all::<Table>(&root, &mut problems).is_some());
        let told: Vec<_> =
            problems.iter().map(|p| (&text[p.span.clone()], p.message.as_str())).collect();
        assert_eq!(
            told,
            [
                ("'exponential'", "`exponential` needs parameters: `mean`"),
                ("[]", "expected at least one value in the list"),
                ("'none'", "unknown name `none`"),
                ("men", "unknown key `men`"),
            ]
        );
    }

    #[test]
    fn its_schema_allows_both_forms() {
        let schema = schemars::schema_for!(OneOrMany<u32>);
        let validator = jsonschema::validator_for(schema.as_value()).unwrap();
        for (json, valid) in [("1", true), ("[1, 2]", true), ("[]", false), ("[\"x\"]", false)] {
            let value = serde_json::from_str(json).unwrap();
            assert_eq!(validator.is_valid(&value), valid, "{json}");
        }
    }
}
