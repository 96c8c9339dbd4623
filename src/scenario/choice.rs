//! Choices: a name, or a table whose only key is the name and whose value the parameters.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, VariantAccess, Visitor,
    value::StrDeserializer,
};
use serde::forward_to_deserialize_any;

use super::error::listed;
use super::fault::{CHOICE, Fault, Kind};
use super::reader::Reader;
use super::{Key, Node, Span, Value};

/// The name of a choice, where it stands, and its parameters.
pub(super) struct ChoiceAccess<'de> {
    name: &'de str,
    name_span: &'de Span,
    parameters: Parameters<'de>,
}

/// The parameters of a choice.
pub(super) enum Parameters<'de> {
    /// None: the name stands alone.
    Bare(Bare<'de>),
    /// The value of the only key, and its number among the entries.
    Given(usize, &'de Node),
}

impl<'de> ChoiceAccess<'de> {
    /// The choice that stands at `node`, one of `names` if those are known.
    pub(super) fn new(node: &'de Node, names: &[&str]) -> Result<Self, Fault> {
        let expected = || match names {
            [] => CHOICE.to_owned(),
            names => format!("{CHOICE} ({})", listed(names)),
        };
        match &node.value {
            Value::Text(name) => {
                let bare = Bare { name, span: &node.span };
                Ok(Self { name, name_span: &node.span, parameters: Parameters::Bare(bare) })
            }
            Value::Table(entries) => {
                let mut given = entries.iter().enumerate().filter(|(_, (_, node))| !node.spoiled);
                match (given.next(), given.next()) {
                    (Some((index, (key, node))), None) => Ok(Self {
                        name: &key.name,
                        name_span: &key.span,
                        parameters: Parameters::Given(index, node),
                    }),
                    (Some((_, (first, _))), Some((_, (second, _)))) => Err(both(first, second)),
                    (None, _) => {
                        let message = format!("expected {}, found an empty table", expected());
                        Err(Fault::new(Kind::Invalid(message)).at(&node.span))
                    }
                }
            }
            _ => Err(Fault::wrong_type(node, expected())),
        }
    }
}

fn both(first: &Key, second: &Key) -> Fault {
    let (first, name) = (&first.name, &second.name);
    let message =
        format!("expected one name with its parameters, found both `{first}` and `{name}`");
    Fault::new(Kind::Invalid(message)).at(&second.span)
}

impl<'de> EnumAccess<'de> for ChoiceAccess<'de> {
    type Error = Fault;
    type Variant = Parameters<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Parameters<'de>), Fault> {
        let name: StrDeserializer<'de, Fault> = self.name.into_deserializer();
        let variant = seed.deserialize(name).map_err(|fault| fault.at(self.name_span))?;
        Ok((variant, self.parameters))
    }
}

impl<'de> VariantAccess<'de> for Parameters<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self {
            Self::Bare(_) => Ok(()),
            given @ Self::Given(..) => given.newtype_variant(),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        match self {
            Self::Bare(bare) => seed.deserialize(bare).map_err(|fault| fault.at(bare.span)),
            Self::Given(index, node) => {
                let value = seed.deserialize(Reader::new(node));
                value.map_err(|fault| fault.at(&node.span).under_choice(index))
            }
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Bare(bare) => bare.deserialize_tuple(len, visitor),
            Self::Given(index, node) => {
                let value = Reader::new(node).deserialize_tuple(len, visitor);
                value.map_err(|fault| fault.at(&node.span).under_choice(index))
            }
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self {
            Self::Bare(bare) => bare.deserialize_struct("", fields, visitor),
            Self::Given(index, node) => {
                let value = Reader::new(node).deserialize_struct("", fields, visitor);
                value.map_err(|fault| fault.at(&node.span).under_choice(index))
            }
        }
    }
}

/// Reads the parameters of a choice that stands as a name alone: an empty table, if that will do.
#[derive(Clone, Copy)]
pub(super) struct Bare<'de> {
    name: &'de str,
    span: &'de Span,
}

impl<'de> Bare<'de> {
    fn no_parameters<V: Visitor<'de>>(
        self,
        parameters: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_map(NoEntries).map_err(|fault| match fault.kind {
            Kind::MissingKey(missing) => {
                let choice = self.name.to_owned();
                Fault::new(Kind::MissingParameter { choice, missing, parameters }).at(self.span)
            }
            _ => fault.at(self.span),
        })
    }
}

impl<'de> Deserializer<'de> for Bare<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(Fault::new(Kind::NeedsValue(self.name.to_owned())).at(self.span))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.no_parameters(fields, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.no_parameters(&[], visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_none()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq
        tuple tuple_struct enum identifier
    }
}

/// A table with nothing in it.
struct NoEntries;

impl<'de> MapAccess<'de> for NoEntries {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, _: K) -> Result<Option<K::Value>, Fault> {
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, _: V) -> Result<V::Value, Fault> {
        unreachable!("serde reads a value after its key, and there is none")
    }
}
