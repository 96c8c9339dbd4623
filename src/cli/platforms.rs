//! Kinds of platform, and platforms and deliveries with a name, for `list` and `explain`.

use serde_json::Value;

use super::catalogue::{Told, Topic};
use super::keys::{Key, keys_of, resolve};
use super::priced::told;
use crate::preset::{self, DELIVERIES, Fact, PLATFORMS, STRATEGIES};
use crate::scenario::schema::Platform;

/// The kinds, and behind them what has a name.
pub(super) fn platforms() -> Vec<Topic> {
    let schema = schemars::schema_for!(Platform).to_value();
    let variants = schema.get("oneOf").and_then(Value::as_array);
    let topic = |variant: &Value| {
        let form = resolve(variant, &schema["$defs"]);
        let kind = variant.pointer("/properties/kind")?;
        let name = kind.get("const").or_else(|| kind.pointer("/enum/0"))?.as_str()?;
        let summary = variant.get("description").and_then(Value::as_str)?;
        let keys = keys_of(form, &schema["$defs"]);
        Some(Topic {
            kind: "platform",
            name: name.to_owned(),
            summary: summary.to_owned(),
            keys_title: "Keys",
            keys: keys.into_iter().filter(|key| key.name != "kind").collect(),
            values: preset::NamedPlatform::get(name)
                .map_or_else(Vec::new, |platform| values(&platform.preset, &platform.keys)),
            example: Some(format!("platform.NAME.kind = \"{name}\"")),
            source: "",
        })
    };
    let kinds = variants.into_iter().flatten().filter_map(topic);
    // What is known of a kind that is one platform stands with its keys.
    let named = PLATFORMS.iter().filter(|platform| platform.preset.name != platform.base);
    kinds.chain(named.map(named_platform)).collect()
}

fn named_platform(platform: &preset::NamedPlatform) -> Topic {
    let preset::NamedPlatform { preset, base, keys } = platform;
    let example = format!("platform.NAME.kind = \"{}\"", preset.name);
    Topic { keys_title: "Keys", ..named("platform", preset, base, keys, example) }
}

/// Deliveries with a name.
pub(super) fn deliveries() -> Vec<Topic> {
    let topic = |preset: &preset::Preset| {
        let example = format!("client.users.delivery = \"{}\"", preset.name);
        let base = preset.base.as_deref().unwrap_or_default();
        named("delivery", preset, base, &preset.values, example)
    };
    DELIVERIES.iter().map(topic).collect()
}

/// Release strategies with a name.
pub(super) fn strategies() -> Vec<Topic> {
    let topic = |preset: &preset::Preset| {
        let example = format!("release.v2.strategy = \"{}\"", preset.name);
        let base = preset.base.as_deref().unwrap_or_default();
        named("named strategy", preset, base, &preset.values, example)
    };
    STRATEGIES.iter().map(topic).collect()
}

/// Something with a name, whose values, `facts`, are for the keys of its `base`.
fn named(
    kind: &'static str,
    preset: &preset::Preset,
    base: &str,
    facts: &[Fact],
    example: String,
) -> Topic {
    let of = format!("those of `{base}`; the values below hold where a scenario says nothing");
    let counts = preset::evidence(facts).into_iter();
    let counts = counts.map(|(evidence, count)| format!("{count} {}", evidence.words()));
    let counts = counts.collect::<Vec<_>>().join("; ");
    Topic {
        kind,
        name: preset.name.clone(),
        summary: preset.summary.clone(),
        keys_title: "Parameters",
        keys: vec![Key::fact("all", &of), Key::fact("evidence", &counts)],
        values: values(preset, facts),
        example: Some(example),
        source: "",
    }
}

/// The values `facts` of a preset, and what else is known of it.
fn values(preset: &preset::Preset, facts: &[Fact]) -> Vec<Told> {
    let beside = preset.facts.iter().map(|fact| told("known, not modelled: ", fact));
    facts.iter().map(|fact| told("", fact)).chain(beside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_those_of_the_schema() {
        let platforms = platforms();
        let names: Vec<&str> = platforms.iter().map(|topic| topic.name.as_str()).collect();
        let (kinds, presets) = names.split_at(Platform::KINDS.len());
        assert_eq!(kinds, Platform::KINDS);
        assert!(presets.contains(&"aws-lambda"));
        for platform in &platforms[..kinds.len()] {
            assert!(platform.keys.len() > 4, "{platform:?}");
            for key in &platform.keys {
                assert!(!key.form.is_empty() && !key.meaning.is_empty(), "{key:?}");
            }
        }
    }
}
