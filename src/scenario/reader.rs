//! A serde deserializer over the tree, which knows the place of every error.

use serde::de::{
    self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::choice::ChoiceAccess;
use super::fault::{Fault, Kind};
use super::{Key, Node, Value, one_or_many};

/// Reads one node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'de> {
    node: &'de Node,
}

impl<'de> Reader<'de> {
    pub(super) const fn new(node: &'de Node) -> Self {
        Self { node }
    }

    fn any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Integer(number) => match (u64::try_from(*number), i64::try_from(*number)) {
                (Ok(number), _) => visitor.visit_u64(number),
                (_, Ok(number)) => visitor.visit_i64(number),
                _ => unreachable!("the parser takes no integer past 64 bits"),
            },
            Value::List(items) => {
                let mut access = ListAccess { items: items.iter().enumerate() };
                let value = visitor.visit_seq(&mut access)?;
                access.end(items.len())?;
                Ok(value)
            }
            Value::Table(entries) => visitor.visit_map(TableAccess::new(entries)),
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.any(visitor).map_err(|fault| fault.at(&self.node.span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == one_or_many::NAME && matches!(self.node.value, Value::List(_)) {
            return self.deserialize_any(visitor);
        }
        visitor.visit_newtype_struct(self).map_err(|fault| fault.at(&self.node.span))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Table(_) => self.deserialize_any(visitor),
            _ => Err(Fault::wrong_type(self.node, "a table")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            // Without the item that was passed over the others would be taken for each other.
            Value::List(items) if items.iter().any(|item| item.spoiled) => {
                let message = format!("expected {len} items");
                Err(Fault::new(Kind::Invalid(message)).at(&self.node.span))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Value::Table(entries) = &self.node.value else {
            return Err(Fault::wrong_type(self.node, "an empty table"));
        };
        match entries.iter().enumerate().find(|(_, (_, node))| !node.spoiled) {
            None => visitor.visit_unit(),
            Some((index, (key, _))) => {
                let kind = Kind::UnknownKey { key: key.name.clone(), expected: &[] };
                Err(Fault::new(kind).at(&key.span).under(index))
            }
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let choice = ChoiceAccess::new(self.node, variants)?;
        visitor.visit_enum(choice).map_err(|fault| fault.at(&self.node.span))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq map
        identifier
    }
}

/// The items of a list but those that were passed over.
struct ListAccess<'de> {
    items: std::iter::Enumerate<std::slice::Iter<'de, Node>>,
}

impl ListAccess<'_> {
    /// Checks that the reader took all items.
    fn end(mut self, len: usize) -> Result<(), Fault> {
        match self.items.find(|(_, item)| !item.spoiled) {
            None => Ok(()),
            Some((taken, _)) => {
                let message = format!("expected a list of {taken} items, found {len}");
                Err(Fault::new(Kind::Invalid(message)))
            }
        }
    }
}

impl<'de> SeqAccess<'de> for &mut ListAccess<'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some((index, item)) = self.items.find(|(_, item)| !item.spoiled) else {
            return Ok(None);
        };
        let value = seed.deserialize(Reader::new(item));
        value.map(Some).map_err(|fault| fault.at(&item.span).under(index))
    }
}

/// The entries of a table but those that were passed over.
pub(super) struct TableAccess<'de> {
    entries: std::iter::Enumerate<std::slice::Iter<'de, (Key, Node)>>,
    /// The value of the key that was read last, and its number.
    value: Option<(usize, &'de Node)>,
}

impl<'de> TableAccess<'de> {
    pub(super) fn new(entries: &'de [(Key, Node)]) -> Self {
        Self { entries: entries.iter().enumerate(), value: None }
    }
}

impl<'de> MapAccess<'de> for TableAccess<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((index, (key, node))) = self.entries.find(|(_, (_, node))| !node.spoiled) else {
            return Ok(None);
        };
        self.value = Some((index, node));
        let name = seed.deserialize(KeyReader { key });
        name.map(Some).map_err(|fault| fault.at(&key.span).under(index))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (index, node) = self.value.take().expect("serde reads a value after its key");
        let value = seed.deserialize(Reader::new(node));
        value.map_err(|fault| fault.at(&node.span).under(index))
    }
}

/// Reads a key.
struct KeyReader<'de> {
    key: &'de Key,
}

impl<'de> Deserializer<'de> for KeyReader<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_borrowed_str(&self.key.name)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let text: de::value::StrDeserializer<'_, Fault> =
            self.key.name.as_str().into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
