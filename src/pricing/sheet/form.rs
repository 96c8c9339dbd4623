//! A price as a scenario writes it: a sheet by its name, a table of a name and its parameters, or
//! flat prices with no name.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, de};

use super::{Flat, PriceChoice, SHEETS};
use crate::policy::catalogue::{self, Choice, Described};

/// A price of a scenario, with the name of its sheet.
///
/// ```
/// use cloudsched::pricing::sheet::PriceForm;
/// let read = |json| serde_json::from_str::<PriceForm>(json).unwrap().sheet;
/// assert_eq!(read(r#""aws-lambda""#), "aws-lambda");
/// assert_eq!(read(r#"{ "aws-lambda": { "free_tier": true } }"#), "aws-lambda");
/// assert_eq!(read(r#"{ "server_hour": 0.096 }"#), "flat");
/// ```
#[derive(Clone, Debug)]
pub struct PriceForm {
    /// Its name.
    pub sheet: &'static str,
    /// The sheet.
    pub choice: PriceChoice,
    /// Whether flat prices stand with no name.
    pub bare: bool,
}

/// The keys of flat prices: they may stand beside each other, where names of sheets may not.
pub const FLAT_KEYS: &[&str] = &["request", "memory_gib_s", "server_hour", "host_hour"];

/// What may be the first key: flat prices, and the names of sheets.
static KEYS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| FLAT_KEYS.iter().chain(PriceChoice::NAMES).copied().collect());

impl<'de> Deserialize<'de> for PriceForm {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Form)
    }
}

struct Form;

impl<'de> Visitor<'de> for Form {
    type Value = PriceForm;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a price: the name of a price sheet, or a table of prices")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<PriceForm, E> {
        let known = SHEETS.get(name);
        let sheet = known.ok_or_else(|| E::unknown_variant(name, PriceChoice::NAMES))?.name;
        let choice = catalogue::bare(name)?;
        Ok(PriceForm { sheet, choice, bare: false })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PriceForm, A::Error> {
        let first = map.next_key_seed(FirstKey)?;
        if let Some(sheet) = first.and_then(|key| SHEETS.get(key)) {
            let choice = catalogue::read_after(sheet.name, map)?;
            return Ok(PriceForm { sheet: sheet.name, choice, bare: false });
        }
        let flat = Flat::deserialize(MapAccessDeserializer::new(Pushed { first, map }))?;
        Ok(PriceForm { sheet: Flat::NAME, choice: PriceChoice(Box::new(flat)), bare: true })
    }
}

/// Reads the first key.
struct FirstKey;

impl<'de> DeserializeSeed<'de> for FirstKey {
    type Value = &'static str;
    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<&'static str, D::Error> {
        key.deserialize_identifier(self)
    }
}

impl Visitor<'_> for FirstKey {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a price, or the name of a price sheet")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<&'static str, E> {
        let known = KEYS.iter().find(|known| **known == key);
        known.copied().ok_or_else(|| E::unknown_field(key, &KEYS))
    }
}

/// A table whose first key was read already.
struct Pushed<A> {
    first: Option<&'static str>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Pushed<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => {
                let key: StrDeserializer<'_, A::Error> = key.into_deserializer();
                seed.deserialize(key).map(Some)
            }
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

impl JsonSchema for PriceForm {
    fn schema_name() -> Cow<'static, str> {
        "PriceForm".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let flat = generator.subschema_for::<Flat>();
        let choice = generator.subschema_for::<PriceChoice>();
        json_schema!({ "description": "A price: flat, or a price sheet.", "anyOf": [flat, choice] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<PriceForm, String> {
        serde_json::from_str(json).map_err(|error| {
            error.to_string().split(" at line").next().unwrap_or_default().to_owned()
        })
    }

    #[test]
    fn flat_prices_need_no_name() {
        let flat = read(r#"{ "request": 2e-7, "host_hour": 1 }"#).unwrap();
        assert!(flat.bare && flat.sheet == "flat");
        let text = format!("{:?}", flat.choice);
        assert!(text.contains("200000") && text.contains("1000000000000"), "{text}");
        assert_eq!(read("{}").unwrap().sheet, "flat");
        assert_eq!(read(r#"{ "flat": { "request": 1 } }"#).unwrap().sheet, "flat");
        let keys: Vec<String> =
            SHEETS.get("flat").unwrap().parameters().into_iter().map(|p| p.name).collect();
        let known: std::collections::BTreeSet<_> = FLAT_KEYS.iter().copied().collect();
        assert_eq!(
            keys.iter().map(String::as_str).collect::<std::collections::BTreeSet<_>>(),
            known
        );
    }

    #[test]
    fn says_what_is_wrong() {
        let error = |json| read(json).unwrap_err();
        assert!(
            error(r#"{ "requests": 1 }"#).starts_with("unknown field `requests`, expected one")
        );
        assert!(error(r#"{ "request": 1, "ec2": {} }"#).starts_with("unknown field `ec2`"));
        let both = r#"{ "ec2": {}, "s3": {} }"#;
        assert_eq!(error(both), "`ec2` and `s3`: only one price sheet can be chosen");
        assert!(error(r#""ec3""#).starts_with("unknown variant `ec3`, expected one of `flat`"));
        assert_eq!(error(r#""egress""#), "missing field `per_request`");
        assert!(error("3").contains("expected a price: the name of a price sheet"));
    }

    #[test]
    fn its_schema_allows_all_forms() {
        let schema = schemars::schema_for!(PriceForm);
        let validator = jsonschema::validator_for(schema.as_value()).unwrap();
        for (json, valid) in [
            (r#""aws-lambda""#, true),
            (r#"{ "aws-lambda": { "values": { "requests": 0.2 } } }"#, true),
            (r#"{ "request": 2e-7 }"#, true),
            (r#""egress""#, false),
            (r#"{ "request": 2e-7, "ec2": {} }"#, false),
        ] {
            let value = serde_json::from_str(json).unwrap();
            assert_eq!(validator.is_valid(&value), valid, "{json}");
            assert_eq!(read(json).is_ok(), valid, "{json}");
        }
    }
}
