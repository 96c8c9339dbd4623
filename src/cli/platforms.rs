//! Kinds of platform and platforms with a name, for `list` and `explain`.

use serde_json::Value;

use super::catalogue::{Told, Topic};
use super::keys::{Key, keys_of, resolve};
use super::priced::told;
use crate::preset::{self, PLATFORMS};
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
            values: preset::NamedPlatform::get(name).map_or_else(Vec::new, values),
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
    let preset::NamedPlatform { preset, base, .. } = platform;
    let counts = platform.evidence().into_iter();
    let counts = counts.map(|(evidence, count)| format!("{count} {}", evidence.words()));
    let counts = counts.collect::<Vec<_>>().join("; ");
    Topic {
        kind: "platform",
        name: preset.name.clone(),
        summary: preset.summary.clone(),
        keys_title: "Keys",
        keys: vec![
            Key::fact(
                "all",
                &format!("those of `{base}`; the values below hold where a scenario says nothing"),
            ),
            Key::fact("evidence", &counts),
        ],
        values: values(platform),
        example: Some(format!("platform.NAME.kind = \"{}\"", preset.name)),
        source: "",
    }
}

/// The values of a platform, and what else is known of it.
fn values(platform: &preset::NamedPlatform) -> Vec<Told> {
    let beside = platform.preset.facts.iter().map(|fact| told("known, not modelled: ", fact));
    platform.keys.iter().map(|fact| told("", fact)).chain(beside).collect()
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
