//! The catalogue: what there is to choose from, as data.
//!
//! One line in a `catalogue!` makes a policy known. From that line come its look-up in a scenario
//! file, the lists and explanations that a user reads, its JSON Schema and its contract tests.
//!
//! A policy is written as its name, or as a table of its name and its parameters:
//!
//! ```
//! use cloudsched::policy::placement::PlacementChoice;
//! let named: PlacementChoice = serde_json::from_str(r#""best-fit""#)?;
//! let table: PlacementChoice = serde_json::from_str(r#"{ "best-fit": {} }"#)?;
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::fmt;
use std::marker::PhantomData;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

/// What a policy says of itself. Its parameters speak through its schema.
pub trait Described {
    /// Its name in a scenario file, in kebab-case; unique among its kind.
    const NAME: &'static str;
    /// What it does, in one sentence.
    const SUMMARY: &'static str;
    /// Where it comes from: a paper, a system, a section of a textbook.
    const SOURCE: &'static str;
}

/// All policies of one kind.
#[derive(Debug)]
pub struct Catalogue {
    /// The kind, in words: `"keep-alive policy"`.
    pub kind: &'static str,
    /// The policies, in the order in which a reader should meet them.
    pub entries: &'static [Entry],
}

/// One policy of a [`Catalogue`].
#[derive(Debug)]
pub struct Entry {
    /// The kind, in words: `"keep-alive policy"`.
    pub kind: &'static str,
    /// [`Described::NAME`].
    pub name: &'static str,
    /// [`Described::SUMMARY`].
    pub summary: &'static str,
    /// [`Described::SOURCE`].
    pub source: &'static str,
    /// The JSON Schema of its parameters, an object.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// A parameter of a policy, read from its schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its key.
    pub name: String,
    /// What it means, from the comment on its field.
    pub description: String,
    /// What it holds when it is left out; `None` if it may not be.
    pub default: Option<Value>,
    /// A value one could write: its default, or the example of its schema.
    pub example: Option<Value>,
    /// The JSON Schema of its value, which refers to nothing outside itself.
    pub schema: Value,
}

impl Catalogue {
    /// The policy with this name.
    pub fn get(&self, name: &str) -> Option<&'static Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The JSON Schema of a choice from this catalogue: a name that needs no parameters, or a
    /// table of one name and its parameters.
    pub fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        let mut bare = Vec::new();
        let mut forms = vec![Value::Null];
        for entry in self.entries {
            let parameters = (entry.schema)(generator);
            if required(parameters.as_value()).next().is_none() {
                bare.push(entry.name);
            }
            forms.push(
                json_schema!({
                    "type": "object",
                    "description": entry.summary,
                    "properties": { entry.name: parameters },
                    "required": [entry.name],
                    "additionalProperties": false
                })
                .to_value(),
            );
        }
        if bare.is_empty() {
            forms.remove(0);
        } else {
            forms[0] = json_schema!({ "enum": bare }).to_value();
        }
        json_schema!({ "description": format!("A {}.", self.kind), "anyOf": forms })
    }
}

impl Entry {
    /// The entry of policy `P`.
    pub const fn of<P: Described + JsonSchema>(kind: &'static str) -> Self {
        Self {
            kind,
            name: P::NAME,
            summary: P::SUMMARY,
            source: P::SOURCE,
            schema: <P as JsonSchema>::json_schema,
        }
    }

    /// Its parameters, in the order of their fields.
    pub fn parameters(&self) -> Vec<Parameter> {
        let settings = SchemaSettings::default().with(|settings| settings.inline_subschemas = true);
        let mut generator = settings.into_generator();
        let schema = (self.schema)(&mut generator).to_value();
        // What refers to itself, as a mixture of distributions does, cannot be written in place.
        let definitions = generator.take_definitions(true);
        let properties = schema.get("properties").and_then(Value::as_object);
        let read = |(name, value): (&String, &Value)| {
            let mut parameter = Parameter::read(name, value);
            if let (Value::Object(schema), false) = (&mut parameter.schema, definitions.is_empty())
            {
                schema.insert("$defs".to_owned(), definitions.clone().into());
            }
            parameter
        };
        properties.into_iter().flatten().map(read).collect()
    }
}

impl Parameter {
    fn read(name: &str, schema: &Value) -> Self {
        let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let default = schema.get("default").cloned();
        Self {
            name: name.to_owned(),
            description: text.split_whitespace().collect::<Vec<_>>().join(" "),
            example: default
                .clone()
                .filter(|default| !default.is_null())
                .or_else(|| schema.pointer("/examples/0").cloned()),
            default,
            schema: schema.clone(),
        }
    }
}

/// The names of the parameters without which an object of this schema is incomplete.
fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// A boxed policy of one kind, chosen by name. `catalogue!` implements it.
pub trait Choice: Sized {
    /// The kind, in words.
    const KIND: &'static str;
    /// The names to choose from.
    const NAMES: &'static [&'static str];

    /// The policy called `name` with these parameters.
    ///
    /// # Errors
    /// If there is no such name, or the parameters are not its own.
    fn make<'de, D: Deserializer<'de>>(name: &str, parameters: D) -> Result<Self, D::Error>;
}

/// Reads a choice: text that is a name, or a table whose one key is a name.
///
/// # Errors
/// If the name is unknown, a parameter is missing, unknown or wrong, or there is not exactly one
/// name. Errors about a name carry the place of that name, where the format keeps places.
pub fn deserialize<'de, C: Choice, D: Deserializer<'de>>(deserializer: D) -> Result<C, D::Error> {
    deserializer.deserialize_any(ChoiceVisitor(PhantomData))
}

struct ChoiceVisitor<C>(PhantomData<C>);

impl<'de, C: Choice> Visitor<'de> for ChoiceVisitor<C> {
    type Value = C;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {}: its name, or a table of its name and its parameters", C::KIND)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<C, E> {
        bare(name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<C, A::Error> {
        let Some(name) = map.next_key_seed(Name::<C>::first())? else {
            return Err(A::Error::invalid_length(0, &self));
        };
        read_after(name, map)
    }
}

/// Makes a choice whose name stands alone.
///
/// # Errors
/// If the name is unknown, or a parameter is missing.
pub fn bare<C: Choice, E: Error>(name: &str) -> Result<C, E> {
    C::make(name, MapDeserializer::new(std::iter::empty::<(&str, &str)>()))
}

/// Reads the parameters of `name`, the first and only key of `map`, which was read already.
///
/// # Errors
/// If a parameter is missing, unknown or wrong, or another key follows.
pub fn read_after<'de, C: Choice, A: MapAccess<'de>>(
    name: &'static str,
    mut map: A,
) -> Result<C, A::Error> {
    let choice = map.next_value_seed(Parameters::<C>(name, PhantomData))?;
    // A second key is an error, which the seed tells.
    map.next_key_seed(Name::<C> { before: Some(name), choice: PhantomData })?;
    Ok(choice)
}

/// Reads a key that is a name of a policy and stands alone.
struct Name<C> {
    before: Option<&'static str>,
    choice: PhantomData<C>,
}

impl<C> Name<C> {
    fn first() -> Self {
        Self { before: None, choice: PhantomData }
    }
}

impl<'de, C: Choice> DeserializeSeed<'de> for Name<C> {
    type Value = &'static str;
    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<&'static str, D::Error> {
        key.deserialize_identifier(self)
    }
}

impl<C: Choice> Visitor<'_> for Name<C> {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name of a {}", C::KIND)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<&'static str, E> {
        if let Some(before) = self.before {
            let kind = C::KIND;
            return Err(E::custom(format!(
                "`{before}` and `{name}`: only one {kind} can be chosen"
            )));
        }
        let known = C::NAMES.iter().find(|known| **known == name);
        known.copied().ok_or_else(|| E::unknown_variant(name, C::NAMES))
    }
}

/// Reads the parameters of the policy with this name.
struct Parameters<C>(&'static str, PhantomData<C>);

impl<'de, C: Choice> DeserializeSeed<'de> for Parameters<C> {
    type Value = C;
    fn deserialize<D: Deserializer<'de>>(self, parameters: D) -> Result<C, D::Error> {
        C::make(self.0, parameters)
    }
}

/// Makes the catalogue of one kind of policy and the type of a choice from it: one line a policy.
macro_rules! catalogue {
    (
        $(#[$choice_doc:meta])*
        pub struct $choice:ident(Box<dyn $seam:ident>);
        $(#[$list_doc:meta])*
        pub static $list:ident: $kind:literal;
        $($policy:ty,)+
    ) => {
        $(#[$choice_doc])*
        #[derive(Clone, Debug)]
        pub struct $choice(pub Box<dyn $seam>);

        $(#[$list_doc])*
        pub static $list: $crate::policy::catalogue::Catalogue =
            $crate::policy::catalogue::Catalogue {
                kind: $kind,
                entries: &[$($crate::policy::catalogue::Entry::of::<$policy>($kind)),+],
            };

        impl $crate::policy::catalogue::Choice for $choice {
            const KIND: &'static str = $kind;
            const NAMES: &'static [&'static str] =
                &[$(<$policy as $crate::policy::catalogue::Described>::NAME),+];

            fn make<'de, D: serde::Deserializer<'de>>(
                name: &str,
                parameters: D,
            ) -> Result<Self, D::Error> {
                match name {
                    $(<$policy as $crate::policy::catalogue::Described>::NAME => {
                        let policy = <$policy as serde::Deserialize>::deserialize(parameters)?;
                        Ok(Self(Box::new(policy)))
                    })+
                    _ => Err(serde::de::Error::unknown_variant(name, Self::NAMES)),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $choice {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::policy::catalogue::deserialize(from)
            }
        }

        impl schemars::JsonSchema for $choice {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($choice).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $list.schema(generator)
            }
        }
    };
}
pub(crate) use catalogue;

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use crate::policy::balance::{BALANCES, BalanceChoice};
    use crate::policy::keep_alive::{KEEP_ALIVES, KeepAliveChoice};

    #[derive(Debug, Deserialize)]
    struct File {
        keep_alive: KeepAliveChoice,
        balance: BalanceChoice,
    }

    /// The place of the error in a file with this choice of keep-alive, and its text.
    fn error(keep_alive: &str) -> (String, String) {
        let file = format!("balance = 'random'\n{keep_alive}\n");
        let error = toml::from_str::<File>(&file).unwrap_err();
        (file[error.span().unwrap()].to_owned(), error.message().to_owned())
    }

    #[test]
    fn reads_names_and_tables() {
        let text = "balance = 'choose-d'\nkeep_alive.fixed = { window = '10m' }";
        let file: File = toml::from_str(text).unwrap();
        assert!(format!("{:?}", file.keep_alive).contains("Fixed"));
        assert!(format!("{:?}", file.balance).contains("d: 2"));
        let file: File = toml::from_str("balance.choose-d.d = 3\nkeep_alive = 'none'").unwrap();
        assert!(format!("{:?}", file.balance).contains("d: 3"));
    }

    #[test]
    fn errors_stand_where_the_name_does() {
        let (place, text) = error("keep_alive.fixd = { window = '10m' }");
        assert_eq!(place, "fixd");
        let expected = "unknown variant `fixd`, expected one of `none`, `fixed`, `infinite`, ";
        assert!(text.starts_with(expected), "{text}");
        let (place, text) = error("keep_alive = 'fixed'");
        assert_eq!((&*place, &*text), ("'fixed'", "missing field `window`"));
        let (place, text) = error("keep_alive = { none = {}, infinite = {} }");
        let expected = "`infinite` and `none`: only one keep-alive policy can be chosen";
        assert_eq!((&*place, &*text), ("none", expected), "in order of their names");
        let (place, text) = error("keep_alive.fixed = { window = '10m', wait = 1 }");
        assert_eq!((&*place, &*text), ("wait", "unknown field `wait`, expected `window`"));
        let (_, text) = error("keep_alive = 5");
        assert!(text.contains("expected a keep-alive policy: its name, or a table of its name"));
    }

    #[test]
    fn parameters_are_read_from_the_struct() {
        let fixed = KEEP_ALIVES.get("fixed").unwrap().parameters();
        assert_eq!(fixed.len(), 1);
        assert_eq!(fixed[0].name, "window");
        assert_eq!(fixed[0].description, "How long an instance stays idle before it goes.");
        assert_eq!((&fixed[0].default, &fixed[0].example), (&None, &Some("10m".into())));
        let choose_d = BALANCES.get("choose-d").unwrap().parameters();
        assert_eq!((&*choose_d[0].name, &choose_d[0].default), ("d", &Some(2.into())));
        assert_eq!(KEEP_ALIVES.get("none").unwrap().parameters(), []);
    }
}
