//! Choices: what a `--set` of another name, or a named platform, replaces as a whole.

use std::collections::BTreeSet;

use cloudsched::scenario::CHOICES;
use cloudsched::scenario::schema::Scenario;
use serde_json::Value;

/// What stands for any name and any place of a list.
const ANY: &str = "*";

/// Whether a schema is that of a name with its parameters.
fn is_choice(schema: &Value) -> bool {
    let alternatives = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema[key].as_array());
    let alternatives: Vec<&Value> = alternatives.flatten().collect();
    let one = |of: &&&Value| {
        let one = |key: &str, len: usize| len == 1 && !of[key].is_null();
        one("required", of["required"].as_array().map_or(0, Vec::len))
            && one("properties", of["properties"].as_object().map_or(0, serde_json::Map::len))
    };
    let named = alternatives.iter().filter(one).count();
    named > 1 || named == 1 && alternatives.iter().any(|of| !of["enum"].is_null())
}

/// Adds the places below `path` where `schema` has a choice. What a choice holds is looked into once.
fn walk<'a>(
    schema: &'a Value,
    definitions: &'a Value,
    (path, within): (&mut Vec<&'a str>, &mut Vec<&'a str>),
    found: &mut BTreeSet<Vec<&'a str>>,
) {
    let name = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next());
    if let Some(name) = name.filter(|name| !within.contains(name)) {
        within.push(name);
        walk(&definitions[name], definitions, (path, within), found);
        within.pop();
    }
    if is_choice(schema) {
        found.insert(path.clone());
    }
    let keys = schema["properties"].as_object().into_iter().flatten();
    let keys = keys.map(|(key, of)| (key.as_str(), of));
    let others = ["additionalProperties", "items"].into_iter().filter_map(|key| schema.get(key));
    for (key, of) in keys.chain(others.map(|of| (ANY, of))) {
        path.push(key);
        walk(of, definitions, (path, within), found);
        path.pop();
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        for of in schema[key].as_array().into_iter().flatten() {
            walk(of, definitions, (path, within), found);
        }
    }
}

/// A name that takes the place of another takes its parameters away, wherever a scenario has a choice; all of a list of
/// such is replaced with its place.
#[test]
fn another_name_replaces_a_choice_wherever_there_is_one() {
    let schema = schemars::schema_for!(Scenario).to_value();
    let mut found = BTreeSet::new();
    walk(&schema, &schema["$defs"], (&mut Vec::new(), &mut Vec::new()), &mut found);
    assert!(found.len() > 60, "only {found:?}");
    let missing: Vec<String> = found
        .iter()
        .filter(|path| path.last() != Some(&ANY) && !path.contains(&"mixture"))
        .filter(|path| !CHOICES.contain(path))
        .map(|path| path.join("."))
        .collect();
    assert!(missing.is_empty(), "not among `CHOICES`: {missing:?}");
}
