//! The keys of a table, from its JSON Schema: name, form, default, meaning.

use serde_json::Value;

use super::text::paragraph;

/// A key, a parameter or a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) name: String,
    /// What may stand there, in words; empty if that is not known.
    pub(super) form: String,
    /// What holds if it is left out; `None` if nothing does.
    pub(super) default: Option<String>,
    /// Whether it may not be left out.
    pub(super) required: bool,
    pub(super) meaning: String,
}

impl Key {
    /// A key of which only name and meaning are known.
    pub(super) fn fact(name: &str, meaning: &str) -> Self {
        Self { name: name.to_owned(), meaning: meaning.to_owned(), ..Self::default() }
    }
}

/// The keys of a table with this schema, in order; those of a table within it follow under its
/// name: `price.request`, `hosts[].cpu`, `runtime.NAME.own`.
pub(super) fn keys_of(schema: &Value, definitions: &Value) -> Vec<Key> {
    let table = resolve(schema, definitions);
    let properties = table.get("properties").and_then(Value::as_object);
    let required = |name: &str| {
        let names = table.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|known| known == name))
    };
    let mut keys = Vec::new();
    for (name, property) in properties.into_iter().flatten() {
        let within = table_within(property, definitions);
        let told = |value: &&Value| {
            !value.is_null() && value.as_object().is_none_or(|table| !table.is_empty())
        };
        let default = property.get("default").filter(told).filter(|_| within.is_none());
        keys.push(Key {
            name: name.clone(),
            form: form(property, definitions),
            default: default.map(plain),
            required: required(name),
            meaning: description(property, definitions),
        });
        let (table, mark) = match within {
            Some(Within::Table(table)) => (table, ""),
            Some(Within::Tables(table)) => (table, "[]"),
            Some(Within::Named(table)) => (table, ".NAME"),
            None => continue,
        };
        keys.extend(
            keys_of(table, definitions)
                .into_iter()
                .map(|key| Key { name: format!("{name}{mark}.{}", key.name), ..key }),
        );
    }
    keys
}

/// The schema that `schema` stands for: that of its reference, or of what is not null.
pub(super) fn resolve<'s>(schema: &'s Value, definitions: &'s Value) -> &'s Value {
    if let Some(definition) = reference(schema).and_then(|name| definitions.get(name)) {
        return resolve(definition, definitions);
    }
    match not_null(schema) {
        Some(other) => resolve(other, definitions),
        None => schema,
    }
}

/// The name of the definition that `schema` refers to.
fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref").and_then(Value::as_str)?.rsplit('/').next()
}

/// The other one, if `schema` is one thing or null.
fn not_null(schema: &Value) -> Option<&Value> {
    let is_null = |schema: &Value| schema.get("type").is_some_and(|name| name == "null");
    match schema.get("anyOf")?.as_array()?.as_slice() {
        [other, null] if is_null(null) => Some(other),
        _ => None,
    }
}

/// What a list may hold, if `schema` is one thing or a list of such things.
fn one_or_many(schema: &Value) -> Option<&Value> {
    match schema.get("anyOf")?.as_array()?.as_slice() {
        [one, many] if many.get("items") == Some(one) => Some(one),
        _ => None,
    }
}

/// A table in a key.
enum Within<'s> {
    /// It stands there.
    Table(&'s Value),
    /// A list of them does.
    Tables(&'s Value),
    /// A table of them does, by names of the user's.
    Named(&'s Value),
}

/// The table that is the value of a key, if that is a table with keys of its own.
fn table_within<'s>(property: &'s Value, definitions: &'s Value) -> Option<Within<'s>> {
    let value = resolve(property, definitions);
    let has_keys = |schema: &Value| schema.get("properties").is_some();
    if has_keys(value) {
        return Some(Within::Table(value));
    }
    // One form among others, as `phases` are beside distributions; policies have a table each.
    let forms = value.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    if let [table] = forms.filter(|form| has_keys(form)).collect::<Vec<_>>()[..] {
        return Some(Within::Table(table));
    }
    if let Some(named) = value.get("additionalProperties") {
        let named = resolve(named, definitions);
        return has_keys(named).then_some(Within::Named(named));
    }
    let items = resolve(value.get("items")?, definitions);
    has_keys(items).then_some(Within::Tables(items))
}

/// What may stand where `schema` holds, in words.
fn form(schema: &Value, definitions: &Value) -> String {
    if let Some(other) = not_null(schema) {
        return form(other, definitions);
    }
    if let Some(one) = one_or_many(schema) {
        return format!("{}, or a list of these", form(one, definitions));
    }
    if let Some(forms) = schema.get("anyOf").and_then(Value::as_array) {
        let forms: Vec<String> = forms.iter().map(|one| form(one, definitions)).collect();
        return forms.join(", or ");
    }
    let value = resolve(schema, definitions);
    if let Some(names) = names(value) {
        return names.join(", ");
    }
    match reference(schema) {
        Some(name) if name.ends_with("Choice") => {
            let text = value.get("description").and_then(Value::as_str).unwrap_or(name);
            return text.trim_start_matches("A ").trim_end_matches('.').to_owned();
        }
        Some(name) if value.get("properties").is_none() && value.get("items").is_none() => {
            return name.trim_end_matches("Form").to_lowercase();
        }
        _ => {}
    }
    match type_name(value) {
        "array" if value.get("prefixItems").is_some() => "pair".to_owned(),
        "array" => {
            let items = value.get("items").map(|items| form(items, definitions));
            format!("list of {}s", items.unwrap_or_else(|| "value".to_owned()))
        }
        "object" => "table".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "string" => "text".to_owned(),
        other => other.to_owned(),
    }
}

/// The names to choose from, if the schema is a choice of plain names.
fn names(schema: &Value) -> Option<Vec<&str>> {
    if let Some(names) = schema.get("enum").and_then(Value::as_array) {
        return names.iter().map(Value::as_str).collect();
    }
    let name = |variant: &'_ Value| variant.get("const").and_then(Value::as_str).is_some();
    let variants = schema.get("oneOf").and_then(Value::as_array)?;
    if !variants.iter().all(name) {
        return None;
    }
    variants.iter().map(|variant| variant["const"].as_str()).collect()
}

/// The type of a value; of several, the first that is not null.
fn type_name(schema: &Value) -> &str {
    let of = schema.get("type");
    let first = of.and_then(Value::as_array).into_iter().flatten().find(|name| *name != "null");
    first.or(of).and_then(Value::as_str).unwrap_or("value")
}

/// What a key means: the comment on it, or that on its type.
fn description(property: &Value, definitions: &Value) -> String {
    let of = |schema: &Value| schema.get("description").and_then(Value::as_str).map(paragraph);
    of(property).or_else(|| of(resolve(property, definitions))).unwrap_or_default()
}

/// A default as a reader writes it.
fn plain(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use schemars::{JsonSchema, schema_for};
    use serde::Deserialize;

    use super::*;
    use crate::kernel::Span;
    use crate::policy::keep_alive::KeepAliveChoice;

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Form {
        /// How long.
        window: Span,
        /// How many.
        #[serde(default = "two")]
        d: u32,
        /// Whether.
        share: Option<bool>,
        /// In which order.
        order: Option<Order>,
        keep: Option<KeepAliveChoice>,
        /// The rooms.
        #[serde(default)]
        rooms: Vec<Room>,
        /// One room.
        room: Option<Room>,
        /// Rooms with names.
        named: BTreeMap<String, Room>,
        /// Some numbers.
        numbers: Vec<f64>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    enum Order {
        /// Up.
        Up,
        /// Down.
        Down,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is read")]
    struct Room {
        /// How large.
        size: f64,
    }

    fn two() -> u32 {
        2
    }

    #[test]
    fn keys_are_read_from_a_schema() {
        let schema = schema_for!(Form).to_value();
        let keys = keys_of(&schema, &schema["$defs"]);
        let mut told: Vec<_> = keys
            .iter()
            .map(|key| {
                let default = key.default.as_deref().unwrap_or("-");
                let mark = if key.required { "!" } else { "" };
                format!("{}{mark}: {} ({default}) {}", key.name, key.form, key.meaning)
            })
            .collect();
        told.sort();
        assert_eq!(
            told,
            [
                "d: whole number (2) How many.",
                "keep: keep-alive policy (-) A keep-alive policy.",
                "named!: table (-) Rooms with names.",
                "named.NAME.size!: number (-) How large.",
                "numbers!: list of numbers (-) Some numbers.",
                "order: up, down (-) In which order.",
                "room.size!: number (-) How large.",
                "room: table (-) One room.",
                "rooms: list of tables (-) The rooms.",
                "rooms[].size!: number (-) How large.",
                "share: true or false (-) Whether.",
                "window!: time (-) How long.",
            ]
        );
    }
}
